/**
 * Everything a correction writes: created (and refused, where need be) before any work, put in place after all of it.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { coarserGeometry } from "../io/geometry.ts";
import type { ImageFile, ImageOutput, ImageSpec } from "../io/image.ts";
import { createImage, type CreateOptions, imageFormatFor } from "../io/open.ts";
import { provenanceOf } from "../report/provenance.ts";
import type { PyramidPlan } from "../io/pyramid/plan.ts";
import { demandDistinct } from "../io/files/output_guard.ts";
import type { PartialOutput } from "../io/files/partial.ts";
import { createText, type TextOutput } from "../io/files/text_output.ts";
import type { ResolvedOptions } from "../options/presets.ts";
import { pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { Placement } from "../store/ending.ts";
import type { RunFolder } from "../store/run_folder.ts";
import { storageOf } from "../options/storage_options.ts";

/** What shall be written. */
interface OutputRequest {
  /** Path of the corrected image. */
  readonly output: string;
  readonly options: ResolvedOptions;
  /** The input. */
  readonly image: ImageFile;
  /** The volumes of the input that are corrected. */
  readonly volumes: readonly number[];
  /** Coarser levels of the corrected image; the field and the mask have none. */
  readonly pyramid?: PyramidPlan | undefined;
  /** Closes what is not completed. */
  readonly stack: AsyncDisposableStack;
  /** The folder of the run, in which the corrected image is made. */
  readonly folder: RunFolder;
  /** Who encodes, and what keeps chunks for the coarser levels. */
  readonly storing: Pick<CreateOptions, "threads" | "cache">;
  /** Whether what earlier processes have written is gone on with. */
  readonly resume: boolean;
  /** Whether this process is one of many that do a step each: model, report and page are left to the one that ends the run. */
  readonly shared: boolean;
}

/** The outputs of a run. All stay where they are made until they get their names; the folder of the run sees to those that never do. */
export interface Outputs {
  /** The corrected image. */
  readonly corrected: ImageOutput;
  /** The bias field. */
  readonly field?: ImageOutput;
  /** The mask. */
  readonly mask?: ImageOutput;
  /** Completes the images and the model, and returns what is to get which name, the corrected image last. */
  complete(model: string): Promise<Placement[]>;
  /** The same for report and page. */
  completeTexts(texts: Readonly<Record<"report" | "html", () => string>>): Promise<Placement[]>;
}

/** Creates the outputs. @throws {WriteError} when one exists, would harm an input, or cannot be created. */
export async function createOutputs(request: OutputRequest): Promise<Outputs> {
  const { options, image, volumes, pyramid, stack, folder, resume, shared, storing } = request;
  const inputs = Object.values(inputPaths(image.path, options));
  const safety = {
    overwrite: options.overwrite ?? false,
    inputs,
    ...storageOf(options),
    ...storing,
    stepwise: true,
    resume,
    shared,
    owner: folder.path,
  };
  const fields = options.volumeFields === "shared" ? 1 : volumes.length;
  const provenance = provenanceOf("correct", { ...options });
  const { shape, voxelSize, affine } = image;
  const grid = { shape, voxelSize, ...(affine ? { affine } : {}) };
  const open = async (path: string, spec: Omit<ImageSpec, "template">, like: boolean, within?: PartialOutput) => {
    const template = like ? { template: image } : {};
    const made = await createImage(path, { ...spec, provenance, ...template }, {
      ...safety,
      ...(within ? { within } : {}),
    });
    if (!within) folder.add(made);
    return stack.use(made);
  };

  const dataType = options.outputType === "input" ? image.dataType : "float32";
  const spec = { ...grid, dataType, volumes: volumes.length, carried: volumes, ...(pyramid ? { pyramid } : {}) };
  const corrected = await open(folder.output, spec, true, folder.partial);
  const coarse = options.biasLevel === 0 ? grid : coarserGeometry(grid, options.biasLevel);
  const field = options.saveBiasField === undefined
    ? undefined
    : await open(options.saveBiasField, { ...coarse, dataType: "float32", volumes: fields }, options.biasLevel === 0);
  const mask = options.saveMask === undefined
    ? undefined
    : await open(options.saveMask, { ...grid, dataType: "uint8", volumes: fields }, true);
  const openText = async (path: string | undefined) =>
    shared || path === undefined ? undefined : stack.use(await createText(path, safety));
  const model = await openText(options.saveBiasModel);
  const [report, html] = [await openText(options.report), await openText(options.html)];
  return {
    corrected,
    ...(field ? { field } : {}),
    ...(mask ? { mask } : {}),
    async complete(text) {
      const placements: Placement[] = [];
      for (const image of [field, mask]) {
        if (image) placements.push({ from: await image.complete(), to: image.path });
      }
      if (model) placements.push(await completed(model, text));
      return [...placements, { from: await corrected.complete(), to: corrected.path }];
    },
    async completeTexts(texts) {
      const placements: Placement[] = [];
      if (report) placements.push(await completed(report, texts.report()));
      if (html) placements.push(await completed(html, texts.html()));
      return placements;
    },
  };
}

/** Completes a text, which waits for its name from now on. */
async function completed(output: TextOutput, text: string): Promise<Placement> {
  const from = await output.complete(text);
  output.keep();
  return { from, to: output.path };
}

/** Role to path of every input of a run; none may come to harm. */
export function inputPaths(input: string, options: CorrectOptions): Record<string, string> {
  const { fromReport } = options;
  const paths = { input, ...pathsOfKind(CORRECT_OPTIONS, options, "input") };
  return fromReport === undefined ? paths : { ...paths, "--from-report": fromReport };
}

/** Refuses what the outputs cannot hold. @throws {InputError} when a model would have to hold several fields. */
export function checkModel(image: ImageFile, volumes: number, options: ResolvedOptions): void {
  const fields = options.volumeFields === "shared" ? 1 : volumes;
  if (options.saveBiasModel === undefined || fields === 1) return;
  throw new InputError(
    image.path,
    `Cannot save a bias model of '${image.path}' as it holds one field: current count is ${fields} (see '--channel' and '--volume-fields shared')`,
  );
}

/**
 * Role to path of everything that a command will write, checked as far as names tell.
 *
 * @param inputs role to path of everything that it reads.
 * @throws {UsageError} when an image has a name of no known format, or an output meets another or an input.
 */
export function outputPaths(
  inputs: Readonly<Record<string, string>>,
  output: string,
  options: CorrectOptions,
): Record<string, string> {
  const { saveBiasField, saveMask } = options;
  for (const path of [output, saveBiasField, saveMask]) if (path !== undefined) imageFormatFor(path);
  const paths = { output, ...pathsOfKind(CORRECT_OPTIONS, options, "output", "report") };
  demandDistinct(inputs, paths);
  return paths;
}
