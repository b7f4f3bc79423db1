/**
 * What an earlier process has left in `OUT.partial`: whose it is, whether it is resumed, and how it is cleared. Only
 * what n4 makes is removed: anything else in the way is refused and left alone.
 *
 * @module
 */

import { resolve } from "node:path";
import { WriteError } from "../../errors.ts";
import { LOCK, lockFolder, unlock } from "./lock.ts";
import { entryAt, namesOf } from "./output_guard.ts";
import type { PartialOptions, PartialOutput } from "./partial.ts";
import { REPLACED } from "./place.ts";
import { UNFINISHED } from "./whole.ts";

/** What a run is, in the folder of its output. */
export const RECORD = "run.json";
/** How a run ends, in the same folder. */
export const ENDING = "ending.json";
/** The results of its steps. */
export const STEPS = "steps";

/** An output that is one file. */
export const CONTENT = "content";

/** Everything that n4 puts into a partial output; temporary files end in `.tmp`. */
const OURS = [LOCK, RECORD, ENDING, STEPS, CONTENT, REPLACED, "image", "image.nii", "image.nii.gz", "packed.zip"];

/** How the content of a lock begins; the owner follows. */
const MARK = "n4: partial output of ";

/** Whether a step of a run has been done in a folder. */
export async function holdsResults(partial: string): Promise<boolean> {
  return await holdsFiles(`${partial}/${STEPS}`);
}

/**
 * Clears a locked folder of what an earlier process has left, unless that is resumed, and says in its lock whose it is.
 */
export async function clearLeft(
  { path, partialPath: partial }: Pick<PartialOutput, "path" | "partialPath">,
  lock: Deno.FsFile,
  options: Pick<PartialOptions, "owner" | "resume" | "overwrite">,
): Promise<void> {
  const { owner, resume = false, overwrite } = options;
  const own = await Deno.realPath(owner ?? partial);
  const before = (await Deno.readTextFile(`${partial}/${LOCK}`)).slice(MARK.length).trimEnd();
  if (resume && (owner !== undefined || await entryAt(`${partial}/${RECORD}`) !== undefined)) {
    return before === "" ? await mark(lock, own) : undefined;
  }
  if (before !== "" && before !== own && before !== await Deno.realPath(partial) && await mayBeThere(before)) {
    const rule = `${partial} belongs to the unfinished run in ${before}: finish that run, or remove both`;
    throw new WriteError(path, `Cannot write ${path} as ${rule}`);
  }
  if (!overwrite && !resume && await holdsResults(partial)) {
    const rule =
      `${partial} holds an unfinished run: give option 'resume' to the command that began it, or option 'overwrite'`;
    throw new WriteError(path, `Cannot write ${path} as ${rule}`);
  }
  await discardBeside(partial);
  await discardIn(path, partial, false);
  await mark(lock, own);
}

/** Removes what an abandoned run has begun beside its folder: its other outputs, as far as permissions let us look. */
async function discardBeside(partial: string): Promise<void> {
  const own = await Deno.realPath(partial);
  let outputs: string[] = [];
  try {
    outputs = Object.values(JSON.parse(await Deno.readTextFile(`${partial}/${RECORD}`)).outputs);
  } catch {
    return; // There is no record, or what there is says nothing.
  }
  for (const output of outputs) {
    const { partial: beside } = namesOf(output);
    const { state } = await Deno.permissions.query({ name: "read", path: beside });
    const lock = state === "granted" && await Deno.readTextFile(`${beside}/${LOCK}`).catch(() => "");
    if (lock === `${MARK}${own}\n` && resolve(beside) !== resolve(partial)) {
      const held = await lockFolder(beside, output, true);
      await discardIn(namesOf(output).out, beside, true).finally(() => unlock(held));
    }
  }
}

async function mark(lock: Deno.FsFile, owner: string): Promise<void> {
  await lock.truncate();
  await lock.seek(0, Deno.SeekMode.Start);
  await lock.write(new TextEncoder().encode(`${MARK}${owner}\n`));
}

/** Whether a folder is there, as far as permissions let us look. */
async function mayBeThere(path: string): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  return state !== "granted" || await entryAt(path) !== undefined;
}

/**
 * Refuses to touch what is not a partial output of n4, or has files of others in it.
 *
 * @throws {WriteError} naming what is there.
 */
export async function demandOurs(out: string, partial: string): Promise<void> {
  const refuse = (found: string): never => {
    const rule = `${partial} must be missing, or hold nothing but an unfinished output of n4`;
    throw new WriteError(out, `Cannot write ${out} as ${rule}: current content is ${found}`);
  };
  const { isDirectory, isSymlink } = await Deno.lstat(partial);
  if (!isDirectory) refuse(isSymlink ? "a link" : "no folder");
  const names = await namesIn(partial);
  const other = names.find((name) => !isOurs(name));
  if (other !== undefined) refuse(`'${other}'`);
  if (names.length === 0) return;
  if (names.join() === ENDING) return; // A process died when it had removed all but this.
  if (!names.includes(LOCK)) refuse("a folder without a lock");
  const { isFile, size } = await Deno.lstat(`${partial}/${LOCK}`);
  // A process may have died after it made the file.
  const empty = size === 0 && names.length === 1;
  if (!isFile || !empty && !(await Deno.readTextFile(`${partial}/${LOCK}`)).startsWith(MARK)) refuse("another lock");
}

function isOurs(name: string): boolean {
  return OURS.includes(name) || name.endsWith(UNFINISHED);
}

/**
 * Removes what an unfinished output has left, first what a later process would resume; an old output that was set aside
 * comes back.
 */
export async function discardIn(out: string, partial: string, whole: boolean): Promise<void> {
  if (await entryAt(`${partial}/${REPLACED}`) !== undefined && await entryAt(out) === undefined) {
    await Deno.rename(`${partial}/${REPLACED}`, out);
  }
  await removeOurs(partial, [ENDING, RECORD]);
  await removeOurs(partial, (await namesIn(partial)).filter((name) => name !== LOCK));
  if (!whole) return;
  await removeAny(`${partial}/${LOCK}`);
  await removeEmpty(partial);
}

/**
 * Removes the folder of an output that is in place, last what says so: a process that dies meanwhile leaves a run that
 * is known to be finished.
 */
export async function removeFinished(partial: string): Promise<void> {
  await removeOurs(partial, (await namesIn(partial)).filter((name) => ![LOCK, RECORD, ENDING].includes(name)));
  await removeOurs(partial, [RECORD, LOCK, ENDING]);
  await removeEmpty(partial);
}

async function removeOurs(partial: string, names: readonly string[]): Promise<void> {
  for (const name of names.filter(isOurs)) await removeAny(`${partial}/${name}`);
}

/** Removes the folder unless others have put something into it. */
async function removeEmpty(partial: string): Promise<void> {
  if ((await namesIn(partial)).length === 0) await Deno.remove(partial).catch(ignoreMissing);
}

/** Removes whatever is there, links themselves and not what they lead to. */
async function removeAny(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(ignoreMissing);
}

function ignoreMissing(cause: unknown): void {
  if (!(cause instanceof Deno.errors.NotFound)) throw cause;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}

async function holdsFiles(path: string): Promise<boolean> {
  try {
    for await (const { name, isFile } of Deno.readDir(path)) {
      if (isFile ? !name.endsWith(UNFINISHED) : await holdsFiles(`${path}/${name}`)) return true;
    }
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
  }
  return false;
}
