/**
 * The options of `correct` that make it a correction of many images.
 *
 * @module
 */

import type { OptionTable, OptionValues } from "./spec.ts";

/** Options of `correct` for many images. */
export const BATCH_OPTIONS = {
  outputFolder: {
    type: "path",
    kind: "run",
    also: ["output-dir", "outdir", "output-directory"],
    group: "Many images",
    help:
      "Correct every IN (images, folders of them, a BIDS data set) into this folder, under its own name; paths of " +
      "--html, --report and --save-... become the ends of names: 'mask.nii.gz' is NAME_mask.nii.gz.",
  },
  list: {
    type: "path",
    kind: "run",
    requires: "outputFolder",
    also: ["input-list", "file-list"],
    group: "Many images",
    help: "A text file that names an image on each line, beside those that are given.",
  },
} as const satisfies OptionTable;

/** What the user gives beside the options of one image. */
export type BatchOptions = OptionValues<typeof BATCH_OPTIONS>;
