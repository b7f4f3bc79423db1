/**
 * The folder that a benchmark writes into: made where it is missing, and taken away again where nothing came of it.
 *
 * @module
 */

import { writeFailure } from "../io/file_errors.ts";

/** A folder for outputs. */
export class OutputFolder implements AsyncDisposable {
  /** What was made of the path, the outermost first. */
  readonly #made: readonly string[];
  #kept = false;

  private constructor(made: readonly string[]) {
    this.#made = made;
  }

  /** Nothing at all. */
  static none(): OutputFolder {
    return new OutputFolder([]);
  }

  /** Makes a folder and those above it that are missing. @throws {WriteError} when that fails. */
  static async create(path: string): Promise<OutputFolder> {
    const missing: string[] = [];
    for (let at = path; at !== "" && !await exists(at); at = at.includes("/") ? at.replace(/\/[^/]*$/, "") : "") {
      missing.unshift(at);
    }
    try {
      for (const folder of missing) await Deno.mkdir(folder);
    } catch (cause) {
      throw writeFailure(path, [path], cause);
    }
    return new OutputFolder(missing);
  }

  /** Leaves it where it is. */
  keep(): void {
    this.#kept = true;
  }

  /** Removes what was made, as far as it is empty. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept) return;
    for (const folder of [...this.#made].reverse()) await Deno.remove(folder).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw writeFailure(path, [path], cause);
  }
}
