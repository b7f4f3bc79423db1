/** The fit against the brute-force oracle, which shares no code with it. */
import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import type { FitOptions } from "../../src/n4/fit.ts";
import type { Shape3 } from "../../src/volume.ts";
import { compareFields } from "../helpers/fields.ts";
import { fitDense, fullOptions } from "../helpers/fits.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin, type ToleranceName } from "../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../helpers/volumes.ts";
import { oracleFit } from "../reference/oracle.ts";

interface Case {
  readonly name: string;
  readonly shape: Shape3;
  readonly masked?: boolean;
  readonly weighted?: boolean;
  /** Positions are `origin + k * factor` in a domain larger than the samples' grid. */
  readonly factor?: number;
  readonly options: Partial<FitOptions>;
  readonly tolerance?: ToleranceName;
}

const CASES: readonly Case[] = [
  { name: "one level", shape: [9, 10, 11], options: { iterations: [6] } },
  { name: "two levels in a mask", shape: [10, 12, 14], masked: true, options: { iterations: [5, 5] } },
  { name: "three levels with confidences", shape: [8, 9, 13], weighted: true, options: { iterations: [3, 3, 3] } },
  {
    name: "four levels in a mask with confidences",
    shape: [8, 9, 10],
    masked: true,
    weighted: true,
    options: { iterations: [2, 2, 2, 2] },
  },
  {
    name: "unequal control points",
    shape: [7, 12, 9],
    options: { iterations: [4, 4], controlPoints: [4, 6, 5] },
  },
  { name: "a lattice that is never refined", shape: [9, 9, 9], options: { iterations: [4, 4, 4], lattice: "fixed" } },
  { name: "a 2-D image", shape: [1, 24, 31], masked: true, options: { iterations: [4, 4, 4] } },
  { name: "a single column of voxels", shape: [40, 1, 1], options: { iterations: [4, 4] } },
  { name: "an image flat along y", shape: [14, 1, 17], weighted: true, options: { iterations: [4, 4] } },
  { name: "samples on an aligned shrunk grid", shape: [8, 9, 10], factor: 3, options: { iterations: [4, 4] } },
  { name: "64 bins, a wide kernel", shape: [9, 9, 9], options: { iterations: [4], bins: 64, fwhm: 0.4 } },
  { name: "256 bins, less noise", shape: [9, 9, 9], options: { iterations: [4], bins: 256, wienerNoise: 0.001 } },
  {
    name: "a threshold",
    shape: [10, 10, 10],
    options: { iterations: [20, 20], convergenceThreshold: 1e-3 },
  },
  {
    name: "four levels of fifty iterations",
    shape: [6, 8, 9],
    masked: true,
    options: { iterations: [50, 50, 50, 50], bins: 64 },
    tolerance: "oracleLong",
  },
];

CASES.forEach(({ name, shape, masked, weighted, factor = 1, options, tolerance = "oracleShort" }, seed) => {
  Deno.test(`the fit agrees with the oracle: ${name}`, async () => {
    const random = new Random(seed);
    const intensity = maskedIntensity(randomVolume({ shape, seed, masked }));
    const weight = weighted ? intensity.map(() => random.between(0.1, 1)) : undefined;
    const positions = voxelPositions(shape).map((axis) => axis.map((k) => k * factor + (factor >> 1)));
    const domain = shape.map((n) => n * factor) as unknown as Shape3;
    const full = fullOptions(options);
    await using backend = openTsBackend({ workers: 0 });
    const dense = { positions: positions as [Float64Array, Float64Array, Float64Array], intensity, weight };
    const ours = await fitDense(backend, { dense, domain, options });
    const oracle = oracleFit({ domain, positions, intensity, weight, ...full });
    const inside = ours.logField.filter((_, i) => isFinite(intensity[i]));
    const difference = compareFields(inside, oracle.logField, () => true);
    assert.deepEqual(ours.levels.map((level) => level.convergence.length), oracle.convergence.map((c) => c.length));
    assertWithin(difference.max, tolerance, name);
    assert.ok(Math.hypot(...oracle.logField) > 0, "the oracle found no field at all");
  });
});
