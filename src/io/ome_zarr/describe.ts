/**
 * Facts about an OME-Zarr image that are worth showing.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { isObject } from "../files/json_fields.ts";
import type { ZarrStore } from "../zarr/store.ts";
import { orientationCodes } from "../nifti/orientation.ts";
import { describeAxes, spatialTriple } from "./axes.ts";
import { type OmeZarrMetadata, readArray } from "./metadata_read.ts";

/** The facts, name to value, in display order. */
export async function describeImage(store: ZarrStore, metadata: OmeZarrMetadata): Promise<Record<string, string>> {
  const { array, multiscale, level, zarrFormat, header, attributes } = metadata;
  const { axes, levels, unitsGiven, version } = multiscale;
  const details: Record<string, string> = {
    "version": `OME-Zarr ${version} (Zarr v${zarrFormat})`,
    "axes": describeAxes(axes),
  };
  if (store.container !== undefined) details["container"] = store.container;
  if (header) {
    const orientation = header.affine ? orientationCodes(header.affine) : "unknown";
    details["NIfTI header"] = `NIfTI-${header.fields.version}, orientation ${orientation}`;
  }
  if (!unitsGiven) details["units"] = "none given, taken as millimeter";
  details["level"] = `${level} of ${levels.map((_, index) => index).join(", ")}`;
  for (const [index, { path, scale }] of levels.entries()) {
    const voxel = spatialTriple(axes, scale).map((size) => Number(size.toPrecision(6)));
    const shape = index === level ? array.shape.join(" x ") : await describeShape(store, path, zarrFormat);
    details[`level ${index}`] = `'${path}', ${shape}, voxels of ${voxel.join(" x ")} mm`;
  }
  const offset = spatialTriple(axes, levels[level].translation);
  if (offset.some((value) => value !== 0)) details["translation"] = `${offset.join(", ")} mm`;
  details["chunk"] = array.chunk.shape.join(" x ");
  if (array.shard !== undefined) {
    const { chunks } = array.shard;
    details["shard"] = array.chunk.shape.map((size, axis) => size * chunks[axis]).join(" x ");
  }
  details["codecs"] = array.codecNames;
  const { ome = attributes } = attributes;
  const shown = isObject(ome) && isObject(ome.omero) && Array.isArray(ome.omero.channels) ? ome.omero.channels : [];
  if (shown.some((channel) => channel?.label)) {
    details["channels"] = shown.map((channel) => channel?.label || "(no name)").join(", ");
  }
  return details;
}

/** The shape of a level that was not asked for, which may be damaged without harm. */
async function describeShape(store: ZarrStore, path: string, zarrFormat: 2 | 3): Promise<string> {
  try {
    return (await readArray(store, path, zarrFormat))?.shape.join(" x ") ?? "no array";
  } catch (cause) {
    if (cause instanceof InputError) return "an array that cannot be read";
    throw cause;
  }
}
