/**
 * How every output comes into being: it is made in the folder `OUT.partial` beside `OUT` and renamed once complete, so
 * that a half-written output never carries the final name (`place.ts`). The folder is locked by the processes that
 * write there. One that dies leaves it behind: the next run resumes it where it is asked to, and else clears it
 * (`leftovers.ts`).
 *
 * Permission is needed for these two names alone, never for the folder around them: whether that exists and is writable
 * shows when `OUT.partial` is created.
 *
 * @module
 */

import { N4Error, WriteError } from "../../errors.ts";
import { writeFailure } from "./file_errors.ts";
import { clearLeft, CONTENT, demandOurs, discardIn, removeFinished } from "./leftovers.ts";
import { lockFolder, unlock } from "./lock.ts";
import {
  demandPermission,
  demandReplaceable,
  entryAt,
  guardInputs,
  guardRealInputs,
  namesOf,
  stateOf,
} from "./output_guard.ts";
import { placeOutput, syncFile } from "./place.ts";

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
      await clearLeft(output, lock, options);
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
