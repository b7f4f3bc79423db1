/**
 * Everything a correction writes: created (and refused, where need be) before any work, put in place after all of it.
 *
 * @module
 */

import { resolve } from "node:path";
import { InputError, UsageError } from "./errors.ts";
import { coarserGeometry } from "./io/geometry.ts";
import type { ImageFile, ImageOutput, ImageSpec } from "./io/image.ts";
import { createImage, type CreateOptions, imageFormatFor } from "./io/open.ts";
import type { PyramidPlan } from "./io/pyramid.ts";
import { pathsOverlap } from "./io/partial.ts";
import { createText, type TextOutput } from "./io/text_output.ts";
import type { ResolvedOptions } from "./options/presets.ts";
import type { CorrectOptions } from "./options/table.ts";
import { storageOf } from "./storage_options.ts";

/** What shall be written. */
export interface OutputRequest {
  /** Path of the corrected image. */
  readonly output: string;
  readonly options: ResolvedOptions;
  /** The input. */
  readonly image: ImageFile;
  /** How many volumes are corrected. */
  readonly volumes: number;
  /** Coarser levels of the corrected image; the field and the mask have none. */
  readonly pyramid?: PyramidPlan | undefined;
  /** Removes what is not committed. */
  readonly stack: AsyncDisposableStack;
  /** Who encodes, and what keeps chunks for the coarser levels. */
  readonly storing: Pick<CreateOptions, "threads" | "cache">;
}

/** The outputs of a run. */
export interface Outputs {
  /** The corrected image. */
  readonly corrected: ImageOutput;
  /** The bias field. */
  readonly field?: ImageOutput;
  /** The mask. */
  readonly mask?: ImageOutput;
  /** The run report; written by whoever has it, after {@linkcode Outputs.commit}. */
  readonly report?: TextOutput;
  /** The page to look at; written likewise. */
  readonly html?: TextOutput;
  /** Role to final path. */
  readonly paths: Readonly<Record<string, string>>;
  /** Puts everything but the report and the page in place, the corrected image last. */
  commit(model: string): Promise<void>;
}

/**
 * Creates the outputs.
 *
 * @throws {InputError} when a model would have to hold several fields.
 * @throws {WriteError} when one exists, would harm an input, or cannot be created.
 */
export async function createOutputs(request: OutputRequest): Promise<Outputs> {
  const { options, image, volumes, pyramid, stack } = request;
  const paths = outputPaths(image.path, request.output, options);
  const inputs = [image.path, options.mask, options.weights, options.initialModel].filter((path) => path !== undefined);
  const safety = { overwrite: options.overwrite ?? false, inputs, ...storageOf(options) };
  const fields = options.volumeFields === "shared" ? 1 : volumes;
  if (options.saveBiasModel !== undefined && fields > 1) {
    throw new InputError(
      image.path,
      `Cannot save a bias model of '${image.path}' as it holds one field: current count is ${fields} (see '--channel' and '--volume-fields shared')`,
    );
  }
  const { shape, voxelSize, affine } = image;
  const grid = { shape, voxelSize, ...(affine ? { affine } : {}) };
  const open = async (path: string, spec: Omit<ImageSpec, "template">, like: boolean) =>
    stack.use(
      await createImage(path, { ...spec, ...(like ? { template: image } : {}) }, { ...safety, ...request.storing }),
    );
  const openText = async (path: string) => stack.use(await createText(path, safety));

  const dataType = options.outputType === "input" ? image.dataType : "float32";
  const corrected = await open(request.output, { ...grid, dataType, volumes, ...(pyramid ? { pyramid } : {}) }, true);
  const coarse = options.biasLevel === 0 ? grid : coarserGeometry(grid, options.biasLevel);
  const field = options.saveBiasField === undefined
    ? undefined
    : await open(options.saveBiasField, { ...coarse, dataType: "float32", volumes: fields }, options.biasLevel === 0);
  const mask = options.saveMask === undefined
    ? undefined
    : await open(options.saveMask, { ...grid, dataType: "uint8", volumes: fields }, true);
  const model = options.saveBiasModel === undefined ? undefined : await openText(options.saveBiasModel);
  const report = options.report === undefined ? undefined : await openText(options.report);
  const html = options.html === undefined ? undefined : await openText(options.html);
  return {
    corrected,
    ...(field ? { field } : {}),
    ...(mask ? { mask } : {}),
    ...(report ? { report } : {}),
    ...(html ? { html } : {}),
    paths,
    async commit(modelText) {
      await field?.commit();
      await mask?.commit();
      await model?.commit(modelText);
      await corrected.commit();
    },
  };
}

/** The paths that options name. */
type OutputNames = Pick<CorrectOptions, "saveBiasField" | "saveMask" | "saveBiasModel" | "report" | "html">;

/**
 * Role to path of everything that a command will write, checked as far as names tell.
 *
 * @throws {UsageError} when an image has a name of no known format, or a path is, holds or lies inside another or the input.
 */
export function outputPaths(input: string, output: string, options: OutputNames): Record<string, string> {
  const { saveBiasField, saveMask, saveBiasModel, report, html } = options;
  for (const path of [output, saveBiasField, saveMask]) if (path !== undefined) imageFormatFor(path);
  const named = {
    output,
    "--save-bias-field": saveBiasField,
    "--save-mask": saveMask,
    "--save-bias-model": saveBiasModel,
    "--report": report,
    "--html": html,
  };
  const taken: [role: string, path: string][] = [["the input", input]];
  const paths: Record<string, string> = {};
  for (const [role, path] of Object.entries(named)) {
    if (path === undefined) continue;
    const other = taken.find(([, path2]) => pathsOverlap(resolve(path), resolve(path2)));
    if (other) {
      const text = `Cannot write ${role} to '${path}' as it must not be, hold or lie inside ${other[0]}`;
      throw new UsageError(`${text}: current path of that is '${other[1]}'`);
    }
    taken.push([role, path]);
    paths[role] = path;
  }
  return paths;
}
