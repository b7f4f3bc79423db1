/**
 * What keeping the true positions of shrunk samples is worth: a fit at shrink 4, aligned (ours) or stretched over the full grid (as ITK, ANTs and
 * Slicer do), against the fit of every voxel. Run as a script, it prints the numbers of docs/accuracy.md.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { sampleGrid } from "../../src/n4/shrink.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";
import { compareFields, logFieldOn } from "../helpers/fields.ts";
import { fitDense } from "../helpers/fits.ts";
import { print } from "../helpers/print.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel, maskedIntensity, type TestVolume, voxelPositions } from "../helpers/volumes.ts";

/** Shape of the published measurement. */
export const PHANTOM_SHAPE: Shape3 = [64, 128, 128];

const OPTIONS = { iterations: [25, 25, 25] };

/** Distances from the fit of every voxel: rms of the log fields' difference in the mask, means removed. */
export interface AlignedShrink {
  /** With the samples at their true positions. */
  readonly aligned: number;
  /** With the samples' grid stretched over the volume. */
  readonly stretched: number;
}

/**
 * An ellipsoid of brightness 1 in 0.3, under a slanted and waved bias between 0.4 and 2.5; the mask reaches a fifth beyond it. The phantom of linumpy's
 * benchmark, amplitude 0.5.
 *
 * @param noise standard deviation, added before the bias.
 */
export function ellipsoidPhantom(shape: Shape3, noise: number): TestVolume {
  const random = new Random(1);
  const intensity = new Float32Array(voxelCount(shape));
  const mask = new Uint8Array(intensity.length);
  forEachVoxel(shape, (i, ...at) => {
    const [z, y, x] = at.map((index, a) => (index - shape[a] / 2) / shape[a]);
    const radius = Math.hypot(3 * z, 3 * y, 3 * x);
    const wave = 0.25 * Math.cos(Math.PI * z) * Math.cos(Math.PI * y);
    const bias = Math.min(Math.max(1 + 0.5 * (z + y / 2 - x / 2) + wave, 0.4), 2.5);
    intensity[i] = ((radius < 1 ? 1 : 0.3) + noise * random.normal()) * bias;
    mask[i] = radius < 1.2 ? 1 : 0;
  });
  return { shape, intensity, mask };
}

/** Fits the phantom at full resolution and at a shrink factor, both ways. */
export async function measureAlignedShrink(
  backend: N4Backend,
  { shape, noise, factor }: { readonly shape: Shape3; readonly noise: number; readonly factor: number },
): Promise<AlignedShrink> {
  const intensity = maskedIntensity(ellipsoidPhantom(shape, noise));
  const everywhere = voxelPositions(shape);
  const full = await fitDense(backend, {
    dense: { positions: everywhere, intensity },
    domain: shape,
    options: OPTIONS,
  });
  const grid = sampleGrid(shape, [factor, factor, factor], "stride");
  const counts = grid.map((axis) => axis.count) as unknown as Shape3;
  const picked = new Float32Array(voxelCount(counts));
  forEachVoxel(counts, (i, z, y, x) => {
    const [pz, py, px] = [grid[0].positions[z], grid[1].positions[y], grid[2].positions[x]];
    picked[i] = intensity[(pz * shape[1] + py) * shape[2] + px];
  });
  const distance = async (positions: typeof everywhere, domain: Shape3) => {
    const { lattice } = await fitDense(backend, { dense: { positions, intensity: picked }, domain, options: OPTIONS });
    const field = logFieldOn(lattice, everywhere, shape);
    return compareFields(field, full.logField, (i) => isFinite(intensity[i]), true).rms;
  };
  return {
    aligned: await distance([grid[0].positions, grid[1].positions, grid[2].positions], shape),
    stretched: await distance(voxelPositions(counts), counts),
  };
}

async function main(): Promise<void> {
  await using backend = openTsBackend();
  for (const noise of [0, 0.02]) {
    const { aligned, stretched } = await measureAlignedShrink(backend, { shape: PHANTOM_SHAPE, noise, factor: 4 });
    const ratio = (stretched / aligned).toFixed(2);
    print(
      `noise ${noise}: aligned ${aligned.toExponential(2)}, stretched ${stretched.toExponential(2)}, ratio ${ratio}`,
    );
  }
}

if (import.meta.main) await main();
