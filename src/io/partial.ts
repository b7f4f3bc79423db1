/**
 * How every output comes into being: it is written at `OUT.partial` beside `OUT` and renamed once complete, so that a half-written
 * image never carries the final name.
 *
 * A file replaces a file in one rename. Where a directory is involved the old output is first set aside as `OUT.replaced`, and
 * comes back if the second rename fails. A symbolic link at `OUT` is replaced itself; what it points to is never touched.
 *
 * Permission is needed for these names alone (for `OUT.replaced` only where it is used), never for their folder: whether the folder
 * exists and lets us write is learnt by creating the partial output. A process that dies leaves `OUT.partial` behind, which the next
 * run removes.
 *
 * @module
 */

import { resolve, sep } from "node:path";
import { WriteError } from "../errors.ts";
import { writeFailure } from "./file_errors.ts";

/** How a partial output is created. */
export interface PartialOptions {
  /** Whether the output is one file or a directory of files. */
  readonly kind: "file" | "directory";
  /** Name of the one file of a partial directory that becomes the output; left out: the directory does. The rest is removed. */
  readonly result?: string;
  /** Whether an existing output may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive: the output may not be one of them, lie inside one, or contain one. */
  readonly inputs: readonly string[];
}

/** An output under its temporary name. Disposal removes it unless {@linkcode PartialOutput.commit} succeeded. */
export class PartialOutput implements AsyncDisposable {
  /** Final path. */
  readonly path: string;
  /** Where to write: an empty file or directory. */
  readonly partialPath: string;
  readonly #replacedPath: string;
  readonly #options: PartialOptions;
  #open = true;

  /** Use {@linkcode createPartial}, which checks first. */
  constructor(path: string, options: PartialOptions) {
    const names = namesOf(path);
    this.path = names.out;
    this.partialPath = names.partial;
    this.#replacedPath = names.replaced;
    this.#options = options;
  }

  /**
   * Flushes a file to disk and renames the partial output to its final path. Every file in it must be closed. The files of a directory
   * are not flushed one by one: a power cut within seconds of the commit can still cost them.
   *
   * @throws {WriteError} when that fails; the final path is then as it was before.
   */
  async commit(): Promise<void> {
    if (!this.#open) {
      throw new WriteError(this.path, `Cannot commit ${this.path} as it was committed or discarded before`);
    }
    try {
      const { kind, result } = this.#options;
      const done = result === undefined ? this.partialPath : `${this.partialPath}/${result}`;
      if (kind === "file" || result !== undefined) await syncFile(done);
      const old = await entryAt(this.path);
      if (old !== undefined && !this.#options.overwrite) throw existsError(this.path);
      if (old !== undefined && needsSwap(old, this.#options)) await this.#swap(done);
      else await Deno.rename(done, this.path);
      // The output is in place: a remnant is no failure of this commit, and the next run removes it.
      if (result !== undefined) await removeAny(this.partialPath).catch(() => {});
    } catch (cause) {
      throw cause instanceof WriteError ? cause : this.#failure(cause);
    }
    this.#open = false;
  }

  async #swap(done: string): Promise<void> {
    await removeAny(this.#replacedPath);
    await Deno.rename(this.path, this.#replacedPath);
    try {
      await Deno.rename(done, this.path);
    } catch (cause) {
      await Deno.rename(this.#replacedPath, this.path);
      throw cause;
    }
    // The output is in place: a remnant of the old one is no failure of this commit, and the next overwrite removes it.
    await removeAny(this.#replacedPath).catch(() => {});
  }

  /** Removes the partial output if it was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await removeAny(this.partialPath);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): WriteError {
    return writeFailure(this.path, [this.path, this.partialPath, this.#replacedPath], cause);
  }
}

/**
 * Checks that `path` may be written and creates the empty file or directory `path.partial`. A left-over partial output is removed.
 *
 * @throws {WriteError} when the output exists and may not be replaced, when it would harm an input, when its folder is missing or
 * closed to us, or when a permission flag is missing.
 */
export async function createPartial(path: string, options: PartialOptions): Promise<PartialOutput> {
  const { out, partial, replaced } = namesOf(path);
  await demandPermission(out, [out, partial]);
  try {
    const old = await entryAt(out);
    if (old !== undefined && needsSwap(old, options)) await demandPermission(out, [out, partial, replaced]);
    await guardInputs(out, options.inputs);
    if (old !== undefined && !options.overwrite) throw existsError(out);
    await removeAny(partial);
    if (options.kind === "directory") await Deno.mkdir(partial);
    else (await Deno.open(partial, { write: true, createNew: true })).close();
  } catch (cause) {
    throw cause instanceof WriteError ? cause : writeFailure(out, [out, partial], cause);
  }
  const output = new PartialOutput(path, options);
  try {
    await guardRealInputs(out, partial, options.inputs);
  } catch (error) {
    await output[Symbol.asyncDispose]();
    throw error;
  }
  return output;
}

function namesOf(path: string): { out: string; partial: string; replaced: string } {
  const out = path.replace(/(?<=.)\/+$/, "");
  return { out, partial: `${out}.partial`, replaced: `${out}.replaced` };
}

/** Whether one rename does not do, as a directory is involved. */
function needsSwap(old: Deno.FileInfo, options: PartialOptions): boolean {
  return options.overwrite && (old.isDirectory || (options.kind === "directory" && options.result === undefined));
}

function existsError(out: string): WriteError {
  return new WriteError(out, `Cannot write ${out} as it exists already: remove it or give --overwrite`);
}

function inputError(out: string, input: string): WriteError {
  const message =
    `Cannot write ${out} as an output must not be, contain or lie inside an input: current input is ${input}`;
  return new WriteError(out, message);
}

/** Asks for every permission before any work, so that none is found missing at the end of it. */
async function demandPermission(out: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for (const name of ["read", "write"] as const) {
      const status = await Deno.permissions.request({ name, path });
      if (status.state !== "granted") {
        throw writeFailure(out, paths, new Deno.errors.NotCapable(`No ${name} access to ${path}`));
      }
    }
  }
}

/** Refuses an output that meets an input by name, or by being the same file under another name or link. */
async function guardInputs(out: string, inputs: readonly string[]): Promise<void> {
  const { partial, replaced } = namesOf(out);
  for (const input of inputs) {
    const names = [resolve(input), await realPathOf(input)];
    for (const mine of [out, partial, replaced]) {
      if (names.some((name) => pathsOverlap(name, resolve(mine)))) throw inputError(out, input);
    }
    if (await isSameFile(out, input)) throw inputError(out, input);
  }
}

/** The same, once the partial output exists and tells where its folder really is. */
async function guardRealInputs(out: string, partial: string, inputs: readonly string[]): Promise<void> {
  const real = (await Deno.realPath(partial)).slice(0, -".partial".length);
  for (const input of inputs) {
    if (pathsOverlap(await realPathOf(input), real)) throw inputError(out, input);
  }
}

/** Whether two absolute paths are one, or one of them lies inside the other. */
export function pathsOverlap(one: string, other: string): boolean {
  return one === other || one.startsWith(other + sep) || other.startsWith(one + sep);
}

/** The path without links, or the absolute path where nothing is there. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([Deno.stat(one), Deno.stat(other)]);
    return a.ino !== null && a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false; // One of them does not exist (or is a dangling link), so they are not the same.
  }
}

/** What carries this name, links not followed; nothing where there is none. */
async function entryAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  }
}

async function removeAny(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}
