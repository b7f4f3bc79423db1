/**
 * The options of `compare`, with their defaults. Those that linumpy's tool has carry its names.
 *
 * @module
 */

import { BACKEND_CHOICES } from "../backends/open.ts";
import {
  COUNT,
  INDEX,
  INPUT_FILE,
  MILLIMETRES,
  type OptionTable,
  type OptionValues,
  OUTPUT_FILE,
  REPORT_FILE,
} from "./spec.ts";
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
  python: { type: "path", group: "References", help: "Python that has SimpleITK and numpy, for 'simpleitk'." },
  ants: {
    type: "path",
    group: "References",
    help: "ANTs' program, for 'ants'; default: N4BiasFieldCorrection, looked for on the PATH.",
  },
} as const satisfies OptionTable;

const D = COMPARE_DEFAULTS;
const { level, requireAllChunks } = INPUT_OPTIONS;
const { nProcesses, device, overwrite, verbose, quiet, json } = RUN_OPTIONS;
const { convergenceThreshold, dryRun } = CORRECT_OPTIONS;
const SIDE = "side: input, a backend, a reference, or the path of a corrected image; default:";

/** Options of `compare`. */
export const COMPARE_OPTIONS = {
  zarr: {
    ...INPUT_FILE,
    short: "i",
    also: ["input", "image"],
    group: "Slab",
    help: "Image: an OME-Zarr folder, .ozx or .ome.zarr.zip, .nii or .nii.gz. Required.",
  },
  level: { ...level, group: "Slab", help: `${level.help} Default: 1 where this and the other image have one, else 0.` },
  channel: { ...INDEX, group: "Slab", help: "Channel of an OME-Zarr, or volume of a 4-D NIfTI." },
  z0: {
    ...INDEX,
    group: "Slab",
    help: `First plane; default: ${D.z0} of an OME-Zarr, of a NIfTI so that the slab is in its middle.`,
  },
  dz: { ...COUNT, group: "Slab", help: `Planes, fewer where there are no more; default: ${D.dz}.` },
  y0: { ...INDEX, group: "Slab", help: "First row; default: 0." },
  dy: { ...COUNT, group: "Slab", help: "Rows; default: all." },
  x0: { ...INDEX, group: "Slab", help: "First column; default: 0." },
  dx: { ...COUNT, group: "Slab", help: "Columns; default: all." },
  plane: {
    ...INDEX,
    group: "Slab",
    help: "Plane that the picture shows, counted in the slab; default: the middle one.",
  },
  mask: {
    ...INPUT_FILE,
    group: "Slab",
    help: "Mask for fits and figures, of any resolution of the image's field of view.",
  },
  maskMethod: {
    type: "choice",
    words: ["percentile", "otsu"],
    group: "Slab",
    help:
      "Without a mask: what is above the slab's 5th percentile (as in linumpy's tools), or above Otsu's threshold; " +
      `default: ${D.maskMethod}.`,
  },
  requireAllChunks: { ...requireAllChunks, group: "Slab" },

  first: { ...INPUT_FILE, metavar: "side", group: "Sides", help: `The first ${SIDE} ${D.first}.` },
  second: { ...INPUT_FILE, metavar: "side", group: "Sides", help: `The second ${SIDE} ${D.second}.` },
  ...REFERENCE_OPTIONS,
  truth: {
    ...INPUT_FILE,
    metavar: "field",
    group: "Sides",
    help:
      "The true bias field, as of 'n4 phantom --with-truth' (NAME_field), of the image's shape: shows how much bias a side leaves.",
  },

  shrink: { ...COUNT, group: "Fit", help: `Fit on every n-th voxel; default: ${D.shrink}.` },
  splineMm: {
    ...MILLIMETRES,
    group: "Fit",
    help: `Knot spacing of the first level; default: ${D.splineMm} for an OME-Zarr, one span for a NIfTI.`,
  },
  nIterations: { type: "levels", group: "Fit", help: `Iterations of each level; default: ${D.nIterations.join(" ")}.` },
  convergenceThreshold: {
    ...convergenceThreshold,
    help: `${convergenceThreshold.help} Default: ${D.convergenceThreshold}, so that all do equal work.`,
  },

  output: {
    ...OUTPUT_FILE,
    short: "o",
    group: "Output",
    help: "Picture to write (.png); the other files take its name and more. Required.",
  },
  jsonFile: { ...REPORT_FILE, group: "Output", help: "Write every figure with its definition as JSON." },
  html: { ...PAGE_OPTIONS.html, group: "Output" },
  overwrite: { ...overwrite, group: "Output" },
  nProcesses,
  device,
  dryRun,
  verbose,
  quiet,
  json,
} as const satisfies OptionTable;

/** What the user gave `compare`. */
export type CompareOptions = OptionValues<typeof COMPARE_OPTIONS>;
