/**
 * The options that commands share: about reading images, and about how a command runs.
 *
 * @module
 */

import { BACKEND_CHOICES, type BackendChoice } from "../backends/open.ts";
import { atLeast, bytes, choice, flag, indexOrAll, number, type OptionSpecs, path } from "./parsers.ts";

/** Types of the values of {@linkcode INPUT_OPTIONS}, which says what each of them is. */
export type InputValues = {
  readonly level: number;
  readonly channel: number | "all";
  readonly requireAllChunks: boolean;
};

/** Options about reading images; shared by all commands that do. */
export const INPUT_OPTIONS: OptionSpecs<InputValues> = {
  level: number(
    { group: "Input", value: "<n>", help: "Resolution level of an OME-Zarr to work on; 0 is the finest." },
    "an integer >= 0",
    atLeast(0),
  ),
  channel: indexOrAll({
    group: "Input",
    help: "Channel of an OME-Zarr, or volume of a 4-D NIfTI, to work on; 'all' keeps every one.",
  }),
  requireAllChunks: flag({
    group: "Input",
    help: "Refuse an OME-Zarr in which a chunk is not stored, instead of reading its fill value.",
  }),
};

/** Types of the values of {@linkcode PAGE_OPTIONS}, which says what each of them is. */
export type PageValues = {
  readonly html: string;
};

/** The page; shared by all commands that have something to look at. */
export const PAGE_OPTIONS: OptionSpecs<PageValues> = {
  html: path({
    group: "Run",
    help: "Write a page (HTML) to look at: volumes before and after, field, figures, curves, report.",
  }),
};

/** Types of the values of {@linkcode RUN_OPTIONS}, which says what each of them is. */
export type RunValues = {
  readonly backend: BackendChoice;
  readonly nProcesses: number;
  readonly device: number;
  readonly memoryLimit: number;
  readonly overwrite: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly report: string;
};

/** Options about how a command runs; shared by all commands that correct. */
export const RUN_OPTIONS: OptionSpecs<RunValues> = {
  backend: choice<BackendChoice>({
    group: "Run",
    help: "Where to compute; 'cpu' is ts, 'gpu' is cuda, else webgpu, 'auto' the best that is here.",
  }, BACKEND_CHOICES),
  nProcesses: number(
    {
      group: "Run",
      value: "<n>",
      help:
        "Worker threads that decode, count and encode (16 at most), and as many of the TypeScript backend; 0 for none; default: one per core. No bit of the result depends on it.",
    },
    "an integer from 0 to 256",
    (n) => atLeast(0)(n) && n <= 256,
  ),
  device: number(
    { group: "Run", value: "<n>", help: "CUDA device to use; default: the one with the most free memory." },
    "an integer >= 0",
    atLeast(0),
  ),
  memoryLimit: bytes({ group: "Run", help: "Memory that the whole process may use; refused when it is too little." }),
  overwrite: flag({ group: "Run", help: "Replace outputs that exist." }),
  verbose: flag({ group: "Run", help: "Say more: why a backend was refused, where an error comes from." }),
  quiet: flag({ group: "Run", help: "Say nothing but errors." }),
  json: flag({ group: "Run", help: "One JSON object per line on standard error instead of text." }),
  report: path({ group: "Run", help: "Write a JSON report that says how the result came about." }),
};
