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

/** What is known of a contestant so far. */
interface Runs {
  readonly warmUp: number[];
  readonly runs: CorrectionTimes[];
}

/** Measures a case. */
export async function measureCase(one: BenchmarkCase, options: MeasureOptions): Promise<CaseResult> {
  const { contestants, warmUps, repeats, log, signal } = options;
  const voxels = await one.voxels();
  const { intensity, mask } = voxels;
  const work: CorrectionWork = {
    shape: one.shape,
    voxelSize: one.voxelSizeMm,
    intensity,
    mask,
    schedule: one.schedule,
  };
  const records = new Map<string, Runs>();
  for (const contestant of contestants) {
    await contestant.load(work);
    const warmUp: number[] = [];
    for (let i = 0; i < warmUps; i++) warmUp.push((await timed(contestant, log, signal)).seconds);
    records.set(contestant.name, { warmUp, runs: [] });
  }
  for (let round = 0; round + 1 < repeats; round++) {
    for (const contestant of contestants) recordOf(records, contestant).runs.push(await timed(contestant, log, signal));
  }
  const measured = await lastRound(contestants, records, voxels, options, work);
  const { settings: _, ...schedule } = one.schedule;
  return {
    label: one.label,
    shape: one.shape,
    voxelSizeMm: one.voxelSizeMm,
    source: one.source,
    maskVoxels: countInside(mask),
    samples: samplesInside(work),
    schedule,
    inputVariation: variationOf(intensity, mask),
    measured,
  };
}

async function timed(contestant: Contestant, log: RunLog, signal: AbortSignal | undefined): Promise<CorrectionTimes> {
  signal?.throwIfAborted();
  return await log.stage(contestant.name, () => contestant.time());
}

function recordOf(records: ReadonlyMap<string, Runs>, { name }: Contestant): Runs {
  return records.get(name) ?? { warmUp: [], runs: [] };
}

/**
 * The last round gives the fields and corrected voxels as well. Of them only the base's are kept from one contestant to
 * the next.
 */
async function lastRound(
  contestants: readonly Contestant[],
  records: ReadonlyMap<string, Runs>,
  voxels: CaseVoxels,
  { peakMemory, log, signal }: MeasureOptions,
  work: CorrectionWork,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  let base: Correction | undefined;
  let baseSeconds = NaN;
  for (const contestant of contestants) {
    signal?.throwIfAborted();
    const correction = await log.stage(contestant.name, () => contestant.correct());
    const { warmUp, runs } = recordOf(records, contestant);
    const all = [...runs, correction.times];
    const seconds = timesOf(all.map((times) => times.seconds));
    const fits = all.flatMap(({ fitSeconds }) => fitSeconds === undefined ? [] : [fitSeconds]);
    if (!base) baseSeconds = seconds.median;
    measured.push({
      contestant: contestant.name,
      warmUp,
      seconds,
      fitSeconds: fits.length === 0 ? null : timesOf(fits),
      speedUp: baseSeconds / seconds.median,
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
