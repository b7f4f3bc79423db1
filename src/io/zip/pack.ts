/**
 * From the directory of a finished Zarr hierarchy to one zip file. Chunks are compressed already, so entries are
 * stored, and a reader finds each by one seek.
 *
 * The entries stand in an order that follows from their keys alone (the metadata first, then each array's chunks in C
 * order), not in that in which chunks were done: whatever the number of workers, the bytes are the same. That is why
 * the archive is packed at the end and not written as chunks come; while it is, the output takes its space on the disk
 * twice (docs/decisions/zip_output.md).
 *
 * @module
 */

import { ZipWriter } from "./write.ts";

/** What is packed. */
interface PackRequest {
  /** Root of the hierarchy. */
  readonly directory: string;
  /** Keys of the metadata, in the order in which they shall stand. */
  readonly metadata: readonly string[];
  /** Keys of folders whose every file and folder is named by a number, but for metadata: a dot begins their names. */
  readonly grids: readonly string[];
  /** Keys of further files, which follow in this order. */
  readonly others: readonly string[];
  /** What the archive says of itself; left out: nothing. With it all records have 64 bits, as RFC-9 recommends. */
  readonly comment?: string | undefined;
  /** The file to write; it exists and is empty, or does not exist. */
  readonly archive: string;
}

/** Packs a hierarchy. One file of it at a time is in memory. */
export async function packZarr({ directory, metadata, grids, others, comment, archive }: PackRequest): Promise<void> {
  using file = await Deno.open(archive, { write: true, create: true, truncate: true });
  const zip = new ZipWriter(file, comment === undefined ? {} : { comment, wideFrom: 0 });
  const add = async (key: string) => await zip.add(key, await Deno.readFile(`${directory}/${key}`));
  for (const key of metadata) await add(key);
  for (const grid of grids) {
    for await (const key of filesBelow(directory, grid)) await add(key);
  }
  for (const key of others) await add(key);
  await zip.finish();
}

/** Keys of all files below a folder, by the numbers that name them. */
async function* filesBelow(directory: string, key: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(`${directory}/${key}`));
  entries.sort((a, b) => Number(a.name) - Number(b.name));
  for (const { name, isDirectory } of entries) {
    if (name.startsWith(".")) continue;
    if (isDirectory) yield* filesBelow(directory, `${key}/${name}`);
    else yield `${key}/${name}`;
  }
}
