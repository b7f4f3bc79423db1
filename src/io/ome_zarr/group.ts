/**
 * The metadata of an OME-Zarr image's group: its axes and levels, what is carried over from the image that it was made
 * of, and how it came about.
 *
 * @module
 */

import type { Geometry } from "../../volume.ts";
import type { ImageSpec } from "../image.ts";
import { isObject } from "../files/json_fields.ts";
import { isSpace, type OmeAxis, TYPE_OF } from "./axes.ts";
import type { Attributes, OmeLevel } from "./metadata.ts";
import { foreignAttributes } from "./metadata_read.ts";
import type { OmeVersion } from "./kept.ts";
import { placeOf } from "./place.ts";
import { OmeZarrImage } from "./image.ts";
import { millimetresPer } from "./units.ts";

/** Digits of a length that somebody chose. */
const CLEAN_DIGITS = 12;
/** What a few steps of float64 arithmetic leave behind, relative. */
const ROUNDING = 1e-14;

/** What an archive says of itself by RFC-9, in its latest draft and in the one before. */
export const OZX_COMMENT = JSON.stringify({
  ome: { version: "0.5", zipFile: { centralDirectory: { jsonFirst: true } } },
});

/** The attributes of the image's group: its own, what is carried over, and how it came about. */
export function groupAttributes(
  spec: ImageSpec,
  version: OmeVersion,
  levels: readonly OmeLevel[],
  method: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const { template, provenance } = spec;
  const input = template instanceof OmeZarrImage ? template : undefined;
  const axes = describedAxes(spec, input);
  const datasets = levels.map((level) => datasetOf(level, axes));
  const multiscale = { name: input?.name ?? "/", axes, datasets, metadata: method };
  const kept = keptAttributes(spec);
  const own = version === "0.4"
    ? { multiscales: [{ version, ...multiscale }], omero: kept?.omero }
    : { ome: { version, multiscales: [multiscale], omero: kept?.omero } };
  return { ...own, ...kept?.foreign, n4: provenance };
}

/** The attributes that an image keeps of the one that it is made of. */
export function keptAttributes(
  { template, carried, times = 1 }: ImageSpec,
): ReturnType<typeof carriedAttributes> | undefined {
  const channels = carried?.slice(0, carried.length / times);
  return template instanceof OmeZarrImage && channels ? carriedAttributes(template.attributes, channels) : undefined;
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
    const own = input?.axes.find((axis) => axis.name === name);
    if (!isSpace({ name })) return { name, type: TYPE_OF[name], unit: own?.unit };
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
    values.map((value, i) => isSpace(axes[i]) ? cleanQuotient(value, millimetresPer(axes[i].unit ?? "") ?? 1) : value);
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
  const leading = leadingAxes(spec).map(([name]) =>
    name === "t" && spec.template instanceof OmeZarrImage
      ? { step: spec.template.timeStep, start: spec.template.timeStart }
      : { step: 1, start: 0 }
  );
  return {
    path,
    scale: [...leading.map(({ step }) => step), ...voxelSize],
    translation: [...leading.map(({ start }) => start), ...translation],
  };
}

/** The axes in front of z, with their lengths: of times and of channels, where there are several. */
export function leadingAxes({ volumes, times = 1 }: ImageSpec): [name: "t" | "c", length: number][] {
  const axes: [name: "t" | "c", length: number][] = [["t", times], ["c", volumes / times]];
  return axes.filter(([, length]) => length > 1);
}

/** The place of a volume along those axes. */
export function leadingPlace(spec: ImageSpec, index: number): number[] {
  const axes = leadingAxes(spec);
  const last = axes.at(-1)?.[1] ?? 1;
  return axes.length === 2 ? [Math.floor(index / last), index % last] : axes.map(() => index);
}

/** Names of the axes of an image. */
export function axesOf(spec: ImageSpec): OmeAxis["name"][] {
  return [...leadingAxes(spec).map(([name]) => name), "z", "y", "x"];
}

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
  const foreign = foreignAttributes(attributes);
  if (!isObject(ome.omero)) return { foreign };
  const { channels: shown, ...rest } = ome.omero;
  // Settings that may be another channel's would mislead.
  const own = Array.isArray(shown) && channels.every((channel) => channel in shown)
    ? channels.map((i) => shown[i])
    : undefined;
  return { omero: { ...rest, channels: own }, foreign };
}
