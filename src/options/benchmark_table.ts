/**
 * The options of `benchmark`, with their defaults. Those that linumpy's tool has carry its names.
 *
 * @module
 */

import { BACKEND_CHOICES } from "../backends/open.ts";
import { REFERENCE_OPTIONS, REFERENCES } from "./compare_table.ts";
import {
  atLeast,
  choice,
  choices,
  flag,
  number,
  numbers,
  type OptionSpec,
  type OptionValues,
  path,
  perAxis,
  positive,
  shapes,
} from "./parsers.ts";
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
  /** Phantoms of at least so many columns are fitted on every 4th voxel, smaller ones on every 2nd. */
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

const count = (group: string, least: number, help: string): OptionSpec<number> =>
  number({ group, value: "<n>", help }, `an integer >= ${least}`, atLeast(least));
const millimetres = (group: string, help: string) => number({ group, value: "<mm>", help }, "a number > 0", positive);
const levels = (group: string, standard: readonly number[]) =>
  numbers(
    { group, value: "<n...>", help: `Iterations of each level; default: ${standard.join(" ")}.` },
    32,
    "integers >= 1, one a level",
    atLeast(1),
  );

/** Options of `benchmark`. */
export const BENCHMARK_OPTIONS = {
  backends: choices(
    { group: "Contestants", help: `Backends of n4; default: ${D.backends.join(" ")}.` },
    BACKEND_CHOICES,
  ),
  reference: choices({ group: "Contestants", help: "Other programs to take part." }, REFERENCES),
  ...REFERENCE_OPTIONS,
  base: path({
    group: "Contestants",
    help:
      "Who the others are held against: ts, webgpu, cuda, simpleitk or ants; default: the first reference, else the first backend.",
  }),

  phantomShapes: shapes({
    group: "Phantoms",
    value: "<ZxYxX...>",
    help: `Shapes of the sweep, voxels of 1 mm; default: ${D.phantomShapes.map((shape) => shape.join("x")).join(" ")}.`,
  }),
  seeds: numbers(
    {
      group: "Phantoms",
      value: "<n...>",
      help: `A phantom of every shape for each seed; default: ${D.seeds.join(" ")}.`,
    },
    64,
    "integers from 0 to 4294967295",
    (n) => atLeast(0)(n) && n < 2 ** 32,
  ),
  skipPhantoms: flag({ group: "Phantoms", help: "Only the live volume." }),
  nIterations: levels("Phantoms", D.nIterations),
  splineDistanceMm: millimetres("Phantoms", `Knot spacing of the first level; default: ${D.splineDistanceMm}.`),
  shrinkFactor: count("Phantoms", 1, `Fit on every n-th voxel; default: 2, from ${D.coarseFrom} columns on 4.`),

  liveZarr: path({ group: "Live volume", help: "An image: OME-Zarr folder or .ome.zarr.zip, .nii or .nii.gz." }),
  liveLevel: count(
    "Live volume",
    0,
    "Resolution level of an OME-Zarr; default: 1 where there is one, else 0.",
  ),
  liveSliceIndex: count("Live volume", 0, "Take one serial section: the n-th, from 0; default: the whole stack."),
  nSerialSlices: count(
    "Live volume",
    1,
    "Sections of the stack, for --live-slice-index; default: as many as of a 50th of the planes each, at least 32.",
  ),
  maxLiveShape: perAxis(
    {
      group: "Live volume",
      value: "<n | z y x>",
      help: `Take at most so many voxels; default: ${D.maxLiveShape.join(" ")}.`,
    },
    "integers >= 1",
    atLeast(1),
  ),
  liveOrigin: perAxis(
    {
      group: "Live volume",
      value: "<n | z y x>",
      help: "First voxel that is taken (z counts in the section); default: 0 0 0.",
    },
    "integers >= 0",
    atLeast(0),
  ),
  channel: count("Live volume", 0, "Channel of an OME-Zarr, or volume of a 4-D NIfTI."),
  requireAllChunks: { ...INPUT_OPTIONS.requireAllChunks, group: "Live volume" },
  liveNIterations: levels("Live volume", D.liveNIterations),
  liveSplineDistanceMm: millimetres(
    "Live volume",
    `Knot spacing of the first level; default: ${D.liveSplineDistanceMm}.`,
  ),
  liveShrinkFactor: count("Live volume", 1, `Fit on every n-th voxel; default: ${D.liveShrinkFactor}.`),

  warmUps: count("Measurement", 0, `Runs that come first and count for nothing; default: ${D.warmUps}.`),
  repeats: count("Measurement", 1, `Runs that count, in turns of all contestants; default: ${D.repeats}.`),
  convergenceThreshold: {
    ...CORRECT_OPTIONS.convergenceThreshold,
    group: "Measurement",
    help: `${CORRECT_OPTIONS.convergenceThreshold.help} Default: ${D.convergenceThreshold}, so that all do equal work.`,
  },
  spacingRule: choice({
    group: "Measurement",
    help:
      "How a knot spacing becomes control points: extent / spacing of them, at least 4, as linumpy counts, or as many " +
      `spans, as n4 correct does; default: ${D.spacingRule}.`,
  }, ["points", "spans"]),
  peakMemory: flag({
    group: "Measurement",
    help: "Run each backend once more in a process of its own for its peak memory; needs --allow-run=deno.",
  }),

  output: path({ group: "Output", help: "Folder for tables and plots, made where it is missing. Required." }),
  jsonFile: path({ group: "Output", help: "Where the JSON goes; default: n4_benchmark.json in the folder." }),
  html: { ...PAGE_OPTIONS.html, group: "Output" },
  overwrite: { ...overwrite, group: "Output" },
  nProcesses,
  device,
  dryRun: flag({ group: "Run", help: "Show the cases and contestants, and stop before any work." }),
  verbose,
  quiet,
  json,
} as const;

/** What the user gave `benchmark`. */
export type BenchmarkOptions = OptionValues<typeof BENCHMARK_OPTIONS>;
