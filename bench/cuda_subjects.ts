/**
 * What the CUDA backend is measured on: the six phantoms of linumpy's benchmark and a head of two million masked voxels; or small ones that an emulator finishes.
 *
 * @module
 */

import type { FitSamples } from "../src/backends/backend.ts";
import type { FitOptions } from "../src/n4/fit.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { gridShape, sampleGrid } from "../src/n4/shrink.ts";
import { type Shape3, type Triple, voxelCount } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";
import { forEachVoxel } from "../tests/helpers/volumes.ts";

/** Distance between control points of linumpy's phantoms, mm; voxels are of 1 mm. */
export const SPLINE_DISTANCE = 20;

/** A volume to fit, 1 mm a voxel. */
export interface Subject {
  /** What it is called in the results. */
  readonly name: string;
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** Distance between samples, voxels. */
  readonly shrink: number;
  /** Radius of the mask; 1 is a third of the shape. */
  readonly radius: number;
  /** What differs from the defaults of a fit. */
  readonly options: Partial<FitOptions>;
}

/** linumpy's benchmark: 20 mm between control points, never refined. */
function phantom(shape: Shape3, shrink: number, iterations: readonly number[] = [25, 25, 25]): Subject {
  const controlPoints = shape.map((n) => Math.max(4, Math.round(n / SPLINE_DISTANCE))) as unknown as Triple;
  const options = { iterations, controlPoints, lattice: "fixed" } as const;
  return { name: `phantom ${shape.join("x")} / ${shrink}`, shape, shrink, radius: 1.2, options };
}

/** The subjects of a measurement. */
export const SUBJECTS: readonly Subject[] = [
  phantom([64, 128, 128], 2),
  phantom([128, 256, 256], 2),
  phantom([128, 512, 512], 2),
  phantom([256, 512, 512], 2),
  phantom([128, 1024, 1024], 4),
  phantom([128, 1536, 1536], 4),
  { name: "head", shape: [256, 176, 256], shrink: 1, radius: 1.04, options: { iterations: [50, 50, 50, 50] } },
];

/** Subjects of the same kinds for a try of the whole procedure. */
export const SMALL_SUBJECTS: readonly Subject[] = [
  phantom([16, 32, 32], 2, [2, 2]),
  { name: "head", shape: [16, 11, 16], shrink: 1, radius: 1.04, options: { iterations: [2, 2] } },
];

/** A subject's voxels. */
export interface SubjectVolume {
  /** Intensities. */
  readonly intensity: Float32Array<ArrayBuffer>;
  /** 1 inside. */
  readonly mask: Uint8Array<ArrayBuffer>;
}

/** linumpy's phantom: bright inside the unit radius, dark around it, under a plane and a wave, with noise. */
export function volumeOf({ shape, radius }: Subject): SubjectVolume {
  const random = new Random(1);
  const intensity = new Float32Array(voxelCount(shape));
  const mask = new Uint8Array(intensity.length);
  forEachVoxel(shape, (i, z, y, x) => {
    const [a, b, c] = [z / shape[0] - 0.5, y / shape[1] - 0.5, x / shape[2] - 0.5];
    const r = 3 * Math.hypot(a, b, c);
    const bias = 1 + 0.5 * (a + b / 2 - c / 2) + 0.25 * Math.cos(Math.PI * a) * Math.cos(Math.PI * b);
    const tissue = (r < 1 ? 1 : 0.3) + 0.02 * random.normal();
    intensity[i] = Math.max(tissue, 0.01) * Math.min(Math.max(bias, 0.4), 2.5);
    if (r <= radius) mask[i] = 1;
  });
  return { intensity, mask };
}

/** Every `shrink`-th voxel of the mask as samples. */
export function samplesOf({ shape, shrink }: Subject, { intensity, mask }: SubjectVolume): FitSamples {
  const grid = sampleGrid(shape, [shrink, shrink, shrink], "stride");
  const picked = new Float32Array(voxelCount(gridShape(grid))).fill(NaN);
  const positions = grid.map((axis) => axis.positions) as [Float64Array, Float64Array, Float64Array];
  const [z, y, x] = positions;
  forEachVoxel(gridShape(grid), (i, iz, iy, ix) => {
    const at = (z[iz] * shape[1] + y[iy]) * shape[2] + x[ix];
    if (mask[at]) picked[i] = intensity[at];
  });
  return compactSamples({ positions, intensity: picked }, "exclude").samples;
}
