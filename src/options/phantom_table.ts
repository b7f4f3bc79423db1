/**
 * The options of `phantom`.
 *
 * @module
 */

import { COUNT, COUNTS, INDEX, type OptionTable, type OptionValues } from "./spec.ts";
import { PHANTOM_KINDS } from "../phantom/kinds.ts";
import { RUN_OPTIONS } from "./run_table.ts";

const { overwrite, quiet, json } = RUN_OPTIONS;

/** Options of `phantom`. */
export const PHANTOM_OPTIONS = {
  shape: {
    ...COUNTS,
    group: "Phantom",
    help: "Voxels; the picture fills them whatever they are; default: 64 192 192.",
  },
  nSerialSlices: {
    ...COUNT,
    group: "Phantom",
    help: "Sections stacked along z, each with its own brightness; default: 8.",
  },
  seed: { ...INDEX, to: 2 ** 32 - 1, group: "Phantom", help: "Decides anatomy, field and speckle; default: 1." },
  voxelSizeMm: {
    type: "triple",
    above: 0,
    metavar: "mm",
    group: "Phantom",
    help: "Voxel edges: the deeper a section, the more light it loses; default: 0.015.",
  },
  kind: {
    type: "choice",
    words: PHANTOM_KINDS,
    metavar: "kind",
    group: "Phantom",
    help:
      "plain; fine_folds (ten times finer); sparse (little tissue); full (tissue beyond every edge); dim_overlap (sections dim at their lower face); missing_section; lost_tile; hot_pixels (one in 300); default: plain.",
  },
  withTruth: {
    type: "flag",
    group: "Phantom",
    help: "Write also what only a phantom knows, beside OUT: OUT's name with _truth, _field, _mask and _labels.",
  },
  looks: {
    ...COUNT,
    to: 30,
    group: "Phantom",
    help: "Speckle patterns averaged, 1 for the roughest grain; default: 20.",
  },
  overwrite,
  quiet,
  json,
} as const satisfies OptionTable;

/** What the user can ask of a phantom; everything has a default. */
export type PhantomOptions = OptionValues<typeof PHANTOM_OPTIONS>;
