/**
 * What the stages found, put together: the field, and all that is needed to divide by it.
 *
 * @module
 */

import type { MaskReader } from "../intensity/mask/mask.ts";
import type { Matching } from "../intensity/match/matched.ts";
import type { RangeMap } from "../intensity/sample/rescale.ts";
import type { SampleQuality } from "../intensity/sample/sample_quality.ts";
import type { FieldVerdict } from "../intensity/sample/verdict.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import type { LevelReport } from "../n4/fit.ts";
import type { SampleCounts } from "../n4/samples.ts";
import type { FitPlan } from "../plan/fit_plan.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import { modelOf, readGlobal } from "./global.ts";
import { readMask, readRangeMask, readZeroMask } from "./mask.ts";
import { readMatching } from "./profile.ts";
import { readSections } from "./section.ts";
import type { VolumeRun } from "./volume_run.ts";

/** How one fit went. */
interface FitOutcome {
  /** Its plan. */
  readonly plan: FitPlan;
  /** Course of each level. */
  readonly levels: readonly LevelReport[];
  /** Samples used and left out. */
  readonly counts: SampleCounts;
}

/** What an estimate found. */
export interface BiasEstimate {
  /** The field. */
  readonly model: BiasModel;
  /** The plan that was followed. */
  readonly plan: CorrectionPlan;
  /** The mask that was used. */
  readonly mask: MaskReader;
  /** What is kept when the rest is set to 0; left out: the mask. */
  readonly keptMask?: MaskReader;
  /** What maps the range of the corrected intensities; left out: nothing. */
  readonly range?: RangeMap;
  /** What is done to intensities before they are divided by the field. */
  readonly matching: Matching;
  /** How each fit went: the sections' in order, then the volume's. */
  readonly fits: readonly FitOutcome[];
  /** How even the samples are before and after; left out where there is none. */
  readonly quality?: SampleQuality;
  /** Whether the correction helped; left out where that is not known. */
  readonly verdict?: FieldVerdict;
}

/** Reads what the stages found. @throws {StepError} when one of them has not been done. */
export async function readEstimate(run: VolumeRun): Promise<BiasEstimate> {
  const { plan } = run;
  const fits = await readSections(run);
  const global = await readGlobal(run);
  const outcomes = plan.sectionFits.map((fit, i) => ({ plan: fit, levels: fits[i].levels, counts: fits[i].counts }));
  const last = plan.globalFit ? [{ plan: plan.globalFit, levels: global.levels, counts: global.counts }] : [];
  const quality = global.sums.quality(plan.sections);
  return {
    model: modelOf(run, fits, global.lattice, global.scale),
    plan,
    mask: await readMask(run),
    keptMask: await readZeroMask(run),
    range: global.line && { ...await readRangeMask(run), ...global.line },
    matching: await readMatching(run),
    fits: [...outcomes, ...last],
    quality,
    verdict: global.verdict,
  };
}
