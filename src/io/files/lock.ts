/**
 * The lock of a partial output: one process that writes it alone, or any number that write a part of it each. It is the
 * system's lock, so that it ends with its process.
 *
 * @module
 */

import { WriteError } from "../../errors.ts";
import { writeFailure } from "./file_errors.ts";

/** Name of the file that is locked. */
export const LOCK = "lock";

/** Attempts to lock a folder that others make and remove at the same time. */
const ATTEMPTS = 5;

/**
 * Makes a folder where there is none, and locks it until the file is closed.
 *
 * @param output the output that is made in it, for messages.
 * @param exclusive whether nobody else may hold the lock; else everybody must be content to share it.
 * @param isPrivate whether a folder that is made lets nobody else look into it.
 * @throws {WriteError} when another process holds it, or the system does not let us.
 */
export async function lockFolder(
  folder: string,
  output: string,
  exclusive: boolean,
  isPrivate = false,
): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = await openLock(folder, output, isPrivate);
    if (file === undefined) continue; // Its owner has just removed the folder.
    const locked = await file.tryLock(exclusive);
    if (locked && await isStillThere(file, `${folder}/${LOCK}`)) return file;
    file.close();
    if (!locked) break;
  }
  throw new WriteError(output, `Cannot write ${output} as another run is at work in ${folder}: wait for it, or end it`);
}

/**
 * Gives a lock up. A system call that has just ended may hold the file open a little longer than this one, and the lock
 * with it if it were only closed.
 */
export function unlock(lock: Deno.FsFile): void {
  lock.unlockSync();
  lock.close();
}

async function openLock(folder: string, output: string, isPrivate: boolean): Promise<Deno.FsFile | undefined> {
  try {
    await Deno.mkdir(folder, { mode: isPrivate ? 0o700 : 0o777 });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw writeFailure(output, [output, folder], cause);
  }
  try {
    return await Deno.open(`${folder}/${LOCK}`, { read: true, write: true, create: true });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    await Deno.remove(folder).catch(() => {}); // Empty, as there was no room for the lock; else it stays.
    throw writeFailure(output, [output, folder], cause);
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
