/**
 * What concerns the volume as a whole: the fit over all of it, on samples of its own or on those that the sections'
 * fits leave, and the factor that `--rescale` asks for.
 *
 * @module
 */

import type { ApplySection, FitSamples, Lattice } from "../backends/backend.ts";
import { DataError } from "../errors.ts";
import { SampleSums, writtenSamples } from "../intensity/sample/sample_quality.ts";
import {
  describeVerdict,
  deviation,
  type FieldVerdict,
  isMoreEven,
  judgeField,
  LEAST_OF_REGION,
  LEAST_SAMPLES,
} from "../intensity/sample/verdict.ts";
import { addLattices, type BiasModel } from "../n4/bias_model.ts";
import type { FitPlan } from "../plan/fit_plan.ts";
import { centreField } from "../n4/centre.ts";
import { logFieldRange } from "../n4/field_range.ts";
import { chessSamples, joinSamples, type SampleCounts, subtractModel } from "../n4/samples.ts";
import { decodeFit, encodeFit, type KeptFit } from "./fit_checkpoint.ts";
import { lostTissueWarnings, readMask } from "./mask.ts";
import { readMatching } from "./profile.ts";
import { refineMask } from "./refine.ts";
import {
  type DrawnSamples,
  drawSamples,
  emptyError,
  fitSamples,
  readRegion,
  sampleCountWarnings,
  sampleWarnings,
} from "./samples.ts";
import { scaleOf, type Scaling } from "./scale.ts";
import { readSections } from "./section.ts";
import { need, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** What is found for the volume. */
interface GlobalResult extends KeptFit, Scaling {}

/** The stage: one step. @throws {DataError} when the mask or the data of the only volume leave nothing to fit. */
export const globalStage: Stage<VolumeRun> = {
  name: "global",
  tasks: () => 1,
  async task(run) {
    const { globalFit } = run.plan;
    const fits = await readSections(run);
    const missing = await emptySections(run, fits);
    if (globalFit && "grid" in globalFit) await refineMask(run, globalFit);
    const fit = globalFit ? await fitVolume(run, fits) : withoutFit(fits);
    const own = run.plan.sectionFits.map((plan, i) => ({ plan, counts: fits[i].counts }));
    const counted = globalFit && "grid" in globalFit ? [...own, { plan: globalFit, counts: fit.counts }] : own;
    const model = modelOf(run, fits, fit.lattice, 1);
    const warnings = [
      ...missing,
      ...fit.warnings,
      ...sampleCountWarnings(counted),
      ...await lostTissueWarnings(run),
      ...fieldWarnings(model),
    ];
    for (const text of warnings) run.log.warn(text);
    const [mask, matching, passes] = [await readMask(run), await readMatching(run), passesOf(run)];
    const source = run.fitLevel ?? run.input;
    const sampled = { source, mask: await readMask(run, source) };
    const isEmpty = [fit, ...fits].every(({ counts }) => counts.used === 0);
    const { scale, line = undefined } = isEmpty
      ? { scale: 1 }
      : await scaleOf({ ...run, model, mask, sampled, matching, passes });
    const scaling = line ? [scale, line.slope, line.offset] : [scale];
    const { record, arrays } = encodeFit({ ...fit, warnings });
    await run.store.write("global.0", { record, arrays: { ...arrays, scale: Float64Array.from(scaling) } });
  },
};

/** The widest field without a warning: the largest coil's shading is a factor of ten. */
const WIDEST_FIELD = 100;

/** Log of the largest and smallest float32 with all its digits. */
const LOG_RANGE = [Math.log(2 ** -126), Math.log(2 ** 127)] as const;

/** What the user should know of a field. @throws {DataError} when it is not finite and above 0, as float32. */
function fieldWarnings(model: BiasModel): string[] {
  const [low, high] = logFieldRange(model);
  if (!(low >= LOG_RANGE[0] && high <= LOG_RANGE[1])) {
    const rule = "it must be finite and above 0 in every voxel (try fewer iterations, or fewer control points)";
    throw new DataError(`Cannot use the bias field as ${rule}: current range of its logarithm is ${low} to ${high}`);
  }
  if (high - low <= Math.log(WIDEST_FIELD)) return [];
  const span = Math.exp(high - low).toPrecision(2);
  return [
    `The bias field spans a factor of ${span} over the volume, more than ${WIDEST_FIELD}: look at it before you use ` +
    "the result; fewer control points or a mask may help.",
  ];
}

/** The fit over the whole volume. */
async function fitVolume(run: VolumeRun, fits: readonly KeptFit[]): Promise<KeptFit> {
  const { plan: { globalFit: plan }, initialModel, settings } = run;
  if (!plan) return withoutFit(fits);
  const drawn = "grid" in plan ? await drawSamples(run, plan) : leftSamples(fits);
  const { samples, counts, unlogged } = drawn;
  if (counts.used === 0) {
    const told = await tellEmpty(run, counts);
    return { ...withoutFit(fits), counts, warnings: fits.length === 0 ? told : [] };
  }
  const residual = initialModel ? subtractModel(samples, initialModel) : samples;
  const { lattice: found, levels, corrected } = await fitSamples(run, plan, residual, "volume");
  const whole = initialModel?.global && found ? addLattices(initialModel.global, found) : found;
  const isCentred = settings.fieldScale === "centred";
  const lattice = whole && isCentred ? centreField(whole, samples.value, corrected) : whole;
  const before = "grid" in plan ? samples.value : beforeSections(run, drawn, fits);
  const after = writtenSamples(before, corrected, settings.strength);
  // Of the volume alone: where sections have fields of their own, samples differ by more than bias.
  const region = "grid" in plan ? await readRegion(run, plan, samples) : undefined;
  const error = settings.fitHalves && "grid" in plan ? await fieldError(run, plan, residual) : undefined;
  const verdict = fits.length === 0 ? judgeField(before, after, { region, error, unlogged }) : undefined;
  if (verdict) run.log.note(describeVerdict(verdict, run.name));
  return {
    lattice: verdict && isSkipped(run, verdict) ? undefined : lattice,
    levels,
    counts,
    sums: SampleSums.of(samples, before, after),
    verdict,
    warnings: "grid" in plan
      ? [
        ...sampleWarnings(run, drawn),
        ...regionWarnings(region),
        ...verdictWarnings(run, verdict),
      ]
      : [],
  };
}

/** Edge of the cubes that samples are halved by. */
const CUBE_EDGE = 4;

/**
 * Error of a log field, estimated from fits of two halves of its samples, which lie in turns like the colours of a
 * chessboard: bias is the same in both, noise and anatomy are not.
 *
 * @returns half of the standard deviation between both; `undefined` where a half has no sample.
 */
async function fieldError(run: VolumeRun, plan: FitPlan, samples: FitSamples): Promise<number | undefined> {
  const fields: Float32Array[] = [];
  for (const colour of [0, 1]) {
    const half = chessSamples(samples, colour, CUBE_EDGE);
    const { lattice } = await fitSamples(run, plan, half, `half ${colour + 1} of the samples`);
    if (!lattice) return undefined;
    const { value } = subtractModel(samples, modelOf(run, [], lattice, 1));
    fields.push(writtenSamples(samples.value, value, run.settings.strength));
  }
  return deviation(fields[0].map((value, i) => value - fields[1][i])) / 2;
}

function regionWarnings(region: Uint8Array | undefined): string[] {
  const count = region?.reduce((sum, inside) => sum + inside, 0) ?? LEAST_OF_REGION;
  if (count >= LEAST_OF_REGION) return [];
  return [
    `Option 'roi' holds ${count} samples of the fit, fewer than ${LEAST_OF_REGION}: whether the correction helped is ` +
    "judged by the brightest tissue.",
  ];
}

/** What was asked for and cannot be judged. */
function verdictWarnings({ settings, roi }: VolumeRun, verdict: FieldVerdict | undefined): string[] {
  if (!verdict && (settings.skipIfEven || settings.fitHalves || roi)) {
    return [
      `Whether the correction helped is not known, as that takes ${LEAST_SAMPLES} samples of the fit that are > 0, or ` +
      `${LEAST_OF_REGION} in option 'roi': the image is corrected.`,
    ];
  }
  if (!settings.fitHalves || verdict?.error !== undefined) return [];
  return ["The error of the field is not known, as each half of the samples (option 'fitHalves') must hold one."];
}

/** Whether the image is left as it is. */
function isSkipped({ settings, log, name = "the image" }: VolumeRun, { verdict }: FieldVerdict): boolean {
  if (!settings.skipIfEven || isMoreEven(verdict)) return false;
  log.note(`No field for ${name}, which keeps its intensities (option 'skipIfEven').`);
  return true;
}

/** Where only sections are fitted their samples speak for the volume. */
function withoutFit(fits: readonly KeptFit[]): KeptFit {
  const counts = { used: 0, nonPositive: 0, outside: 0 };
  return { levels: [], counts, sums: SampleSums.join(fits.map(({ sums }) => sums)), warnings: [] };
}

function leftSamples(fits: readonly KeptFit[]): DrawnSamples {
  const samples = joinSamples(fits.flatMap(({ left }) => left ? [left] : []));
  return { samples, counts: { used: samples.value.length, nonPositive: 0, outside: 0 } };
}

/** Log intensities of samples as they were before the sections' fields were taken off. */
function beforeSections(run: VolumeRun, { samples }: DrawnSamples, fits: readonly KeptFit[]): Float32Array {
  const twice = subtractModel(samples, modelOf(run, fits, undefined, 1));
  return samples.value.map((value, i) => value + (value - twice.value[i]));
}

/** A volume without a sample keeps its intensities; the only one without any is an error. */
async function tellEmpty(run: VolumeRun, counts: SampleCounts): Promise<string[]> {
  const error = emptyError(run, await readMask(run), counts);
  if (run.name === undefined) throw error;
  return [`No field for ${run.name}, which keeps its intensities. ${error.message}.`];
}

/** Sections without a sample keep their intensities. */
async function emptySections(run: VolumeRun, fits: readonly KeptFit[]): Promise<string[]> {
  const empty = fits.flatMap(({ counts }, i) => counts.used === 0 ? [i + 1] : []);
  if (empty.length === 0) return [];
  if (empty.length === fits.length) {
    const nonPositive = fits.reduce((sum, { counts }) => sum + counts.nonPositive, 0);
    return await tellEmpty(run, { used: 0, nonPositive, outside: 0 });
  }
  return [`Sections ${empty.join(", ")} have no sample in the mask: they get no field of their own.`];
}

/** What was found for the volume. */
export async function readGlobal(run: VolumeRun): Promise<GlobalResult> {
  const checkpoint = await need(run, "global.0");
  const [scale, slope, offset] = checkpoint.arrays.scale;
  return { ...decodeFit(checkpoint), scale, line: slope === undefined ? undefined : { slope, offset } };
}

/** The model, put together from the fields of sections and volume. */
export function modelOf(
  run: VolumeRun,
  fits: readonly KeptFit[],
  global: Lattice | undefined,
  scale: number,
): BiasModel {
  const { input: { shape, voxelSize, affine, frame }, plan, initialModel } = run;
  const sections = plan.sectionFits.map(({ z0, z1 }, i): ApplySection => {
    const { lattice } = fits[i];
    return { z0, z1, lattice };
  });
  const { domain } = plan.globalFit ?? {};
  return {
    shape,
    voxelSize,
    padded: domain?.below && { shape: domain.shape, below: domain.below },
    affine: frame === "own" ? undefined : affine,
    sections: [...(initialModel?.sections ?? []), ...sections],
    global,
    scale,
  };
}
