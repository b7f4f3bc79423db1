/**
 * From sampled intensities on a dense grid to the compact rows of a fit: which samples take part, and v = ln s.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";
import type { Shape3, Triple } from "../volume.ts";
import { type BiasModel, modelDomain } from "./bias_model.ts";
import { evaluateRow, inPadded, type PaddedShape, splineRows3 } from "./bspline.ts";
import { quantiles } from "./numbers.ts";

/** What happens to voxels <= 0, which have no logarithm. */
export type NonPositivePolicy = "exclude" | "itk";

/** Sampled intensities of one fit: a dense grid `[z, y, x]` with the samples' full-resolution positions. */
export interface DenseSamples {
  /** Positions of the sample planes, rows and columns. */
  readonly positions: readonly [z: Float64Array, y: Float64Array, x: Float64Array];
  /** Raw intensities, C order; NaN where a sample lies outside the mask. Length nz * ny * nx. */
  readonly intensity: Float32Array;
  /** Confidence of each sample; left out: 1. */
  readonly weight?: Float32Array;
}

/** How many samples took part and why others did not. */
export interface SampleCounts {
  /** Samples that take part. */
  readonly used: number;
  /** Samples inside the mask that are <= 0; with `exclude` they take no part. */
  readonly nonPositive: number;
  /** Samples outside the mask, not finite, or without confidence. */
  readonly outside: number;
}

/**
 * Compacts the samples that take part: finite, confidence > 0, and > 0 unless `nonPositive` is `"itk"`, which takes a
 * value <= 0 as it is, unlogged (ITK's `N4BiasFieldCorrectionImageFilter` does: a 0 then acts like intensity 1).
 */
export function compactSamples(
  dense: DenseSamples,
  nonPositive: NonPositivePolicy,
): { samples: FitSamples; counts: SampleCounts } {
  const { positions: [z, y, x], intensity, weight } = dense;
  const [rows, nx] = [z.length * y.length, x.length];
  let [positive, excluded] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const counts = countRow(dense, r * nx);
    positive += counts[0];
    excluded += counts[1];
  }
  const used = nonPositive === "itk" ? positive + excluded : positive;
  const samples = {
    ...{ z, y, x, rowStart: new Uint32Array(rows + 1), xIndex: new Uint16Array(used), value: new Float32Array(used) },
    weight: weight && new Float32Array(used),
  };
  const { rowStart } = samples;
  for (let r = 0; r < rows; r++) rowStart[r + 1] = compactRow(dense, r * nx, nonPositive, samples, rowStart[r]);
  return { samples, counts: { used, nonPositive: excluded, outside: intensity.length - positive - excluded } };
}

// A row at a time: the engine compiles a function that is called often for good, a long loop anew in each call.

/** How many samples of the row from `from` on are above 0, how many are not. */
function countRow({ intensity, weight, positions: [, , x] }: DenseSamples, from: number): [number, number] {
  const counts: [above: number, others: number] = [0, 0];
  for (let i = from; i < from + x.length; i++) {
    if (isFinite(intensity[i]) && (!weight || weight[i] > 0)) counts[intensity[i] > 0 ? 0 : 1]++;
  }
  return counts;
}

/** Compacts the row from `from` on; its samples begin at `m`. @returns their end. */
function compactRow(
  { intensity, weight, positions: [, , x] }: DenseSamples,
  from: number,
  nonPositive: NonPositivePolicy,
  { xIndex, value, weight: confidence }: FitSamples,
  m: number,
): number {
  for (let ix = 0; ix < x.length; ix++) {
    const i = from + ix;
    const s = intensity[i];
    if (!isFinite(s) || (weight && !(weight[i] > 0)) || (s <= 0 && nonPositive === "exclude")) continue;
    xIndex[m] = ix;
    if (confidence && weight) confidence[m] = weight[i];
    value[m++] = s > 0 ? Math.log(s) : s;
  }
  return m;
}

/** Samples of a section, with planes counted from its first one `z0`, as a fit of the section alone has them. */
export function fromFirstPlane(samples: FitSamples, z0: number): FitSamples {
  return { ...samples, z: samples.z.map((plane) => plane - z0) };
}

/**
 * Every n-th plane, row and column of samples, from the middle of the first stretch on.
 *
 * @param stride `[z, y, x]`, integers >= 1.
 */
export function strideSamples(samples: FitSamples, stride: Triple): FitSamples {
  const first = stride.map((s, a) => Math.floor((([samples.z, samples.y, samples.x][a].length - 1) % s) / 2));
  const chosen = (axis: Float64Array, a: number) =>
    axis.filter((_, i) => i >= first[a] && (i - first[a]) % stride[a] === 0);
  const [z, y, x] = [chosen(samples.z, 0), chosen(samples.y, 1), chosen(samples.x, 2)];
  const ny = samples.y.length;
  const rowStart = new Uint32Array(z.length * y.length + 1);
  const [xIndex, value] = [samples.xIndex.slice(), samples.value.slice()];
  const weight = samples.weight?.slice();
  let count = 0;
  for (let r = 0; r < z.length * y.length; r++) {
    const iz = first[0] + Math.floor(r / y.length) * stride[0];
    const iy = first[1] + (r % y.length) * stride[1];
    // What is picked comes to lie at or before its old place, so that one copy serves as source and result.
    for (let i = samples.rowStart[iz * ny + iy]; i < samples.rowStart[iz * ny + iy + 1]; i++) {
      const column = xIndex[i] - first[2];
      if (column < 0 || column % stride[2] !== 0) continue;
      xIndex[count] = column / stride[2];
      value[count] = value[i];
      if (weight) weight[count] = weight[i];
      count++;
    }
    rowStart[r + 1] = count;
  }
  return {
    z,
    y,
    x,
    rowStart,
    xIndex: xIndex.slice(0, count),
    value: value.slice(0, count),
    weight: weight?.slice(0, count),
  };
}

/**
 * Half of the samples: one colour of a chessboard of cubes.
 *
 * @param colour 0 or 1.
 * @param edge of the cubes, samples.
 */
export function chessSamples(samples: FitSamples, colour: number, edge: number): FitSamples {
  const { y, rowStart, xIndex } = samples;
  const chosen = new Uint32Array(xIndex.length);
  const starts = rowStart.slice();
  let count = 0;
  for (let r = 0; r + 1 < rowStart.length; r++) {
    const row = Math.floor(Math.floor(r / y.length) / edge) + Math.floor((r % y.length) / edge);
    for (let i = rowStart[r]; i < rowStart[r + 1]; i++) {
      if ((row + Math.floor(xIndex[i] / edge)) % 2 === colour) chosen[count++] = i;
    }
    starts[r + 1] = count;
  }
  // Mapped, as `from` would first hold all values as numbers of the heap.
  const weight = samples.weight && new Float32Array(count).map((_, k) => samples.weight?.[chosen[k]] ?? 1);
  return {
    ...samples,
    rowStart: starts,
    xIndex: new Uint16Array(count).map((_, k) => xIndex[chosen[k]]),
    value: new Float32Array(count).map((_, k) => samples.value[chosen[k]]),
    weight,
  };
}

/** One set of samples from those of runs of planes that follow each other; rows and columns agree. */
export function joinSamples(parts: readonly FitSamples[]): FitSamples {
  const count = parts.reduce((sum, part) => sum + part.value.length, 0);
  const rows = parts.reduce((sum, part) => sum + part.rowStart.length - 1, 0);
  const joined = {
    z: Float64Array.from(parts.flatMap((part) => Array.from(part.z))),
    y: parts[0].y,
    x: parts[0].x,
    rowStart: new Uint32Array(rows + 1),
    xIndex: new Uint16Array(count),
    value: new Float32Array(count),
    weight: parts.some((part) => part.weight) ? new Float32Array(count).fill(1) : undefined,
  };
  let [row, at] = [0, 0];
  for (const part of parts) {
    joined.xIndex.set(part.xIndex, at);
    joined.value.set(part.value, at);
    if (part.weight) joined.weight?.set(part.weight, at);
    for (let r = 1; r < part.rowStart.length; r++) joined.rowStart[row + r] = at + part.rowStart[r];
    row += part.rowStart.length - 1;
    at += part.value.length;
  }
  return joined;
}

/**
 * Clips samples to two of their percentiles, so that a few outliers do not squeeze the histogram's bins.
 *
 * @param low, high percentiles from 0 to 100, the nearest sample at or below the rank.
 */
export function winsorizeSamples(samples: FitSamples, [low, high]: readonly [number, number]): FitSamples {
  const [lo, hi] = quantiles(samples.value, [low / 100, high / 100]);
  return { ...samples, value: samples.value.map((value) => Math.min(Math.max(value, lo), hi)) };
}

/** The intensity of each sample that takes part, as it was before the logarithm. */
export function usedIntensities(dense: DenseSamples, samples: FitSamples): Float32Array {
  const nx = samples.x.length;
  const used = new Float32Array(samples.value.length);
  for (let r = 0; r + 1 < samples.rowStart.length; r++) {
    for (let i = samples.rowStart[r]; i < samples.rowStart[r + 1]; i++) {
      used[i] = dense.intensity[r * nx + samples.xIndex[i]];
    }
  }
  return used;
}

/** Takes the log field of a model off samples on the model's own grid: returns them with `value - field`. */
export function subtractModel(samples: FitSamples, model: BiasModel): FitSamples {
  const value = new Float32Array(samples.value);
  for (const { z0, z1, lattice } of model.sections) {
    if (lattice) subtractField(value, samples, lattice, [z1 - z0, model.shape[1], model.shape[2]], z0);
  }
  if (model.global) subtractField(value, inDomain(samples, model.padded), model.global, modelDomain(model), 0);
  return { ...samples, value };
}

/** Samples at their positions in a padded grid. */
function inDomain(samples: FitSamples, padded: PaddedShape | undefined): FitSamples {
  if (!padded) return samples;
  const [z, y, x] = inPadded([samples.z, samples.y, samples.x], padded);
  return { ...samples, z, y, x };
}

/** Subtracts the field of a lattice over `shape`, whose first plane is plane `z0` of the volume, from `value`. */
function subtractField(value: Float32Array, samples: FitSamples, lattice: Lattice, shape: Shape3, z0: number): void {
  const rows = splineRows3([samples.z.map((p) => p - z0), samples.y, samples.x], shape, lattice.points);
  const line = new Float64Array(samples.x.length);
  const ny = samples.y.length;
  for (let r = 0; r + 1 < samples.rowStart.length; r++) {
    const [begin, end] = [samples.rowStart[r], samples.rowStart[r + 1]];
    const iz = Math.floor(r / ny);
    if (begin === end || samples.z[iz] < z0 || samples.z[iz] >= z0 + shape[0]) continue;
    evaluateRow(lattice, rows, iz, r - iz * ny, line);
    for (let i = begin; i < end; i++) value[i] -= line[samples.xIndex[i]];
  }
}

/** Samples with weights over the largest of them: only ratios count, but devices hold sums to a fixed least. */
export function relativeWeights(samples: FitSamples): FitSamples {
  const { weight } = samples;
  const largest = weight?.reduce((most, value) => Math.max(most, value), 0) ?? 0;
  return largest > 0 ? { ...samples, weight: weight?.map((value) => value / largest) } : samples;
}
