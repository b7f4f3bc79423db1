/**
 * How every output comes into being: it is made in the folder `OUT.partial` beside `OUT` and renamed once complete, so
 * that a half-written output never carries the final name (`place.ts`). The folder is locked by the processes that
 * write there. One that dies leaves it behind: the next run resumes it where it is asked to, and else clears it, but
 * only of what n4 makes: anything else in the way is refused and left alone.
 *
 * Permission is needed for these two names alone, never for the folder around them: whether that exists and is writable
 * shows when `OUT.partial` is created.
 *
 * @module
 */

import { resolve } from "node:path";
import { N4Error, WriteError } from "../../errors.ts";
import { writeFailure } from "./file_errors.ts";
import { LOCK, lockFolder, unlock } from "./lock.ts";
import {
  demandPermission,
  demandReplaceable,
  entryAt,
  guardInputs,
  guardRealInputs,
  namesOf,
  stateOf,
} from "./output_guard.ts";
import { placeOutput, REPLACED, syncFile } from "./place.ts";
import { UNFINISHED } from "./whole.ts";

/** How a partial output is created. */
export interface PartialOptions {
  /** Whether the output is one file or a directory of files. */
  readonly kind: "file" | "directory";
  /** Whether an existing output, or an unfinished run, may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive: the output may not be one of them, lie inside one, or contain one. */
  readonly inputs: readonly string[];
  /** Folder of the run that the output belongs to; left out: it is made by itself. */
  readonly owner?: string;
  /** Whether what an earlier process of the same run has left is kept; not by default. */
  readonly resume?: boolean;
  /** Whether several processes write at once; not by default. */
  readonly shared?: boolean;
}

/** What a run is, in the folder of its output. */
export const RECORD = "run.json";
/** How a run ends, in the same folder. */
export const ENDING = "ending.json";
/** The results of its steps. */
export const STEPS = "steps";

/** An output that is one file. */
const CONTENT = "content";

/** Everything that n4 puts into a partial output; temporary files end in `.tmp`. */
const OURS = [LOCK, RECORD, ENDING, STEPS, CONTENT, REPLACED, "image", "image.nii", "image.nii.gz", "packed.zip"];

/** How the content of a lock begins; the owner follows. */
const MARK = "n4: partial output of ";

/** An output that is being made. Disposal removes it unless it was committed or is to be kept. */
export class PartialOutput implements AsyncDisposable {
  /** Final path. */
  readonly path: string;
  /** The folder in which it is made. */
  readonly partialPath: string;
  readonly #lock: Deno.FsFile;
  readonly #options: Pick<PartialOptions, "kind" | "overwrite">;
  #state: "open" | "kept" | "closed" = "open";

  /** Use {@linkcode createPartial} or {@linkcode joinPartial}. */
  constructor(path: string, lock: Deno.FsFile, options: Pick<PartialOptions, "kind" | "overwrite">) {
    const names = namesOf(path);
    this.path = names.out;
    this.partialPath = names.partial;
    this.#lock = lock;
    this.#options = options;
  }

  /** Where an output that is one file is written, unless its writer has a name of its own for it. */
  get content(): string {
    return `${this.partialPath}/${CONTENT}`;
  }

  /** Writes the whole of an output that is one file. @throws {WriteError} when that fails. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      if (typeof content === "string") await Deno.writeTextFile(this.content, content);
      else await Deno.writeFile(this.content, content);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /**
   * Flushes a file to disk, gives the output its final path, and removes the folder. Every file in it must be closed.
   * The files of a directory are not flushed one by one here.
   *
   * @param made the complete output.
   * @throws {WriteError} when that fails; the final path is then as it was before.
   */
  async commit(made: string = this.content): Promise<void> {
    if (this.#state !== "open") {
      throw new WriteError(this.path, `Cannot commit ${this.path} as it was committed or discarded before`);
    }
    try {
      if (this.#options.kind === "file") await syncFile(made);
      await placeOutput(made, this.path, this.#options.overwrite);
    } catch (cause) {
      throw cause instanceof WriteError ? cause : this.#failure(cause);
    }
    await this.finish();
  }

  /** Leaves the folder where it is on disposal, for a later process to resume. */
  keep(): void {
    if (this.#state === "open") this.#state = "kept";
  }

  /** Removes the folder: its output is in place. A remnant is no failure, and the next run removes it. */
  async finish(): Promise<void> {
    this.#state = "closed";
    await removeFinished(this.partialPath).catch(() => {});
    unlock(this.#lock);
  }

  /** Unlocks the folder, and removes it unless it is to be kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    const discard = this.#state === "open";
    this.#state = "closed";
    try {
      if (discard) await discardIn(this.path, this.partialPath, true);
    } catch (cause) {
      throw this.#failure(cause);
    } finally {
      unlock(this.#lock);
    }
  }

  #failure(cause: unknown): N4Error {
    return writeFailure(this.path, [this.path, this.partialPath], cause);
  }
}

/**
 * Checks that `path` may be written, and makes and locks the folder `path.partial`.
 *
 * @throws {WriteError} when the output exists and may not be replaced, when it would harm an input or anything that n4
 * did not make, when another process is writing it or an unfinished run would be lost, when its folder is missing or
 * not writable, or when a permission flag is missing.
 */
export async function createPartial(path: string, options: PartialOptions): Promise<PartialOutput> {
  const { out, partial } = namesOf(path);
  await demandPermission(out, [out, partial]);
  try {
    await guardInputs([out], options.inputs);
    const old = await demandReplaceable(out, options.kind, options.overwrite);
    const isNew = await entryAt(partial) === undefined;
    if (!isNew) await demandOurs(out, partial);
    // What replaces a file that others may not read must not be read by them while it is made.
    const isPrivate = ((await stateOf(out))?.mode ?? 0o777) % 8 < 4;
    const lock = await lockFolder(partial, out, !(options.shared ?? false), isPrivate);
    const output = new PartialOutput(out, lock, options);
    try {
      await guardRealInputs(out, partial, options.inputs);
      await prepare(output, lock, options);
      if (!old) await demandReplaceable(out, options.kind, options.overwrite); // An old output may be back.
      return output;
    } catch (error) {
      if (!isNew) output.keep();
      await output[Symbol.asyncDispose]();
      throw error;
    }
  } catch (cause) {
    throw cause instanceof N4Error ? cause : writeFailure(out, [out, partial], cause);
  }
}

/** Locks the partial output that an earlier process has left. @throws {WriteError} when another process holds it. */
export async function joinPartial(path: string, exclusive: boolean): Promise<PartialOutput> {
  const { out, partial } = namesOf(path);
  const lock = await lockFolder(partial, out, exclusive);
  return new PartialOutput(out, lock, { kind: "file", overwrite: true });
}

/** Whether a step of a run has been done in a folder. */
export async function holdsResults(partial: string): Promise<boolean> {
  return await holdsFiles(`${partial}/${STEPS}`);
}

/**
 * Clears a locked folder of what an earlier process has left, unless that is resumed, and says in its lock whose it is.
 */
async function prepare(output: PartialOutput, lock: Deno.FsFile, options: PartialOptions): Promise<void> {
  const { path, partialPath: partial } = output;
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
      await (await joinPartial(output, true))[Symbol.asyncDispose]();
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
async function demandOurs(out: string, partial: string): Promise<void> {
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
async function discardIn(out: string, partial: string, whole: boolean): Promise<void> {
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
