/**
 * The second read: histograms, for the thresholds of masks and for matching. Gathered they become thresholds and
 * tables.
 *
 * @module
 */

import type { LookupTables } from "../backends/backend.ts";
import { DataError } from "../errors.ts";
import { MatchingHistograms } from "../intensity/match/histogram_match.ts";
import { type EvenHistogram, VOLUME_BINS, volumeHistogram, volumeThreshold } from "../intensity/mask/otsu.ts";
import { SectionHistograms } from "../intensity/mask/section_thresholds.ts";
import { readHistograms } from "../intensity/mask/tissue_mask.ts";
import { scan } from "../io/flow/passes.ts";
import {
  makesOtsuMask,
  makesTissueMask,
  needsIntensities,
  rangeText,
  readCounted,
  readRange,
  withSmoothing,
} from "./range.ts";
import type { CheckpointArray } from "../store/store.ts";
import { need, needAll, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** What the histograms are for. */
interface Histograms {
  /** Of the whole volume, for Otsu's mask; left out where the volume has one value alone. */
  readonly otsu?: EvenHistogram;
  /** Of each section, smoothed, for the tissue mask. */
  readonly tissue?: SectionHistograms;
  /** For matching. */
  readonly matching?: MatchingHistograms;
}

/**
 * The stage; where thresholds could be guessed its steps draft the tissue mask as well. Gathered: Otsu's threshold and
 * how it came about, or one of each section; matching tables.
 */
export const histogramStage: Stage<VolumeRun> = {
  name: "histogram",
  tasks: (run) => needsIntensities(run) ? run.parts.length : 0,
  async task(run, index) {
    const { otsu, matching } = await emptyHistograms(run);
    const planes = run.parts[index];
    let tissue: SectionHistograms | undefined;
    const { sections, guesses, clip } = await readRange(run);
    // Bits first: whoever sees the step's result finds the mask by the thresholds in it.
    using draft = guesses ? await run.store.createBits(`histogram.${index}`, run.input.shape) : undefined;
    if (makesTissueMask(run)) {
      tissue = await withSmoothing(
        run,
        planes,
        (reads) =>
          readHistograms(reads, sections, async ({ padded, raw, box }) => {
            if (!clip) await matching?.addBy(run.threads, padded, raw, box);
          }, draft && guesses ? { bits: draft.bits, thresholds: guesses } : undefined),
        clip,
      );
    }
    const counted = otsu && await readCounted(run, index);
    if (counted) otsu?.addCounted(counted);
    // Matching is of intensities as they are.
    if (otsu && !counted || matching && (clip || !tissue)) {
      await scan("histogram", run.input, passesOf(run, planes), {
        async work(box, slot) {
          const data = slot.data(box);
          if (!counted) await otsu?.addBy(run.threads, data);
          await matching?.addBy(run.threads, box, data, box);
        },
      });
    }
    await draft?.keep();
    await run.store.write(`histogram.${index}`, {
      record: {},
      arrays: {
        guesses,
        otsu: otsu?.counts,
        tissue: tissue?.encode(),
        matching: matching?.encode(),
      },
    });
  },
  async gather(run) {
    const all = await emptyHistograms(run);
    for (const { arrays } of await needAll(run, histogramStage)) {
      for (const key of ["otsu", "tissue", "matching"] as const) all[key]?.merge(arrays[key] as Float64Array);
    }
    await keepHistograms(run, all);
  },
};

/**
 * Empty histograms over the range that the first read found.
 *
 * @throws {DataError} where Otsu's mask of the only volume has no finite voxel.
 */
async function emptyHistograms(run: VolumeRun): Promise<Histograms> {
  const { values: { lo, hi }, kept: [least, most], sections } = await readRange(run);
  const { input: { shape }, plan, settings: { match, sections: count } } = run;
  if (makesOtsuMask(run) && lo > hi && run.name === undefined) {
    throw new DataError("Cannot fit the bias field as at least one voxel must be finite: current count is 0");
  }
  return {
    otsu: makesOtsuMask(run) && least < most ? volumeHistogram(least, most) : undefined,
    tissue: makesTissueMask(run) ? new SectionHistograms(shape[0], plan.sections, sections) : undefined,
    matching: match && new MatchingHistograms(shape[0], { ...match, sections: count }, hi),
  };
}

async function keepHistograms(run: VolumeRun, { otsu, tissue, matching }: Histograms): Promise<void> {
  const { kept } = await readRange(run);
  const luts = matching?.tables();
  if (luts) tellMatching(run, luts);
  const threshold = otsu &&
    { threshold: volumeThreshold(otsu), origin: `Otsu, ${VOLUME_BINS} bins over ${rangeText(kept)}` };
  await run.store.write("histogram", {
    record: { ...threshold, luts: luts && { threshold: luts.threshold, range: luts.range } },
    arrays: { thresholds: tissue?.thresholds(run.settings.maskRules), ...(luts && tableArrays(luts)) },
  });
}

function tellMatching({ log, settings, input, plan }: VolumeRun, luts: LookupTables): void {
  const perPlane = settings.match?.perPlane ?? false;
  const count = perPlane ? input.shape[0] : plan.sections.length;
  log.detail(`Matched ${luts.tables.length} of ${count} ${perPlane ? "planes" : "sections"}.`);
}

function tableArrays({ tables, tableOfPlane }: LookupTables): Record<string, CheckpointArray> {
  const length = tables[0]?.length ?? 0;
  const all = new Float32Array(tables.length * length);
  tables.forEach((table, t) => all.set(table, t * length));
  return { tables: all, tableOfPlane };
}

/** The threshold of Otsu's mask; `undefined` where the volume has one value alone, so that all of it is inside. */
export async function readThreshold(run: VolumeRun): Promise<{ threshold: number; origin: string } | undefined> {
  const { record: { threshold, origin } } = await need(run, "histogram");
  return typeof threshold === "number" && typeof origin === "string" ? { threshold, origin } : undefined;
}

/**
 * The thresholds by which a step drafted the mask, its bits under the name of the step; `undefined` where it did not.
 */
export async function readGuesses(run: VolumeRun, index: number): Promise<Float64Array | undefined> {
  return (await run.store.read(`histogram.${index}`))?.arrays.guesses as Float64Array | undefined;
}

/** The threshold of each section's smoothed intensities. */
export async function readSectionThresholds(run: VolumeRun): Promise<Float64Array> {
  return (await need(run, "histogram")).arrays.thresholds as Float64Array;
}

/** The matching tables; `undefined` where nothing is matched. */
export async function readTables(run: VolumeRun): Promise<LookupTables | undefined> {
  if (!run.settings.match) return undefined;
  const { record, arrays } = await need(run, "histogram");
  const luts = record.luts as Pick<LookupTables, "threshold" | "range">;
  const tableOfPlane = arrays.tableOfPlane as Int32Array;
  const count = tableOfPlane.reduce((most, table) => Math.max(most, table + 1), 0);
  const length = count === 0 ? 0 : arrays.tables.length / count;
  const all = arrays.tables as Float32Array;
  const tables = Array.from({ length: count }, (_, t) => all.subarray(t * length, (t + 1) * length));
  return { ...luts, tables, tableOfPlane };
}
