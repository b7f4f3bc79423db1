/**
 * What somebody drops or chooses: a file, both files of a NIfTI pair, or a folder.
 *
 * @module
 */

import { pairNames } from "../src/io/nifti/pair.ts";

/** Files that belong together. Nothing of them has been read. */
export interface Dropped {
  /** What the command line calls it: the folder, the file, the header of a pair. */
  readonly name: string;
  /** By their paths in the folder; or by their names. */
  readonly files: ReadonlyMap<string, Blob>;
  readonly isFolder: boolean;
}

/** A file and its path in what was dropped: `image.ome.zarr/zarr.json`, or its name. */
export type PlacedFile = readonly [path: string, file: Blob];

/** Files as they belong together: those of a folder, a pair, or the first alone; `undefined` where there is none. */
export function droppedOf(files: readonly PlacedFile[]): Dropped | undefined {
  const [first] = files;
  if (first === undefined) return undefined;
  const [path] = first;
  const folder = path.slice(0, path.indexOf("/") + 1);
  if (folder !== "" && files.every(([path]) => path.startsWith(folder))) {
    const inside = files.map(([path, file]) => [path.slice(folder.length), file] as const);
    return { name: folder.slice(0, -1), files: new Map(inside), isFolder: true };
  }
  const header = files.find(([name]) => pairNames(name)?.header === name) ?? first;
  return { name: header[0], files: new Map(files), isFolder: false };
}
