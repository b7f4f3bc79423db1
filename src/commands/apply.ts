/**
 * A saved bias model on another image: another channel, or another resolution of the same field of view.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { describeDeviceMemory } from "../backends/planned_work.ts";
import { applyBias, writeField } from "../steps/apply.ts";
import { InputError } from "../errors.ts";
import { chosenVolumes, openChosenBackend, openInput, openModel } from "../run/inputs.ts";
import { sameExtent } from "../io/geometry.ts";
import type { ImageFile, ImageOutput } from "../io/image.ts";
import { createImage } from "../io/open.ts";
import { writePyramid } from "../io/pyramid/pass.ts";
import { createText } from "../io/files/text_output.ts";
import type { Threads } from "../thread_job.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { DEFAULT_SETTINGS } from "../options/resolve.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "../options/pyramid_options.ts";
import { checkStorageOptions, storageOf } from "../options/storage_options.ts";
import type { ApplyOptions } from "../options/table.ts";
import { appliedWork } from "../plan/device_work.ts";
import { planTransfer, pyramidMemory } from "../plan/memory.ts";
import { outputPaths } from "../run/outputs.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { openThreads } from "../threads/pool.ts";
import { createReport, reportText, type RunReport } from "../report/run_report.ts";

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
  /** Told what happens. */
  readonly listener?: RunListener;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Corrects an image with a saved bias model.
 *
 * @throws {InputError} when the model or the image cannot be read, or their fields of view differ.
 */
export async function applyFile(job: ApplyFileJob): Promise<RunReport> {
  const start = performance.now();
  const { options } = job;
  const outputs = outputPaths({ input: job.input, model: job.model }, job.output, options);
  checkPyramidOptions(job.output, options);
  checkStorageOptions(job.output, options);
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const model = await openModel(job.model);
  const threads = stack.use(openThreads(options.nProcesses));
  const image = stack.use(await openInput(job.input, options, { threads }));
  checkFieldOfView(model, image, job);
  const volumes = chosenVolumes(image, options.channel);
  const backend = stack.use(await openChosenBackend(options, log));

  const inputs = [job.input, job.model];
  const safety = { overwrite: options.overwrite ?? false, inputs, ...storageOf(options), threads };
  const { shape, voxelSize, affine } = image;
  const grid = { shape, voxelSize, ...(affine ? { affine } : {}), template: image };
  const dataType = options.outputType === "input" ? image.dataType : "float32";
  const pyramid = pyramidFor(job.output, image, options);
  if (pyramid) tellPyramid(pyramid, log);
  const spec = { ...grid, dataType, volumes: volumes.length, ...(pyramid ? { pyramid } : {}) };
  const corrected = stack.use(await createImage(job.output, spec, safety));
  const field = options.saveBiasField === undefined
    ? undefined
    : stack.use(await createImage(options.saveBiasField, { ...grid, dataType: "float32", volumes: 1 }, safety));
  const reportFile = options.report === undefined ? undefined : stack.use(await createText(options.report, safety));
  const { memoryLimit = DEFAULT_SETTINGS.memoryLimit } = options;
  const [source, sink] = [image.volume(volumes[0]), corrected.volume(0)];
  const { boxVoxels } = planTransfer(source, sink, backend.device.workers, memoryLimit);
  const deviceMemory = await backend.checkMemory(appliedWork(model, shape, boxVoxels));
  if (deviceMemory) log.note(describeDeviceMemory(deviceMemory));

  await applyToVolumes({
    ...job,
    bias: model,
    image,
    volumes,
    backend,
    threads,
    log,
    corrected,
    ...(field ? { field } : {}),
  });
  // Neither has its name before both are whole.
  for (const output of [field, corrected]) await output?.complete();
  for (const output of [field, corrected]) await output?.commit();
  const parts = {
    start,
    device: backend.device,
    ...(deviceMemory ? { deviceMemory } : {}),
    input: image,
    outputs,
    options: { model: job.model, ...options },
    fits: [],
    log,
  };
  const report = createReport({ ...parts, command: job.command ?? "", storage: corrected.counts });
  await reportFile?.commit(reportText(report));
  return report;
}

/** What is applied to what. */
interface Application extends Omit<ApplyFileJob, "model"> {
  readonly bias: BiasModel;
  readonly image: ImageFile;
  readonly volumes: readonly number[];
  readonly backend: N4Backend;
  readonly threads: Threads;
  readonly log: RunLog;
  readonly corrected: ImageOutput;
  readonly field?: ImageOutput;
}

/** Corrects the chosen volumes one after the other, then makes the coarser levels. */
async function applyToVolumes(job: Application): Promise<void> {
  const { bias: model, image, volumes, backend, threads, log, corrected, field, options } = job;
  const { strength = DEFAULT_SETTINGS.strength, nonfinite = DEFAULT_SETTINGS.nonfinite } = options;
  const { memoryLimit = DEFAULT_SETTINGS.memoryLimit } = options;
  const context = { threads, log, ...(job.signal ? { signal: job.signal } : {}) };
  for (const [index, volume] of volumes.entries()) {
    const [source, sink] = [image.volume(volume), corrected.volume(index)];
    const passes = { ...planTransfer(source, sink, backend.device.workers, memoryLimit), ...context };
    if (field && index === 0) await writeField(model, field.volume(0), backend, passes);
    await applyBias({ input: source, model, strength, nonfinite, backend, passes }, sink);
  }
  await writePyramid(corrected, volumes.length, { ...context, memory: pyramidMemory(memoryLimit) });
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
