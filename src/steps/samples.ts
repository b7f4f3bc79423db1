/**
 * From a volume to the samples of a fit, and from those to a field.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";
import { DataError } from "../errors.ts";
import { emptyMaskError, type MaskReader, NearestReader } from "../intensity/mask.ts";
import { onPlanes } from "../intensity/matched.ts";
import { sampleVolume } from "../intensity/sample.ts";
import { fitBiasField, type FitControl, type LevelReport } from "../n4/fit.ts";
import { compactSamples, type SampleCounts, winsorizeSamples } from "../n4/samples.ts";
import { nearestInVolume } from "../n4/shrink.ts";
import type { FitPlan, GridFitPlan } from "../plan/fit_plan.ts";
import { readMask } from "./mask.ts";
import { readMatching } from "./profile.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** Samples and why others take no part. */
export interface DrawnSamples {
  readonly samples: FitSamples;
  readonly counts: SampleCounts;
}

/** Reads the samples of a fit, matched and clipped as the settings say. */
export async function drawSamples(run: VolumeRun, plan: GridFitPlan): Promise<DrawnSamples> {
  const { input, fitLevel: source = input, weights, settings } = run;
  const mask = await readMask(run, source);
  const matching = onPlanes(await readMatching(run), nearestInVolume(input.shape[0], source.shape[0]));
  const optional = {
    ...(weights ? { weights: new NearestReader(weights, source) } : {}),
    matching,
  };
  const dense = await sampleVolume({ source, grid: plan.grid, mask, passes: passesOf(run), ...optional });
  const { samples, counts } = compactSamples(dense, settings.nonPositive);
  const clipped = settings.winsorize && counts.used > 0 ? winsorizeSamples(samples, settings.winsorize) : samples;
  return { samples: clipped, counts };
}

/** What the user should know of samples that have no logarithm. */
export function nonPositiveWarnings({ settings }: VolumeRun, counts: SampleCounts): string[] {
  if (counts.nonPositive === 0) return [];
  const itk = settings.nonPositive === "itk";
  const fate = itk ? "taken as they are, unlogged, as ITK does" : "left out of the fit";
  const inside = counts.used + (itk ? 0 : counts.nonPositive);
  return [`${counts.nonPositive} of ${inside} samples in the mask are <= 0: ${fate}.`];
}

/** Why nothing can be fitted. */
export function emptyError({ weights }: VolumeRun, mask: MaskReader, counts: SampleCounts): DataError {
  if (counts.nonPositive === 0) return emptyMaskError(mask, weights !== undefined);
  const text = "Cannot fit the bias field as at least one voxel of the mask must be > 0";
  return new DataError(`${text}: current count is 0 of ${counts.nonPositive}`);
}

/** What a fit found; without a sample there is no field. */
export interface FoundField {
  readonly lattice?: Lattice;
  /** Course of each level. */
  readonly levels: readonly LevelReport[];
  /** Log intensities less the field, sample by sample. */
  readonly corrected: Float32Array;
}

/** Runs one fit. `name` is what it covers: `volume`, `section 2 of 8`. */
export async function fitSamples(
  run: VolumeRun,
  plan: FitPlan,
  samples: FitSamples,
  name: string,
): Promise<FoundField> {
  const corrected = new Float32Array(samples.value.length);
  if (samples.value.length === 0) return { levels: [], corrected };
  const { shape, voxelSize } = run.input;
  const domain = { shape: [plan.z1 - plan.z0, shape[1], shape[2]] as const, voxelSize };
  const control = { ...fitControl(run, plan, samples.value.length, name), corrected };
  const found = await run.log.stage("fit", () => fitBiasField(run.backend, samples, domain, plan.fit, control));
  return { ...found, corrected };
}

function fitControl(run: VolumeRun, plan: FitPlan, samples: number, name: string): FitControl {
  const start = performance.now();
  const { iterations, convergenceThreshold: threshold } = plan.fit;
  const planned = iterations.reduce((a, b) => a + b, 0);
  return {
    ...(run.batch ? { batch: run.batch } : {}),
    ...(run.signal ? { signal: run.signal } : {}),
    onProgress({ level, iteration, convergence }) {
      const done = iterations.slice(0, level).reduce((a, b) => a + b, 0) + iteration;
      const seconds = (performance.now() - start) / 1000;
      const common = { name, level, levels: iterations.length, iteration, iterations: iterations[level] };
      run.log.emit({ event: "fit", ...common, convergence, threshold, samples, done, planned, seconds });
    },
  };
}
