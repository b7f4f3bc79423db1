/**
 * The folder that a benchmark writes into.
 *
 * @module
 */

import { writeFailure } from "../../io/files/file_errors.ts";

/**
 * Makes a folder and those above it that are missing; takes away again at the end of `stack` what it made and nothing
 * was put into.
 *
 * @throws {WriteError} when that fails.
 */
export async function makeFolder(path: string, stack: AsyncDisposableStack): Promise<void> {
  const made: string[] = [];
  stack.defer(async () => {
    for (const folder of made.reverse()) await Deno.remove(folder).catch(() => {});
  });
  try {
    await makeFolders(path, made);
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/**
 * Makes those above it only where they are missing: where they are there, permission for the folder alone is enough.
 */
async function makeFolders(path: string, made: string[]): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) return;
    const above = path.replace(/\/+[^/]*$/, "");
    if (!(cause instanceof Deno.errors.NotFound) || above === path || above === "") throw cause;
    await makeFolders(above, made);
    await Deno.mkdir(path);
  }
  made.push(path);
}
