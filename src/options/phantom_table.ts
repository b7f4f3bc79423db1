/**
 * The options of `phantom`.
 *
 * @module
 */

import { atLeast, number, perAxis, positive } from "./parsers.ts";
import { RUN_OPTIONS } from "./run_table.ts";

const { overwrite, quiet, json } = RUN_OPTIONS;

/** Options of `phantom`. */
export const PHANTOM_OPTIONS = {
  shape: perAxis(
    {
      group: "Phantom",
      value: "<n | z y x>",
      help: "Voxels; the picture fills them whatever they are; default: 64 192 192.",
    },
    "integers >= 1",
    atLeast(1),
  ),
  nSerialSlices: number(
    { group: "Phantom", value: "<n>", help: "Sections stacked along z, each with its own brightness; default: 8." },
    "an integer >= 1",
    atLeast(1),
  ),
  seed: number(
    { group: "Phantom", value: "<n>", help: "Decides anatomy, field and speckle; default: 1." },
    "an integer from 0 to 4294967295",
    (n) => atLeast(0)(n) && n < 2 ** 32,
  ),
  voxelSizeMm: perAxis(
    {
      group: "Phantom",
      value: "<mm | z y x>",
      help: "Voxel edges: the deeper a section, the more light it loses; default: 0.015.",
    },
    "numbers > 0",
    positive,
  ),
  looks: number(
    { group: "Phantom", value: "<n>", help: "Speckle patterns averaged, 1 for the roughest grain; default: 20." },
    "an integer from 1 to 30",
    (n) => atLeast(1)(n) && n <= 30,
  ),
  overwrite,
  quiet,
  json,
} as const;
