/**
 * What reports of runs, records of their folders and descriptions of images hold: types alone, of the JSON that
 * `--report`, `n4 plan` and `n4 info --json` write.
 *
 * @module
 */

export type { ReportedFit, ReportedLevel, ReportedQuality } from "../src/report/fits.ts";
export type { ReportedImage, RuntimeInfo } from "../src/report/run_report.ts";
export type { Evenness, SampleQuality } from "../src/intensity/sample/sample_quality.ts";
export type { FieldVerdict } from "../src/intensity/sample/verdict.ts";
export type { StageRecord } from "../src/run_log.ts";
export type { StorageCounts } from "../src/volume.ts";
export type { InputIdentity } from "../src/io/files/identity.ts";
export type { PlannedStage, RecordedInput, RunRecord } from "../src/store/run_record.ts";
export type { ValueStatistics } from "../src/commands/info.ts";
