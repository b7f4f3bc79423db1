/**
 * The end of a run: outputs are completed, how it ends is written down, and everything gets its name.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { tellNonfinite } from "../intensity/nonfinite.ts";
import type { InputIdentity } from "../io/files/identity.ts";
import { tellMissingChunks } from "../io/image.ts";
import { formatBiasModel } from "../n4/bias_model.ts";
import { knownOptions } from "../options/presets.ts";
import { CorrectionPage } from "../report/correction_page.ts";
import { reportFits, reportQuality } from "../report/fits.ts";
import { createReport, reportText, type RunReport } from "../report/run_report.ts";
import { readCounts } from "../steps/apply_stage.ts";
import { type BiasEstimate, readEstimate } from "../steps/estimate.ts";
import type { BoxCounts } from "../store/box_counts.ts";
import { type Ending, giveNames, keepEnding } from "../store/ending.ts";
import { inputDifferences, OtherInputError, type RecordedInput, type RunRecord } from "../store/run_record.ts";
import type { StorageCounts } from "../volume.ts";
import { pathsOf, recordInputs, type Run } from "./begin.ts";

/** What a report is made of beside the run. */
export interface Reporting {
  /** The command line. */
  readonly command: string;
  /** `performance.now()` at the start. */
  readonly start: number;
  /** What was seen while voxels passed, for `--html`. */
  readonly page?: CorrectionPage;
  /** Called when all is in its place, and before it is forgotten that this run was to put it there. */
  readonly onNamed?: (report: RunReport) => Promise<void>;
}

/**
 * Completes the outputs, writes down how the run ends, and ends it so.
 *
 * @returns the report.
 * @throws {InputError} when an input has changed since the run began.
 */
export async function endRun(
  run: Run,
  { page = new CorrectionPage(), onNamed, ...reporting }: Reporting,
): Promise<RunReport> {
  const { opened, folder, outputs, record, log, deviceMemory } = run;
  const { request, options, fitted, backend, image } = opened;
  const paths = pathsOf(opened, request.output);
  const { estimates, counts, placements } = await log.stage("finish", async () => {
    const estimates = await Array.fromAsync(run.fits, readEstimate);
    demandField(estimates);
    const counts = await readCounts(run);
    tellNonfinite(log, options.nonfinite, counts.nonFiniteInput);
    const missing = tellMissingChunks(image);
    if (missing !== undefined) log.warn(missing);
    const placements = await outputs.complete(() => formatBiasModel(estimates[0].model));
    demandUnchanged(record.inputs, await recordInputs(opened));
    return { estimates, counts, placements };
  });
  const { input, ...companions } = record.inputs;
  const report = createReport({
    ...reporting,
    device: backend.device,
    deviceMemory,
    input: image,
    outputs: paths,
    options: knownOptions(options),
    identity: stateOf(input),
    companions: Object.fromEntries(Object.entries(companions).map(([role, state]) => [role, stateOf(state)])),
    given: { ...request.options },
    quality: estimates.map((estimate, i) => reportQuality(fitted[i], estimate)),
    fits: estimates.flatMap((estimate, i) => reportFits(fitted[i], estimate)),
    storage: storageOf(counts),
    log,
  });
  const texts = { report: () => reportText(report), html: () => page.render(report) };
  placements.push(...await outputs.completeTexts(texts));
  const ending: Ending = { placements, overwrite: options.overwrite ?? false, record, report };
  await keepEnding(folder, ending);
  folder.keep();
  await log.stage("rename", () => giveNames(ending, folder.path));
  await onNamed?.(report);
  await folder.remove();
  return report;
}

/** What storing did to the values. */
function storageOf({ nonFiniteInput: _, ...storage }: BoxCounts): StorageCounts {
  return storage;
}

/** Refuses an image of several volumes none of which has a sample, where a fit was asked for. @throws {DataError} */
function demandField(estimates: readonly BiasEstimate[]): void {
  const fits = estimates.flatMap((estimate) => estimate.fits);
  if (fits.length === 0 || fits.some(({ counts }) => counts.used > 0)) return;
  const rule = "at least one volume must have a sample in its mask";
  throw new DataError(`Cannot fit a bias field as ${rule}: current count is 0 of ${estimates.length}`);
}

/** An input's state without its path. */
function stateOf({ path: _, ...identity }: RecordedInput): InputIdentity {
  return identity;
}

/**
 * Refuses a result of inputs that became others before all was read.
 *
 * @throws {InputError} when one has changed, or is gone.
 */
function demandUnchanged(before: RunRecord["inputs"], now: RunRecord["inputs"]): void {
  for (const [role, input] of Object.entries(now)) {
    const changed = inputDifferences(role, before[role], input);
    if (changed.length === 0) continue;
    const rule = "it must stay as it is while it is read: it has changed since the run began";
    throw new OtherInputError(
      input.path,
      `Cannot use what was read of ${input.path} as ${rule} (${changed.join("; ")})`,
    );
  }
}
