/**
 * The metadata of an OME-Zarr image's group: its axes and levels, what is carried over from the image that it was made
 * of, and how it came about.
 *
 * @module
 */

import type { Triple } from "../../volume.ts";
import type { ImageSpec } from "../image.ts";
import { isObject } from "../files/json_fields.ts";
import { type Attributes, multiscaleAttributes, type OmeAxis, type OmeLevel } from "./metadata.ts";
import { OmeZarrImage } from "./read.ts";

/** The attributes of the image's group: its own, what is carried over, and how it came about. */
export function groupAttributes(
  spec: ImageSpec,
  levels: readonly OmeLevel[],
  method: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const { template, carried, provenance } = spec;
  const { ome } = multiscaleAttributes(
    axesOf(spec),
    levels,
    method,
    template?.unitGiven === false ? undefined : "millimeter",
  );
  const kept = template instanceof OmeZarrImage && carried
    ? carriedAttributes(template.attributes, carried)
    : undefined;
  return { ome: { ...ome, omero: kept?.omero }, ...kept?.foreign, n4: provenance };
}

/** Where a level lies: where the template does; half a voxel less half a fine one further in where the pyramid asks. */
export function levelMetadata(spec: ImageSpec, { voxelSize }: Pick<ImageSpec, "voxelSize">, path: string): OmeLevel {
  const origin: Triple = spec.template instanceof OmeZarrImage ? spec.template.translation : [0, 0, 0];
  const shifted = spec.pyramid?.translation ?? false;
  const translation = origin.map((value, a) => shifted ? value + (voxelSize[a] - spec.voxelSize[a]) / 2 : value);
  const channel = spec.volumes > 1;
  return {
    path,
    scale: channel ? [1, ...voxelSize] : voxelSize,
    translation: channel ? [0, ...translation] : translation,
  };
}

/** Names of the axes of an image. */
export function axesOf(spec: ImageSpec): OmeAxis["name"][] {
  return spec.volumes > 1 ? ["c", "z", "y", "x"] : ["z", "y", "x"];
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

/**
 * The attributes that an output keeps of its input's: `omero`, which says how viewers show it, and everything that is
 * not OME-Zarr's.
 *
 * @param attributes of the input's group, of version 0.4 or 0.5.
 * @param channels the input's channels that the output has, in order.
 */
function carriedAttributes(
  attributes: Attributes,
  channels: readonly number[],
): { readonly omero?: unknown; readonly foreign: Attributes } {
  const ome = isObject(attributes.ome) ? attributes.ome : attributes;
  const foreign = Object.fromEntries(Object.entries(attributes).filter(([key]) => !OWN_KEYS.has(key)));
  if (!isObject(ome.omero)) return { foreign };
  const { channels: shown, ...rest } = ome.omero;
  // Settings that may be another channel's would mislead.
  const own = Array.isArray(shown) && channels.every((channel) => channel in shown)
    ? channels.map((i) => shown[i])
    : undefined;
  return { omero: { ...rest, channels: own }, foreign };
}
