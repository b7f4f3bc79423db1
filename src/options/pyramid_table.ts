/**
 * The options about the coarser levels of an OME-Zarr output.
 *
 * @module
 */

import { INDEX, type OptionTable } from "./spec.ts";

/** Options about the coarser levels of an OME-Zarr that is written; shared by all commands that correct. */
export const PYRAMID_OPTIONS = {
  pyramidResolutions: {
    type: "numbers",
    above: 0,
    metavar: "um",
    group: "Pyramid",
    help: "Write levels with voxels of these sizes in um beside the image itself, where they are not finer.",
  },
  makeIsotropic: {
    type: "flag",
    negative: "--no-isotropic",
    group: "Pyramid",
    help: "At target resolutions: equal voxel edges along all axes, or one factor for all axes; default: equal edges.",
  },
  nLevels: {
    ...INDEX,
    or: "auto",
    group: "Pyramid",
    help: "Halve this often instead; 'auto' halves until a level fits in one chunk (128), 0 writes no coarser level.",
  },
  pyramidTranslation: {
    type: "flag",
    group: "Pyramid",
    help:
      "Write in the metadata where each level's first voxel lies: half a coarse voxel less half a fine one further in.",
  },
} as const satisfies OptionTable;
