/**
 * The lock of a run's folder: one process that does the whole run, or any number that do a step each. It is the system's, so that it vanishes with a process that dies.
 *
 * @module
 */

import { WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";

/** Attempts to lock a folder that others make and remove at the same time. */
const ATTEMPTS = 5;

/**
 * Locks a folder until the file is closed.
 *
 * @param exclusive whether nobody else may hold it; else everybody must be content to share it.
 * @throws {WriteError} when another process holds it, or the system does not let us.
 */
export async function lockFolder(folder: string, output: string, exclusive: boolean): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = await openLock(`${folder}/lock`, output);
    const taken = await file.tryLock(exclusive);
    if (taken && await isStillThere(file, `${folder}/lock`)) return file;
    file.close();
    if (!taken) break;
  }
  throw new WriteError(output, `Cannot write ${output} as another run is at work in ${folder}: wait for it, or end it`);
}

async function openLock(path: string, output: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, create: true });
  } catch (cause) {
    throw writeFailure(output, [path], cause);
  }
}

/** Whether a name still leads to the file that was locked, and not to one that was made since. */
async function isStillThere(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    return (await file.stat()).ino === (await Deno.stat(path)).ino;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}
