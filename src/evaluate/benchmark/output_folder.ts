/**
 * The folder that a benchmark writes into: made where it is missing, and taken away again where nothing came of it.
 *
 * @module
 */

import { writeFailure } from "../../io/files/file_errors.ts";

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
    try {
      return new OutputFolder(await makeFolders(path));
    } catch (cause) {
      throw writeFailure(path, [path], cause);
    }
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

/**
 * Makes a folder, and first those above it where they are missing: permission for the folder alone is enough where they
 * are there.
 *
 * @returns what was made.
 */
async function makeFolders(path: string): Promise<string[]> {
  try {
    await Deno.mkdir(path);
    return [path];
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) return [];
    const above = path.replace(/\/+[^/]*$/, "");
    if (!(cause instanceof Deno.errors.NotFound) || above === path || above === "") throw cause;
    const made = await makeFolders(above);
    await Deno.mkdir(path);
    return [...made, path];
  }
}
