/**
 * Stage `sharpen` by WebAssembly, in place on a fit's memory. Twin: `Sharpener` of src/n4/sharpen.ts.
 *
 * @module
 */

import { biasGaussian } from "../../../n4/sharpen.ts";
import type { StageFunctions } from "../../../wasm/module.ts";
import { SHARPEN } from "../../../wasm/parameters.ts";
import type { SharpenOptions } from "../../backend.ts";
import type { IterateScratch } from "../fit_memory.ts";

/**
 * The stage for one number of bins.
 *
 * @param scratch in the memory of `stages`.
 * @returns what fills `scratch.steps` from the histograms of all members over `[lo, hi]`.
 */
export function wasmSharpen(
  stages: StageFunctions,
  { bins, fwhm, wienerNoise }: SharpenOptions,
  { allCounts, padded: [kernelRe, kernelIm, re, im], fft: { cos, sin, reversed }, steps, sharpen }: IterateScratch,
): (lo: number, hi: number) => void {
  const size = reversed.length;
  const parameters = SHARPEN.at(sharpen, {
    ...{ counts: allCounts, members: allCounts.length / bins, bins, size, offset: Math.floor((size - bins) / 2) },
    ...{ wienerNoise, kernelRe, kernelIm, re, im, cos, sin, reversed, steps },
  });
  return (lo, hi) => {
    const slope = (hi - lo) / (bins - 1);
    const { height, exponent } = biasGaussian(fwhm, slope);
    parameters.lo = lo;
    parameters.slope = slope;
    parameters.height = height;
    parameters.exponent = exponent;
    stages.sharpen(parameters.address);
  };
}
