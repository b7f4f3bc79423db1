/**
 * Small text inputs: bias models.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { NO_FILE, openFailure, readFailure } from "./file_errors.ts";

/** Largest text that is read: a model of the largest lattice takes 90 MB. */
const MAX_BYTES = 2 ** 28;

/** Reads a text file. @throws {InputError} when it cannot be read, or is far larger than any model. */
export async function readText(path: string): Promise<string> {
  try {
    const { size, isFile, isDirectory } = await Deno.stat(path);
    if (!isFile && !isDirectory) throw openFailure(path, NO_FILE);
    if (size > MAX_BYTES) {
      throw new InputError(
        path,
        `Cannot read '${path}' as it must be at most ${MAX_BYTES} bytes: current size is ${size}`,
      );
    }
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw cause instanceof InputError ? cause : readFailure(path, cause);
  }
}
