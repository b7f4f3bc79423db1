/**
 * The metadata of an OME-Zarr image's group: its axes and levels, what is carried over from the image that it was made of, and how it came about.
 *
 * @module
 */

import type { Triple } from "../../volume.ts";
import type { ImageSpec } from "../image.ts";
import { carriedAttributes } from "./attributes.ts";
import { multiscaleAttributes, type OmeAxis, type OmeLevel } from "./metadata.ts";
import { OmeZarrImage } from "./read.ts";

/** The attributes of the image's group: its own, what is carried over, and how it came about. */
export function groupAttributes(
  spec: ImageSpec,
  levels: readonly OmeLevel[],
  method: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const { template, carried, provenance } = spec;
  const { ome } = multiscaleAttributes(axesOf(spec), levels, method);
  const kept = template instanceof OmeZarrImage && carried
    ? carriedAttributes(template.attributes, carried)
    : undefined;
  return {
    ome: { ...ome, ...(kept?.omero === undefined ? {} : { omero: kept.omero }) },
    ...kept?.foreign,
    ...(provenance ? { n4: provenance } : {}),
  };
}

/** Where a level lies: at the template's place, and half a voxel less half a fine one further in where the pyramid says so. */
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
