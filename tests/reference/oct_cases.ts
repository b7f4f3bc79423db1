/**
 * What the OCT pipeline is compared with SciPy, scikit-image and NumPy on: steps, inputs and gates.
 *
 * @module
 */

import { octStack, type OctStackOptions } from "../helpers/oct_stack.ts";
import { Random } from "../helpers/random.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";

/** A step; a function of peer_oct.py. */
export type OctStep =
  | "smoothed"
  | "otsu_thresholds"
  | "fill_holes"
  | "close_disk"
  | "close_along_z"
  | "tissue_mask"
  | "matched"
  | "z_profile"
  | "zero_mask"
  | "mask_only"
  | "agarose"
  | "normalised"
  | "scale_factors"
  | "percentiles";

/** Named parameters of a step. */
export type OctParameters = Readonly<Record<string, number | null | readonly number[]>>;

/** One comparison. */
export interface OctCase {
  /** What is special about it. */
  readonly name: string;
  readonly step: OctStep;
  readonly parameters: OctParameters;
  readonly shape: Shape3;
  /** Input, C order. */
  readonly volume: Float32Array;
  /** A second input, 0 and 1. */
  readonly mask?: Float32Array;
  /** Largest distance: relative, or where `exact` the share of values that differ. */
  readonly gate: number;
  readonly exact: boolean;
}

/** Three stacks of about so many voxels in z, y and x. */
function stacks([nz, ny, nx]: Shape3): readonly (OctStackOptions & { readonly name: string })[] {
  return [
    { name: "three sections", shape: [nz, ny, nx], seed: 1, sections: 3 },
    {
      name: "a dark section, rows not imaged, values above 1",
      shape: [nz + 1, nx, ny],
      seed: 2,
      sections: 4,
      scale: 3,
      unimaged: true,
      dark: 1,
    },
    { name: "one section", shape: [5, ny + 3, nx + 5], seed: 3, sections: 1, scale: 0.5 },
  ];
}

/** The comparisons on stacks of about a size, two or three of each step. */
export function octCases(size: Shape3): OctCase[] {
  return [...stacks(size).flatMap(stackCases), ...[0.1, 0.5, 0.8, 0.97].flatMap((share) => bitCases(size, share))];
}

function stackCases({ name, ...options }: OctStackOptions & { readonly name: string }): OctCase[] {
  const { shape, sections } = options;
  const volume = octStack(options);
  const mask = volume.map((value) => (value > 0.2 ? 1 : 0));
  const one = (step: OctStep, parameters: OctParameters, gate: number, exact = false): OctCase => {
    return { name, step, parameters, shape, volume, gate, exact, ...(step === "z_profile" ? { mask } : {}) };
  };
  const sigma = [1, 2, 2];
  return [
    one("smoothed", { sigma }, 1e-6),
    one("smoothed", { sigma: [0, 3.3, 0.7] }, 1e-6),
    one("otsu_thresholds", { sigma, sections }, 0, true),
    one("tissue_mask", { sigma, sections, radius: 3, z_radius: 1 }, 1e-4, true),
    one("matched", { sections, bins: 512, threshold: 0 }, 1e-5),
    one("matched", { sections: null, bins: 128, threshold: 0.05 }, 1e-5),
    one("z_profile", { sigma: 1.5, least: 100 }, 1e-5),
    one("z_profile", { sigma: 0, least: 100, equalize: 1 }, 1e-5),
    // A plane whose mean is about 0 keeps its level here, and not in linumpy: no dark section.
    ...(options.dark === undefined
      ? [
        one("mask_only", { sections, silhouettes: null, dilate: 0, sigma: 2, equalize: 0 }, 1e-5),
        one("mask_only", { sections, silhouettes: 1, dilate: 3, sigma: 0, equalize: 1 }, 1e-5),
        one("mask_only", { sections, silhouettes: sections, dilate: 0, sigma: 0, equalize: 1 }, 1e-5),
      ]
      : []),
    one("agarose", { sigma: 1 }, 1e-4, true),
    one("normalised", { sigma: 1, percentile: 99.9 }, 1e-5),
    one("scale_factors", { sections, sigma: 1, percentile: 95, low: 0.7, high: 1.4 }, 1e-5),
    one("percentiles", { percentile: 97.3 }, 1e-12),
  ];
}

/** Random bits. */
function bitCases([nz, ny, nx]: Shape3, share: number): OctCase[] {
  const shape: Shape3 = [Math.ceil(nz / 2), ny, nx];
  const random = new Random(Math.round(1000 * share));
  const volume = Float32Array.from({ length: voxelCount(shape) }, () => (random.uniform() < share ? 1 : 0));
  const one = (step: OctStep, parameters: OctParameters): OctCase => {
    return { name: `${100 * share} % set`, step, parameters, shape, volume, gate: 0, exact: true };
  };
  return [
    one("fill_holes", {}),
    ...[1, 2, 3, 7].map((radius) => one("close_disk", { radius })),
    one("close_along_z", { radius: 1 }),
    one("close_along_z", { radius: 2 }),
    one("zero_mask", { sections: 1, dilate: 0 }),
    one("zero_mask", { sections: 3, dilate: 4 }),
  ];
}
