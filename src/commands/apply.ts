/**
 * A saved bias model on another image: another channel, or another resolution of the same field of view.
 *
 * @module
 */

import { driverMemory } from "../backends/webgpu/adapter.ts";
import { describeDeviceMemory } from "../backends/planned_work.ts";
import { InputError } from "../errors.ts";
import { wholeMask } from "../intensity/mask/mask.ts";
import { sameExtent } from "../io/geometry.ts";
import type { ImageFile } from "../io/image.ts";
import { demandPlaces } from "../io/files/output_guard.ts";
import { CacheRoom } from "../io/flow/cache_room.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "../options/pyramid_options.ts";
import { correctedLevels, DEFAULT_SETTINGS } from "../options/resolve.ts";
import { checkStorageOptions } from "../options/storage_options.ts";
import { readValues } from "../options/parsers.ts";
import { APPLY_OPTIONS, type ApplyOptions } from "../options/table.ts";
import { appliedWork } from "../plan/device_work.ts";
import { planTransfer } from "../plan/memory.ts";
import { planOutput } from "../run/planned_output.ts";
import type { RunReport } from "../report/run_report.ts";
import type { Work } from "../run/begin.ts";
import { openChosenBackend } from "../run/device.ts";
import { chosenVolumes } from "../run/chosen_volumes.ts";
import { openInput, openModel } from "../run/inputs.ts";
import type { OpenedImage } from "../run/open_run.ts";
import { outputPaths } from "../run/outputs.ts";
import { watchPeak } from "../run/peak_memory.ts";
import { finishEnded } from "../run/resume_ending.ts";
import { doRun } from "../run/whole_run.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { openThreads } from "../threads/pool.ts";

/** An application from path to path. */
export interface ApplyFileJob {
  /** The bias model. */
  readonly model: string;
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave. */
  readonly options: ApplyOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Called with each event. */
  readonly listener?: RunListener;
  /** Ends the work; what is done by then is kept for `options.resume`. */
  readonly signal?: AbortSignal;
  /** Called with where what is done is kept, when a run fails or is ended. */
  readonly onKept?: (folder: string) => void;
}

/**
 * Corrects an image with a saved bias model: a run whose field is given, so that only its last stages are left.
 *
 * @throws {InputError} when the model or the image cannot be read, or their fields of view differ.
 */
export async function applyFile(given: ApplyFileJob): Promise<RunReport> {
  const start = performance.now();
  const job = { ...given, options: readValues(APPLY_OPTIONS, given.options) };
  const { input, output, options } = job;
  const inputs = { input, model: job.model };
  const outputs = outputPaths(inputs, output, options);
  checkPyramidOptions(output, options);
  checkStorageOptions(output, options);
  const log = new RunLog(job.listener);
  const tellPeak = watchPeak(job.options, log);
  const ended = options.resume ? await finishEnded({ ...job, inputs }, log) : undefined;
  if (ended) return ended;
  await demandPlaces(Object.values(outputs), options.overwrite);

  await using stack = new AsyncDisposableStack();
  const model = await openModel(job.model);
  const opened = await openApplication(job, model, { log, stack });
  return await doRun(opened, { ...job, start, tellPeak, cut: () => cutApplication(opened, model) });
}

/** Opens the image and the backend. */
async function openApplication(
  job: ApplyFileJob,
  model: BiasModel,
  { log, stack }: Pick<OpenedImage, "log" | "stack">,
): Promise<OpenedImage> {
  const { input, options: given } = job;
  const threads = stack.use(openThreads(given.nProcesses));
  const image = stack.use(await openInput(input, given, { threads, warn: (text) => log.warn(text) }));
  checkFieldOfView(model, image, job);
  const volumes = chosenVolumes(image, given.channel);
  const backend = stack.use(await openChosenBackend(given, log, threads));
  const pyramid = pyramidFor(job.output, image, correctedLevels(given, image));
  if (pyramid) tellPyramid(pyramid, log);
  const { strength, nonfinite, memoryLimit } = DEFAULT_SETTINGS;
  return {
    request: job,
    inputs: { input, model: job.model },
    log,
    stack,
    image,
    options: { strength, nonfinite, memoryLimit, biasLevel: 0, volumeFields: "shared", ...given },
    volumes,
    fitted: [],
    backend,
    device: backend.device,
    threads,
    room: new CacheRoom(0),
    pyramid,
  };
}

/** Every volume by the one field. */
async function cutApplication(opened: OpenedImage, model: BiasModel): Promise<Work> {
  const { image, volumes, backend, log, threads, request: { signal }, options } = opened;
  const { strength = DEFAULT_SETTINGS.strength, nonfinite, memoryLimit } = options;
  const subjects = volumes.map((volume, i): Work["subjects"][number] => {
    const input = image.volume(volume);
    const output = planOutput(opened.request.output, image, options, opened.pyramid);
    const plan = planTransfer(input, output, backend.device.workers, memoryLimit, driverMemory());
    const estimate = () => Promise.resolve({ model, mask: wholeMask() });
    const by = { input, backend, log, threads, signal, plan, settings: { strength, nonfinite }, estimate };
    return { input, volume, by, isFirst: i === 0 };
  });
  const deviceMemory = await backend.checkMemory(appliedWork(model, image.shape, subjects[0].by.plan.boxVoxels));
  if (deviceMemory) log.detail(describeDeviceMemory(deviceMemory));
  return { fits: [], subjects, onLastRead: () => {}, deviceMemory };
}

function checkFieldOfView(model: BiasModel, image: ImageFile, job: ApplyFileJob): void {
  if (sameExtent(model, image)) return;
  const extent = (g: Pick<BiasModel, "shape" | "voxelSize">) =>
    g.shape.map((n, a) => Number((n * g.voxelSize[a]).toPrecision(6))).join(" x ");
  throw new InputError(
    job.input,
    `Cannot apply '${job.model}' to '${job.input}' as both must have one field of view (Z Y X): current extents are ${
      extent(model)
    } mm and ${extent(image)} mm`,
  );
}
