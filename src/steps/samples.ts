/**
 * From a volume to the samples of a fit, and from those to a field.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";
import { DataError } from "../errors.ts";
import { emptyMaskError, type MaskReader, NearestReader, volumeMask, wholeMask } from "../intensity/mask/mask.ts";
import { type Matching, onPlanes } from "../intensity/match/matched.ts";
import { withoutDark } from "../intensity/sample/dark.ts";
import { sampleGrids, sampleVolume } from "../intensity/sample/sample.ts";
import { readBlock } from "../io/flow/boxes.ts";
import { fitBiasField, type FitControl, type LevelReport } from "../n4/fit.ts";
import {
  compactSamples,
  type DenseSamples,
  type SampleCounts,
  usedIntensities,
  winsorizeSamples,
} from "../n4/samples.ts";
import { type VolumeSource, voxelCount } from "../volume.ts";
import { nearestInVolume } from "../n4/shrink.ts";
import type { FitPlan, GridFitPlan } from "../plan/fit_plan.ts";
import { sectionsAlongside } from "../plan/sampled_together.ts";
import { readMask } from "./mask.ts";
import { readMatching } from "./profile.ts";
import { withoutOutliers } from "./range.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** Samples and why others take no part. */
export interface DrawnSamples {
  readonly samples: FitSamples;
  readonly counts: SampleCounts;
  /** 1 for each sample <= 0 that is taken unlogged; left out: none is. */
  readonly unlogged?: Uint8Array;
}

/** Reads the samples of a fit, matched and clipped as the settings say. */
export async function drawSamples(run: VolumeRun, plan: GridFitPlan): Promise<DrawnSamples> {
  const { settings } = run;
  const dense = run.ahead?.take(plan) ?? await readSamples(run, plan);
  const bright = settings.dampDark ? await leaveOutDark(run, plan, dense) : dense;
  const { samples, counts } = compactSamples(bright, settings.nonPositive);
  const clipped = settings.winsorize && counts.used > 0 ? winsorizeSamples(samples, settings.winsorize) : samples;
  const own = settings.nonPositive === "itk" && counts.nonPositive > 0 ? usedIntensities(bright, samples) : undefined;
  const unlogged = own && new Uint8Array(own.length).map((_, i) => own[i] > 0 ? 0 : 1);
  return { samples: clipped, counts, unlogged };
}

/** Reads the samples of a fit, and ahead of their turn those of sections in the same chunks. */
async function readSamples(run: VolumeRun, plan: GridFitPlan): Promise<DenseSamples> {
  const { weights, ahead } = run;
  const source = run.fitLevel ?? run.input;
  const matching = await matchingOf(run, source);
  const optional = weights ? { weights: new NearestReader(weights, source) } : {};
  const seen = await withoutOutliers(run, source);
  const origin = { source: seen, mask: await readMask(run, source), passes: passesOf(run), matching, ...optional };
  const others = ahead ? ahead.room(await sectionsToCome(run, plan), weights !== undefined) : [];
  const [samples, ...waiting] = await sampleGrids(origin, [plan, ...others].map(({ grid }) => grid));
  waiting.forEach((each, i) => ahead?.keep(others[i], each));
  return samples;
}

/** Samples without those that are hardly brighter than what lies outside the mask. */
async function leaveOutDark(run: VolumeRun, { grid }: GridFitPlan, dense: DenseSamples): Promise<DenseSamples> {
  const source = run.fitLevel ?? run.input;
  const matching = await matchingOf(run, source);
  const seen = await withoutOutliers(run, source);
  const all = await sampleVolume({ source: seen, grid, mask: wholeMask(), passes: passesOf(run), matching });
  const { intensity, text } = withoutDark(dense.intensity, all.intensity);
  run.log.note(text);
  return { ...dense, intensity };
}

/** Whether each sample lies in the region of `--roi`: 1 or 0; `undefined` where none is given. */
export async function readRegion(
  run: VolumeRun,
  { grid }: GridFitPlan,
  samples: FitSamples,
): Promise<Uint8Array | undefined> {
  const { roi } = run;
  if (!roi) return undefined;
  const source = run.fitLevel ?? run.input;
  const inside = volumeMask(roi.source, source, roi.name);
  const dense = await sampleVolume({ grid, source, mask: inside, passes: passesOf(run) });
  const used = usedIntensities(dense, samples);
  return new Uint8Array(used.length).map((_, i) => isNaN(used[i]) ? 0 : 1);
}

/** What is done to the intensities of the input, or of a coarser level of it, before they are averaged. */
async function matchingOf(run: VolumeRun, { shape }: VolumeSource): Promise<Matching> {
  return onPlanes(await readMatching(run), nearestInVolume(run.input.shape[0], shape[0]));
}

/** Sections in the same chunks whose fits are still to be done. */
async function sectionsToCome({ plan, input, store }: VolumeRun, fit: GridFitPlan): Promise<readonly GridFitPlan[]> {
  const index = plan.sectionFits.indexOf(fit);
  if (index < 0) return [];
  const near = sectionsAlongside(plan.sectionFits, index, readBlock(input.chunk)[0]);
  const done = await Promise.all(near.map((_, i) => store.has(`section.${index + 1 + i}`)));
  return done.includes(true) ? near.slice(0, done.indexOf(true)) : near;
}

/**
 * What the user should know of samples: some have no logarithm, or all are the same. @param where of which of several
 * fits they are.
 */
export function sampleWarnings({ settings }: VolumeRun, { samples, counts }: DrawnSamples, where?: string): string[] {
  const place = where === undefined ? "" : ` (${where})`;
  const [first] = samples.value;
  const same = counts.used > 1 && samples.value.every((value) => value === first)
    ? [`All ${counts.used} samples in the mask have one value, which shows no bias field: see option 'mask'${place}.`]
    : [];
  if (counts.nonPositive === 0) return same;
  const itk = settings.nonPositive === "itk";
  const fate = itk ? "taken as they are, unlogged, as ITK does" : "left out of the fit";
  const inside = counts.used + (itk ? 0 : counts.nonPositive);
  return [...same, `${counts.nonPositive} of ${inside} samples in the mask are <= 0: ${fate}${place}.`];
}

/** A mask of a smaller part of the samples gets a warning. */
const SMALL_MASK = 0.01;

/** What the user should know of how many samples fits have; `fits` are those on grids of their own. */
export function sampleCountWarnings(
  fits: readonly { readonly plan: GridFitPlan; readonly counts: SampleCounts }[],
): string[] {
  const sampled = fits.reduce((sum, { plan }) => sum + voxelCount(plan.sampled), 0);
  const inside = sampled - fits.reduce((sum, { counts }) => sum + counts.outside, 0);
  const warnings: string[] = [];
  if (fits.length > 0 && inside > 0 && inside < SMALL_MASK * sampled) {
    const share = Number((100 * inside / sampled).toPrecision(2));
    warnings.push(
      `The mask has ${share} % of the samples alone: see option 'mask', option 'maskMethod' and option 'saveMask'.`,
    );
  }
  const points = (plan: GridFitPlan) => voxelCount(plan.levels[plan.levels.length - 1].controlPoints);
  const few = fits.flatMap(({ plan, counts }, i) => counts.used > 0 && counts.used < points(plan) ? [i] : []);
  if (few.length > 0) {
    const { plan, counts } = fits[few[0]];
    const which = fits.length === 1 ? "The fit has" : `${few.length} of ${fits.length} sections have`;
    const first = `${counts.used} for ${points(plan)}${fits.length === 1 ? "" : ` in section ${few[0] + 1}`}`;
    warnings.push(
      `${which} fewer samples than control points (${first}): the field may follow noise. ` +
        "Give option 'nIterations' fewer levels, or a larger mask.",
    );
  }
  return warnings;
}

/** Why nothing can be fitted. */
export function emptyError({ weights }: VolumeRun, mask: MaskReader, counts: SampleCounts): DataError {
  if (counts.nonPositive === 0) return emptyMaskError(mask, weights !== undefined);
  const text = "Cannot fit the bias field as at least one voxel of the mask must be > 0";
  return new DataError(`${text}: current count is 0 of ${counts.nonPositive}`);
}

/** What a fit found; without a sample there is no field. */
interface FoundField {
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
  const control = { ...fitControl(run, plan, samples.value.length, name), corrected };
  const found = await run.log.stage("fit", () => fitBiasField(run.backend, samples, plan.domain, plan.fit, control));
  return { ...found, corrected };
}

function fitControl(run: VolumeRun, plan: FitPlan, samples: number, name: string): FitControl {
  const start = performance.now();
  const { iterations, convergenceThreshold: threshold } = plan.fit;
  const planned = iterations.reduce((a, b) => a + b, 0);
  return {
    batch: run.batch,
    signal: run.signal,
    onProgress({ level, iteration, convergence }) {
      const done = iterations.slice(0, level).reduce((a, b) => a + b, 0) + iteration;
      const seconds = (performance.now() - start) / 1000;
      const common = { name, level, levels: iterations.length, iteration, iterations: iterations[level] };
      run.log.emit({ event: "fit", ...common, convergence, threshold, samples, done, planned, seconds });
    },
  };
}
