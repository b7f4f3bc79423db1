/**
 * The fits of a volume: one over each section, then one over the whole, as the mode says. Sections follow each other, and of a section only its lattice and,
 * for the fit over the whole, its corrected samples are kept.
 *
 * @module
 */

import type { ApplySection, FitSamples, Lattice, N4Backend } from "./backends/backend.ts";
import { DataError } from "./errors.ts";
import { emptyMaskError, type MaskReader, NearestReader } from "./intensity/mask.ts";
import { createMatcher, type Matching } from "./intensity/matched.ts";
import { sampleVolume } from "./intensity/sample.ts";
import type { PassContext } from "./io/passes.ts";
import { addLattices, type BiasModel } from "./n4/bias_model.ts";
import { centreField } from "./n4/centre.ts";
import { fitBiasField, type FitControl, type LevelReport } from "./n4/fit.ts";
import {
  compactSamples,
  fromFirstPlane,
  joinSamples,
  type SampleCounts,
  strideSamples,
  subtractModel,
  winsorizeSamples,
} from "./n4/samples.ts";
import type { FitPlan, GridFitPlan } from "./plan/fit_plan.ts";
import type { CorrectionPlan } from "./plan/plan.ts";
import type { CorrectSettings } from "./plan/settings.ts";
import type { RunLog } from "./report.ts";
import type { VolumeSource } from "./volume.ts";

/** What the fits of a volume work with. */
export interface FitJob {
  /** The volume; only read. */
  readonly input: VolumeSource;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where the fits run. */
  readonly backend: N4Backend;
  /** Told what happens. */
  readonly log: RunLog;
  /** Which fits on which samples. */
  readonly plan: CorrectionPlan;
  /** How boxes flow. */
  readonly passes: PassContext;
  /** Which voxels take part. */
  readonly mask: MaskReader;
  /** What is done to intensities first. */
  readonly matching: Matching;
  /** Confidence of each voxel. */
  readonly weights?: VolumeSource;
  /** A model to start from; mode `global` alone. */
  readonly initialModel?: BiasModel;
  /** Iterations per call of the device while somebody watches. */
  readonly batch?: number;
  /** Ends the work between two boxes or batches. */
  readonly signal?: AbortSignal;
}

/** How one fit went. */
export interface FitOutcome {
  /** Its plan. */
  readonly plan: FitPlan;
  /** Course of each level. */
  readonly levels: readonly LevelReport[];
  /** Samples used and left out. */
  readonly counts: SampleCounts;
}

/** The fields of a volume and how they came about. */
export interface VolumeFits {
  /** The sections' fields, where there are any. */
  readonly sections: readonly ApplySection[];
  /** The field over the whole volume, where there is one. */
  readonly global?: Lattice;
  /** The sections' fits in order, then that of the volume. */
  readonly outcomes: readonly FitOutcome[];
}

/** Fits everything that the plan names. @throws {DataError} when the mask or the data leave nothing to fit. */
export async function fitVolume(job: FitJob): Promise<VolumeFits> {
  const { plan, initialModel } = job;
  const sections: ApplySection[] = [];
  const outcomes: FitOutcome[] = [];
  const left: FitSamples[] = [];
  const joined = plan.globalFit && "stride" in plan.globalFit ? plan.globalFit : undefined;
  for (const [index, section] of plan.sectionFits.entries()) {
    const drawn = await drawSamples(job, section);
    const several = plan.sectionFits.length > 1;
    const corrected = joined || several ? new Float32Array(drawn.counts.used) : undefined;
    const own = fromFirstPlane(drawn.samples, section.z0);
    const name = `section ${index + 1} of ${plan.sectionFits.length}`;
    const { lattice: found, levels } = await runFit(job, section, own, name, corrected);
    const lattice = found && several && corrected ? centreField(found, own, corrected) : found;
    sections.push({ z0: section.z0, z1: section.z1, ...(lattice ? { lattice } : {}) });
    outcomes.push({ plan: section, levels, counts: drawn.counts });
    if (joined && corrected) left.push(strideSamples({ ...drawn.samples, value: corrected }, joined.stride));
  }
  checkSections(job, outcomes);
  if (!plan.globalFit) return { sections, outcomes };

  const { samples, counts } = "grid" in plan.globalFit ? await drawSamples(job, plan.globalFit) : joinedSamples(left);
  if (counts.used === 0) throw emptyError(job, counts);
  const residual = initialModel ? subtractModel(samples, initialModel) : samples;
  const { lattice, levels } = await runFit(job, plan.globalFit, residual, "volume");
  const global = initialModel?.global && lattice ? addLattices(initialModel.global, lattice) : lattice;
  outcomes.push({ plan: plan.globalFit, levels, counts });
  return { sections: [...(initialModel?.sections ?? []), ...sections], ...(global ? { global } : {}), outcomes };
}

/** Samples and why others take no part. */
interface DrawnSamples {
  readonly samples: FitSamples;
  readonly counts: SampleCounts;
}

/** Reads the samples of a fit, matched and clipped as the settings say. */
async function drawSamples(job: FitJob, plan: GridFitPlan): Promise<DrawnSamples> {
  const { input, mask, weights, passes, settings } = job;
  const matcher = createMatcher(job.matching);
  const optional = {
    ...(weights ? { weights: new NearestReader(weights, input) } : {}),
    ...(matcher ? { matcher } : {}),
  };
  const dense = await sampleVolume({ source: input, grid: plan.grid, mask, passes, ...optional });
  const { samples, counts } = compactSamples(dense, settings.nonPositive);
  warnOfNonPositive(job, counts);
  const clipped = settings.winsorize && counts.used > 0 ? winsorizeSamples(samples, settings.winsorize) : samples;
  return { samples: clipped, counts };
}

function joinedSamples(parts: readonly FitSamples[]): DrawnSamples {
  const samples = joinSamples(parts);
  return { samples, counts: { used: samples.value.length, nonPositive: 0, outside: 0 } };
}

/** Runs one fit; without a sample there is no field. */
async function runFit(
  job: FitJob,
  plan: FitPlan,
  samples: FitSamples,
  name: string,
  corrected?: Float32Array,
): Promise<{ lattice?: Lattice; levels: readonly LevelReport[] }> {
  if (samples.value.length === 0) return { levels: [] };
  const { shape, voxelSize } = job.input;
  const domain = { shape: [plan.z1 - plan.z0, shape[1], shape[2]] as const, voxelSize };
  const control = { ...fitControl(job, plan, samples.value.length, name), ...(corrected ? { corrected } : {}) };
  return await job.log.stage("fit", () => fitBiasField(job.backend, samples, domain, plan.fit, control));
}

function fitControl(job: FitJob, plan: FitPlan, samples: number, name: string): FitControl {
  const start = performance.now();
  const { iterations, convergenceThreshold: threshold } = plan.fit;
  const planned = iterations.reduce((a, b) => a + b, 0);
  return {
    ...(job.batch ? { batch: job.batch } : {}),
    ...(job.signal ? { signal: job.signal } : {}),
    onProgress({ level, iteration, convergence }) {
      const done = iterations.slice(0, level).reduce((a, b) => a + b, 0) + iteration;
      const seconds = (performance.now() - start) / 1000;
      const common = { name, level, levels: iterations.length, iteration, iterations: iterations[level] };
      job.log.emit({ event: "fit", ...common, convergence, threshold, samples, done, planned, seconds });
    },
  };
}

/** Sections without a sample keep their intensities; all of them without one is an error. */
function checkSections(job: FitJob, outcomes: readonly FitOutcome[]): void {
  if (outcomes.length === 0) return;
  const empty = outcomes.flatMap(({ counts }, i) => counts.used === 0 ? [i + 1] : []);
  if (empty.length === outcomes.length) {
    const nonPositive = outcomes.reduce((sum, { counts }) => sum + counts.nonPositive, 0);
    throw emptyError(job, { used: 0, nonPositive, outside: 0 });
  }
  if (empty.length > 0) {
    job.log.warn(`Sections ${empty.join(", ")} have no sample in the mask: they get no field of their own.`);
  }
}

function emptyError({ mask, weights }: FitJob, counts: SampleCounts): DataError {
  if (counts.nonPositive === 0) return emptyMaskError(mask, weights !== undefined);
  const text = "Cannot fit the bias field as at least one voxel of the mask must be > 0";
  return new DataError(`${text}: current count is 0 of ${counts.nonPositive}`);
}

function warnOfNonPositive({ log, settings }: FitJob, counts: SampleCounts): void {
  if (counts.nonPositive === 0) return;
  const itk = settings.nonPositive === "itk";
  const fate = itk ? "taken as they are, unlogged, as ITK does" : "left out of the fit";
  const inside = counts.used + (itk ? 0 : counts.nonPositive);
  log.warn(`${counts.nonPositive} of ${inside} samples in the mask are <= 0: ${fate}.`);
}
