/**
 * Small text outputs (models, reports), written like images: beside their final name first, renamed once complete.
 *
 * @module
 */

import { writeFailure } from "./file_errors.ts";
import { createPartial, type PartialOptions } from "./partial.ts";
import { stateOf } from "./output_guard.ts";
import { replaceFile } from "./whole.ts";

/** A text file to be. Disposal removes what is not committed. */
export interface TextOutput extends AsyncDisposable {
  /** Final path. */
  readonly path: string;
  /** Writes the text where it is to be renamed from. @returns where that is. @throws {WriteError} when that fails. */
  complete(text: string): Promise<string>;
  /** Leaves the text where it is on disposal. */
  keep(): void;
  /** Writes the text and renames it into place. @throws {WriteError} when that fails. */
  commit(text: string): Promise<void>;
}

/**
 * Writes a text that changes as a run goes on, whole, in place of the one there.
 *
 * @throws {WriteError} when the system refuses.
 */
export async function replaceText(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, [new TextEncoder().encode(text)], await stateOf(path));
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/**
 * Creates a text file under `path.partial`.
 *
 * @throws {WriteError} when the output exists and may not be replaced, or cannot be created.
 */
export async function createText(
  path: string,
  options: Pick<PartialOptions, "overwrite" | "inputs" | "owner">,
): Promise<TextOutput> {
  const partial = await createPartial(path, { ...options, kind: "file" });
  const complete = async (text: string) => {
    await partial.write(text);
    return partial.content;
  };
  return {
    path,
    complete,
    keep: () => partial.keep(),
    async commit(text) {
      await complete(text);
      await partial.commit();
    },
    [Symbol.asyncDispose]: () => partial[Symbol.asyncDispose](),
  };
}
