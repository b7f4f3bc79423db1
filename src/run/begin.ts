/**
 * The beginning of a run: its folder, its outputs, its record, and how its stages are cut into tasks. `correct` does
 * them all in one process, `n4 step` one at a time.
 *
 * @module
 */

import { resolve } from "node:path";
import type { DeviceMemory } from "../backends/planned_work.ts";
import { maskMadeOf } from "../intensity/mask/mask.ts";
import { MOST_WATCHED_CHUNKS } from "../io/files/identity.ts";
import { linksReplaced } from "../io/files/place.ts";
import { readBlock } from "../io/flow/boxes.ts";
import { imageFormatFor } from "../io/image.ts";
import { identityOfInput } from "../io/open.ts";
import { isUrl } from "../io/remote/url.ts";
import { ChunkCache } from "../io/zarr/chunk_cache.ts";
import { isZipName } from "../io/zip/read.ts";
import { roleText } from "../options/spec.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import { pyramidMemory } from "../plan/memory.ts";
import { stageSeconds } from "../plan/step_costs.ts";
import { cutPlanes, type ImageRun, type Watch } from "../steps/image_run.ts";
import { SamplesAhead } from "../steps/samples_ahead.ts";
import { stagesOf } from "../steps/stages.ts";
import { planJob, type VolumeRun } from "../steps/volume_run.ts";
import { readEstimate } from "../steps/estimate.ts";
import { RunFolder } from "../store/run_folder.ts";
import { type RecordedInput, recordOf, type RunRecord } from "../store/run_record.ts";
import { voxelCount } from "../volume.ts";
import type { OpenedImage, OpenedRun } from "./open_run.ts";
import { createOutputs, guardedInputs, outputPaths, type Outputs } from "./outputs.ts";

/** A run that has begun. */
export interface Run extends ImageRun, Work {
  readonly opened: OpenedImage;
  readonly folder: RunFolder;
  readonly outputs: Outputs;
  readonly record: RunRecord;
}

/** How a run is begun. */
export interface Beginning {
  /** Tasks that reading and writing are cut into; of a run that is resumed its own count goes before. */
  readonly tasks: number;
  /** Whether other processes may be at work on the same run; then this one does no more than a step. */
  readonly shared: boolean;
  /** Watches the first volume. */
  readonly watch?: Watch;
  /** What the stages work on. */
  cut(parts: CutRequest): Work | Promise<Work>;
}

/** What a run is cut from. */
interface CutRequest {
  readonly folder: RunFolder;
  readonly outputs: Outputs;
  readonly tasks: number;
  readonly shared: boolean;
}

/** What the stages of a run work on. */
export interface Work extends Pick<ImageRun, "fits" | "subjects" | "onLastRead"> {
  /** What the work takes of a device's memory. */
  readonly deviceMemory?: DeviceMemory;
}

/** Opens the folder of a whole run, beside its output. @throws {WriteError} as {@linkcode RunFolder.open} does. */
export async function openFolder(
  { request, inputs, options }: OpenedImage,
): Promise<RunFolder> {
  const { output, options: given } = request;
  const directory = imageFormatFor(output) === "ome-zarr" && !isZipName(output);
  return await RunFolder.open(output, {
    kind: directory ? "directory" : "file",
    overwrite: options.overwrite ?? false,
    inputs: Object.values(guardedInputs(inputs, request)),
    resume: given.resume ?? false,
  });
}

/**
 * Begins a run or resumes it.
 *
 * @throws {WriteError} when the folder is another run's, or an output cannot be created.
 */
export async function beginRun(
  opened: OpenedImage,
  folder: RunFolder,
  { tasks: asked, shared, watch, cut }: Beginning,
): Promise<Run> {
  const { request, options, threads, log } = opened;
  const before = await folder.record();
  const tasks = before?.tasks ?? asked;
  const { kind, name, driver } = opened.device;
  const about = {
    inputs: await recordInputs(opened),
    outputs: absolute(pathsOf(opened, folder.output)),
    given: { ...request.options },
    options: { ...options },
    device: { kind, name, driver },
    tasks,
  };
  tellUnwatched(opened, about.inputs);
  tellOthers(opened, about.inputs);
  // Before anything is created beside the folder.
  if (before) folder.demandSame(before, recordOf({ ...about, stages: [] }));
  const storing = { threads, cache: new ChunkCache(opened.room) };
  const outputs = await createOutputs({ opened, folder, storing, resume: before !== undefined, shared });
  if (!shared) {
    for (const text of await linksReplaced(Object.values(pathsOf(opened, folder.output)))) {
      log.warn(text);
    }
  }
  const run: ImageRun & Work = {
    ...await cut({ folder, outputs, tasks, shared }),
    corrected: outputs.corrected,
    field: outputs.field,
    mask: outputs.mask,
    store: folder.store(0),
    tasks,
    pyramidMemory: pyramidMemory(options.memoryLimit),
    threads,
    log,
    signal: request.signal,
    watch,
  };
  const record = recordOf({ ...about, stages: plannedStages(run) });
  return { ...run, opened, folder, outputs, record: await folder.begin(record, Math.max(1, run.fits.length)) };
}

/** What the stages of a correction work on: the fits of fields, and the volumes that each of them corrects. */
export function cutCorrection(opened: OpenedRun): Beginning["cut"] {
  const { image, volumes, fitted, cache, jobOf, output, deviceMemory } = opened;
  return ({ folder, tasks, shared }) => {
    const fits = fitted.map((volume, i): VolumeRun => {
      const job = jobOf(volume);
      const { input: { shape: [nz], chunk, forwardOnly } } = job;
      const plan = planJob(job, output);
      const ahead = shared ? undefined : new SamplesAhead(plan.aheadBytes);
      const parts = cutPlanes(nz, readBlock(chunk)[0], forwardOnly ? 1 : tasks);
      return { ...job, plan, store: folder.store(i), parts, ahead };
    });
    const subjects = volumes.map((volume, i) => {
      const [fit, of] = i < fits.length ? [fits[i], fitted[i]] : [fits[0], fitted[0]];
      const estimate = async () => {
        const found = await readEstimate(fit);
        return of === volume ? found : { ...found, mask: maskMadeOf(fit.input, found.mask) };
      };
      const by = { ...fit, estimate };
      return { input: image.volume(volume), volume, by, isFirst: i < fits.length };
    });
    // Fields of other volumes are still to be found while the first one is corrected.
    return { fits, subjects, onLastRead: () => volumes.length === 1 && cache.readLast(), deviceMemory };
  };
}

/** The stages as they are cut, with what a task takes at most and about how long; none where the field is given. */
function plannedStages(run: ImageRun): RunRecord["stages"] {
  if (run.fits.length === 0) return [];
  const [{ plan, settings, backend, input }] = run.fits;
  const tissue = settings.maskMethod === "tissue";
  const levels = run.corrected.coarser.reduce((sum, level) => sum + voxelCount(level.sink(0).shape), 0);
  const counts = settings.match !== undefined || !tissue;
  const cores = backend.device.kind === "ts" ? backend.device.workers : run.threads.count;
  const seconds = stageSeconds(plan, { voxels: voxelCount(input.shape), levels, tissue, counts, cores });
  const planned = (name: string, tasks: number, gather: boolean) => {
    const volumes = ["apply", "pyramid"].includes(name) ? run.subjects.length : run.fits.length;
    const each = seconds[name] * volumes / Math.max(1, tasks);
    return { name, tasks, gather, memoryBytes: plan.memory, seconds: tasks === 0 ? 0 : each };
  };
  const stages = stagesOf(run).map(({ name, tasks, gather }) =>
    planned(name, tasks, gather !== undefined && tasks > 0)
  );
  const all = [...stages, planned("finish", 1, false)];
  run.log.emit({
    event: "plan",
    stages: all.map((stage) => ({ name: stage.name, seconds: stage.tasks * stage.seconds })),
  });
  return all.map((stage) => ({ ...stage, seconds: Math.ceil(stage.seconds) }));
}

/** Role to path of what a run writes, as a record has it. */
export function absolute(paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([role, path]) => [role, resolve(path)]));
}

/** Role to path of what a run writes. */
export function pathsOf({ request, inputs, options }: OpenedImage, output: string): Record<string, string> {
  return outputPaths(guardedInputs(inputs, request), output, options);
}

/** Role to the state of every input that the result depends on. */
export async function recordInputs({ inputs }: OpenedImage): Promise<Record<string, RecordedInput>> {
  const found: Record<string, RecordedInput> = {};
  for (const [role, path] of Object.entries(inputs)) {
    found[role] = await recordInput(path);
  }
  return found;
}

/** An input and its state now. */
export async function recordInput(path: string): Promise<RecordedInput> {
  return { path: isUrl(path) ? path : resolve(path), ...await identityOfInput(path) };
}

/** Reports whose chunks are too many to notice that one changes. */
function tellUnwatched({ log }: OpenedImage, inputs: Readonly<Record<string, RecordedInput>>): void {
  for (const { path, bytes, chunks } of Object.values(inputs)) {
    if (bytes !== undefined || chunks) continue;
    const what = "one that changes before the run ends, or before it is resumed, is not noticed";
    const why = isUrl(path)
      ? "lies on a server that does not list its chunks"
      : `has more than ${MOST_WATCHED_CHUNKS} chunks`;
    log.note(`'${path}' ${why}: ${what}.`);
  }
}

/** Warns of inputs that are no longer as the run that is repeated read them. */
function tellOthers({ log, request, inputs: paths }: OpenedImage, inputs: Readonly<Record<string, RecordedInput>>) {
  for (const [role, { path: _, ...now }] of Object.entries(inputs)) {
    const before = request.states?.[role];
    if (before === undefined || JSON.stringify(before) === JSON.stringify(now)) continue;
    const what = role === "input" ? `'${paths[role]}'` : `'${paths[role]}' of ${roleText(CORRECT_OPTIONS, role)}`;
    log.warn(`${what} has changed since the run that is repeated by option 'fromReport'.`);
  }
}
