/**
 * Whole corrections from path to path, in this process, with options that make them quick.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import type { RunEvent } from "../../src/run_log.ts";
import type { RunReport } from "../../src/report/run_report.ts";
import { type BiasModel, parseBiasModel } from "../../src/n4/bias_model.ts";
import { readImage } from "./images.ts";

/** What a correction left. */
export interface Correction {
  readonly path: string;
  /** Corrected voxels of the first volume. */
  readonly values: Float32Array;
  /** The field that was estimated. */
  readonly model: BiasModel;
  readonly report: RunReport;
  readonly events: readonly RunEvent[];
}

/** Options of a quick correction that stops nowhere early. */
export const QUICK: CorrectOptions = {
  preset: "mri",
  shrinkFactor: [2, 2, 2],
  nIterations: [4, 3],
  convergenceThreshold: 0,
  lattice: "refine",
  // Test files share a process: looking for GPUs from several of them at once has crashed a software driver as the process ended.
  backend: "ts",
  nProcesses: 0,
};

let count = 0;

/** Corrects an image into a new one beside it; `out` is how its name ends. */
export async function correctImage(input: string, options: CorrectOptions = {}, out = ".nii"): Promise<Correction> {
  const path = `${input}.${++count}${out}`;
  const events: RunEvent[] = [];
  const shrinks = options.shrinkResolutionMm === undefined ? QUICK : { ...QUICK, shrinkFactor: undefined };
  const several = options.channel === "all" || options.volumeFields !== undefined;
  const model = `${path}.json`;
  const report = await correctFile({
    input,
    output: path,
    options: { ...shrinks, ...(several ? {} : { saveBiasModel: model }), ...options },
    listener: (event) => events.push(event),
  });
  if (report === undefined) throw new RangeError("the run must not be dry");
  const modelPath = options.saveBiasModel ?? model;
  const text = several ? undefined : await Deno.readTextFile(modelPath);
  const empty: BiasModel = { shape: [1, 1, 1], voxelSize: [1, 1, 1], sections: [], scale: 1 };
  return {
    path,
    values: await readImage(path),
    model: text === undefined ? empty : parseBiasModel(text, modelPath),
    report,
    events,
  };
}
