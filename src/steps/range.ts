/**
 * The first read: smallest and largest intensity; for the tissue mask smoothed on the way, with the range of each
 * section. Where there are outliers, which should be seldom, gathering reads once more for the tissue mask, without
 * them.
 *
 * @module
 */

import type { SmoothedBox } from "../intensity/mask/smoothed.ts";
import { readRanges, type SmoothedReads } from "../intensity/mask/tissue_mask.ts";
import { CoarseHistograms } from "../intensity/count/coarse_histogram.ts";
import { type Bounds, clippedSource, inlierSource, OutlierCounts } from "../intensity/count/outliers.ts";
import { guessThresholds, SectionRanges } from "../intensity/mask/section_thresholds.ts";
import { sectionOfPlane } from "../intensity/sections.ts";
import { ValueRange } from "../intensity/count/value_range.ts";
import { type CountedNumbers, WholeCounts } from "../intensity/count/whole_counts.ts";
import { scan } from "../io/flow/passes.ts";
import type { Planes } from "../io/flow/boxes.ts";
import type { NewCheckpoint } from "../store/store.ts";
import { need, needAll, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";
import type { VolumeSource } from "../volume.ts";

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

/** Whether the mask is that of a stack of sections by robust rules. */
export function keepsTissue(run: VolumeRun): boolean {
  return makesTissueMask(run) && run.settings.maskRules === "robust";
}

/** Whether the mask is made of intensities without outliers, where there are any. */
function clips(run: VolumeRun): boolean {
  const { maskRules, winsorize } = run.settings;
  return (makesTissueMask(run) || makesOtsuMask(run)) && (maskRules === "robust" || winsorize !== undefined);
}

/**
 * The stage: `[lo, hi]`, and of each section smallest and largest smoothed intensity above 0 and their number. Where
 * all intensities are whole numbers, how often each occurs in a task's planes.
 */
export const rangeStage: Stage<VolumeRun> = {
  name: "range",
  tasks: (run) => needsIntensities(run) ? run.parts.length : 0,
  async task(run, index) {
    const passes = passesOf(run, run.parts[index]);
    const [values, whole] = [new ValueRange(), new WholeCounts()];
    const outliers = clips(run) ? new OutlierCounts() : undefined;
    let sections: NewCheckpoint["arrays"] = {};
    if (makesTissueMask(run)) {
      sections = await rangeOfSections(run, run.parts[index], undefined, async ({ raw, padded, box }) => {
        await values.addBy(run.threads, raw);
        await outliers?.addBy(run.threads, raw, padded, box);
      });
    } else {
      await scan("range", run.input, passes, {
        async work(box, slot) {
          if (await whole.addBy(run.threads, slot.data(box))) return;
          await values.addBy(run.threads, slot.data(box));
          await outliers?.addBy(run.threads, slot.data(box), box);
        },
      });
    }
    const numbers = whole.encode();
    if (numbers.length > 0) values.merge([numbers[0], numbers[numbers.length - 2]]);
    outliers?.addCounted(numbers);
    const counted = makesTissueMask(run) || !whole.isWhole ? undefined : numbers;
    const arrays = { values: values.encode(), outliers: outliers?.encode(), counted, ...sections };
    await run.store.write(`range.${index}`, { record: {}, arrays });
  },
  async gather(run) {
    const [values, outliers] = [new ValueRange(), new OutlierCounts()];
    const parts = await needAll(run, rangeStage);
    for (const { arrays } of parts) {
      values.merge(arrays.values);
      if (clips(run)) outliers.merge(arrays.outliers as Float64Array);
    }
    const clip = clips(run) ? boundsOf(run, values, outliers) : undefined;
    if (clip) run.log.note(`The mask is made of intensities from ${rangeText(clip)}: others are outliers.`);
    const again = clip && makesTissueMask(run);
    const sections = gatherSections(run, again ? [{ arrays: await rangeOfSections(run, undefined, clip) }] : parts);
    const arrays = { values: values.encode(), clip: clip && Float64Array.from(clip), ...sections };
    await run.store.write("range", { record: {}, arrays });
  },
};

/** How far values may lie beyond the percentiles that enclose the others, in widths between them. */
const TOLERANCE = { otsu: 0.5, tissue: 2 } as const;

function boundsOf(run: VolumeRun, { lo, hi }: ValueRange, outliers: OutlierCounts): Bounds | undefined {
  const { winsorize } = run.settings;
  if (winsorize) return outliers.percentiles(winsorize);
  // Thresholds on the intensities themselves cost no read more, so that the least outlier is clipped.
  return outliers.bounds(makesOtsuMask(run) ? TOLERANCE.otsu : TOLERANCE.tissue, [lo, hi]);
}

/** A range, for people. */
export function rangeText(range: Bounds): string {
  return range.map((value) => Number(value.toPrecision(4))).join(" to ");
}

/** Reads the range of each section, and where memory allows what its threshold may be. */
async function rangeOfSections(
  run: VolumeRun,
  planes: Planes | undefined,
  clip?: Bounds,
  beside: (box: SmoothedBox) => Promise<void> = () => Promise.resolve(),
): Promise<NewCheckpoint["arrays"]> {
  const coarse = run.plan.draftsMask ? emptyCoarse(run) : undefined;
  const sections = await withSmoothing(run, planes, (reads) => readRanges(reads, beside, coarse), clip);
  return { sections: sections.encode(), coarse: coarse?.encode() };
}

function gatherSections(run: VolumeRun, parts: readonly Pick<NewCheckpoint, "arrays">[]): NewCheckpoint["arrays"] {
  if (!makesTissueMask(run)) return {};
  const { input: { shape: [nz] }, plan: { sections: bounds }, settings: { maskRules } } = run;
  const [sections, coarse] = [emptyRanges(run), emptyCoarse(run)];
  for (const { arrays } of parts) {
    sections.merge(arrays.sections as Float64Array);
    if (arrays.coarse) coarse.merge(arrays.coarse as Float64Array);
  }
  const whole = parts.every(({ arrays }) => arrays.coarse);
  const guesses = whole ? guessThresholds(nz, bounds, sections, coarse, maskRules) : undefined;
  return { sections: sections.encode(), guesses };
}

/** What the first read found. */
interface FoundRange {
  /** Smallest and largest intensity. */
  readonly values: ValueRange;
  /** The same of the intensities that a mask is made of. */
  readonly kept: Bounds;
  /** What the mask's intensities are clipped to; left out: nothing. */
  readonly clip?: Bounds;
  /** The range of each section above 0, smoothed. */
  readonly sections: SectionRanges;
  /** What the threshold of each section may be; left out where some part had no memory to count for it. */
  readonly guesses?: Float64Array;
}

/** What the first reads found. */
export async function readRange(run: VolumeRun): Promise<FoundRange> {
  const { arrays } = await need(run, "range");
  const [values, sections] = [new ValueRange(), emptyRanges(run)];
  values.merge(arrays.values);
  if (arrays.sections) sections.merge(arrays.sections as Float64Array);
  const { lo, hi } = values;
  const clip: Bounds | undefined = arrays.clip && [arrays.clip[0], arrays.clip[1]];
  const kept: Bounds = clip ? [Math.max(lo, clip[0]), Math.min(hi, clip[1])] : [lo, hi];
  return { values, kept, clip, sections, guesses: arrays.guesses as Float64Array | undefined };
}

/**
 * A volume as profile and fits see it: of a stack of sections by robust rules without outliers. One hot pixel can be
 * most of a block's mean, and of a plane's.
 */
export async function withoutOutliers(run: VolumeRun, source: VolumeSource): Promise<VolumeSource> {
  if (!keepsTissue(run) || run.settings.winsorize) return source;
  const { clip } = await readRange(run);
  return clip ? inlierSource(source, clip, TOLERANCE.tissue) : source;
}

/** Opens what reads a run of planes smoothed. @param clip what intensities are clipped to first; left out: nothing. */
export async function withSmoothing<T>(
  run: VolumeRun,
  planes: Planes | undefined,
  work: (reads: SmoothedReads) => Promise<T>,
  clip?: Bounds,
): Promise<T> {
  const { input, backend, settings: { maskSmoothingSigma: s }, plan } = run;
  const spec = { volume: input.shape, sigma: [s / 2, s, s] as const, truncate: 4 };
  await using session = await backend.openSmooth(spec);
  const passes = { ...passesOf(run, planes), slots: plan.smoothedSlots };
  const source = clip ? clippedSource(input, clip) : input;
  return await work({ source, session, passes, bounds: plan.sections });
}

/** How often each intensity occurs in a task's planes; `undefined` where they were not counted. */
export async function readCounted(run: VolumeRun, task: number): Promise<CountedNumbers | undefined> {
  return (await need(run, `range.${task}`)).arrays.counted as CountedNumbers | undefined;
}

function emptyRanges({ input, plan }: VolumeRun): SectionRanges {
  return new SectionRanges(input.shape[0], plan.sections);
}

function emptyCoarse({ input, plan }: VolumeRun): CoarseHistograms {
  return new CoarseHistograms(sectionOfPlane(input.shape[0], plan.sections));
}
