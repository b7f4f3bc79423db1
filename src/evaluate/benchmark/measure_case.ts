/**
 * One case: every contestant corrects it, in turns, and is held against the base and the truth.
 *
 * @module
 */

import type { Contestant, Correction, CorrectionTimes, CorrectionWork } from "../contestants/contestant.ts";
import { countInside, variationOf } from "../../intensity/count/statistics.ts";
import type { RunLog } from "../../run_log.ts";
import type { BenchmarkCase, CaseVoxels } from "./cases.ts";
import { agreementOf, qualityOf, timesOf } from "./figures.ts";
import type { CaseResult, Measured } from "./result.ts";

/** How a case is measured. */
interface MeasureOptions {
  /** Who takes part; the first is the base. */
  readonly contestants: readonly Contestant[];
  /** Runs that come first and count for nothing. */
  readonly warmUps: number;
  /** Runs that count, >= 1. */
  readonly repeats: number;
  /** Measures a contestant's peak memory; `undefined` where it cannot be. */
  readonly peakMemory: (contestant: Contestant, work: CorrectionWork) => Promise<number | undefined>;
  /** Hears what happens. */
  readonly log: RunLog;
  /** Ends the work between two runs. */
  readonly signal?: AbortSignal;
}

/** What is known of a contestant so far, seconds. */
interface Runs {
  readonly contestant: Contestant;
  readonly warmUp: number[];
  readonly runs: CorrectionTimes[];
}

/** Measures a case. */
export async function measureCase(one: BenchmarkCase, options: MeasureOptions): Promise<CaseResult> {
  const { contestants, warmUps, repeats, log, signal } = options;
  const voxels = await one.voxels();
  const { intensity, mask } = voxels;
  const { label, shape, voxelSizeMm, source, schedule: { settings: _, ...schedule } } = one;
  const work: CorrectionWork = { shape, voxelSize: voxelSizeMm, intensity, mask, schedule: one.schedule };
  const timed = async (contestant: Contestant) => {
    signal?.throwIfAborted();
    return await log.stage(contestant.name, () => contestant.time());
  };
  const records: Runs[] = [];
  for (const contestant of contestants) {
    await contestant.load(work);
    const warmUp: number[] = [];
    for (let i = 0; i < warmUps; i++) warmUp.push((await timed(contestant)).seconds);
    records.push({ contestant, warmUp, runs: [] });
  }
  for (let round = 0; round + 1 < repeats; round++) {
    for (const { contestant, runs } of records) runs.push(await timed(contestant));
  }
  return {
    label,
    shape,
    voxelSizeMm,
    source,
    maskVoxels: countInside(mask),
    samples: samplesInside(work),
    schedule,
    inputVariation: variationOf(intensity, mask),
    measured: await lastRound(records, voxels, options, work),
  };
}

/**
 * The last round gives the fields and corrected voxels as well. Of them only the base's are kept from one contestant to
 * the next.
 */
async function lastRound(
  records: readonly Runs[],
  voxels: CaseVoxels,
  { peakMemory, log, signal }: MeasureOptions,
  work: CorrectionWork,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  let base: Correction | undefined;
  for (const { contestant, warmUp, runs } of records) {
    signal?.throwIfAborted();
    const correction = await log.stage(contestant.name, () => contestant.correct());
    const all = [...runs, correction.times];
    const seconds = timesOf(all.map((times) => times.seconds));
    const fits = all.flatMap(({ fitSeconds }) => fitSeconds === undefined ? [] : [fitSeconds]);
    measured.push({
      contestant: contestant.name,
      warmUp,
      seconds,
      fitSeconds: fits.length === 0 ? null : timesOf(fits),
      speedUp: (measured[0]?.seconds ?? seconds).median / seconds.median,
      ...agreementOf(correction, base, voxels.mask),
      ...qualityOf(correction, voxels),
      peakMemoryBytes: await peakMemory(contestant, work) ?? null,
      levels: correction.levels,
    });
    base ??= correction;
  }
  return measured;
}

/** Samples of the fit that lie inside the mask. */
function samplesInside({ shape: [, ny, nx], mask, schedule: { grid: [z, y, x] } }: CorrectionWork): number {
  let count = 0;
  for (let k = 0; k < z.count; k++) {
    for (let j = 0; j < y.count; j++) {
      const row = ((z.origin + k * z.factor) * ny + y.origin + j * y.factor) * nx + x.origin;
      for (let i = 0; i < x.count; i++) count += mask[row + i * x.factor];
    }
  }
  return count;
}
