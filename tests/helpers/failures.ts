/**
 * Commands that must fail: with one sentence, a code, and a folder that is as it was.
 *
 * @module
 */

import assert from "node:assert/strict";
import { commandOf, contents, programs, run } from "./command.ts";
import { inFolder } from "./nifti_files.ts";

/** A command that must fail. */
export interface Failure {
  /** The case, as a sentence. */
  readonly name: string;
  /** Makes the files in the folder; returns the words after `deno run`, relative to it. */
  readonly prepare: (folder: string) => Promise<readonly string[]> | readonly string[];
  /** Exit code. */
  readonly code: 1 | 2;
  /** What its sentence says. */
  readonly says: RegExp;
}

/** Registers a test of each failure. */
export function testFailures(failures: readonly Failure[]): void {
  for (const failure of failures) {
    programs.test(failure.name, () => inFolder((folder) => expectFailure(folder, failure)));
  }
}

async function expectFailure(folder: string, { prepare, code, says }: Failure): Promise<void> {
  const words = await prepare(folder);
  const before = await contents(folder);
  const result = await run(words, { cwd: folder });
  assert.equal(result.code, code, result.stderr);
  const sentences = result.stderr.split("\n").filter((line) => line.startsWith("n4: "));
  assert.equal(sentences.length, 1, result.stderr);
  assert.match(sentences[0], says);
  assert.match(sentences[0], /^n4: Cannot /);
  assert.doesNotMatch(result.stderr, /unexpected failure|undefined/);
  if (!words.includes("--verbose")) assert.doesNotMatch(result.stderr, /\n\s+at /);
  assert.equal(result.stdout, "");
  assert.deepEqual(await contents(folder), before, "the folder must be as it was");
}

/** Starts a long run, interrupts it once it fits, and returns its exit code and last line. */
export async function interrupted(
  folder: string,
  words: readonly string[],
  signal: Deno.Signal,
): Promise<{ code: number; last: string }> {
  const child = commandOf(words, { cwd: folder }).spawn();
  let text = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    if (!text.includes("Mask:") && (text + part).includes("Mask:")) child.kill(signal);
    text += part;
  }
  await child.stdout.cancel();
  const { code } = await child.status;
  return { code, last: text.trimEnd().split("\n").at(-1) ?? "" };
}
