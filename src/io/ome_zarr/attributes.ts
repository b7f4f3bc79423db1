/**
 * What stands in the attributes of an image's group beside its `multiscales`: what an input has there and an output made of it keeps, and how the output came about.
 *
 * @module
 */

/** Attributes of a group, as JSON holds them. */
export type Attributes = Readonly<Record<string, unknown>>;

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
 * The attributes that an output keeps of its input's: `omero`, which says how viewers show it, and everything that is not OME-Zarr's.
 *
 * @param attributes of the input's group, of version 0.4 or 0.5.
 * @param channels the input's channels that the output has, in order.
 */
export function carriedAttributes(
  attributes: Attributes,
  channels: readonly number[],
): { readonly omero?: unknown; readonly foreign: Attributes } {
  const ome = isObject(attributes.ome) ? attributes.ome : attributes;
  const foreign = Object.fromEntries(Object.entries(attributes).filter(([key]) => !OWN_KEYS.has(key)));
  if (!isObject(ome.omero)) return { foreign };
  const { channels: shown, ...rest } = ome.omero;
  // Settings of a channel that cannot be told from another's would mislead.
  const own = Array.isArray(shown) && channels.every((channel) => channel in shown)
    ? channels.map((i) => shown[i])
    : undefined;
  return { omero: { ...rest, ...(own ? { channels: own } : {}) }, foreign };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
