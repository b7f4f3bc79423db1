/**
 * The beginning of every correction of a file, whole or by steps: opens what the options name, checks it, and reports
 * what will be done. Nothing is written yet.
 *
 * @module
 */

import { driverMemory } from "../backends/webgpu/adapter.ts";
import type { DeviceMemory } from "../backends/planned_work.ts";
import type { DeviceInfo, N4Backend } from "../backends/backend.ts";
import { openBackend } from "../backends/open.ts";
import { BackendError } from "../errors.ts";
import { openChosenBackend } from "./device.ts";
import { checkVolume, chosenVolumes } from "./chosen_volumes.ts";
import { type Companions, openCompanions, openFitLevel, openInput, tryCompanions, withLabelPath } from "./inputs.ts";
import { countSections } from "./count_sections.ts";
import { CacheRoom } from "../io/flow/cache_room.ts";
import { ChunkCache } from "../io/zarr/chunk_cache.ts";
import type { ImageFile } from "../io/image.ts";
import { meanMemory, meanVolume } from "../intensity/mean_volume.ts";
import type { PyramidPlan } from "../io/pyramid/plan.ts";
import type { Threads } from "../thread_job.ts";
import { readValues } from "../options/parsers.ts";
import { pathsOfKind } from "../options/spec.ts";
import type { ResolvedOptions } from "../options/presets.ts";
import { checkOptions, resolveOptions, settingsOf } from "../options/resolve.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { checkModel, checkRescale, guardedInputs, inputPaths, outputPaths } from "./outputs.ts";
import { plannedRooms, planOutput } from "./planned_output.ts";
import { cacheBytes, type PlannedOutput } from "../plan/memory.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "../options/pyramid_options.ts";
import { WATCH_BYTES } from "../report/correction_watch.ts";
import { provenanceOf } from "../report/provenance.ts";
import type { FittedVolume } from "../report/fits.ts";
import type { RunLog } from "../run_log.ts";
import { checkPlan, type CorrectJob, planJob } from "../steps/volume_run.ts";
import { checkStorageOptions } from "../options/storage_options.ts";
import { openThreads } from "../threads/pool.ts";
import { tellNormalised } from "./sidecar.ts";
import { tellEmpty, tellOptions } from "./tell_options.ts";

/** What is to be opened. */
export interface OpenRequest {
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave; the preset fills the rest. */
  readonly options: CorrectOptions;
  /** Iterations per call of the device while somebody watches. */
  readonly batch?: number;
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** Whether the output may take the place of an input (one file), which stays whole until the end. */
  readonly inPlace?: boolean;
  /** Threads and device that others use too; left out: the run opens its own. */
  readonly machine?: { readonly threads: Threads; readonly backend: N4Backend };
  /** Its part of the memory, bytes, where others run at once; left out: `memoryLimit` of the options. */
  readonly share?: number;
  /** The state of inputs as a run that is repeated read them, by their role; another one is told. */
  readonly states?: Readonly<Record<string, unknown>>;
  /** Only plan: a device that was asked for by name need not be here. */
  readonly planning?: boolean;
}

/** What every run of an image starts from. */
export interface OpenedImage {
  readonly request: Pick<OpenRequest, "input" | "output" | "signal" | "inPlace" | "states"> & {
    readonly options: CorrectOptions;
  };
  /** Role to path of everything that the result depends on. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly log: RunLog;
  /** Closes all that is open. */
  readonly stack: AsyncDisposableStack;
  readonly image: ImageFile;
  /** Every option that has a value. */
  readonly options: RunOptions;
  /** The volumes to correct. */
  readonly volumes: readonly number[];
  /**
   * The volumes that fields are fitted on: each chosen one, or the one or the mean that stands for all; none where the
   * field is given.
   */
  readonly fitted: readonly FittedVolume[];
  readonly backend: N4Backend;
  /** What the work is done on; of a device that is elsewhere its kind alone. */
  readonly device: Pick<DeviceInfo, "kind" | "name" | "driver">;
  readonly threads: Threads;
  /** Room for chunks that are kept from one read to the next. */
  readonly room: CacheRoom;
  /** Coarser levels of the output. */
  readonly pyramid?: PyramidPlan;
  /** What the outputs say of how they came about. */
  readonly provenance?: Readonly<Record<string, unknown>>;
}

/** Options that every run of an image has. */
type RunOptions =
  & CorrectOptions
  & Pick<ResolvedOptions, "biasLevel" | "volumeFields" | "memoryLimit" | "nonfinite">;

/** Everything that a correction starts from. */
export interface OpenedRun extends OpenedImage {
  readonly options: ResolvedOptions;
  readonly settings: CorrectSettings;
  readonly companions: Companions;
  /** Chunks of the input that are kept. */
  readonly cache: ChunkCache;
  /** How the output will be stored. */
  readonly output: PlannedOutput;
  /** The plan of the first volume. */
  readonly plan: CorrectionPlan;
  readonly deviceMemory?: DeviceMemory;
  /** The correction of one volume, or of the mean of all chosen ones. */
  jobOf(volume: FittedVolume): CorrectJob;
}

/** Checks what can be known from the options alone. @returns the request, its options read. @throws {UsageError} */
export function checkRequest<Request extends OpenRequest>(request: Request): Request {
  const { input, output, inPlace } = request;
  const options = readValues(CORRECT_OPTIONS, request.options);
  checkOptions(options);
  outputPaths(guardedInputs(inputPaths(input, options), { output, inPlace }), output, options);
  checkPyramidOptions(output, options);
  checkStorageOptions(output, options);
  return { ...request, options };
}

/**
 * Opens the inputs and the backend, and reports the plan.
 *
 * @param stack closes all of it at the end.
 * @throws {InputError | UsageError | MemoryLimitError | BackendError} as their docs say.
 */
export async function openRun(request: OpenRequest, log: RunLog, stack: AsyncDisposableStack): Promise<OpenedRun> {
  const { image, stated, options, companions, fitLevel, volumes, threads, room, cache, backend, device } = await log
    .stage("opening", () => openParts(request, log, stack));
  return await log.stage("planning", async () => {
    const fitted = fittedVolumes(options, volumes);
    checkRescale(options, volumes, fitted);
    const { memoryLimit } = options;
    const heldBytes = driverMemory() + (options.html === undefined ? 0 : WATCH_BYTES) +
      (fitted[0] === "mean" ? meanMemory(image.shape, memoryLimit) : 0);
    const settings = { ...settingsOf(options), bitsInFile: true, fitLevel, heldBytes };
    const sourceOf = (file: ImageFile, volume: FittedVolume, onEmpty?: (places: readonly number[]) => void) =>
      volume === "mean"
        ? meanVolume(volumes.map((index) => file.volume(index)), { memoryLimit, onEmpty })
        : file.volume(volume);
    const jobOf = (volume: FittedVolume): CorrectJob => ({
      input: sourceOf(image, volume, (places) => tellEmpty(log, places.map((place) => volumes[place]))),
      settings,
      backend,
      threads,
      log,
      ...companions,
      fitLevel: fitLevel && sourceOf(fitLevel, volume),
      name: fitted.length > 1 ? `volume ${volume}` : undefined,
      batch: request.batch,
      signal: request.signal,
    });
    const inputs = { input: request.input, ...pathsOfKind(CORRECT_OPTIONS, options, "input") };
    const provenance = provenanceOf("correct", { ...options });
    const parts = { request, inputs, provenance, log, stack, image, options, settings, companions, volumes, fitted };
    const opened = { ...parts, backend, device, threads, room, cache, jobOf };
    tellOptions(stated, opened);
    if (image.format === "nifti") await tellNormalised(request.input, log);
    const first = jobOf(fitted[0]);
    const pyramid = pyramidFor(request.output, image, options);
    const output = planOutput(request.output, image, options, pyramid);
    const plan = planJob(first, output);
    const deviceMemory = await checkPlan(
      first,
      plan,
      plannedRooms({ image, plan, output, pyramid }, options.memoryLimit),
    );
    if (pyramid) tellPyramid(pyramid, log);
    return { ...opened, output, plan, pyramid, deviceMemory };
  });
}

/** Lets chunks be kept in memory that the limit leaves. */
export function openRoom({ room, settings: { memoryLimit }, plan }: OpenedRun): void {
  room.bytes = cacheBytes(plan, memoryLimit);
}

async function openParts(request: OpenRequest, log: RunLog, stack: AsyncDisposableStack) {
  const { input, options: given } = request;
  const threads = request.machine?.threads ?? stack.use(openThreads(given.nProcesses));
  const room = new CacheRoom(0);
  const cache = new ChunkCache(room);
  const image = stack.use(await openInput(input, given, { threads, cache, warn: (text) => log.warn(text) }));
  const volumes = chosenVolumes(image, given.channel);
  // A wrong name should not be found after a stack was read.
  if (given.nSerialSlices === "auto") await tryCompanions(image, given);
  const stated = given.nSerialSlices === "auto"
    ? { ...given, nSerialSlices: await countSections(image.volume(volumes[0]), log, request.signal) }
    : given;
  const shared = request.share === undefined ? stated : { ...stated, memoryLimit: request.share };
  const options = await withLabelPath(resolveOptions(shared, image.format, image), image);
  const companions = await openCompanions(image, options, { log, stack, threads });
  const fitLevel = await openFitLevel(image, options, { stack, threads });
  if (typeof options.fitVolume === "number") checkVolume(image, "fitVolume", options.fitVolume);
  checkModel(image, volumes.length, options);
  const { backend, device } = await openDevice(request, options, log, { threads, stack });
  return { image, stated, options, companions, fitLevel, volumes, threads, room, cache, backend, device };
}

/** Opens the backend; where it is only planned with, and is not here, the calling thread stands in for it. */
async function openDevice(
  { planning, machine }: OpenRequest,
  options: ResolvedOptions,
  log: RunLog,
  { threads, stack }: { readonly threads: Threads; readonly stack: AsyncDisposableStack },
) {
  if (machine) return { backend: machine.backend, device: machine.backend.device };
  const kind = BACKEND_KINDS.find((name) => name === options.backend);
  try {
    const backend = stack.use(await openChosenBackend(options, log, threads));
    return { backend, device: backend.device };
  } catch (error) {
    if (!(planning && kind !== undefined && error instanceof BackendError)) throw error;
    log.warn(`The plan is made without a device, as there is none here: ${error.message}`);
    return { backend: stack.use(await openBackend("ts", { workers: 0 })), device: { kind, name: "", driver: "" } };
  }
}

/** Backends that are asked for by name. */
const BACKEND_KINDS = ["cuda", "webgpu", "ts"] as const;

/** What fields are fitted on. */
function fittedVolumes(
  { volumeFields, fitVolume }: Pick<ResolvedOptions, "volumeFields" | "fitVolume">,
  volumes: readonly number[],
): readonly FittedVolume[] {
  if (volumeFields === "each") return volumes;
  return [fitVolume === "mean" && volumes.length === 1 ? volumes[0] : fitVolume];
}
