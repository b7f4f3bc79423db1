/**
 * Finding the image in an OME-Zarr: the group's metadata, whichever version wrote them, and the arrays of its levels.
 *
 * @module
 */

import type { InputError } from "../../errors.ts";
import { openFailure } from "../files/file_errors.ts";
import type { JsonField } from "../files/json_fields.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { describeAxes, isSpace, spatialTriple, type Warn } from "./axes.ts";
import { type Attributes, type OmeMultiscale, parseMultiscales } from "./metadata.ts";
import type { ZarrArray } from "../zarr/array.ts";
import { readJson, type ZarrStore } from "../zarr/store.ts";
import { parseZarrV2 } from "../zarr/v2.ts";
import { parseZarrV3 } from "../zarr/v3.ts";

/** An image's metadata, with the array of every level that has one. */
export interface OmeZarrMetadata {
  /** Version of the Zarr format of the store. */
  readonly zarrFormat: 2 | 3;
  readonly multiscale: OmeMultiscale;
  /** Which level was asked for. */
  readonly level: number;
  readonly array: ZarrArray;
  /** Everything in the attributes of the image's group. */
  readonly attributes: Attributes;
  /** The NIfTI header that lies beside the levels. */
  readonly header?: NiftiHeader | undefined;
  /** The collection that it is the one image of, where it was opened by that. */
  readonly collection?: ZarrStore | undefined;
}

/**
 * Reads the metadata of the image at the root of `store`, and of the array of one level.
 *
 * @param warn called with what is guessed.
 * @throws {InputError} when there is no image, no such level, or something in it is not supported.
 */
export async function readOmeZarrMetadata(store: ZarrStore, level: number, warn: Warn): Promise<OmeZarrMetadata> {
  const { zarrFormat, multiscale, attributes } = await readMultiscale(store, warn);
  const { levels } = multiscale;
  if (!Number.isInteger(level) || level < 0 || level >= levels.length) {
    const names = levels.map((_, index) => index).join(", ");
    throw openFailure(store.path, `the level must be one it has (${names}): current value is ${level}`);
  }
  const array = await readLevel(store, levels[level].path, zarrFormat);
  checkAgreement(store.path, multiscale, array);
  const scaled = await withScales(store, { zarrFormat, multiscale, level, array, attributes }, warn);
  return { zarrFormat, multiscale: scaled, level, array, attributes };
}

async function readLevel(store: ZarrStore, path: string, zarrFormat: 2 | 3): Promise<ZarrArray> {
  const array = await readArray(store, path, zarrFormat);
  if (array !== undefined) return array;
  throw openFailure(store.path, `its metadata must name arrays that exist: there is none at '${path}'`);
}

/** Gives scales to levels that have none: those of versions without, and along a z of one plane that has 0. */
async function withScales(
  store: ZarrStore,
  { zarrFormat, multiscale, array }: OmeZarrMetadata,
  warn: Warn,
): Promise<OmeMultiscale> {
  const { axes, levels, scaled } = multiscale;
  if (!scaled) {
    const shapes = await Promise.all(levels.map(({ path }) => readLevel(store, path, zarrFormat)));
    const scaleOf = (i: number) => axes.map((axis, a) => isSpace(axis) ? shapes[0].shape[a] / shapes[i].shape[a] : 1);
    return { ...multiscale, levels: levels.map((level, i) => ({ ...level, scale: scaleOf(i) })) };
  }
  const z = axes.findIndex(({ name }) => name === "z");
  if (levels.every(({ scale }) => scale[z] !== 0)) return multiscale;
  if (array.shape[z] !== 1) {
    const rule = "the scale along z must be > 0 where there is more than one plane";
    throw openFailure(store.path, `${rule}: current value is 0 for ${array.shape[z]} planes`);
  }
  warn(`'${store.path}' gives its one plane a scale of 0 along z: taken as that along x.`);
  const [, , x] = spatialTriple(axes, axes.map((_, i) => i));
  const filled = (scale: readonly number[]) => scale.map((value, i) => i === z && value === 0 ? scale[x] : value);
  return { ...multiscale, levels: levels.map((level) => ({ ...level, scale: filled(level.scale) })) };
}

/**
 * The array at `path` of a store; `undefined` where there is none.
 *
 * @throws {InputError} when its metadata break the specification or use what is not supported.
 */
export async function readArray(store: ZarrStore, path: string, zarrFormat: 2 | 3): Promise<ZarrArray | undefined> {
  const metadata = await readJson(store, zarrFormat === 3 ? `${path}/zarr.json` : `${path}/.zarray`);
  if (metadata === undefined) return undefined;
  return zarrFormat === 3 ? parseZarrV3(metadata) : parseZarrV2(metadata);
}

const SINGLE_ARRAY = "a single array: open the folder that holds it";

type FoundMultiscale = Pick<OmeZarrMetadata, "zarrFormat" | "multiscale" | "attributes">;

async function readMultiscale(store: ZarrStore, warn: Warn): Promise<FoundMultiscale> {
  const found = await readGroup(store);
  const multiscales = found?.ome.field("multiscales");
  if (!found || !multiscales?.present) {
    const single = await readJson(store, ".zarray") !== undefined;
    throw noImage(store.path, single ? SINGLE_ARRAY : found ? contentOf(found.ome) : await contentOfFolder(store));
  }
  const { zarrFormat, attributes, ome } = found;
  const multiscale = await parseMultiscales(multiscales, {
    version: ome.field("version"),
    usual: zarrFormat === 2 ? "0.4" : "0.5",
    rankOf: async (path) => (await readLevel(store, path, zarrFormat)).shape.length,
    warn,
  });
  return { zarrFormat, multiscale, attributes: attributes.object() };
}

/** A group's attributes, and what OME-Zarr keeps among them: below `ome`, or beside all others as 0.4 has it. */
interface OmeGroup {
  readonly zarrFormat: 2 | 3;
  readonly attributes: JsonField;
  readonly ome: JsonField;
}

/** The group at the root of a store; `undefined` where there is none. @throws {InputError} when it is an array. */
export async function readGroup(store: ZarrStore): Promise<OmeGroup | undefined> {
  const group = await readJson(store, "zarr.json");
  const attributes = group ? group.field("attributes") : await readJson(store, ".zattrs");
  if (group) {
    group.field("zarr_format").oneOf([3] as const);
    const kind = group.field("node_type").oneOf(["group", "array"] as const);
    if (kind === "array") throw noImage(store.path, SINGLE_ARRAY);
  }
  if (!attributes?.present) return undefined;
  const ome = attributes.field("ome");
  return { zarrFormat: group ? 3 : 2, attributes, ome: ome.present ? ome : attributes };
}

/** What a group holds that is no image. */
function contentOf(ome: JsonField): string {
  const has = (name: string) => ome.field(name).present;
  if (has("bioformats2raw.layout")) return "a collection of images: open one of its folders, such as '0'";
  if (has("plate") || has("well")) return "a plate or a well: open the folder of one of its images";
  if (has("labels")) return "a list of label images: open the folder of one";
  return "none";
}

/** What a folder or an archive holds that is no part of a Zarr hierarchy. */
async function contentOfFolder(store: ZarrStore): Promise<string> {
  for await (const key of store.list?.("") ?? []) return `files of another kind, such as '${key.replace(/^\//, "")}'`;
  return "none";
}

function noImage(path: string, found: string): InputError {
  return openFailure(path, `it must be an OME-Zarr image with 'multiscales' metadata: current content is ${found}`);
}

/** What axes and array say of each other. */
function checkAgreement(path: string, { axes }: OmeMultiscale, array: ZarrArray): void {
  const { shape, dimensionNames } = array;
  if (shape.length !== axes.length) {
    const rule = `its array must have one dimension per axis (${describeAxes(axes)})`;
    throw openFailure(path, `${rule}: current shape is ${shape.join(" x ")}`);
  }
  const names = axes.map(({ name, label = name }) => label.toLowerCase());
  const other = dimensionNames?.map((name) => name?.toLowerCase() ?? "") ?? [];
  const contradicts = other.some((name, i) => name !== names[i] && names.includes(name));
  if (contradicts) {
    const rule = `the array's dimension names must be those of the axes (${names.join(", ")})`;
    throw openFailure(path, `${rule}: current names are ${dimensionNames?.join(", ")}`);
  }
}

/** Keys that describe the hierarchy around an image, or the image itself: an output has its own, or none. */
const OWN_KEYS = new Set([
  "ome",
  "multiscales",
  "omero",
  "labels",
  "image-label",
  "plate",
  "well",
  "bioformats2raw.layout",
  "n4",
]);

/** The attributes of a group that are not OME-Zarr's. */
export function foreignAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !OWN_KEYS.has(key)));
}
