/**
 * The options of `compare`, with their defaults. Those that linumpy's tool has carry its names.
 *
 * @module
 */

import { BACKEND_CHOICES } from "../backends/open.ts";
import { atLeast, choice, number, numbers, type OptionValues, path, positive } from "./parsers.ts";
import { INPUT_OPTIONS, PAGE_OPTIONS, RUN_OPTIONS } from "./run_table.ts";
import { CORRECT_OPTIONS } from "./table.ts";

/** What `compare` does where the user says nothing. */
export const COMPARE_DEFAULTS = {
  z0: 0,
  dz: 64,
  first: "input",
  second: "auto",
  shrink: 4,
  splineMm: 10,
  nIterations: [40, 40, 40],
  convergenceThreshold: 0,
  maskMethod: "percentile",
} as const;

/** Programs beside n4 that a side can be. */
export const REFERENCES = ["simpleitk", "ants"] as const;

/** The name of such a program. */
export type ReferenceName = typeof REFERENCES[number];

/** Words that a side can be; any other is the path of a corrected image. */
export const SIDE_WORDS: readonly string[] = ["input", ...BACKEND_CHOICES, ...REFERENCES];

/** The options that say where other programs are. */
export const REFERENCE_OPTIONS = {
  python: path({ group: "References", help: "Python that has SimpleITK and numpy, for 'simpleitk'." }),
  ants: path({
    group: "References",
    help: "ANTs' program, for 'ants'; default: N4BiasFieldCorrection, looked for on the PATH.",
  }),
} as const;

const { level, requireAllChunks } = INPUT_OPTIONS;
const { nProcesses, device, overwrite, verbose, quiet, json } = RUN_OPTIONS;
const side = (which: string, standard: string) => ({
  ...path({
    group: "Sides",
    help: `The ${which} side: input, a backend, a reference, or the path of a corrected image; default: ${standard}.`,
  }),
  value: "<side>",
});
const place = (text: string, least: number) =>
  number({ group: "Slab", value: "<n>", help: text }, `an integer >= ${least}`, atLeast(least));

/** Options of `compare`. */
export const COMPARE_OPTIONS = {
  zarr: path({ group: "Slab", help: "Image: an OME-Zarr folder or .ome.zarr.zip, .nii or .nii.gz. Required." }),
  level: { ...level, group: "Slab", help: `${level.help} Default: 1 where there is one, else 0.` },
  channel: place("Channel of an OME-Zarr, or volume of a 4-D NIfTI.", 0),
  z0: place(`First plane; default: ${COMPARE_DEFAULTS.z0}.`, 0),
  dz: place(`Planes, fewer where there are no more; default: ${COMPARE_DEFAULTS.dz}.`, 1),
  y0: place("First row; default: 0.", 0),
  dy: place("Rows; default: all.", 1),
  x0: place("First column; default: 0.", 0),
  dx: place("Columns; default: all.", 1),
  plane: place("Plane that the picture shows, counted in the slab; default: the middle one.", 0),
  mask: path({
    group: "Slab",
    help: "Mask for fits and figures, of any resolution of the image's field of view.",
  }),
  maskMethod: choice({
    group: "Slab",
    help:
      "Without a mask: what is above the slab's 5th percentile (as in linumpy's tools), or above Otsu's threshold; " +
      `default: ${COMPARE_DEFAULTS.maskMethod}.`,
  }, ["percentile", "otsu"]),
  requireAllChunks: { ...requireAllChunks, group: "Slab" },

  first: side("first", COMPARE_DEFAULTS.first),
  second: side("second", COMPARE_DEFAULTS.second),
  ...REFERENCE_OPTIONS,

  shrink: number(
    { group: "Fit", value: "<n>", help: `Fit on every n-th voxel; default: ${COMPARE_DEFAULTS.shrink}.` },
    "an integer >= 1",
    atLeast(1),
  ),
  splineMm: number(
    {
      group: "Fit",
      value: "<mm>",
      help:
        `Knot spacing of the first level; default: ${COMPARE_DEFAULTS.splineMm} for an OME-Zarr, one span for a NIfTI.`,
    },
    "a number > 0",
    positive,
  ),
  nIterations: numbers(
    {
      group: "Fit",
      value: "<n...>",
      help: `Iterations of each level; default: ${COMPARE_DEFAULTS.nIterations.join(" ")}.`,
    },
    32,
    "integers >= 1, one a level",
    atLeast(1),
  ),
  convergenceThreshold: {
    ...CORRECT_OPTIONS.convergenceThreshold,
    help:
      `${CORRECT_OPTIONS.convergenceThreshold.help} Default: ${COMPARE_DEFAULTS.convergenceThreshold}, so that all do equal work.`,
  },

  output: path({ group: "Output", help: "Picture to write (.png); the other files take its name and more. Required." }),
  jsonFile: path({ group: "Output", help: "Write every figure with its definition as JSON." }),
  html: { ...PAGE_OPTIONS.html, group: "Output" },
  overwrite: { ...overwrite, group: "Output" },
  nProcesses,
  device,
  dryRun: CORRECT_OPTIONS.dryRun,
  verbose,
  quiet,
  json,
} as const;

/** What the user gave `compare`. */
export type CompareOptions = OptionValues<typeof COMPARE_OPTIONS>;
