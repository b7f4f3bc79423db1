/**
 * The options that commands share: about reading images, and about how a command runs.
 *
 * @module
 */

import { BACKEND_CHOICES } from "../backends/open.ts";
import { INDEX, type OptionTable, REPORT_FILE } from "./spec.ts";

/** Options about reading images; shared by all commands that do. */
export const INPUT_OPTIONS = {
  level: {
    ...INDEX,
    also: ["resolution"],
    group: "Input",
    help: "Resolution level of an OME-Zarr to work on; 0 is the finest.",
  },
  channel: {
    ...INDEX,
    also: ["volume"],
    or: "all",
    group: "Input",
    help: "Channel of an OME-Zarr, or volume of a 4-D NIfTI, to work on; 'all' keeps every one.",
  },
  time: {
    ...INDEX,
    or: "all",
    group: "Input",
    help: "Time point of an OME-Zarr to work on; 'all' keeps every one.",
  },
  unit: {
    type: "choice",
    words: ["nanometer", "micrometer", "millimeter", "centimeter"],
    group: "Input",
    help: "The unit of length of an OME-Zarr that names none, and of --voxel-size; default for that: millimeter.",
  },
  voxelSize: {
    type: "triple",
    above: 0,
    metavar: "length",
    group: "Input",
    help: "Voxel edges of level 0 of an OME-Zarr, instead of those that it names.",
  },
  requireAllChunks: {
    type: "flag",
    group: "Input",
    help: "Refuse an OME-Zarr in which a chunk is not stored, instead of reading its fill value.",
  },
} as const satisfies OptionTable;

/** The page; shared by all commands that have something to look at. */
export const PAGE_OPTIONS = {
  html: {
    ...REPORT_FILE,
    group: "Run",
    help: "Write a page (HTML) to look at: volumes before and after, field, figures, curves, report.",
  },
} as const satisfies OptionTable;

/** Options about how a command runs; shared by all commands that correct. */
export const RUN_OPTIONS = {
  backend: {
    type: "choice",
    words: BACKEND_CHOICES,
    kind: "machine",
    group: "Run",
    help: "Where to compute; 'cpu' is ts, 'gpu' is cuda, else webgpu, 'auto' the best that is here.",
  },
  nProcesses: {
    ...INDEX,
    to: 256,
    kind: "machine",
    also: ["threads", "nthreads", "n-threads", "num-threads", "jobs", "workers", "cores", "cpus", "j"],
    group: "Run",
    help:
      "Worker threads that decode, count and encode (16 at most), and as many of the TypeScript backend; 0 for none; default: one per core. No bit of the result depends on it.",
  },
  device: {
    ...INDEX,
    also: ["gpu", "cuda"],
    kind: "machine",
    group: "Run",
    help: "CUDA device to use; default: the one with the most free memory.",
  },
  memoryLimit: {
    type: "bytes",
    also: ["memory", "mem", "ram"],
    kind: "machine",
    group: "Run",
    help: "Memory that the whole process may use; refused when it is too little.",
  },
  overwrite: {
    type: "flag",
    kind: "run",
    short: "f",
    also: ["force", "clobber", "yes"],
    group: "Run",
    help: "Replace outputs that exist.",
  },
  verbose: {
    type: "flag",
    kind: "run",
    short: "v",
    also: ["debug"],
    group: "Run",
    help: "Print more: the plan, every value that is used, why a backend was refused, where an error comes from.",
  },
  quiet: {
    type: "flag",
    kind: "run",
    short: "q",
    also: ["silent"],
    excludes: "verbose",
    group: "Run",
    help: "Print nothing but warnings and errors.",
  },
  json: {
    type: "flag",
    kind: "run",
    group: "Run",
    help: "One JSON object per line on standard error instead of text.",
  },
  report: { ...REPORT_FILE, group: "Run", help: "Write a JSON report that says how the result came about." },
} as const satisfies OptionTable;
