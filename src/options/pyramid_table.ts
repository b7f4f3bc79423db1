/**
 * The options about the coarser levels of an OME-Zarr output.
 *
 * @module
 */

import { countOrAuto, flag, numbers, type OptionSpecs, positive, toggle } from "./parsers.ts";

/** Types of the values of {@linkcode PYRAMID_OPTIONS}, which says what each of them is. */
export type PyramidValues = {
  readonly pyramidResolutions: readonly number[];
  readonly makeIsotropic: boolean;
  readonly nLevels: number | "auto";
  readonly pyramidTranslation: boolean;
};

/** Options about the coarser levels of an OME-Zarr that is written; shared by all commands that correct. */
export const PYRAMID_OPTIONS: OptionSpecs<PyramidValues> = {
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
};
