/**
 * Everything a correction writes: created (and refused, where need be) before any work, put in place after all of it.
 *
 * @module
 */

import { resolve } from "node:path";
import { InputError, UsageError } from "../errors.ts";
import type { FittedVolume } from "../report/fits.ts";
import { coarserGeometry } from "../io/geometry.ts";
import type { ImageFile, ImageOutput, ImageSpec } from "../io/image.ts";
import { imageFormatFor } from "../io/image.ts";
import { lossesOf } from "../io/losses.ts";
import { createImage, type CreateOptions } from "../io/open.ts";
import { pairNames } from "../io/nifti/pair.ts";
import { demandDistinct } from "../io/files/output_guard.ts";
import { createText, type TextOutput } from "../io/files/text_output.ts";
import type { ResolvedOptions } from "../options/presets.ts";
import { pathsOfKind, roleText } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { Placement } from "../store/ending.ts";
import type { RunFolder } from "../store/run_folder.ts";
import { geometryOf } from "../volume.ts";
import type { OpenedImage, OpenRequest } from "./open_run.ts";
import { storageOf } from "../options/storage_options.ts";
import { outputType } from "./planned_output.ts";

/** What shall be written. */
interface OutputRequest {
  readonly opened: OpenedImage;
  /** The folder of the run, in which the corrected image is made. */
  readonly folder: RunFolder;
  /** Who encodes, and what keeps chunks for the coarser levels. */
  readonly storing: Pick<CreateOptions, "threads" | "cache">;
  /** Whether what earlier processes have written is kept. */
  readonly resume: boolean;
  /**
   * Whether this process is one of many that do a step each: model, report and page are left to the one that ends the
   * run.
   */
  readonly shared: boolean;
}

/**
 * The outputs of a run. All stay where they are made until they get their names; the folder of the run sees to those
 * that never do.
 */
export interface Outputs {
  /** The corrected image. */
  readonly corrected: ImageOutput;
  /** The bias field. */
  readonly field?: ImageOutput;
  /** The mask. */
  readonly mask?: ImageOutput;
  /** Completes the images and the model, and returns what is to get which name, the corrected image last. */
  complete(model: () => string): Promise<Placement[]>;
  /** The same for report and page. */
  completeTexts(texts: Readonly<Record<"report" | "html", () => string | Promise<string>>>): Promise<Placement[]>;
}

/** Creates the outputs. @throws {WriteError} when one exists, would harm an input, or cannot be created. */
export async function createOutputs({ opened, folder, storing, resume, shared }: OutputRequest): Promise<Outputs> {
  const { inputs: reads, request, options, image, volumes, pyramid, stack, provenance, log } = opened;
  const grid = geometryOf(image);
  const inputs = Object.values(guardedInputs(reads, request));
  const owned = { overwrite: options.overwrite ?? false, inputs, resume, shared, owner: folder.path };
  const create = { ...owned, ...storageOf(options), ...storing, stepwise: true };
  const openText = async (path: string | undefined) =>
    shared || path === undefined ? undefined : stack.use(await createText(path, owned));
  const openBeside = async (path: string | undefined, spec: Omit<ImageSpec, "volumes">) => {
    if (path === undefined) return undefined;
    const fields = options.volumeFields === "shared" ? 1 : volumes.length;
    const several = { volumes: fields, times: fields === 1 ? 1 : image.times };
    // What is lost with labels there is not told, so that nothing is.
    const made = stack.use(
      await createImage(path, { ...spec, ...several, provenance }, { ...create, copyLabels: undefined }),
    );
    folder.add(made);
    return made;
  };

  const coarse = options.biasLevel === 0 ? { ...grid, template: image } : coarserGeometry(grid, options.biasLevel);
  const dataType = outputType(image, options);
  const like = { ...grid, template: image, volumes: volumes.length, times: image.times, carried: volumes, provenance };
  const within = folder.partial;
  const spec = { ...like, dataType, pyramid };
  const corrected = stack.use(await createImage(folder.output, spec, { ...create, within }));
  for (const text of await lossesOf(folder.output, spec, create)) log.warn(text);
  const field = await openBeside(options.saveBiasField, { ...coarse, dataType: "float32" });
  const mask = await openBeside(options.saveMask, { ...grid, template: image, dataType: "uint8" });
  const model = await openText(options.saveBiasModel);
  const [report, html] = [await openText(options.report), await openText(options.html)];
  return {
    corrected,
    field,
    mask,
    async complete(modelText) {
      const placements: Placement[] = [];
      for (const image of [field, mask]) {
        if (image) placements.push(await completedImage(image));
      }
      if (model) placements.push(await completed(model, modelText()));
      return [...placements, await completedImage(corrected)];
    },
    async completeTexts(texts) {
      const placements: Placement[] = [];
      if (report) placements.push(await completed(report, await texts.report()));
      if (html) placements.push(await completed(html, await texts.html()));
      return placements;
    },
  };
}

async function completedImage(image: ImageOutput): Promise<Placement> {
  return { from: await image.complete(), to: image.path, givenUp: image.givenUp };
}

/** Completes a text, which waits for its name from now on. */
async function completed(output: TextOutput, text: string): Promise<Placement> {
  const from = await output.complete(text);
  output.keep();
  return { from, to: output.path };
}

/**
 * The inputs that no output may harm: all of them, both files of a pair, but for the image whose place the corrected
 * one shall take. That is replaced by one rename at the end, and whole until then.
 */
export function guardedInputs(
  inputs: Readonly<Record<string, string>>,
  { output, inPlace }: Pick<OpenRequest, "output" | "inPlace">,
): Readonly<Record<string, string>> {
  const all = Object.entries(withPairs(inputs));
  if (!inPlace || !isSamePath(inputs.input, output)) return Object.fromEntries(all);
  return Object.fromEntries(all.filter(([, path]) => !isSamePath(path, output)));
}

/** Role to path, with the other files of pairs. */
export function withPairs(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(inputs).flatMap(([role, path]) =>
    Object.values(pairNames(path) ?? {}).filter((other) => other !== path).map((other) => [`pair of ${role}`, other])
  );
  return { ...inputs, ...Object.fromEntries(pairs) };
}

export function isSamePath(one: string, other: string): boolean {
  const place = (path: string) => {
    try {
      return Deno.realPathSync(path);
    } catch {
      return resolve(path); // Nothing is there, or we may not look.
    }
  };
  return place(one) === place(other);
}

/** Role to path of every input of a run; none may come to harm. */
export function inputPaths(input: string, options: CorrectOptions): Record<string, string> {
  const { fromReport } = options;
  const paths = { input, ...pathsOfKind(CORRECT_OPTIONS, options, "input") };
  return fromReport === undefined ? paths : { ...paths, fromReport };
}

/** Refuses what the outputs cannot hold. @throws {InputError} when a model would have to hold several fields. */
export function checkModel(image: ImageFile, volumes: number, options: ResolvedOptions): void {
  const fields = options.volumeFields === "shared" ? 1 : volumes;
  if (options.saveBiasModel === undefined || fields === 1) return;
  throw new InputError(
    image.path,
    `Cannot save a bias model of '${image.path}' as it holds one field: current count is ${fields} (see option 'channel' and option 'volumeFields: shared')`,
  );
}

/** Refuses a range that one volume has for others: its offset would be added to them. @throws {UsageError} */
export function checkRescale(
  { rescale }: ResolvedOptions,
  volumes: readonly number[],
  fitted: readonly FittedVolume[],
): void {
  if (rescale !== "range" || volumes.every((volume, i) => volume === fitted[i])) return;
  throw new UsageError(
    "Cannot use option 'rescale: range' as each volume must have its own field (option 'volumeFields: each'; option 'rescale: minmax' has no offset): current field is one for all",
  );
}

/**
 * Role to path of everything that a command will write, checked as far as names allow.
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
  const roles = named(paths);
  const [piped] = Object.entries(roles).find(([, path]) => path === "-") ?? [];
  if (piped) throw new UsageError(`Cannot write ${piped} as it must be a file with a name: current value is '-'`);
  demandDistinct(named(inputs), roles);
  return paths;
}

/** Paths by what messages call them. */
function named(paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([role, path]) => [roleText(CORRECT_OPTIONS, role), path]));
}
