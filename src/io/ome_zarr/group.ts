/**
 * The metadata of an OME-Zarr image's group: its axes and levels, what is carried over from the image that it was made
 * of, and how it came about.
 *
 * @module
 */

import type { Geometry } from "../../volume.ts";
import type { ImageSpec } from "../image.ts";
import { isObject } from "../files/json_fields.ts";
import { type OmeAxis, TYPE_OF } from "./axes.ts";
import type { Attributes, OmeLevel } from "./metadata.ts";
import type { OmeVersion } from "./kept.ts";
import { placeOf } from "./place.ts";
import { OmeZarrImage } from "./read.ts";
import { millimetresPer } from "./units.ts";

/** Digits of a length that somebody chose. */
const CLEAN_DIGITS = 12;
/** What a few steps of float64 arithmetic leave behind, relative. */
const ROUNDING = 1e-14;

/** The attributes of the image's group: its own, what is carried over, and how it came about. */
export function groupAttributes(
  spec: ImageSpec,
  version: OmeVersion,
  levels: readonly OmeLevel[],
  method: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const { template, carried, provenance } = spec;
  const input = template instanceof OmeZarrImage ? template : undefined;
  const axes = describedAxes(spec, input);
  const datasets = levels.map((level) => datasetOf(level, axes));
  const multiscale = { name: input?.name ?? "/", axes, datasets, metadata: method };
  const kept = input && carried ? carriedAttributes(input.attributes, carried) : undefined;
  const own = version === "0.4"
    ? { multiscales: [{ version, ...multiscale }], omero: kept?.omero }
    : { ome: { version, multiscales: [multiscale], omero: kept?.omero } };
  return { ...own, ...kept?.foreign, n4: provenance };
}

/** What says where an image lies: without an affine of its own, its input does. */
function placed(spec: ImageSpec): Geometry {
  return spec.affine === undefined && spec.template instanceof OmeZarrImage ? spec.template : spec;
}

/** An axis as the metadata list it. */
interface DescribedAxis {
  readonly name: OmeAxis["name"];
  readonly type: string;
  readonly unit?: string;
  readonly orientation?: unknown;
}

/** The axes of an image, with the units and the orientation that its input has. */
function describedAxes(spec: ImageSpec, input: OmeZarrImage | undefined): DescribedAxis[] {
  const { orientation } = placeOf(placed(spec));
  return axesOf(spec).map((name) => {
    if (name === "c") return { name, type: TYPE_OF[name] };
    const own = input?.axes.find((axis) => axis.name === name);
    const value = orientation?.["zyx".indexOf(name)];
    return {
      name,
      type: TYPE_OF[name],
      unit: own?.unit ?? (input && !input.unitGiven ? undefined : "millimeter"),
      orientation: own?.orientation ?? (value && { type: "anatomical", value }),
    };
  });
}

function datasetOf({ path, scale, translation }: OmeLevel, axes: readonly DescribedAxis[]): Record<string, unknown> {
  const inUnits = (values: readonly number[]) =>
    values.map((value, i) => cleanQuotient(value, millimetresPer(axes[i].unit ?? "") ?? 1));
  const coordinateTransformations: Record<string, unknown>[] = [{ type: "scale", scale: inUnits(scale) }];
  if (translation.some((value) => value !== 0)) {
    coordinateTransformations.push({ type: "translation", translation: inUnits(translation) });
  }
  return { path, coordinateTransformations };
}

/** A length in another unit: the shortest decimal that means it, so that 15 um are not 15.000000000000002. */
function cleanQuotient(value: number, unit: number): number {
  const exact = value / unit;
  const rounded = Number(exact.toPrecision(CLEAN_DIGITS));
  return Math.abs(rounded - exact) <= ROUNDING * Math.abs(exact) ? rounded : exact;
}

/** Where a level lies: where the image does; half a voxel less half a fine one further in where the pyramid asks. */
export function levelMetadata(spec: ImageSpec, { voxelSize }: Pick<ImageSpec, "voxelSize">, path: string): OmeLevel {
  const shifted = spec.pyramid?.translation ?? false;
  const translation = placeOf(placed(spec)).translation.map((value, a) =>
    shifted ? value + (voxelSize[a] - spec.voxelSize[a]) / 2 : value
  );
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
