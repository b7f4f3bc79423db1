/**
 * What many images are: the files and folders that are given, those of a list, of a folder, of a BIDS data set; and
 * where each goes, with all that is made of it.
 *
 * @module
 */

import { basename, dirname, join, relative, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { openFailure, readFailure } from "../io/files/file_errors.ts";
import { entryAt, namesOf, realPlace } from "../io/files/output_guard.ts";
import { ENDING } from "../io/files/leftovers.ts";
import { isUrl, shownUrl } from "../io/remote/url.ts";
import { readText } from "../io/files/text_input.ts";
import { pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { bidsImages, datasetOf } from "./bids.ts";

/** One of many images. */
export interface BatchImage {
  readonly input: string;
  readonly output: string;
  /** The BIDS data set that it belongs to. */
  readonly dataset?: string;
}

/** Names of images; of a pair of files the header stands for both. */
const IMAGE = /\.(nii|nii\.gz|hdr|zarr|zarr\.zip|ozx)$/i;

/** A pair of files becomes one. */
const PAIR = /\.(hdr|img)(\.gz)?$/i;

/**
 * The images that some paths stand for.
 *
 * @param list a text file with a path on each line.
 * @throws {UsageError} when there is none, or one would be written to the place of another or of an input.
 * @throws {InputError} when a path is that of nothing.
 */
export async function batchImages(paths: readonly string[], folder: string, list?: string): Promise<BatchImage[]> {
  const images: BatchImage[] = [];
  for (const path of [...paths, ...list === undefined ? [] : await pathsIn(list)]) {
    const found = await imagesOf(path, folder);
    if (found.length === 0) {
      throw new UsageError(`Cannot correct '${path}' into '${folder}' as there must be an image: current count is 0`);
    }
    images.push(...found);
  }
  const [one, another] = new Set(images.flatMap(({ dataset }) => dataset ?? []));
  if (another !== undefined) {
    const text = "Cannot correct several data sets into one folder as derivatives must be of one";
    throw new UsageError(`${text}: current ones are '${one}' and '${another}'`);
  }
  const place = await Deno.realPath(folder).catch(() => realPlace(folder));
  const places = new Map<string, string>();
  for (const { input, output, dataset } of images) {
    if (dataset !== undefined && /^$|^sub-/.test(relative(await Deno.realPath(dataset), place))) {
      const text = "Cannot correct a BIDS data set into its own folder, or that of a subject, as it must stay as it is";
      throw new UsageError(`${text}: give option 'outputFolder: ${join(dataset, "derivatives", "n4")}'`);
    }
    if (resolve(output) === resolve(input)) {
      const text = "Cannot use option 'outputFolder' as it must be another folder than that of the inputs";
      throw new UsageError(`${text}: current value is ${folder}, where '${input}' is`);
    }
    const other = places.get(output);
    if (other !== undefined) {
      const text = "Cannot correct them in one run as the names of inputs must differ";
      const current = other === input ? `'${input}' is given twice` : `current ones are '${other}' and '${input}'`;
      throw new UsageError(`${text}: ${current}`);
    }
    places.set(output, input);
  }
  if (images.length > 0) return images;
  throw new UsageError(`Cannot correct into '${folder}' as there must be an image: current count is 0`);
}

/** The paths that a list names. @throws {InputError} when it is no text. */
async function pathsIn(list: string): Promise<string[]> {
  const text = (await readText(list)).replace(/^\uFEFF/, "");
  if (text.includes("\0")) throw openFailure(list, "it must be a text file with a path on each line");
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
}

async function imagesOf(path: string, folder: string): Promise<BatchImage[]> {
  const named = (input: string) => ({
    input,
    output: join(folder, basename(shownUrl(input)).replace(PAIR, ".nii.gz")),
  });
  if (isUrl(path)) return [named(path)];
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, (error) => {
    if (error instanceof Deno.errors.NotFound) throw readFailure(path, error);
    return false;
  });
  if (!isFolder || IMAGE.test(path.replace(/\/+$/, ""))) return [named(path)];
  const dataset = await datasetOf(path);
  if (dataset !== undefined) {
    return (await bidsImages(dataset, folder, path)).map((image) => ({ ...image, dataset }));
  }
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) if (IMAGE.test(name)) names.push(name);
  if (names.length > 0) return names.sort().map((name) => named(join(path, name)));
  const isImage = await Deno.stat(join(path, "zarr.json")).then(() => true, () => false);
  if (isImage || resolve(path) === resolve(folder)) return [named(path)];
  const text = `Cannot correct what is in '${path}' as an image must lie directly in it: current count is 0`;
  throw new UsageError(`${text}; give the folder with dataset_description.json, or option 'list'`);
}

/** What the names of an image's other outputs begin with, before what was given. */
export function stemOf({ output, dataset }: BatchImage): string {
  const name = namesOf(output).out.replace(/(\.ome)?\.zarr(\.zip)?$|\.ozx$|\.nii(\.gz)?$/i, "");
  // In BIDS the last word of a name says what an image is, and there is one of them.
  return dataset === undefined ? name : name.replace(/(_desc-[a-zA-Z0-9]*n4)_(?=[^_]+$)/, "$1");
}

/** Where an image's other outputs go: beside the corrected one, its name before what was given; by their options. */
export function besideOutput(image: BatchImage, given: CorrectOptions): Record<string, string> {
  const named = Object.entries(pathsOfKind(CORRECT_OPTIONS, given, "output", "report")).map(([key, end]) => {
    if (dirname(end) === ".") return [key, `${stemOf(image)}_${end}`];
    throw new UsageError(
      `Cannot use option '${key}' as with option 'outputFolder' it must be the end of a name: current value is ${end}`,
    );
  });
  return Object.fromEntries(named);
}

/** Which of an image's outputs are there, and whether a run of it died among their names. */
export async function whatIsThere(
  image: BatchImage,
  given: CorrectOptions,
): Promise<{ readonly paths: readonly string[]; readonly isEnding: boolean }> {
  const isThere = async (path: string) => await entryAt(path) !== undefined;
  const paths: string[] = [];
  for (const path of [image.output, ...Object.values(besideOutput(image, given))]) {
    if (await isThere(path)) paths.push(path);
  }
  return { paths, isEnding: await isThere(`${namesOf(image.output).partial}/${ENDING}`) };
}
