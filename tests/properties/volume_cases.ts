/**
 * Volumes of every kind that a correction must stand: one-voxel axes, constant and two-valued ones, huge and tiny intensities, holes of NaN and infinities,
 * masks and confidences. A case is a small record, so that fast-check can shrink one that fails to its simplest form and name it by seed and path.
 *
 * @module
 */

import fc from "npm:fast-check@4.10.2";
import type { CorrectJob } from "../../src/steps/volume_run.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { DEFAULT_SETTINGS } from "../../src/options/resolve.ts";
import type { CorrectSettings } from "../../src/plan/settings.ts";
import { type Triple, voxelCount } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel, smoothLogField } from "../helpers/volumes.ts";

/** What a volume is made of. */
export interface VolumeCase {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Triple;
  readonly content: "constant" | "two values" | "tissue" | "noise" | "decades";
  /** Power of ten that intensities are of. */
  readonly magnitude: number;
  /** Share of voxels that are NaN, infinite, 0 or negative. */
  readonly broken: number;
  readonly mask: "none" | "half" | "few";
  readonly weighted: boolean;
  readonly mode: CorrectSettings["mode"];
  readonly shrinkMethod: CorrectSettings["shrinkMethod"];
  readonly shrink: Triple;
  readonly controlPoints: Triple;
  /** Iterations of each level. */
  readonly iterations: readonly number[];
  readonly lattice: "refine" | "fixed";
  readonly seed: number;
}

/** How large cases may be. */
export interface CaseLimits {
  /** Longest axis. */
  readonly longest: number;
  /** Most voxels, about. */
  readonly voxels: number;
  /** Largest power of ten, either way. */
  readonly magnitude: number;
}

/** Cases within limits. */
export function volumeCases({ longest, voxels, magnitude }: CaseLimits): fc.Arbitrary<VolumeCase> {
  const axis = fc.oneof({ weight: 1, arbitrary: fc.constant(1) }, {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: longest }),
  });
  const triple = (entry: fc.Arbitrary<number>): fc.Arbitrary<Triple> => fc.tuple(entry, entry, entry);
  return fc.record({
    shape: triple(axis).filter((shape) => voxelCount(shape) <= voxels),
    content: fc.constantFrom("constant", "two values", "tissue", "noise", "decades"),
    magnitude: fc.oneof(fc.constant(2), fc.integer({ min: -magnitude, max: magnitude })),
    broken: fc.constantFrom(0, 0, 0.02, 0.4),
    mask: fc.constantFrom("none", "none", "half", "few"),
    weighted: fc.boolean(),
    mode: fc.constantFrom("global", "global", "per_section", "two_pass"),
    shrinkMethod: fc.constantFrom("stride", "mean"),
    shrink: triple(fc.integer({ min: 1, max: 3 })),
    controlPoints: triple(fc.constantFrom(4, 4, 5, 7)),
    iterations: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    lattice: fc.constantFrom("refine", "fixed"),
    seed: fc.nat(),
  });
}

/** The arrays of a case; each as long as the volume has voxels. */
export interface CaseArrays {
  readonly shape: Triple;
  readonly intensity: Float32Array;
  readonly mask?: Float32Array;
  readonly weights?: Float32Array;
}

const BROKEN = [NaN, Infinity, -Infinity, 0, -0, -5];

/** Makes the arrays of a case. */
export function arraysOf({ shape, content, magnitude, broken, mask, weighted, seed }: VolumeCase): CaseArrays {
  const random = new Random(seed);
  const count = voxelCount(shape);
  const unit = 10 ** magnitude;
  const bias = smoothLogField(shape, seed + 1, 0.4);
  const plain = {
    "constant": () => 7,
    "two values": (i: number) => (Math.imul(i, 0x9e3779b1) >>> 0 < 2 ** 31 ? 3 : 5),
    "tissue": (i: number) => [4, 7, 11][Math.floor(3 * i / count)] * (1 + 0.03 * random.normal()) * Math.exp(bias[i]),
    "noise": () => 1 + 9 * random.uniform(),
    "decades": () => 10 ** random.between(-6, 6),
  }[content];
  const intensity = Float32Array.from({ length: count }, (_, i) => {
    const value = unit * plain(i);
    return random.uniform() < broken ? BROKEN[random.integer(0, BROKEN.length - 1)] * (value || 1) : value;
  });
  const share = { none: 1, half: 0.5, few: 0.05 }[mask];
  const inside = Float32Array.from({ length: count }, () => (random.uniform() < share ? 1 : 0));
  const confidence = Float32Array.from({ length: count }, () => Math.max(0, random.between(-0.2, 1)));
  return {
    shape,
    intensity,
    ...(mask === "none" ? {} : { mask: inside }),
    ...(weighted ? { weights: confidence } : {}),
  };
}

/** The settings of a case. */
export function settingsOf(given: VolumeCase): CorrectSettings {
  const { mode, shrinkMethod, shrink, controlPoints, iterations, lattice, shape } = given;
  const base = DEFAULT_SETTINGS.globalFit;
  const fit = {
    ...base,
    shrinkFactors: shrink,
    fit: { ...base.fit, controlPoints, iterations, lattice, convergenceThreshold: 0 },
  };
  const sections = mode === "global" ? 1 : Math.min(shape[0], 2);
  return { ...DEFAULT_SETTINGS, mode, sections, sectionFit: fit, globalFit: fit, shrinkMethod, maskMethod: "none" };
}

/** What of a job the arrays are. */
export function inputsOf(
  { shape, intensity, mask, weights }: CaseArrays,
): Pick<CorrectJob, "input" | "mask" | "weights"> {
  return {
    input: new ArrayVolume(intensity.slice(), shape),
    ...(mask ? { mask: { source: new ArrayVolume(mask, shape), name: "the mask" } } : {}),
    ...(weights ? { weights: new ArrayVolume(weights, shape) } : {}),
  };
}

/** The same arrays with their axes in another order: axis k of the result is axis `order[k]` of the given. */
export function permuted(arrays: CaseArrays, order: Triple): CaseArrays {
  const { shape } = arrays;
  const turned: Triple = [shape[order[0]], shape[order[1]], shape[order[2]]];
  const source = new Int32Array(voxelCount(shape));
  forEachVoxel(turned, (i, ...at) => {
    const [z, y, x] = [0, 1, 2].map((axis) => at[order.indexOf(axis)]);
    source[i] = (z * shape[1] + y) * shape[2] + x;
  });
  const turn = (values: Float32Array) => values.map((_, i) => values[source[i]]);
  return {
    shape: turned,
    intensity: turn(arrays.intensity),
    ...(arrays.mask ? { mask: turn(arrays.mask) } : {}),
    ...(arrays.weights ? { weights: turn(arrays.weights) } : {}),
  };
}
