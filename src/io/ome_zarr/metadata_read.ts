/**
 * Finding the image in an OME-Zarr: the group's metadata, whichever version wrote them, and the arrays of its levels.
 *
 * @module
 */

import type { InputError } from "../../errors.ts";
import { openFailure } from "../files/file_errors.ts";
import type { JsonField } from "../files/json_fields.ts";
import { type Attributes, describeAxes, type OmeMultiscale, parseMultiscales } from "./metadata.ts";
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
}

/**
 * Reads the metadata of the image at the root of `store`, and of the array of one level.
 *
 * @throws {InputError} when there is no image, no such level, or something in it is not supported.
 */
export async function readOmeZarrMetadata(store: ZarrStore, level: number): Promise<OmeZarrMetadata> {
  const { zarrFormat, multiscale, attributes } = await readMultiscale(store);
  const { levels } = multiscale;
  if (!Number.isInteger(level) || level < 0 || level >= levels.length) {
    const names = levels.map((_, index) => index).join(", ");
    throw openFailure(store.path, `the level must be one it has (${names}): current value is ${level}`);
  }
  const array = await readArray(store, levels[level].path, zarrFormat);
  if (array === undefined) {
    const { path } = levels[level];
    throw openFailure(store.path, `its metadata must name arrays that exist: there is none at '${path}'`);
  }
  checkAgreement(store.path, multiscale, array);
  return { zarrFormat, multiscale, level, array, attributes };
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

type FoundMultiscale = Pick<OmeZarrMetadata, "zarrFormat" | "multiscale" | "attributes">;

async function readMultiscale(store: ZarrStore): Promise<FoundMultiscale> {
  const group = await readJson(store, "zarr.json");
  if (group !== undefined) {
    const multiscale = parseGroupV3(store.path, group);
    return { zarrFormat: 3, multiscale, attributes: group.field("attributes").object() };
  }
  const attributes = await readJson(store, ".zattrs");
  if (attributes === undefined || !attributes.field("multiscales").present) {
    const found = await readJson(store, ".zarray") === undefined ? undefined : "a single array";
    throw noImage(store.path, found ?? contentOf(attributes));
  }
  const multiscales = attributes.field("multiscales");
  const version = multiscales.list(1, Number.MAX_SAFE_INTEGER)[0].field("version");
  if (version.present) version.oneOf(["0.4"] as const);
  return { zarrFormat: 2, multiscale: parseMultiscales(multiscales, "0.4"), attributes: attributes.object() };
}

function parseGroupV3(path: string, group: JsonField): OmeMultiscale {
  group.field("zarr_format").oneOf([3] as const);
  if (group.field("node_type").oneOf(["group", "array"] as const) === "array") throw noImage(path, "a single array");
  const attributes = group.field("attributes");
  const ome = attributes.present ? attributes.field("ome") : attributes;
  if (!ome.present || !ome.field("multiscales").present) throw noImage(path, contentOf(ome));
  return parseMultiscales(ome.field("multiscales"), ome.field("version").oneOf(["0.5"] as const));
}

/** What a group holds that is no image. */
function contentOf(ome: JsonField | undefined): string {
  const has = (name: string) => ome !== undefined && ome.present && ome.field(name).present;
  if (has("bioformats2raw.layout")) return "a collection of images: open one of its folders, such as '0'";
  if (has("plate") || has("well")) return "a plate or a well: open the folder of one of its images";
  if (has("labels")) return "a list of label images: open the folder of one";
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
  const names: readonly (string | null)[] = axes.map((axis) => axis.name);
  const contradicts = dimensionNames?.some((name, i) => name !== names[i] && names.includes(name)) ?? false;
  if (contradicts) {
    const rule = `the array's dimension names must be those of the axes (${names.join(", ")})`;
    throw openFailure(path, `${rule}: current names are ${dimensionNames?.join(", ")}`);
  }
  const time = shape[names.indexOf("t")] ?? 1;
  if (time > 1) {
    throw openFailure(path, `its time axis must have length 1, series are not supported: current length is ${time}`);
  }
}
