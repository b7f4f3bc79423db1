/**
 * The plan of an image's coarser levels: which there are, how large, with what voxels. Level 0 is always kept; a plan
 * lists what comes after it.
 *
 * Levels are made at target resolutions in micrometres, all from level 0, or by halving, each from the one before.
 * Shapes are `max(1, trunc(size / factor))` and voxel sizes `size * factor`; docs/decisions/pyramid_levels.md says
 * where this differs from its model and why.
 *
 * @module
 */

import { type Geometry, perAxis, type Shape3, type Triple, voxelCount } from "../../volume.ts";

/** One coarser level. */
export interface PlannedPyramidLevel {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel size in mm, `[z, y, x]`, as the metadata say it. */
  readonly voxelSize: Triple;
  /** Index of the level that it is computed from, as stored. */
  readonly from: number;
}

/** The coarser levels of an image. */
export interface PyramidPlan {
  /** Level 1 and on, largest first. */
  readonly levels: readonly PlannedPyramidLevel[];
  /** How they are made, as the image's metadata say it. */
  readonly method: Readonly<Record<string, unknown>>;
  /** Whether the metadata place the first voxel's centre: half a coarse voxel less half a fine one further in. */
  readonly translation: boolean;
  /** What was left out, in sentences. */
  readonly remarks: readonly string[];
  /** What the user should look at, in sentences. */
  readonly warnings: readonly string[];
}

/** What levels are wanted. */
export interface PyramidOptions {
  /** Voxel edges in um, in any order; counts where `halvings` is left out. */
  readonly resolutions?: readonly number[];
  /** With target resolutions: equal edges along all axes, or one factor for all axes. */
  readonly isotropic: boolean;
  /** How many halvings, or as many as it takes until a level fits in one chunk of {@linkcode FIRST_SIGHT} voxels. */
  readonly halvings?: number | "auto";
  /** See {@linkcode PyramidPlan.translation}. */
  readonly translation: boolean;
}

/** Halving ends by itself once no axis is longer: a viewer's first sight is then one chunk of the default size. */
const FIRST_SIGHT = 128;
/** Longer than any image's axis: resampling keeps some 50 bytes for each voxel along it. */
const LONGEST_AXIS = 2 ** 22;
/** Equal up to rounding of metadata. */
const ROUNDING = 1e-6;

/** Plans the levels that are wanted; none where no option asks for any. */
export function planPyramid(volume: Geometry, options: PyramidOptions): PyramidPlan {
  const { resolutions, isotropic, halvings = 0, translation } = options;
  const longest = Math.max(...volume.shape);
  if (longest > LONGEST_AXIS && (resolutions !== undefined || halvings !== 0)) {
    const text = `No coarser level is written as an axis of ${longest} voxels is longer than ${LONGEST_AXIS}.`;
    return { ...planHalvings(volume, 0), translation, warnings: [text] };
  }
  if (resolutions !== undefined) return { ...planResolutions(volume, resolutions, isotropic), translation };
  return { ...planHalvings(volume, halvings), translation };
}

function planResolutions(
  volume: Geometry,
  resolutions: readonly number[],
  isotropic: boolean,
): Omit<PyramidPlan, "translation"> {
  const base = volume.voxelSize.map((size) => exact(size * 1000));
  const finest = Math.min(...base);
  const targets = [...new Set(resolutions)].sort((a, b) => a - b);
  const remarks: string[] = [];
  const warnings: string[] = [];
  const levels: PlannedPyramidLevel[] = [];
  const made: number[] = [];
  for (const target of targets) {
    // Edges and not factors come first: 15 um times a rounded 25 / 15 is not 25 um.
    const edges = perAxis((a) => isotropic ? target : exact(base[a] * target / finest));
    const factors = edges.map((edge, a) => exact(edge / base[a]));
    const shape = perAxis((a) => Math.max(1, Math.trunc(exact(volume.shape[a] / factors[a]))));
    if (target < finest * (1 - ROUNDING)) {
      remarks.push(`No level of ${target} um is written as level 0 has voxels of ${base.join(" x ")} um.`);
    } else if (factors.every((factor) => Math.abs(factor - 1) <= ROUNDING)) {
      continue; // It is level 0.
    } else if (voxelCount(shape) > voxelCount(volume.shape)) {
      warnings.push(
        `No level of ${target} um is written as it would have more voxels (${shape.join(" ")}) than level 0 ` +
          `(${volume.shape.join(" ")}).`,
      );
    } else {
      const voxelSize = perAxis((a) => edges[a] / 1000);
      if (factors.some((factor) => factor < 1 - ROUNDING)) warnings.push(finerAlongOne(target, base));
      levels.push({ shape, voxelSize, from: 0 });
      made.push(target);
    }
  }
  const args = { "target_resolutions_um": made, "make_isotropic": isotropic };
  return { levels, method: { method: "custom_resolution_pyramid", args }, remarks, warnings };
}

function finerAlongOne(target: number, base: readonly number[]): string {
  return `The level of ${target} um is finer than level 0 (${base.join(" x ")} um) along an axis: programs that want ` +
    `every level coarser than the one before may refuse the image (see option 'makeIsotropic').`;
}

/** An axis of one voxel stays as it is. */
function planHalvings(volume: Geometry, halvings: number | "auto"): Omit<PyramidPlan, "translation"> {
  const levels: PlannedPyramidLevel[] = [];
  let finer: Geometry = volume;
  const wanted = () => halvings === "auto" ? finer.shape.some((size) => size > FIRST_SIGHT) : levels.length < halvings;
  while (wanted() && finer.shape.some((size) => size > 1)) {
    const { shape, voxelSize } = finer;
    finer = {
      shape: perAxis((a) => Math.max(1, Math.trunc(shape[a] / 2))),
      voxelSize: perAxis((a) => shape[a] > 1 ? 2 * voxelSize[a] : voxelSize[a]),
    };
    levels.push({ shape: finer.shape, voxelSize: finer.voxelSize, from: levels.length });
  }
  const remarks = halvings !== "auto" && levels.length < halvings
    ? [`The pyramid ends at level ${levels.length} of ${halvings} as that one is a single voxel.`]
    : [];
  return { levels, method: { method: "halving", args: { "n_levels": levels.length } }, remarks, warnings: [] };
}

/** Without the last digits, in which 0.007 * 1000 is not 7 and trunc would lose a voxel. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
