/**
 * The factor that `--rescale` asks for; one more read, of the samples or of the volume.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import type { MaskReader } from "../intensity/mask/mask.ts";
import { createMatcher, type Matching } from "../intensity/match/matched.ts";
import { rangeLine, type RangeMap, sampleScale } from "../intensity/sample/rescale.ts";
import { sampleVolume } from "../intensity/sample/sample.ts";
import type { PassContext } from "../io/flow/passes.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { compactSamples, subtractModel, usedIntensities } from "../n4/samples.ts";
import type { SampleGrid } from "../n4/shrink.ts";
import { fitGrid } from "../plan/fit_grid.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import type { VolumeSource } from "../volume.ts";
import { voxelMap } from "./voxel_map.ts";

/** What the factor is found from. */
interface ScaleJob {
  /** The volume; only read. */
  readonly input: VolumeSource;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where voxels are corrected. */
  readonly backend: N4Backend;
  /** The field, with scale 1. */
  readonly model: BiasModel;
  /** Where the samples lie. */
  readonly plan: CorrectionPlan;
  /** Which voxels count. */
  readonly mask: MaskReader;
  /** What the fits' samples were read from, and the mask over it. */
  readonly sampled: { readonly source: VolumeSource; readonly mask: MaskReader };
  /** What is done to intensities first. */
  readonly matching: Matching;
  /** How boxes flow. */
  readonly passes: PassContext;
}

/** What holds the scale: a factor on all corrected intensities, and a line for those whose range is held. */
export interface Scaling {
  /** 1 where none is asked for. */
  readonly scale: number;
  /** `--rescale range` alone. */
  readonly line?: Pick<RangeMap, "slope" | "offset">;
}

/** Finds what `--rescale` asks for. */
export async function scaleOf(job: ScaleJob): Promise<Scaling> {
  const { rescale, strength } = job.settings;
  if (rescale === "none") return { scale: 1 };
  if (rescale !== "minmax" && rescale !== "range") return { scale: await statisticScale(job, rescale) };
  await using session = await job.backend.openApply(
    voxelMap(job.model, job.input.shape, { strength, matching: job.matching }),
  );
  const line = await rangeLine(job.input, job.mask, session, job.passes);
  return rescale === "range" ? { scale: 1, line } : { scale: line.slope };
}

/** Holds the mean or the median over the samples of the fit's grid to the input's. */
async function statisticScale(job: ScaleJob, method: "mean" | "median"): Promise<number> {
  const { sampled, passes, settings, matching, model } = job;
  const dense = await sampleVolume({ ...sampled, grid: gridOf(job), passes });
  const { samples } = compactSamples(dense, settings.nonPositive);
  const residual = subtractModel(samples, model);
  const logField = samples.value.map((value, i) => value - residual.value[i]);
  const intensity = usedIntensities(dense, samples);
  const matcher = createMatcher(matching);
  const matched = intensity.slice();
  const ny = samples.y.length;
  for (let r = 0; matcher && r + 1 < samples.rowStart.length; r++) {
    const plane = Math.floor(samples.z[Math.floor(r / ny)]);
    for (let i = samples.rowStart[r]; i < samples.rowStart[r + 1]; i++) matched[i] = matcher(intensity[i], plane);
  }
  return sampleScale(method, { intensity, matched, logField, strength: settings.strength });
}

function gridOf({ plan, input, settings }: ScaleJob): SampleGrid {
  if (plan.globalFit && "grid" in plan.globalFit) return plan.globalFit.grid;
  const everywhere = { ...settings, maxFitSamples: Infinity };
  return fitGrid(input, [0, input.shape[0]], plan.sectionFits[0].factors, everywhere).grid;
}
