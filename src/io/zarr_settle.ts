/**
 * Looking over an array that many have written to, some of whom were ended in the midst of it: is every file there, and nothing else?
 *
 * @module
 */

/** Ends the names of files that are being written. */
export const UNFINISHED = ".tmp";

/**
 * Removes what writers that were ended have left in the folder `c` of an array, and counts its files. Nobody may be writing.
 *
 * @returns how many files, each a chunk or a shard, are there.
 */
export async function settleArray(directory: string): Promise<number> {
  try {
    return await settleFolder(`${directory}/c`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return 0;
    throw cause;
  }
}

async function settleFolder(path: string): Promise<number> {
  let files = 0;
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) files += await settleFolder(`${path}/${name}`);
    else if (name.endsWith(UNFINISHED)) await Deno.remove(`${path}/${name}`);
    else files++;
  }
  return files;
}
