/**
 * Mask, fit, mask: what `--refine-mask` does before the fit that counts (`refined_mask.ts`).
 *
 * @module
 */

import { volumeHistogram, volumeThreshold } from "../intensity/mask/otsu.ts";
import { wholeMask } from "../intensity/mask/mask.ts";
import { sampleVolume } from "../intensity/sample/sample.ts";
import { centreField } from "../n4/centre.ts";
import { compactSamples, subtractModel } from "../n4/samples.ts";
import type { GridFitPlan } from "../plan/fit_plan.ts";
import { makesOtsuMask, readRange } from "./range.ts";
import { firstModel, readRefined, writeRefined } from "./refined_mask.ts";
import { drawSamples, fitSamples } from "./samples.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** Makes the mask anew where that is asked for and has not been done. */
export async function refineMask(run: VolumeRun, plan: GridFitPlan): Promise<void> {
  const { input, settings } = run;
  if (!settings.refineMask || !makesOtsuMask(run) || settings.match || await readRefined(run, input)) return;
  const { samples } = await drawSamples(run, plan);
  const { lattice: found, corrected } = await fitSamples(run, plan, samples, "the first mask");
  if (!found) return;
  const lattice = centreField(found, samples.value, corrected);
  const source = run.fitLevel ?? input;
  const dense = await sampleVolume({ source, grid: plan.grid, mask: wholeMask(), passes: passesOf(run) });
  const { kept: [least, most] } = await readRange(run);
  // Without outliers, as the first threshold.
  const intensity = dense.intensity.map((value) => value >= least && value <= most ? value : NaN);
  const all = compactSamples({ ...dense, intensity }, "exclude").samples;
  const even = subtractModel(all, firstModel(run, lattice)).value.map(Math.exp);
  const [lo, hi] = even.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [least, least]);
  if (!(lo < hi)) return;
  const histogram = volumeHistogram(lo, hi);
  histogram.add(even);
  histogram.add(intensity.map((value) => value <= 0 ? value : NaN));
  const threshold = volumeThreshold(histogram);
  await writeRefined(run, lattice, threshold);
  run.log.note(
    `The mask is made anew: voxels above ${Number(threshold.toPrecision(4))}, once a first fit corrects them.`,
  );
}
