/**
 * A correction of a file, cut into steps: its stages in order, its folder, and its end. `correct` does them all in one process, `n4 step` one at a time.
 *
 * @module
 */

import { resolve } from "node:path";
import { InputError } from "../errors.ts";
import { planJob } from "../steps/correct.ts";
import { tellNonfinite } from "../intensity/nonfinite.ts";
import { ChunkCache } from "../io/zarr/chunk_cache.ts";
import { identityOf, type InputIdentity } from "../io/files/identity.ts";
import { readBlock } from "../io/flow/boxes.ts";
import { formatBiasModel } from "../n4/bias_model.ts";
import { CorrectionPage } from "../report/correction_page.ts";
import type { OpenedRun, OpenRequest } from "./open_run.ts";
import { imageFormatFor } from "../io/open.ts";
import { createOutputs, inputPaths, outputPaths, type Outputs } from "./outputs.ts";
import { pyramidMemory } from "../plan/memory.ts";
import { stageSeconds } from "../plan/step_costs.ts";
import { createReport, reportFits, reportQuality, reportText, type RunReport } from "../report/run_report.ts";
import { applyStage, readCounts } from "../steps/apply_stage.ts";
import { type BiasEstimate, readEstimate } from "../steps/estimate.ts";
import { type Ending, giveNames, keepEnding } from "../store/ending.ts";
import { globalStage } from "../steps/global.ts";
import { histogramStage } from "../steps/histogram.ts";
import { cutPlanes, type ImageRun, type ImageStage, stageOfFits, type Watch } from "../steps/image_run.ts";
import { maskStage } from "../steps/mask.ts";
import { profileStage } from "../steps/profile.ts";
import { pyramidStage } from "../steps/pyramid_stage.ts";
import { rangeStage } from "../steps/range.ts";
import { RunFolder } from "../store/run_folder.ts";
import { type RecordedInput, recordOf, type RunRecord } from "../store/run_record.ts";
import { SamplesAhead } from "../steps/samples_ahead.ts";
import { sectionStage } from "../steps/section.ts";
import { isZipName } from "../io/zip/read.ts";
import { voxelCount } from "../volume.ts";

/** All stages, in order; `finish` follows them. */
export const STAGES: readonly ImageStage[] = [
  ...[rangeStage, histogramStage, maskStage, profileStage, sectionStage, globalStage].map(stageOfFits),
  applyStage,
  pyramidStage,
];

/** Opens the folder of a whole run, beside its output. @throws {WriteError} as {@linkcode RunFolder.open} does. */
export async function openFolder(
  { input, output, options: given }: OpenRequest,
  opened: OpenedRun,
): Promise<RunFolder> {
  const { options } = opened;
  const directory = imageFormatFor(output) === "ome-zarr" && !isZipName(output);
  return await RunFolder.open(output, {
    kind: directory ? "directory" : "file",
    overwrite: options.overwrite ?? false,
    inputs: Object.values(inputPaths(input, options)),
    resume: given.resume ?? false,
  });
}

/** What a run is cut from. */
export interface Beginning {
  readonly request: OpenRequest;
  readonly opened: OpenedRun;
  readonly folder: RunFolder;
  readonly stack: AsyncDisposableStack;
  /** Tasks that reading and writing are cut into; of a run that is gone on with its own count goes before. */
  readonly tasks: number;
  /** Whether other processes may be at work on the same run; then this one does no more than a step. */
  readonly shared: boolean;
  /** Watches the first volume. */
  readonly watch?: Watch | undefined;
}

/** A run that has begun. */
export interface BegunRun {
  readonly run: ImageRun;
  readonly outputs: Outputs;
  readonly record: RunRecord;
}

/** Begins a run or goes on with it. @throws {WriteError} when it is another than the folder's, or an output cannot be created. */
export async function beginRun(beginning: Beginning): Promise<BegunRun> {
  const { request, opened, folder, stack, tasks, watch } = beginning;
  const { image, options, volumes, fitted, pyramid, threads, room, cache, log, jobOf } = opened;
  const before = await folder.record();
  const parts = before?.tasks ?? tasks;
  const resume = before !== undefined;
  const { kind, name, driver } = opened.device;
  const about = {
    inputs: await recordInputs(request, opened),
    outputs: absolute(pathsOf(request, opened, folder.output)),
    given: { ...request.options },
    options: { ...options },
    device: { kind, name, driver },
    tasks: parts,
  };
  // Before anything is created beside the folder.
  if (before) folder.demandSame(before, recordOf({ ...about, stages: [] }));
  const outputs = await createOutputs({
    output: folder.output,
    options,
    image,
    volumes,
    pyramid,
    stack,
    storing: { threads, cache: new ChunkCache(room) },
    folder,
    resume,
    shared: beginning.shared,
  });
  const fits = fitted.map((volume, i) => {
    const job = jobOf(volume);
    const planes = cutPlanes(job.input.shape[0], readBlock(job.input.chunk)[0], job.input.forwardOnly ? 1 : parts);
    const plan = planJob(job, outputs.corrected.volume(0));
    const ahead = beginning.shared ? {} : { ahead: new SamplesAhead(plan.aheadBytes) };
    return { ...job, plan, store: folder.store(i), parts: planes, ...ahead };
  });
  const run: ImageRun = {
    fits,
    subjects: volumes.map((volume, i) => ({ input: image.volume(volume), volume, fit: fits[i] ?? fits[0] })),
    corrected: outputs.corrected,
    ...(outputs.field ? { field: outputs.field } : {}),
    ...(outputs.mask ? { mask: outputs.mask } : {}),
    store: folder.store(0),
    tasks: parts,
    pyramidMemory: pyramidMemory(options.memoryLimit),
    threads,
    // Fields of other volumes are still to be found while the first one is corrected.
    onLastRead: () => volumes.length === 1 && cache.readLast(),
    log,
    ...(request.signal ? { signal: request.signal } : {}),
    ...(watch ? { watch } : {}),
  };
  const record = recordOf({ ...about, stages: plannedStages(run) });
  return { run, outputs, record: await folder.begin(record, fits.length) };
}

/** An input's state without its path. */
function stateOf({ path: _, ...identity }: RecordedInput): InputIdentity {
  return identity;
}

/** The stages as they are cut, with what a task takes at most and about how long. */
function plannedStages(run: ImageRun): RunRecord["stages"] {
  const [{ plan, settings, backend, input }] = run.fits;
  const tissue = settings.maskMethod === "tissue";
  const levels = run.corrected.coarser.reduce((sum, level) => sum + voxelCount(level.sink(0).shape), 0);
  const counts = settings.match !== undefined || !tissue;
  const cores = backend.device.kind === "ts" ? backend.device.workers : run.threads.count;
  const seconds = stageSeconds(plan, { voxels: voxelCount(input.shape), levels, tissue, counts, cores });
  const stageOf = (name: string, tasks: number, gather: boolean) => {
    const volumes = ["apply", "pyramid"].includes(name) ? run.subjects.length : run.fits.length;
    const each = seconds[name] * volumes / Math.max(1, tasks);
    return { name, tasks, gather, memoryBytes: plan.memory, seconds: tasks === 0 ? 0 : Math.ceil(each) };
  };
  const stages = STAGES.map((stage) => {
    const tasks = stage.tasks(run);
    return stageOf(stage.name, tasks, stage.gather !== undefined && tasks > 0);
  });
  return [...stages, stageOf("finish", 1, false)];
}

/** Role to path of what the run writes. */
function pathsOf({ input }: OpenRequest, { options }: OpenedRun, output: string): Record<string, string> {
  return outputPaths(inputPaths(input, options), output, options);
}

async function recordInputs({ input }: OpenRequest, { options }: OpenedRun): Promise<Record<string, RecordedInput>> {
  const { "--from-report": _, ...paths } = inputPaths(input, options);
  const inputs: Record<string, RecordedInput> = {};
  for (const [role, path] of Object.entries(paths)) inputs[role] = { path: resolve(path), ...await identityOf(path) };
  return inputs;
}

/** Refuses a result of inputs that became others before all was read. @throws {InputError} when one has changed, or is gone. */
function demandUnchanged(before: RunRecord["inputs"], now: RunRecord["inputs"]): void {
  for (const [role, { path, bytes, modified, metadata }] of Object.entries(now)) {
    const { [role]: first } = before;
    if (first.bytes === bytes && first.modified === modified && first.metadata === metadata) continue;
    const rule = "it must stay as it is while it is read";
    throw new InputError(path, `Cannot use what was read of ${path} as ${rule}: it has changed since the run began`);
  }
}

function absolute(paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([role, path]) => [role, resolve(path)]));
}

/** What a report is made of beside the run. */
interface Reporting {
  /** The command line. */
  readonly command: string;
  /** `performance.now()` at the start. */
  readonly start: number;
  /** What was seen while voxels passed, for `--html`. */
  readonly page?: CorrectionPage | undefined;
}

/** Completes the outputs, writes down how the run ends, and ends it so. @returns the report. @throws {InputError} when an input has changed since the run began. */
export async function endRun(
  { run, outputs, record }: BegunRun,
  { request, opened, folder }: Beginning,
  reporting: Reporting,
): Promise<RunReport> {
  const { log, options, fitted, backend, deviceMemory, image } = opened;
  const paths = pathsOf(request, opened, request.output);
  const { estimates, counts, placements } = await log.stage("finish", async () => {
    const estimates: BiasEstimate[] = [];
    for (const fit of run.fits) estimates.push(await readEstimate(fit));
    const counts = await readCounts(run);
    tellNonfinite(log, options.nonfinite, counts.nonFiniteInput);
    const placements = await outputs.complete(formatBiasModel(estimates[0].model));
    demandUnchanged(record.inputs, await recordInputs(request, opened));
    return { estimates, counts, placements };
  });
  const report = createReport({
    command: reporting.command,
    start: reporting.start,
    device: backend.device,
    deviceMemory,
    input: image,
    outputs: paths,
    options: { ...options },
    identity: stateOf(record.inputs.input),
    given: { ...request.options },
    quality: estimates.map((estimate, i) => reportQuality(fitted[i], estimate)),
    fits: estimates.flatMap((estimate, i) => reportFits(fitted[i], estimate)),
    storage: { clamped: counts.clamped, nonFinite: counts.nonFinite },
    log,
  });
  placements.push(
    ...await outputs.completeTexts({
      report: () => reportText(report),
      html: () => (reporting.page ?? new CorrectionPage()).render(report),
    }),
  );
  const ending: Ending = { placements, overwrite: options.overwrite ?? false, report };
  await keepEnding(folder, ending);
  folder.keep();
  await log.stage("rename", () => giveNames(ending, folder.path));
  return report;
}
