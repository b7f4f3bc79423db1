/**
 * How long the stages of a correction will take, roughly: voxels and samples times measured costs. For schedulers,
 * which want a bound; machines differ.
 *
 * @module
 */

import { voxelCount } from "../volume.ts";
import type { FitPlan } from "./fit_plan.ts";
import type { CorrectionPlan } from "./plan.ts";

/** Nanoseconds a voxel on one core (bench/results/throughput.json, docs/decisions/streaming_threads.md). */
const COST = {
  decode: 7,
  encode: 7.4,
  smooth: 10,
  pack: 1.2,
  coarse: 1,
  close: 1.6,
  sum: 1.6,
  average: 2.7,
  count: 2.3,
  apply: 7.7,
  resample: 7.1,
};

/** Nanoseconds of processor time a sample and iteration (docs/decisions/webassembly.md). */
const ITERATION = 11.1;

/** Processor time of the whole command over the sum of these costs, in the same run. */
const UNCOUNTED = 1.4;

/** Starting a process and opening its inputs, seconds. */
const START = 0.5;

/** What the time depends on beside the plan. */
interface CostContext {
  /** Voxels of the volume. */
  readonly voxels: number;
  /** Voxels of all coarser levels, whose making reads level 0. */
  readonly levels: number;
  /** Whether the tissue mask is made, for which the volume is smoothed. */
  readonly tissue: boolean;
  /** Whether intensities are counted for matching or a threshold. */
  readonly counts: boolean;
  /** Cores at work. */
  readonly cores: number;
}

/** Seconds of a whole stage, by its name. */
export function stageSeconds(plan: CorrectionPlan, context: CostContext): Readonly<Record<string, number>> {
  const { voxels, levels, tissue, counts, cores } = context;
  const smoothed = COST.decode + (tissue ? COST.smooth : 0);
  const seconds = (nanoseconds: number) => START + UNCOUNTED * nanoseconds * 1e-9 / Math.max(1, cores);
  const fits = plan.sectionFits.reduce((sum, fit) => sum + fitNanoseconds(fit), 0);
  const volume = plan.globalFit;
  const drawn = volume && "grid" in volume ? voxels * (COST.decode + COST.average) : 0;
  return {
    range: seconds(voxels * (smoothed + (tissue ? COST.coarse : 0))),
    histogram: seconds(voxels * (smoothed + (counts ? COST.count : 0) + (tissue ? COST.pack : 0))),
    // Should no guess be the threshold, so that all is read once more; most often nothing is.
    mask: seconds(voxels * (smoothed + COST.pack + COST.close)),
    profile: seconds(voxels * (COST.decode + COST.sum)),
    section: seconds(voxels * (COST.decode + COST.average) + fits),
    global: seconds(drawn + (volume ? fitNanoseconds(volume) : 0)),
    apply: seconds(voxels * (COST.decode + COST.apply + COST.encode)),
    pyramid: seconds(levels > 0 ? voxels * (COST.decode + COST.resample) + levels * COST.encode : 0),
    finish: START,
  };
}

/** All iterations of a fit, should none of its levels end early. */
function fitNanoseconds({ sampled, levels }: FitPlan): number {
  return voxelCount(sampled) * ITERATION * levels.reduce((sum, { iterations }) => sum + iterations, 0);
}
