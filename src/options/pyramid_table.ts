/**
 * The options about the coarser levels of an OME-Zarr output.
 *
 * @module
 */

import { countOrAuto, flag, numbers, positive, toggle } from "./parsers.ts";

/** Options about the coarser levels of an OME-Zarr that is written; shared by all commands that correct. */
export const PYRAMID_OPTIONS = {
  pyramidResolutions: numbers(
    {
      group: "Pyramid",
      value: "<um...>",
      help: "Write levels with voxels of these sizes in um beside the image itself, where they are not finer.",
    },
    32,
    "numbers > 0",
    positive,
  ),
  makeIsotropic: toggle({
    group: "Pyramid",
    help: "At target resolutions: equal voxel edges along all axes, or one factor for all axes; default: equal edges.",
  }, "--no-isotropic"),
  nLevels: countOrAuto({
    group: "Pyramid",
    help: "Halve this often instead; 'auto' halves until a level fits in one chunk (128), 0 writes no coarser level.",
  }),
  pyramidTranslation: flag({
    group: "Pyramid",
    help:
      "Say in the metadata where each level's first voxel lies: half a coarse voxel less half a fine one further in.",
  }),
} as const;
