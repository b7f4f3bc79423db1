/**
 * Putting a finished output where it belongs. A file replaces a file in one rename. Where a directory is involved the old output is first set aside as
 * `OUT.replaced`, and comes back if the second rename fails. A symbolic link at `OUT` is replaced itself; what it leads to is never touched.
 *
 * @module
 */

import { entryAt, existsError, namesOf } from "./output_guard.ts";

/**
 * Renames `from` to `path`.
 *
 * @throws {WriteError} when something is there that may not be replaced.
 * @throws {Deno.errors.NotFound} and its like when the system does not let us; `path` is then as it was before.
 */
export async function placeOutput(from: string, path: string, overwrite: boolean): Promise<void> {
  const { out, replaced } = namesOf(path);
  const [made, old] = [await Deno.lstat(from), await entryAt(out)];
  if (old !== undefined && !overwrite) throw existsError(out);
  if (old === undefined || !(old.isDirectory || made.isDirectory)) return await Deno.rename(from, out);
  await removeAny(replaced);
  await Deno.rename(out, replaced);
  try {
    await Deno.rename(from, out);
  } catch (cause) {
    await Deno.rename(replaced, out);
    throw cause;
  }
  // The output is in place: a remnant of the old one is no failure, and the next overwrite removes it.
  await removeAny(replaced).catch(() => {});
}

/** Removes whatever is there, links themselves and not what they lead to. */
export async function removeAny(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
}

/** What was written to a file reaches the disk. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}
