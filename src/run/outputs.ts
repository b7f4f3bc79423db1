/**
 * Everything a correction writes: created (and refused, where need be) before any work, put in place after all of it.
 *
 * @module
 */

import { resolve } from "node:path";
import { InputError, UsageError } from "../errors.ts";
import { coarserGeometry } from "../io/geometry.ts";
import type { ImageFile, ImageOutput, ImageSpec } from "../io/image.ts";
import { createImage, type CreateOptions, imageFormatFor } from "../io/open.ts";
import { provenanceOf } from "../report/provenance.ts";
import type { PyramidPlan } from "../io/pyramid/plan.ts";
import { pathsOverlap } from "../io/files/output_guard.ts";
import type { PartialOutput } from "../io/files/partial.ts";
import { createText } from "../io/files/text_output.ts";
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
  /** Whether the model is written by this process; others leave its path alone. */
  readonly model: boolean;
}

/** The outputs of a run. All stay where they are made until they get their names; the folder of the run sees to those that never do. */
export interface Outputs {
  /** The corrected image. */
  readonly corrected: ImageOutput;
  /** The bias field. */
  readonly field?: ImageOutput;
  /** The mask. */
  readonly mask?: ImageOutput;
  /** Completes everything, model included, and tells what is to get which name, the corrected image last. */
  complete(model: string): Promise<Placement[]>;
}

/** Creates the outputs. @throws {WriteError} when one exists, would harm an input, or cannot be created. */
export async function createOutputs(request: OutputRequest): Promise<Outputs> {
  const { options, image, volumes, pyramid, stack, folder, resume, storing } = request;
  const inputs = inputsOf(image.path, options);
  const safety = {
    overwrite: options.overwrite ?? false,
    inputs,
    ...storageOf(options),
    ...storing,
    stepwise: true,
    resume,
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
    made.keep();
    if (!within) folder.add(path);
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
  const saveBiasModel = request.model ? options.saveBiasModel : undefined;
  const model = saveBiasModel === undefined ? undefined : stack.use(await createText(saveBiasModel, safety));
  return {
    corrected,
    ...(field ? { field } : {}),
    ...(mask ? { mask } : {}),
    async complete(text) {
      const placements: Placement[] = [];
      for (const image of [field, mask]) {
        if (image) placements.push({ from: await image.complete(), to: image.path });
      }
      if (model) placements.push({ from: await model.complete(text), to: model.path });
      model?.keep();
      return [...placements, { from: await corrected.complete(), to: corrected.path }];
    },
  };
}

/** Everything that options name and that must survive. */
export function inputsOf(input: string, options: ResolvedOptions): string[] {
  return [input, ...Object.values(pathsOfKind(CORRECT_OPTIONS, options, "input"))];
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
 * @throws {UsageError} when an image has a name of no known format, or a path is, holds or lies inside another or the input.
 */
export function outputPaths(input: string, output: string, options: CorrectOptions): Record<string, string> {
  const { saveBiasField, saveMask } = options;
  for (const path of [output, saveBiasField, saveMask]) if (path !== undefined) imageFormatFor(path);
  const named = { output, ...pathsOfKind(CORRECT_OPTIONS, options, "output", "report") };
  // A link to the input may be replaced: it is looked at where it is, before anything is written.
  const taken: [role: string, path: string][] = isLink(output) ? [] : [["the input", input]];
  const paths: Record<string, string> = {};
  for (const [role, path] of Object.entries(named)) {
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

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false; // Nothing is there, or we may not look: what follows tells.
  }
}
