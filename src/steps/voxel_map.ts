/**
 * From a bias model to the map that a backend applies to voxels.
 *
 * @module
 */

import type { ApplySpec } from "../backends/backend.ts";
import type { Matching } from "../intensity/match/matched.ts";
import { type BiasModel, gridPositions, modelDomain } from "../n4/bias_model.ts";
import { inPadded } from "../n4/bspline.ts";
import type { Shape3 } from "../volume.ts";

/** The smallest field that is divided by; the same in ITK's users' tools. */
const FIELD_FLOOR = 1e-6;

/** What goes into the map beside the model. */
interface VoxelMapOptions {
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** What is done to intensities first; left out: nothing. */
  readonly matching?: Matching;
  /** Write 0 outside the mask. */
  readonly zeroOutside?: boolean;
}

/** The voxel map of a model on a grid over its field of view. */
export function voxelMap(
  model: BiasModel,
  shape: Shape3,
  { strength, matching, zeroOutside }: VoxelMapOptions,
): ApplySpec {
  return {
    volume: shape,
    domain: modelDomain(model),
    positions: inPadded(gridPositions(model.shape, shape), model.padded ?? {}),
    sections: model.sections,
    global: model.global,
    ...matching,
    strength,
    scale: model.scale,
    zeroOutside: zeroOutside ?? false,
    floor: FIELD_FLOOR,
  };
}
