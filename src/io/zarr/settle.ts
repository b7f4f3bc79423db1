/**
 * Looking over an array that several processes have written to, of which some may have been killed: is every file
 * there, and nothing else?
 *
 * @module
 */

import { UNFINISHED } from "../files/whole.ts";

/**
 * Removes what killed writers left of an array, and counts its files. Nobody may be writing.
 *
 * @returns how many files, each a chunk or a shard, are there.
 */
export async function settleArray(directory: string): Promise<number> {
  await removeUnfinished(directory);
  try {
    return await settleChunks(`${directory}/c`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return 0;
    throw cause;
  }
}

/** Removes what killed writers left directly in a folder. Nobody may be writing. */
export async function removeUnfinished(directory: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && name.endsWith(UNFINISHED)) await Deno.remove(`${directory}/${name}`);
  }
}

async function settleChunks(path: string): Promise<number> {
  let files = 0;
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) files += await settleChunks(`${path}/${name}`);
    else if (name.endsWith(UNFINISHED)) await Deno.remove(`${path}/${name}`);
    else files++;
  }
  return files;
}
