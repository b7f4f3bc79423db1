/**
 * From paths to paths: opens the images, corrects every volume, puts the results in place. All outputs are created before any work and renamed after all of it, so
 * that a failure leaves nothing that looks finished.
 *
 * @module
 */

import { checkVolume, chosenVolumes, openChosenBackend, openCompanions, openFitLevel, openInput } from "./inputs.ts";
import { estimateBias, planJob } from "./correct.ts";
import { applyBias, writeField, writeMask } from "./steps/apply.ts";
import type { BiasEstimate } from "./steps/estimate.ts";
import { type CorrectJob, passesOf } from "./steps/volume_run.ts";
import type { MaskReader } from "./intensity/mask.ts";
import { formatBiasModel } from "./n4/bias_model.ts";
import { idleOptions } from "./options/idle.ts";
import type { ResolvedOptions } from "./options/presets.ts";
import { checkOptions, resolveOptions, settingsOf } from "./options/resolve.ts";
import { flagOf } from "./options/parsers.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "./pyramid_options.ts";
import { checkStorageOptions } from "./storage_options.ts";
import type { CorrectOptions } from "./options/table.ts";
import { createOutputs, outputPaths, type Outputs } from "./outputs.ts";
import { CorrectionPage } from "./correction_page.ts";
import { WATCH_BYTES } from "./report_page/correction_watch.ts";
import { CacheRoom, ChunkCache } from "./io/chunk_cache.ts";
import { CALLING_THREAD } from "./job.ts";
import { writePyramid } from "./io/pyramid_pass.ts";
import { describeDeviceMemory } from "./backends/planned_work.ts";
import { plannedWork } from "./plan/device_work.ts";
import { pyramidMemory } from "./plan/memory.ts";
import { openThreads } from "./threads/pool.ts";
import { describePlan } from "./plan/plan.ts";
import { type RunListener, RunLog } from "./report.ts";
import type { VolumeSink, VolumeSource } from "./volume.ts";
import { createReport, reportFits, type RunReport } from "./run_report.ts";

/** A correction from path to path. */
export interface CorrectFileJob {
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave; the preset fills the rest. */
  readonly options: CorrectOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Told what happens. */
  readonly listener?: RunListener;
  /** Iterations per call of the device while somebody watches. */
  readonly batch?: number;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Corrects an image file.
 *
 * @returns the report, which was also written where `options.report` says; `undefined` after a dry run.
 * @throws {UsageError} for options that contradict each other.
 * @throws {InputError | CorruptDataError | DataError | WriteError | MemoryLimitError | BackendError} as their docs say.
 */
export async function correctFile(job: CorrectFileJob): Promise<RunReport | undefined> {
  const start = performance.now();
  checkOptions(job.options);
  outputPaths(job.input, job.output, job.options);
  checkPyramidOptions(job.output, job.options);
  checkStorageOptions(job.output, job.options);
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const threads = stack.use(openThreads(job.options.nProcesses));
  const room = new CacheRoom(0);
  const cache = new ChunkCache(room);
  const image = stack.use(await openInput(job.input, job.options, { threads, cache }));
  const options = resolveOptions(job.options, image.format);
  const companions = await openCompanions(image, options, { log, stack, threads });
  const fitLevel = await openFitLevel(image, options, { stack, threads });
  const volumes = chosenVolumes(image, options.channel);
  if (options.fitVolume !== undefined) checkVolume(image, "--fit-volume", options.fitVolume);
  const backend = stack.use(await openChosenBackend(options, log));
  const jobOf = (volume: number): CorrectJob => ({
    input: image.volume(volume),
    settings: {
      ...settingsOf(options),
      ...(fitLevel ? { fitLevel } : {}),
      ...(options.html === undefined ? {} : { heldBytes: WATCH_BYTES }),
    },
    backend,
    threads,
    log,
    ...companions,
    ...(fitLevel ? { fitLevel: fitLevel.volume(volume) } : {}),
    ...(job.batch ? { batch: job.batch } : {}),
    ...(job.signal ? { signal: job.signal } : {}),
  });
  log.note(describeOptions(options));
  if (image.format === "ome-zarr" && job.options.preset === undefined && job.options.nSerialSlices === undefined) {
    log.note(
      "An OME-Zarr is taken for one section in agarose unless '--n-serial-slices' or '--preset' tell otherwise.",
    );
  }
  if (!image.unitGiven) log.warn(`'${image.path}' gives no unit of length: its voxel sizes are taken as mm.`);
  for (const line of idleOptions(job.options, options)) log.warn(line);
  const first = jobOf(volumes[0]);
  if (image.volumes > 1) log.note(describeVolumes(volumes, image.volumes, options));
  const plan = planJob(first);
  for (const line of describePlan(plan, first.settings, image)) log.note(line);
  const given = { mask: companions.mask !== undefined, weights: companions.weights !== undefined };
  const deviceMemory = await backend.checkMemory(plannedWork(plan, first.settings, first.input, given));
  if (deviceMemory) log.note(describeDeviceMemory(deviceMemory));
  const pyramid = pyramidFor(job.output, image, options);
  if (pyramid) tellPyramid(pyramid, log);
  if (options.dryRun) return undefined;
  room.bytes = first.settings.memoryLimit - plan.memory - pyramidMemory(first.settings.memoryLimit);

  const storing = { threads, cache: new ChunkCache(room) };
  const outputs = await createOutputs({ ...job, options, image, volumes: volumes.length, pyramid, stack, storing });
  const page = outputs.html ? new CorrectionPage(outputs.html) : undefined;
  const estimates = await correctVolumes(volumes, jobOf, outputs, options, { page, cache });
  await outputs.commit(formatBiasModel(estimates[0].model));
  const report = createReport({
    command: job.command ?? "",
    start,
    device: backend.device,
    ...(deviceMemory ? { deviceMemory } : {}),
    input: image,
    outputs: outputs.paths,
    options: { ...options },
    fits: estimates.flatMap((estimate, i) => reportFits(fittedVolumes(volumes, options)[i], estimate)),
    storage: outputs.corrected.counts,
    log,
  });
  await page?.commit(report);
  await outputs.report?.commit(JSON.stringify(report, null, 2) + "\n");
  return report;
}

/** The volumes that fields are fitted on: each chosen one, or the one that stands for all. */
function fittedVolumes(volumes: readonly number[], options: ResolvedOptions): readonly number[] {
  return options.volumeFields === "shared" ? [options.fitVolume ?? volumes[0]] : volumes;
}

/** Corrects the chosen volumes one after the other, each by its own field or all by the field of one; then makes the coarser levels. */
async function correctVolumes(
  volumes: readonly number[],
  jobOf: (volume: number) => CorrectJob,
  outputs: Outputs,
  options: ResolvedOptions,
  { page, cache }: { readonly page: CorrectionPage | undefined; readonly cache: ChunkCache },
): Promise<BiasEstimate[]> {
  const shared = options.volumeFields === "shared" ? await estimateShared(volumes, jobOf, outputs, options) : undefined;
  const estimates: BiasEstimate[] = [];
  for (const [index, volume] of volumes.entries()) {
    const job = jobOf(volume);
    const plan = planJob(job, outputs.corrected.volume(index));
    const estimate = shared ?? await estimateBias(job, plan);
    if (!shared) await writeCompanions(job, estimate, outputs, index);
    const passes = passesOf({ ...job, plan });
    const apply = (input: VolumeSource, output: VolumeSink, mask: MaskReader) =>
      applyBias({ ...job, ...job.settings, ...estimate, mask, input, passes }, output);
    if (volumes.length === 1) cache.readLast();
    const subject = { ...job, ...estimate, output: outputs.corrected.volume(index), volume };
    if (page && index === 0) await page.watch(subject, apply);
    else await apply(subject.input, subject.output, subject.mask);
    if (estimates.length === 0 || !shared) estimates.push(estimate);
  }
  const { log, threads = CALLING_THREAD, signal } = jobOf(volumes[0]);
  const memory = pyramidMemory(options.memoryLimit);
  await writePyramid(outputs.corrected, volumes.length, { log, threads, memory, ...(signal ? { signal } : {}) });
  return estimates;
}

async function estimateShared(
  volumes: readonly number[],
  jobOf: (volume: number) => CorrectJob,
  outputs: Outputs,
  options: ResolvedOptions,
): Promise<BiasEstimate> {
  const job = jobOf(fittedVolumes(volumes, options)[0]);
  const estimate = await estimateBias(job);
  await writeCompanions(job, estimate, outputs, 0);
  return estimate;
}

/** The field and the mask, where they are asked for. */
async function writeCompanions(
  job: CorrectJob,
  estimate: BiasEstimate,
  outputs: Outputs,
  index: number,
): Promise<void> {
  const passes = passesOf({ ...job, plan: estimate.plan });
  if (outputs.field) await writeField(estimate.model, outputs.field.volume(index), job.backend, passes);
  if (outputs.mask) await writeMask(job.input, estimate.mask, outputs.mask.volume(index), passes);
}

/** Which volumes are corrected, and by which field. */
function describeVolumes(volumes: readonly number[], count: number, options: ResolvedOptions): string {
  const which = volumes.length === 1 ? `volume ${volumes[0]}` : `volumes ${volumes[0]} to ${volumes.at(-1)}`;
  const field = options.volumeFields === "shared"
    ? `by the field of volume ${fittedVolumes(volumes, options)[0]}`
    : volumes.length === 1
    ? "by its own field"
    : "each by its own field";
  return `Corrects ${which} of ${count}, ${field}.`;
}

/** Every option that has a value, as one line. */
function describeOptions({ preset, coarsen: _, ...options }: ResolvedOptions): string {
  const words = Object.entries(options).map(([key, value]) =>
    `${flagOf(key).slice(2)} ${Array.isArray(value) ? value.join(" ") : value}`
  );
  return `Preset ${preset}: ${words.join(", ")}.`;
}
