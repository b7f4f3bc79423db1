/**
 * Runs whose folders are damaged: what they correct, how, and when they were ended. The thread of the cases goes on with them, so that both sides know them.
 *
 * @module
 */

import type { CorrectOptions } from "../../src/options/table.ts";
import { stepFile } from "../../src/commands/step.ts";
import type { PlannedStage } from "../../src/store/run_record.ts";
import type { Shape3 } from "../../src/volume.ts";
import { QUICK } from "../helpers/corrections.ts";
import { MEMORY_LIMIT } from "./image_checks.ts";

/** A correction of a small image. */
export interface KnownRun {
  readonly name: string;
  /** Names of the outputs. */
  readonly output: string;
  readonly field: string;
  readonly options: CorrectOptions;
  readonly volumes: number;
  readonly tasks: number;
  /** Stages before which a run of it is ended; `apply, begun`: after the first boxes are written. */
  readonly ends: readonly string[];
}

/** The input of all of them, in their folder. */
export const INPUT = "in.nii";
/** Its shape. */
export const SHAPE: Shape3 = [8, 10, 12];
/** When it was last changed: a run that is gone on with looks at that. */
export const CHANGED = new Date("2026-01-01T00:00:00Z");

const SECTIONS: CorrectOptions = {
  preset: "oct",
  nSerialSlices: 2,
  histogramMatch: true,
  shrinkFactor: [2, 2, 2],
  nIterations: [2],
  globalNIterations: [2],
  rescale: "mean",
  nLevels: 1,
  chunkShape: [4, 5, 6],
};

/** The runs. */
export const RUNS: readonly KnownRun[] = [
  {
    name: "sections in two tasks",
    output: "out.ome.zarr",
    field: "field.ome.zarr",
    options: SECTIONS,
    volumes: 1,
    tasks: 2,
    ends: ["range", "histogram", "section", "apply", "apply, begun", "finish"],
  },
  {
    name: "volumes of a head",
    output: "out.nii",
    field: "field.nii",
    options: { ...QUICK, nIterations: [2], maskMethod: "otsu", channel: "all" },
    volumes: 2,
    tasks: 1,
    ends: ["histogram", "apply", "apply, begun", "finish"],
  },
];

/** A run, and the stage that it has come to. */
export interface EndedRun {
  readonly run: KnownRun;
  readonly next: string;
}

/** The name of the folder of a run that was ended before a stage. */
export function seedName({ name }: KnownRun, next: string): string {
  return `${name}; ${next}`;
}

/** The run of a seed of this name. */
export function endedRun(seed: string): EndedRun | undefined {
  const [name, next] = seed.split("; ");
  const run = RUNS.find((known) => known.name === name);
  return run === undefined || next === undefined ? undefined : { run, next };
}

/** The correction in a folder. */
export function jobOf(
  { options, output, field }: KnownRun,
  folder: string,
): { input: string; output: string; options: CorrectOptions } {
  const common = { backend: "ts", nProcesses: 0, memoryLimit: MEMORY_LIMIT } as const;
  return {
    input: `${folder}/${INPUT}`,
    output: `${folder}/${output}`,
    options: { ...options, ...common, saveBiasField: `${folder}/${field}` },
  };
}

/** Does every step of a stage. */
export async function doStage(folder: string, { name, tasks, gather }: PlannedStage): Promise<void> {
  for (let task = 0; task < tasks; task++) await stepFile({ stage: name, folder, options: { nProcesses: 0, task } });
  const of = (["range", "histogram", "mask", "profile"] as const).find((gathered) => gathered === name);
  if (gather && of) await stepFile({ stage: "gather", folder, options: { nProcesses: 0, of } });
}
