/**
 * Where in a zip file the image is: some programs put the hierarchy at its root, others the folder that holds it.
 *
 * @module
 */

import { DamagedBytesError } from "../codecs/damaged_bytes.ts";

/** Files that every Zarr group or array has one of. */
const METADATA = /(?:^|\/)(?:zarr\.json|\.zgroup|\.zarray|\.zattrs)$/;

/**
 * What stands before the keys of the hierarchy: nothing, or a path that ends in `/`. It is where the metadata lie that
 * are least deep.
 *
 * @throws {DamagedBytesError} when several folders are as good.
 */
export function rootOfZip(names: Iterable<string>): string {
  let roots = new Set<string>();
  let depth = Infinity;
  for (const name of names) {
    if (!METADATA.test(name)) continue;
    const root = name.slice(0, name.lastIndexOf("/") + 1);
    const own = root.split("/").length;
    if (own < depth) [roots, depth] = [new Set(), own];
    if (own === depth) roots.add(root);
  }
  if (roots.size <= 1) return [...roots][0] ?? "";
  const some = [...roots].sort().slice(0, 3).map((root) => `'${root.slice(0, -1)}'`);
  throw new DamagedBytesError(`it must hold one image: current count is ${roots.size}, in ${some.join(", ")}`);
}
