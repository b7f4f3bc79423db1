/**
 * What an image in a format of fewer words loses of the one that it is made of.
 *
 * @module
 */

import { imageFormatFor, type ImageSpec } from "./image.ts";
import { keptParts } from "./ome_zarr/kept.ts";
import { OmeZarrImage } from "./ome_zarr/image.ts";
import { replacedLosses } from "./ome_zarr/replaced.ts";
import type { CreateOptions } from "./ome_zarr/write.ts";

/** What a new image of this name cannot hold of the image that it is made of, or replaces, in sentences. */
export async function lossesOf(
  path: string,
  spec: ImageSpec,
  options: Pick<CreateOptions, "omeVersion" | "copyLabels" | "shard"> = {},
): Promise<readonly string[]> {
  const { template } = spec;
  if (imageFormatFor(path) === "ome-zarr") {
    const files = template instanceof OmeZarrImage ? await template.besidesInCollection() : [];
    return [
      ...(await keptParts(path, spec, options)).lost,
      ...files.map((file) => `The '${file}' beside '${template?.path}' is not copied: it describes a collection.`),
      ...await replacedLosses(path, spec, options.copyLabels),
    ];
  }
  if (!(template instanceof OmeZarrImage)) return [];
  const losses: string[] = [];
  if (template.frame === "own") {
    losses.push(`'${template.path}' does not say how it lies in a body: a NIfTI of it shows no true left and right.`);
  }
  const besides = await template.besides();
  if (besides.length > 0) {
    losses.push(`A NIfTI does not hold what '${template.path}' has besides: ${besides.join(", ")}.`);
  }
  return losses;
}
