/**
 * How every output comes into being: it is written at `OUT.partial` beside `OUT` and renamed once complete, so that a half-written
 * image never carries the final name (`place.ts`).
 *
 * Permission is needed for these names alone (for `OUT.replaced` only where it is used), never for their folder: whether the folder
 * exists and lets us write is learnt by creating the partial output. A process that dies leaves `OUT.partial` behind, which the next
 * run removes, or goes on with where it is asked to.
 *
 * @module
 */

import { WriteError } from "../../errors.ts";
import { writeFailure } from "./file_errors.ts";
import { demandPermission, entryAt, existsError, guardInputs, guardRealInputs, namesOf } from "./output_guard.ts";
import { placeOutput, removeAny, syncFile } from "./place.ts";

/** How a partial output is created. */
export interface PartialOptions {
  /** Whether the output is one file or a directory of files. */
  readonly kind: "file" | "directory";
  /** Whether the partial output is a folder in which the output is made, with other files beside it; left out: it is the output to be. */
  readonly folder?: boolean;
  /** Whether an existing output may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive: the output may not be one of them, lie inside one, or contain one. */
  readonly inputs: readonly string[];
  /** Go on with the partial output of an earlier run where there is one, instead of removing it. */
  readonly resume?: boolean;
}

/** An output under its temporary name. Disposal removes it unless {@linkcode PartialOutput.commit} succeeded or it was to be kept. */
export class PartialOutput implements AsyncDisposable {
  /** Final path. */
  readonly path: string;
  /** Where to write: an empty file or directory, or what an earlier run left there. */
  readonly partialPath: string;
  readonly #options: PartialOptions;
  #open = true;

  /** Use {@linkcode createPartial}, which checks first. */
  constructor(path: string, options: PartialOptions) {
    const names = namesOf(path);
    this.path = names.out;
    this.partialPath = names.partial;
    this.#options = options;
  }

  /** Writes the whole of a file under its temporary name. @throws {WriteError} when that fails. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      if (typeof content === "string") await Deno.writeTextFile(this.partialPath, content);
      else await Deno.writeFile(this.partialPath, content);
    } catch (cause) {
      throw writeFailure(this.path, [this.partialPath], cause);
    }
  }

  /**
   * Flushes a file to disk and renames the partial output to its final path. Every file in it must be closed. The files of a directory
   * are not flushed one by one here.
   *
   * @param made the output itself, where the partial output is a folder around it, which is removed then.
   * @throws {WriteError} when that fails; the final path is then as it was before.
   */
  async commit(made: string = this.partialPath): Promise<void> {
    if (!this.#open) {
      throw new WriteError(this.path, `Cannot commit ${this.path} as it was committed or discarded before`);
    }
    try {
      if (this.#options.kind === "file") await syncFile(made);
      await placeOutput(made, this.path, this.#options.overwrite);
      // The output is in place: a remnant is no failure of this commit, and the next run removes it.
      if (made !== this.partialPath) await removeAny(this.partialPath).catch(() => {});
    } catch (cause) {
      throw cause instanceof WriteError ? cause : this.#failure(cause);
    }
    this.#open = false;
  }

  /** Leaves the partial output where it is on disposal, for a later run to go on with. */
  keep(): void {
    this.#open = false;
  }

  /** Removes the partial output if it was neither committed nor is to be kept. */
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
    const { out, partial, replaced } = namesOf(this.path);
    return writeFailure(out, [out, partial, replaced], cause);
  }
}

/**
 * Checks that `path` may be written and creates the empty file or directory `path.partial`. A left-over partial output is removed unless it is to be
 * gone on with.
 *
 * @throws {WriteError} when the output exists and may not be replaced, when it would harm an input, when its folder is missing or
 * closed to us, or when a permission flag is missing.
 */
export async function createPartial(path: string, options: PartialOptions): Promise<PartialOutput> {
  const { out, partial, replaced } = namesOf(path);
  const inFolder = options.kind === "directory" || (options.folder ?? false);
  await demandPermission(out, [out, partial]);
  let found = false;
  try {
    const old = await entryAt(out);
    const swaps = old !== undefined && options.overwrite && (old.isDirectory || options.kind === "directory");
    if (swaps) await demandPermission(out, [out, partial, replaced]);
    await guardInputs(out, options.inputs);
    if (old !== undefined && !options.overwrite) throw existsError(out);
    found = options.resume === true && (await entryAt(partial))?.isDirectory === inFolder;
    if (!found) {
      await removeAny(partial);
      if (inFolder) await Deno.mkdir(partial);
      else (await Deno.open(partial, { write: true, createNew: true })).close();
    }
  } catch (cause) {
    throw cause instanceof WriteError ? cause : writeFailure(out, [out, partial], cause);
  }
  const output = new PartialOutput(path, options);
  try {
    await guardRealInputs(out, partial, options.inputs);
  } catch (error) {
    if (found) output.keep();
    await output[Symbol.asyncDispose]();
    throw error;
  }
  return output;
}
