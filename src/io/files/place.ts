/**
 * Putting a finished output where it belongs. A file replaces a file in one rename. A directory replaces an old one in
 * two: the old one is first set aside in the partial output's folder, and comes back if the second rename fails. A
 * symbolic link at `OUT` is replaced itself; what it leads to is never touched. What replaces something has its mode,
 * owner and group.
 *
 * @module
 */

import { demandReplaceable, namesOf, stateOf } from "./output_guard.ts";
import { takeAccess } from "./whole.ts";

/** Name under which an old output is set aside in the folder of the new one for the time of two renames. */
export const REPLACED = "replaced";

/**
 * Renames `from` to `path`.
 *
 * @throws {WriteError} when something is there that may not be replaced.
 * @throws {Deno.errors.NotFound} and its like when the system does not let us; `path` is then as it was before.
 */
export async function placeOutput(from: string, path: string, overwrite: boolean): Promise<void> {
  const { out, partial } = namesOf(path);
  const { isDirectory } = await Deno.lstat(from);
  const old = await demandReplaceable(out, isDirectory ? "directory" : "file", overwrite);
  const like = await stateOf(out);
  if (like) await takeAccess(from, like);
  if (old === undefined || !isDirectory) return await Deno.rename(from, out);
  const aside = `${partial}/${REPLACED}`;
  await Deno.rename(out, aside);
  try {
    await Deno.rename(from, out);
  } catch (cause) {
    await Deno.rename(aside, out);
    throw cause;
  }
}

/** Outputs that will take the place of links, in sentences: who made one may want the output where it leads to. */
export async function linksReplaced(paths: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  for (const path of paths) {
    const { out } = namesOf(path);
    const target = await Deno.readLink(out).catch(() => undefined);
    if (target === undefined) continue;
    told.push(`'${out}' is a link to '${target}': the link is replaced, and what it leads to stays as it is.`);
  }
  return told;
}

/** What was written to a file reaches the disk. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}
