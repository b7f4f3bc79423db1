/**
 * What comes along with an image: its mask, the confidence of its voxels, a model to start from. Opened and checked before any work.
 *
 * @module
 */

import type { CorrectJob } from "./correct.ts";
import { InputError } from "./errors.ts";
import { checkGeometry } from "./io/geometry.ts";
import type { ImageFile } from "./io/image.ts";
import { openImage } from "./io/open.ts";
import { readText } from "./io/text_input.ts";
import { type BiasModel, canAddLattices, parseBiasModel } from "./n4/bias_model.ts";
import { levelPoints } from "./n4/fit.ts";
import { type ResolvedOptions, settingsOf } from "./options/presets.ts";
import type { RunLog } from "./report.ts";
import type { VolumeSource } from "./volume.ts";

/** The companions of a job. */
export type Companions = Pick<CorrectJob, "mask" | "weights" | "initialModel">;

/**
 * Opens what the options name.
 *
 * @param stack closes the files at the end.
 * @throws {InputError} when a companion cannot be opened, or does not belong to the image.
 */
export async function openCompanions(
  image: ImageFile,
  options: ResolvedOptions,
  log: RunLog,
  stack: AsyncDisposableStack,
): Promise<Companions> {
  const open = async (path: string, role: string): Promise<VolumeSource> => {
    const file = stack.use(await openImage(path));
    if (file.volumes !== 1) {
      throw new InputError(
        path,
        `Cannot use '${path}' as ${role} as it must hold one volume: current count is ${file.volumes}`,
      );
    }
    checkGeometry(image, file, { path, role, ignore: options.ignoreGeometry ?? false, warn: (text) => log.warn(text) });
    return file.volume(0);
  };
  const label = options.maskLabel === undefined ? {} : { label: options.maskLabel };
  return {
    ...(options.mask === undefined
      ? {}
      : { mask: { source: await open(options.mask, "mask"), name: options.mask, ...label } }),
    ...(options.weights === undefined ? {} : { weights: await open(options.weights, "weights") }),
    ...(options.initialModel === undefined
      ? {}
      : { initialModel: await openInitialModel(options.initialModel, image, options) }),
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
  const { fit, splineDistance } = settingsOf(options);
  if (!model.global || splineDistance !== undefined) return model;
  const last = levelPoints(fit, image.shape, fit.iterations.length - 1);
  if (!canAddLattices(model.global.points, last)) {
    const text =
      `Cannot start from '${path}' as its spans and those of the fit must be a power of two apart on each axis`;
    throw new InputError(
      path,
      `${text}: current control points are ${model.global.points.join(" ")} and ${
        last.join(" ")
      } (see '--control-points')`,
    );
  }
  return model;
}
