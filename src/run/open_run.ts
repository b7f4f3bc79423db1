/**
 * The beginning of every correction of a file, whole or by steps: opens what the options name, checks it, and tells
 * what will be done. Nothing is written yet.
 *
 * @module
 */

import type { DeviceMemory } from "../backends/planned_work.ts";
import { describeDeviceMemory } from "../backends/planned_work.ts";
import type { DeviceInfo, N4Backend } from "../backends/backend.ts";
import { openBackend } from "../backends/open.ts";
import { BackendError } from "../errors.ts";
import {
  checkVolume,
  chosenVolumes,
  type Companions,
  openChosenBackend,
  openCompanions,
  openFitLevel,
  openInput,
} from "./inputs.ts";
import { CacheRoom, ChunkCache } from "../io/zarr/chunk_cache.ts";
import type { ImageFile } from "../io/image.ts";
import type { PyramidPlan } from "../io/pyramid/plan.ts";
import type { Threads } from "../thread_job.ts";
import { flagOf, pathsOfKind } from "../options/spec.ts";
import { PRESETS, type ResolvedOptions } from "../options/presets.ts";
import { findSections } from "../intensity/stacks/detect_sections.ts";
import type { VolumeSource } from "../volume.ts";
import { checkOptions, idleOptions, resolveOptions, settingsOf } from "../options/resolve.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { checkModel, guardedInputs, inputPaths, outputPaths } from "./outputs.ts";
import { plannedWork } from "../plan/device_work.ts";
import { reservedMemory } from "../plan/memory.ts";
import { type CorrectionPlan, describePlan } from "../plan/plan.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "../options/pyramid_options.ts";
import { WATCH_BYTES } from "../report/correction_watch.ts";
import { provenanceOf } from "../report/provenance.ts";
import type { RunLog } from "../run_log.ts";
import { type CorrectJob, planJob } from "../steps/volume_run.ts";
import { checkStorageOptions } from "../options/storage_options.ts";
import { openThreads } from "../threads/pool.ts";

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
  /** Only plan: a device that was asked for by name need not be here. */
  readonly planning?: boolean;
}

/** What every run of an image starts from. */
export interface OpenedImage {
  readonly request: Pick<OpenRequest, "input" | "output" | "signal" | "inPlace"> & { readonly options: CorrectOptions };
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
   * The volumes that fields are fitted on: each chosen one, or the one that stands for all; none where the field is
   * given.
   */
  readonly fitted: readonly number[];
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
  /** The plan of the first volume, as far as the input goes. */
  readonly plan: CorrectionPlan;
  readonly deviceMemory?: DeviceMemory;
  /** The correction of one volume. */
  jobOf(volume: number): CorrectJob;
}

/** Checks what can be known from the command line alone. @throws {UsageError} */
export function checkRequest({ input, output, options, inPlace }: OpenRequest): void {
  checkOptions(options);
  outputPaths(guardedInputs(inputPaths(input, options), { output, inPlace }), output, options);
  checkPyramidOptions(output, options);
  checkStorageOptions(output, options);
}

/**
 * Opens the inputs and the backend, and tells the plan.
 *
 * @param stack closes all of it at the end.
 * @throws {InputError | UsageError | MemoryLimitError | BackendError} as their docs say.
 */
export async function openRun(request: OpenRequest, log: RunLog, stack: AsyncDisposableStack): Promise<OpenedRun> {
  const { image, options, companions, fitLevel, volumes, threads, room, cache, backend, device } = await log.stage(
    "opening",
    () => openParts(request, log, stack),
  );
  return await log.stage("planning", async () => {
    const heldBytes = options.html === undefined ? undefined : WATCH_BYTES;
    const settings = { ...settingsOf(options), bitsInFile: true, fitLevel, heldBytes };
    const jobOf = (volume: number): CorrectJob => ({
      input: image.volume(volume),
      settings,
      backend,
      threads,
      log,
      ...companions,
      fitLevel: fitLevel?.volume(volume),
      batch: request.batch,
      signal: request.signal,
    });
    const fitted = options.volumeFields === "shared" ? [options.fitVolume ?? volumes[0]] : volumes;
    const inputs = { input: request.input, ...pathsOfKind(CORRECT_OPTIONS, options, "input") };
    const provenance = provenanceOf("correct", { ...options });
    const parts = { request, inputs, provenance, log, stack, image, options, settings, companions, volumes, fitted };
    const opened = { ...parts, backend, device, threads, room, cache, jobOf };
    tellOptions(request.options, opened);
    const first = jobOf(volumes[0]);
    const plan = planJob(first);
    for (const line of describePlan(plan, settings, image)) log.note(line);
    const given = { mask: companions.mask !== undefined, weights: companions.weights !== undefined };
    const deviceMemory = await backend.checkMemory(plannedWork(plan, settings, first.input, given));
    if (deviceMemory) log.note(describeDeviceMemory(deviceMemory));
    const pyramid = pyramidFor(request.output, image, options);
    if (pyramid) tellPyramid(pyramid, log);
    return { ...opened, plan, pyramid, deviceMemory };
  });
}

/** Lets chunks be kept in memory that the limit leaves. */
export function openRoom({ room, settings: { memoryLimit }, plan }: OpenedRun): void {
  const reserved = reservedMemory(plan.smoothedSlots, memoryLimit, plan.maskBytes);
  room.bytes = memoryLimit - plan.memory - plan.aheadBytes - reserved;
}

async function openParts(request: OpenRequest, log: RunLog, stack: AsyncDisposableStack) {
  const { input, options: given } = request;
  const threads = stack.use(openThreads(given.nProcesses));
  const room = new CacheRoom(0);
  const cache = new ChunkCache(room);
  const image = stack.use(await openInput(input, given, { threads, cache }));
  const volumes = chosenVolumes(image, given.channel);
  const nSerialSlices = given.nSerialSlices === "auto"
    ? await countSections(image.volume(volumes[0]), log, request.signal)
    : given.nSerialSlices;
  const options = resolveOptions({ ...given, nSerialSlices }, image.format, image);
  const companions = await openCompanions(image, options, { log, stack, threads });
  const fitLevel = await openFitLevel(image, options, { stack, threads });
  if (options.fitVolume !== undefined) checkVolume(image, "--fit-volume", options.fitVolume);
  checkModel(image, volumes.length, options);
  const { backend, device } = await openDevice(request, options, log, threads);
  return { image, options, companions, fitLevel, volumes, threads, room, cache, backend: stack.use(backend), device };
}

/** Boxes that are read to count sections. */
const LOOK = { boxVoxels: 2 ** 22, slots: 1 } as const;

async function countSections(source: VolumeSource, log: RunLog, signal?: AbortSignal): Promise<number> {
  const { count, jumps } = await findSections(source, { ...LOOK, log, signal });
  const certainty = count === 1
    ? "no number of evenly spaced jumps along z stands out ('--n-serial-slices' states it)"
    : `${jumps} of the ${count - 1} borders between them are jumps of brightness along z`;
  (count === 1 ? log.warn : log.note).call(log, `Sections: ${count}, as ${certainty}.`);
  return count;
}

/** Opens the backend; where it is only planned with, and is not here, the calling thread stands in for it. */
async function openDevice({ planning }: OpenRequest, options: ResolvedOptions, log: RunLog, threads: Threads) {
  const kind = BACKEND_KINDS.find((name) => name === options.backend);
  try {
    const backend = await openChosenBackend(options, log, threads);
    return { backend, device: backend.device };
  } catch (error) {
    if (!(planning && kind !== undefined && error instanceof BackendError)) throw error;
    log.warn(`The plan is made without a device, as there is none here: ${error.message}`);
    return { backend: await openBackend("ts", { workers: 0 }), device: { kind, name: "", driver: "" } };
  }
}

/** Backends that are asked for by name. */
const BACKEND_KINDS = ["cuda", "webgpu", "ts"] as const;

/** What the user should know before the work begins. */
function tellOptions(
  given: CorrectOptions,
  { log, image, options, volumes, fitted }: Pick<OpenedRun, "log" | "image" | "options" | "volumes" | "fitted">,
): void {
  log.note(describeOptions(given, options));
  if (image.format === "ome-zarr") tellGuesses(given, options, image, log);
  else if (!image.unitGiven) log.warn(`'${image.path}' gives no unit of length: its voxel sizes are taken as mm.`);
  for (const line of idleOptions(given, options)) log.warn(line);
  if (image.volumes === 1) return;
  const which = volumes.length === 1 ? `volume ${volumes[0]}` : `volumes ${volumes[0]} to ${volumes.at(-1)}`;
  const field = options.volumeFields === "shared"
    ? `by the field of volume ${fitted[0]}`
    : volumes.length === 1
    ? "by its own field"
    : "each by its own field";
  log.note(`Corrects ${which} of ${image.volumes}, ${field}.`);
}

/** What was made of an OME-Zarr that says too little of itself. */
function tellGuesses(given: CorrectOptions, used: ResolvedOptions, image: ImageFile, log: RunLog): void {
  const named = given.preset !== undefined || given.nSerialSlices !== undefined;
  if (!named && used.preset === "mri") {
    log.note(`Its voxels of ${edges(image)} mm are those of a head: see '--preset' and '--n-serial-slices'.`);
  } else if (!named) {
    log.note(
      "An OME-Zarr is taken for one section, and nothing is set to 0: '--n-serial-slices' (a number or 'auto') or " +
        "'--preset' tell otherwise.",
    );
  }
  const stated = "state it by '--unit' or '--voxel-size'";
  if (!image.unitGiven) {
    log.warn(`'${image.path}' gives no unit of length, and its voxel sizes are written as they are: ${stated}.`);
  }
  const preset = PRESETS[used.preset];
  if (!("splineDistanceMm" in preset) || used.splineDistanceMm !== undefined || given.controlPoints) return;
  log.warn(
    `Preset ${used.preset} has a knot every ${preset.splineDistanceMm} mm, which is for voxels of at most 0.1 mm: ` +
      `current voxels are ${edges(image)} ${image.unitGiven ? "mm" : "of an unknown unit"}. ` +
      "The fit begins with one span along each axis instead, unless '--spline-distance-mm' is given.",
  );
}

function edges({ voxelSize }: ImageFile): string {
  return voxelSize.map((edge) => Number(edge.toPrecision(6))).join(" x ");
}

/** The preset and what was given beside it; every value that is used where more is asked for. */
function describeOptions(
  given: Readonly<Record<string, unknown>>,
  { preset, coarsen: _, ...options }: ResolvedOptions,
): string {
  const shown = Object.entries(options).filter(([key]) => options.verbose || given[key] !== undefined);
  const words = shown.map(([key, value]) => {
    const name = flagOf(key).slice(2);
    return value === true ? name : `${name} ${Array.isArray(value) ? value.join(" ") : value}`;
  });
  return `Preset ${preset}${words.length === 0 ? "" : ` with ${words.join(", ")}`}.`;
}
