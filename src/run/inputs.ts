/**
 * What a run starts from: the image, what comes along with it (mask, confidence of its voxels, a model to start from),
 * the backend. Opened and checked before any work.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { openBackend } from "../backends/open.ts";
import type { CorrectJob } from "../steps/volume_run.ts";
import { InputError, UsageError } from "../errors.ts";
import { checkGeometry } from "../io/geometry.ts";
import type { ImageFile } from "../io/image.ts";
import { openImage } from "../io/open.ts";
import type { ChunkDecoding } from "../io/zarr/chunk_reader.ts";
import type { Threads } from "../thread_job.ts";
import { readText } from "../io/files/text_input.ts";
import { type BiasModel, canAddLattices, parseBiasModel } from "../n4/bias_model.ts";
import { controlPointsForDistance, levelPoints, levelsToWait } from "../n4/fit.ts";
import type { ResolvedOptions } from "../options/presets.ts";
import { settingsOf } from "../options/resolve.ts";
import { askedFactors } from "../plan/fit_plan.ts";
import { flagOf, type OptionValues } from "../options/spec.ts";
import type { INPUT_OPTIONS, RUN_OPTIONS } from "../options/run_table.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSource } from "../volume.ts";

/** The companions of a job. */
export type Companions = Pick<CorrectJob, "mask" | "weights" | "initialModel">;

/** What opening companions takes beside their names. */
interface CompanionContext {
  /** Told of what differs and is let pass. */
  readonly log: RunLog;
  /** Closes the files at the end. */
  readonly stack: AsyncDisposableStack;
  /** Who decodes. */
  readonly threads: Threads;
}

/**
 * Opens what the options name.
 *
 * @throws {InputError} when a companion cannot be opened, or does not belong to the image.
 */
export async function openCompanions(
  image: ImageFile,
  options: ResolvedOptions,
  { log, stack, threads }: CompanionContext,
): Promise<Companions> {
  const { mask, maskLabel: label, weights, initialModel, unit } = options;
  const open = async (path: string, role: string): Promise<VolumeSource> => {
    const plain = stack.use(await openImage(path, { threads }));
    const unitless = unit !== undefined && plain.format === "ome-zarr" && !plain.unitGiven;
    const file = unitless ? stack.use(await openImage(path, { threads, unit })) : plain;
    if (file.volumes !== 1) {
      throw new InputError(
        path,
        `Cannot use '${path}' as ${role} as it must hold one volume: current count is ${file.volumes}`,
      );
    }
    checkGeometry(image, file, { path, role, ignore: options.ignoreGeometry ?? false, warn: (text) => log.warn(text) });
    return file.volume(0);
  };
  return {
    mask: mask === undefined ? undefined : { source: await open(mask, "mask"), name: mask, label },
    weights: weights === undefined ? undefined : await open(weights, "weights"),
    initialModel: initialModel === undefined ? undefined : await openInitialModel(initialModel, image, options),
  };
}

/** Reads a bias model. @throws {InputError} when it cannot be read. */
export async function openModel(path: string): Promise<BiasModel> {
  return parseBiasModel(await readText(path), path);
}

async function openInitialModel(path: string, image: ImageFile, options: ResolvedOptions): Promise<BiasModel> {
  const model = await openModel(path);
  if (model.shape.some((n, a) => n !== image.shape[a])) {
    const text = `Cannot start from '${path}' as the model must have the image's shape ${image.shape.join(" ")}`;
    throw new InputError(path, `${text}: current shape is ${model.shape.join(" ")}`);
  }
  if (model.padded) {
    const text = `Cannot start from '${path}' as its spline must span the image alone`;
    throw new InputError(path, `${text}: current grid is ${model.padded.shape.join(" ")} ('--spline-domain padded')`);
  }
  if (options.mode !== "global") {
    throw new UsageError(`Cannot use '--initial-model' as it needs '--mode global': current mode is ${options.mode}`);
  }
  const { fit, splineDistance, spacingRule } = settingsOf(options).globalFit;
  if (!model.global) return model;
  const controlPoints = splineDistance === undefined
    ? fit.controlPoints
    : controlPointsForDistance(image, splineDistance, spacingRule);
  const refineAfter = splineDistance === undefined ? undefined : levelsToWait(image, splineDistance);
  const last = levelPoints({ ...fit, controlPoints, refineAfter }, image.shape, fit.iterations.length - 1);
  if (!canAddLattices(model.global.points, last)) {
    const text =
      `Cannot start from '${path}' as its spans and those of the fit must be a power of two apart on each axis`;
    throw new InputError(
      path,
      `${text}: current control points are ${model.global.points.join(" ")} and ${
        last.join(" ")
      } (see '--control-points', '--spline-distance-mm', '--n-iterations' and '--lattice')`,
    );
  }
  return model;
}

/** Opens the image at the level that the user asked for. @throws {InputError} when it cannot be. */
export async function openInput(
  path: string,
  options: OptionValues<typeof INPUT_OPTIONS>,
  decoding: ChunkDecoding = {},
): Promise<ImageFile> {
  const { level, requireAllChunks, unit, voxelSize } = options;
  return await openImage(path, { ...decoding, level, requireAllChunks, unit, voxelSize });
}

/**
 * Opens the coarser level that `--fit-level` asks for: the one named, or the coarsest whose voxels are no larger than
 * the distance between the fit's samples.
 *
 * @param context who decodes, and who closes the file.
 * @returns `undefined` where the samples come from the image itself.
 * @throws {InputError} when there is no such level.
 */
export async function openFitLevel(
  image: ImageFile,
  options: ResolvedOptions,
  { stack, threads }: Pick<CompanionContext, "stack" | "threads">,
): Promise<ImageFile | undefined> {
  const { fitLevel = options.level, level } = options;
  if (fitLevel === level) return undefined;
  const { unit, voxelSize } = options;
  const open = async (n: number) => stack.use(await openImage(image.path, { level: n, threads, unit, voxelSize }));
  if (fitLevel !== "auto") {
    if (fitLevel > level && fitLevel < image.levels) return await open(fitLevel);
    const text = `Cannot take samples of '${image.path}' from another level as '--fit-level' must be 'auto' or`;
    throw new InputError(
      image.path,
      `${text} from ${level}, the one that is corrected, to ${image.levels - 1}: current value is ${fitLevel}`,
    );
  }
  const { mode, sectionFit, globalFit } = settingsOf(options);
  const most = askedFactors(image, mode === "global" ? globalFit : sectionFit);
  for (let n = image.levels - 1; n > level; n--) {
    const coarse = await open(n);
    if (coarse.shape.every((size, a) => image.shape[a] / size <= most[a] * (1 + 1e-6))) return coarse;
  }
  return undefined;
}

/**
 * Opens the backend that the user asked for; says why better ones were refused when asked to be verbose.
 *
 * @param threads those of the run, which the TypeScript backend works on too; left out: it starts its own.
 */
export async function openChosenBackend(
  options: OptionValues<typeof RUN_OPTIONS>,
  log: RunLog,
  threads?: Threads,
): Promise<N4Backend> {
  const { nProcesses, device } = options;
  const how = { workers: nProcesses, device, threads, onFallback: (reason: string) => log.warn(reason) };
  const backend = await openBackend(options.backend ?? "auto", how, (reason) => {
    if (options.verbose) log.note(reason);
  });
  log.note(`Backend ${backend.device.kind}: ${backend.device.name} (${backend.device.driver}).`);
  if (device !== undefined && backend.device.kind !== "cuda") {
    log.warn(`'${flagOf("device")}' is for the backend cuda: the current one is ${backend.device.kind}.`);
  }
  if (backend.device.kind !== "ts" && backend.device.software) {
    log.warn("A processor stands in for the GPU of this backend: '--backend ts' is faster here.");
  }
  return backend;
}

/**
 * The volumes to correct.
 *
 * @throws {InputError} when a channel must be chosen, or there is no such one.
 */
export function chosenVolumes(image: ImageFile, channel: number | "all" | undefined): number[] {
  const all = Array.from({ length: image.volumes }, (_, i) => i);
  if (channel === "all" || image.volumes === 1 && channel === undefined) return all;
  if (channel === undefined) {
    if (image.format === "nifti") return all;
    const text = `Cannot correct '${image.path}' as it has ${image.volumes} channels and one must be chosen`;
    throw new InputError(
      image.path,
      `${text} with '--channel 0' to '--channel ${image.volumes - 1}', or '--channel all'`,
    );
  }
  checkVolume(image, "--channel", channel);
  return [channel];
}

/** Checks that an image has the volume that an option names. @throws {InputError} when it has not. */
export function checkVolume(image: ImageFile, flag: string, index: number): void {
  if (index < image.volumes) return;
  const rule = image.volumes === 1 ? "0, its only volume" : `from 0 to ${image.volumes - 1}`;
  throw new InputError(
    image.path,
    `Cannot correct '${image.path}' as '${flag}' must be ${rule}: current value is ${index}`,
  );
}
