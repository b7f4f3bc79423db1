/**
 * What a run starts from: the image, what comes along with it (mask, confidence of its voxels, a model to start from).
 * Opened and checked before any work.
 *
 * @module
 */

import type { CorrectJob } from "../steps/volume_run.ts";
import { InputError } from "../errors.ts";
import { usableWeights } from "../intensity/sample/weights.ts";
import { demandTime } from "./chosen_volumes.ts";
import { checkGeometry } from "../io/geometry.ts";
import type { ImageFile } from "../io/image.ts";
import { openImage, type OpenOptions } from "../io/open.ts";
import type { Threads } from "../thread_job.ts";
import { isUrl, urlBelow } from "../io/remote/url.ts";
import { readText } from "../io/files/text_input.ts";
import { type BiasModel, parseBiasModel } from "../n4/bias_model.ts";
import { capSamples } from "../n4/shrink.ts";
import type { ResolvedOptions } from "../options/presets.ts";
import { settingsOf } from "../options/resolve.ts";
import { askedFactors } from "../plan/fit_plan.ts";
import { modelObjection } from "../plan/initial_model.ts";
import type { OptionValues } from "../options/spec.ts";
import type { INPUT_OPTIONS } from "../options/run_table.ts";
import type { CorrectOptions } from "../options/table.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSource } from "../volume.ts";

/** The companions of a job. */
export type Companions = Pick<CorrectJob, "mask" | "roi" | "weights" | "initialModel">;

/** What opening companions takes beside their names. */
interface CompanionContext {
  /** Called with what differs and is let pass. */
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
  const { mask, maskLabel: label, roi, weights, initialModel, unit } = options;
  const warn = (text: string) => log.warn(text);
  const open = async (path: string, role: string): Promise<VolumeSource> => {
    const plain = stack.use(await openImage(path, { threads, warn }));
    const unitless = unit !== undefined && plain.format === "ome-zarr" && !plain.unitGiven;
    const file = unitless ? stack.use(await openImage(path, { threads, unit })) : plain;
    if (file.volumes * (file.timePoints ?? 1) !== 1) {
      throw new InputError(
        path,
        `Cannot use '${path}' as ${role} as it must hold one volume: current count is ${
          file.volumes * (file.timePoints ?? 1)
        }`,
      );
    }
    // A label belongs to its image, wherever its metadata put it.
    const ignore = (options.ignoreGeometry ?? false) || path.startsWith(`${image.path}/${LABELS}`);
    checkGeometry(image, file, { path, role, ignore, warn });
    return file.volume(0);
  };
  return {
    mask: mask === undefined ? undefined : { source: await open(mask, "mask"), name: mask, label },
    roi: roi === undefined ? undefined : { source: await open(roi, "roi"), name: roi },
    weights: weights === undefined || weights === "dark"
      ? undefined
      : usableWeights(await open(weights, "weights"), (text) => log.warn(text)),
    initialModel: initialModel === undefined ? undefined : await openInitialModel(initialModel, image, options),
  };
}

/** Where the labels of an OME-Zarr lie below it. */
const LABELS = "labels/";

/**
 * The options with a mask that is a label of the image by its full path: `labels/NAME` is one, where it is no file.
 *
 * @throws {InputError} when the image has no such label.
 */
export async function withLabelPath<Options extends CorrectOptions>(
  options: Options,
  image: ImageFile,
): Promise<Options> {
  const { mask } = options;
  const path = mask && image.format === "ome-zarr" ? await labelPath(mask, image.path) : mask;
  if (mask === undefined || path === undefined || path === mask) return options;
  const names = await image.labels?.() ?? [];
  if (!names.includes(mask.slice(LABELS.length))) {
    await using _ = await openImage(path).catch((cause) => {
      const known = names.map((name) => LABELS + name).join(", ") || "none";
      const text =
        `Cannot use '${mask}' as the mask as it must be a label of '${image.path}': current ones are ${known}`;
      throw new InputError(path, text, { cause });
    });
  }
  return { ...options, mask: path };
}

/** Where a mask is: `labels/NAME` is a label of the image where it is no file. */
export async function labelPath(mask: string, image: string): Promise<string> {
  if (!mask.startsWith(LABELS) || await Deno.stat(mask).then(() => true, () => false)) return mask;
  return isUrl(image) ? urlBelow(image, mask) : `${image}/${mask}`;
}

/** Opens the images that the options name and closes them. @throws {InputError} when one cannot be opened. */
export async function tryCompanions(image: ImageFile, given: CorrectOptions): Promise<void> {
  const { mask, roi, weights } = await withLabelPath(given, image);
  for (const path of [mask, roi, weights]) {
    if (path !== undefined && path !== "dark") await (await openImage(path))[Symbol.asyncDispose]();
  }
}

/** Reads a bias model. @throws {InputError} when it cannot be read. */
export async function openModel(path: string): Promise<BiasModel> {
  return parseBiasModel(await readText(path), path);
}

async function openInitialModel(path: string, image: ImageFile, options: ResolvedOptions): Promise<BiasModel> {
  const model = await openModel(path);
  const objection = modelObjection(model, image, settingsOf(options));
  if (objection !== undefined) throw new InputError(path, `Cannot start from '${path}' as ${objection}`);
  return model;
}

/**
 * Opens the image at the level that the user asked for.
 *
 * @param how who decodes, and who hears what had to be guessed.
 * @throws {InputError} when it cannot be.
 */
export async function openInput(
  path: string,
  options: OptionValues<typeof INPUT_OPTIONS>,
  how: Pick<OpenOptions, "threads" | "cache" | "warn"> = {},
): Promise<ImageFile> {
  const { level, time, requireAllChunks, unit, voxelSize } = options;
  const image = await openImage(path, { ...how, level, time, requireAllChunks, unit, voxelSize });
  try {
    demandTime(image, time);
  } catch (error) {
    await image[Symbol.asyncDispose]();
    throw error;
  }
  return image;
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
  const { fitLevel = options.level, level, time } = options;
  if (fitLevel === level) return undefined;
  const { unit, voxelSize } = options;
  const open = async (n: number) =>
    stack.use(await openImage(image.path, { level: n, time, threads, unit, voxelSize }));
  if (fitLevel !== "auto") {
    if (fitLevel > level && fitLevel < image.levels) return await open(fitLevel);
    const text = `Cannot take samples of '${image.path}' from another level as option 'fitLevel' must be 'auto' or`;
    throw new InputError(
      image.path,
      `${text} from ${level}, the one that is corrected, to ${image.levels - 1}: current value is ${fitLevel}`,
    );
  }
  const { mode, sectionFit, globalFit, maxFitSamples } = settingsOf(options);
  const most = mode === "global"
    ? capSamples(image.shape, image.voxelSize, askedFactors(image, globalFit), maxFitSamples)
    : askedFactors(image, sectionFit);
  for (let n = image.levels - 1; n > level; n--) {
    const coarse = await open(n);
    if (coarse.shape.every((size, a) => image.shape[a] / size <= most[a] * (1 + 1e-6))) return coarse;
  }
  return undefined;
}
