/**
 * The first read: smallest and largest intensity; for the tissue mask smoothed on the way, with the range of each
 * section.
 *
 * @module
 */

import { readRanges, type SmoothedReads } from "../intensity/mask/tissue_mask.ts";
import { CoarseHistograms } from "../intensity/count/coarse_histogram.ts";
import { guessThresholds, SectionRanges } from "../intensity/mask/section_thresholds.ts";
import { sectionOfPlane } from "../intensity/sections.ts";
import { ValueRange } from "../intensity/count/value_range.ts";
import { scan } from "../io/flow/passes.ts";
import type { Planes } from "../io/flow/boxes.ts";
import type { Checkpoint } from "../store/store.ts";
import { need, needAll, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** Whether the tissue mask is made here. */
export function makesTissueMask({ mask, settings }: VolumeRun): boolean {
  return mask === undefined && settings.maskMethod === "tissue";
}

/** Whether a threshold on the intensities themselves is the mask. */
export function makesOtsuMask({ mask, settings }: VolumeRun): boolean {
  return mask === undefined && settings.maskMethod === "otsu";
}

/** Whether intensities must be read before there are a mask and matching tables. */
export function needsIntensities(run: VolumeRun): boolean {
  return makesTissueMask(run) || makesOtsuMask(run) || run.settings.match !== undefined;
}

/** The stage: `[lo, hi]`, and of each section smallest and largest smoothed intensity above 0 and their number. */
export const rangeStage: Stage<VolumeRun> = {
  name: "range",
  tasks: (run) => needsIntensities(run) ? run.parts.length : 0,
  async task(run, index) {
    const passes = passesOf(run, run.parts[index]);
    const values = new ValueRange();
    let sections = emptyRanges(run);
    const coarse = run.plan.draftsMask ? emptyCoarse(run) : undefined;
    if (makesTissueMask(run)) {
      sections = await withSmoothing(
        run,
        run.parts[index],
        (reads) => readRanges(reads, ({ raw }) => values.addBy(run.threads, raw), coarse),
      );
    } else {
      await scan("range", run.input, passes, { work: (box, slot) => values.addBy(run.threads, slot.data(box)) });
    }
    await keepRange(run, `range.${index}`, { values, sections }, coarse ? { coarse: coarse.encode() } : {});
  },
  async gather(run) {
    const values = new ValueRange();
    const sections = emptyRanges(run);
    let coarse: CoarseHistograms | undefined = emptyCoarse(run);
    for (const { arrays } of await needAll(run, rangeStage)) {
      values.merge(arrays.values);
      sections.merge(arrays.sections as Float64Array);
      if (arrays.coarse) coarse?.merge(arrays.coarse as Float64Array);
      else coarse = undefined;
    }
    const { input: { shape: [nz] }, plan: { sections: bounds } } = run;
    const more: Checkpoint["arrays"] = coarse ? { guesses: guessThresholds(nz, bounds, sections, coarse) } : {};
    await keepRange(run, "range", { values, sections }, more);
  },
};

/** What the first read found. */
interface FoundRange {
  /** Smallest and largest intensity. */
  readonly values: ValueRange;
  /** The same of each section above 0, smoothed. */
  readonly sections: SectionRanges;
  /** What the threshold of each section may be; left out where some part had no memory to count for it. */
  readonly guesses?: Float64Array;
}

/** What the first read found. */
export async function readRange(run: VolumeRun): Promise<FoundRange> {
  const { arrays } = await need(run, "range");
  const [values, sections] = [new ValueRange(), emptyRanges(run)];
  values.merge(arrays.values);
  sections.merge(arrays.sections as Float64Array);
  return { values, sections, guesses: arrays.guesses as Float64Array | undefined };
}

/** Opens what reads a run of planes smoothed. */
export async function withSmoothing<T>(
  run: VolumeRun,
  planes: Planes,
  work: (reads: SmoothedReads) => Promise<T>,
): Promise<T> {
  const { input, backend, settings: { maskSmoothingSigma: s }, plan } = run;
  const spec = { volume: input.shape, sigma: [s / 2, s, s] as const, truncate: 4 };
  await using session = await backend.openSmooth(spec);
  const passes = { ...passesOf(run, planes), slots: plan.smoothedSlots };
  return await work({ source: input, session, passes, bounds: plan.sections });
}

function emptyRanges({ input, plan }: VolumeRun): SectionRanges {
  return new SectionRanges(input.shape[0], plan.sections);
}

function emptyCoarse({ input, plan }: VolumeRun): CoarseHistograms {
  return new CoarseHistograms(sectionOfPlane(input.shape[0], plan.sections));
}

async function keepRange(
  run: VolumeRun,
  name: string,
  { values, sections }: FoundRange,
  more: Checkpoint["arrays"],
): Promise<void> {
  const arrays = { values: values.encode(), sections: sections.encode(), ...more };
  await run.store.write(name, { record: {}, arrays });
}
