/**
 * The options of `benchmark`, with their defaults. Those that linumpy's tool has carry its names.
 *
 * @module
 */

import { BACKEND_CHOICES } from "../backends/open.ts";
import { REFERENCE_OPTIONS, REFERENCES } from "./compare_table.ts";
import {
  COUNT,
  COUNTS,
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

/** What `benchmark` does where the user says nothing; shapes, levels and distances are linumpy's. */
export const BENCHMARK_DEFAULTS = {
  phantomShapes: [
    [64, 128, 128],
    [128, 256, 256],
    [128, 512, 512],
    [256, 512, 512],
    [128, 1024, 1024],
    [128, 1536, 1536],
  ],
  seeds: [0],
  nIterations: [25, 25, 25],
  splineDistanceMm: 20,
  /** Phantoms of at least this many columns are fitted on every 4th voxel, smaller ones on every 2nd. */
  coarseFrom: 1024,
  maxLiveShape: [128, 1024, 1024],
  liveNIterations: [40, 40, 40],
  liveSplineDistanceMm: 10,
  liveShrinkFactor: 4,
  backends: ["auto"],
  spacingRule: "points",
  convergenceThreshold: 0,
  warmUps: 1,
  repeats: 3,
} as const;

const D = BENCHMARK_DEFAULTS;
const { nProcesses, device, overwrite, verbose, quiet, json } = RUN_OPTIONS;
const { convergenceThreshold } = CORRECT_OPTIONS;

const levels = (group: string, standard: readonly number[]) =>
  ({ type: "levels", group, help: `Iterations of each level; default: ${standard.join(" ")}.` }) as const;
const knots = (group: string, standard: number) =>
  ({ ...MILLIMETRES, group, help: `Knot spacing of the first level; default: ${standard}.` }) as const;

/** Options of `benchmark`. */
export const BENCHMARK_OPTIONS = {
  backends: {
    type: "choices",
    words: BACKEND_CHOICES,
    group: "Contestants",
    help: `Backends of n4; default: ${D.backends.join(" ")}.`,
  },
  reference: { type: "choices", words: REFERENCES, group: "Contestants", help: "Other programs to take part." },
  ...REFERENCE_OPTIONS,
  base: {
    type: "path",
    group: "Contestants",
    help:
      "What the others are compared with: ts, webgpu, cuda, simpleitk or ants; default: the first reference, else the first backend.",
  },

  phantomShapes: {
    type: "shapes",
    group: "Phantoms",
    help: `Shapes of the sweep, voxels of 1 mm; default: ${D.phantomShapes.map((shape) => shape.join("x")).join(" ")}.`,
  },
  seeds: {
    type: "numbers",
    integer: true,
    from: 0,
    to: 2 ** 32 - 1,
    most: 64,
    group: "Phantoms",
    help: `A phantom of every shape for each seed; default: ${D.seeds.join(" ")}.`,
  },
  skipPhantoms: { type: "flag", group: "Phantoms", help: "Only the live volume." },
  nIterations: levels("Phantoms", D.nIterations),
  splineDistanceMm: knots("Phantoms", D.splineDistanceMm),
  shrinkFactor: {
    ...COUNT,
    group: "Phantoms",
    help: `Fit on every n-th voxel; default: 2, from ${D.coarseFrom} columns on 4.`,
  },

  liveZarr: {
    ...INPUT_FILE,
    group: "Live volume",
    help: "An image: OME-Zarr folder, .ozx or .ome.zarr.zip, .nii or .nii.gz.",
  },
  liveLevel: {
    ...INDEX,
    group: "Live volume",
    help: "Resolution level of an OME-Zarr; default: 1 where there is one, else 0.",
  },
  liveSliceIndex: {
    ...INDEX,
    group: "Live volume",
    help: "Take one serial section: the n-th, from 0; default: the whole stack.",
  },
  nSerialSlices: {
    ...COUNT,
    group: "Live volume",
    help:
      "Sections of the stack, for --live-slice-index; default: as many as of a 50th of the planes each, at least 32.",
  },
  maxLiveShape: {
    ...COUNTS,
    group: "Live volume",
    help: `Take at most this many voxels; default: ${D.maxLiveShape.join(" ")}.`,
  },
  liveOrigin: {
    ...COUNTS,
    from: 0,
    group: "Live volume",
    help: "First voxel that is taken (z counts in the section); default: 0 0 0.",
  },
  channel: { ...INDEX, group: "Live volume", help: "Channel of an OME-Zarr, or volume of a 4-D NIfTI." },
  requireAllChunks: { ...INPUT_OPTIONS.requireAllChunks, group: "Live volume" },
  liveNIterations: levels("Live volume", D.liveNIterations),
  liveSplineDistanceMm: knots("Live volume", D.liveSplineDistanceMm),
  liveShrinkFactor: {
    ...COUNT,
    group: "Live volume",
    help: `Fit on every n-th voxel; default: ${D.liveShrinkFactor}.`,
  },

  warmUps: {
    ...INDEX,
    group: "Measurement",
    help: `Runs that come first and count for nothing; default: ${D.warmUps}.`,
  },
  repeats: {
    ...COUNT,
    group: "Measurement",
    help: `Runs that count, in turns of all contestants; default: ${D.repeats}.`,
  },
  convergenceThreshold: {
    ...convergenceThreshold,
    group: "Measurement",
    help: `${convergenceThreshold.help} Default: ${D.convergenceThreshold}, so that all do equal work.`,
  },
  spacingRule: {
    type: "choice",
    words: ["points", "spans"],
    group: "Measurement",
    help:
      "How a knot spacing becomes control points: extent / spacing of them, at least 4, as linumpy counts, or as many " +
      `spans, as n4 correct does; default: ${D.spacingRule}.`,
  },
  peakMemory: {
    type: "flag",
    group: "Measurement",
    help: "Run each backend once more in a process of its own for its peak memory; needs --allow-run=deno.",
  },

  output: {
    ...OUTPUT_FILE,
    short: "o",
    group: "Output",
    help: "Folder for tables and plots, made where it is missing. Required.",
  },
  jsonFile: { ...REPORT_FILE, group: "Output", help: "Where the JSON goes; default: n4_benchmark.json in the folder." },
  html: { ...PAGE_OPTIONS.html, group: "Output" },
  overwrite: { ...overwrite, group: "Output" },
  nProcesses,
  device,
  dryRun: { type: "flag", group: "Run", help: "Show the cases and contestants, and stop before any work." },
  verbose,
  quiet,
  json,
} as const satisfies OptionTable;

/** What the user gave `benchmark`. */
export type BenchmarkOptions = OptionValues<typeof BENCHMARK_OPTIONS>;
