/**
 * What became of many images, kept beside them: a later run has it for what is done, and refuses other options.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { identityOfInput } from "../io/open.ts";
import { isUrl, withoutSecrets } from "../io/remote/url.ts";
import { givenText } from "../options/presets.ts";
import { keysOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { BatchResult } from "../report/batch_summary.ts";
import { type BatchImage, stemOf } from "./batch_inputs.ts";

/** A JSON object an image and line, in the order in which they were done; the last one of an output counts. */
export const RECORD = "n4_results.jsonl";

/** Options that change no bit of what is done, files that describe it among them. */
const NOT_COMPARED = keysOfKind(CORRECT_OPTIONS, "report", "machine", "run");

/** The last results of a folder, each by its output, relative to the folder; a line that was cut is left out. */
export async function recordedResults(folder: string): Promise<Map<string, BatchResult>> {
  const results = new Map<string, BatchResult>();
  const text = await Deno.readTextFile(join(folder, RECORD)).catch(() => "");
  for (const line of text.split("\n")) {
    const result = parseLine(line);
    if (result) results.set(result.output, result);
  }
  return results;
}

/** What other runs have left in the folder beside these images; without what has been removed since. */
export async function resultsBeside(folder: string, images: readonly BatchImage[]): Promise<BatchResult[]> {
  const own = new Set(images.map(({ output }) => relative(folder, output)));
  const beside: BatchResult[] = [];
  for (const result of (await recordedResults(folder)).values()) {
    const output = join(folder, result.output);
    const stays = result.state === "failed" || await Deno.lstat(output).then(() => true, () => false);
    if (stays && !own.has(result.output)) beside.push({ ...result, output });
  }
  return beside;
}

function parseLine(line: string): BatchResult | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Adds a result. @throws {WriteError} when it cannot be written. */
export async function recordResult(folder: string, result: BatchResult): Promise<void> {
  const line = withoutSecrets(JSON.stringify({ ...result, output: relative(folder, result.output) }));
  const path = join(folder, RECORD);
  try {
    await Deno.writeTextFile(path, `${line}\n`, { append: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/**
 * Refuses to skip what was made of another input, or of this one before it was changed: folders of many subjects have
 * images of one name.
 *
 * @throws {WriteError} naming both.
 */
export async function demandSameInput({ input: was, output, report }: BatchResult, input: string): Promise<void> {
  const isSame = isUrl(input)
    ? withoutSecrets(input) === was
    : JSON.stringify(await identityOfInput(input)) === JSON.stringify(report?.input.identity);
  if (isSame) return;
  throw new WriteError(
    output,
    `Cannot use option 'resume' as '${output}' must be of the input as it is: it was made of '${was}', ` +
      `${
        was === input ? "which has changed since" : `current input is '${input}'`
      } (option 'overwrite' corrects it anew)`,
  );
}

/** Refuses to go on with other options than an image was corrected with. @throws {WriteError} naming the first one. */
export function demandSameOptions(
  { input, output, report }: BatchResult,
  image: BatchImage,
  given: CorrectOptions,
): void {
  const [before, now] = [report?.given ?? {}, given as Readonly<Record<string, unknown>>];
  // Of a file beside the image the end was given.
  const [beside, start] = [keysOfKind(CORRECT_OPTIONS, "output"), basename(stemOf(image)).length + 1];
  for (const key of new Set([before, now].flatMap(Object.keys))) {
    const old = beside.includes(key) && key in before ? basename(String(before[key])).slice(start) : before[key];
    if (JSON.stringify(old) === JSON.stringify(now[key]) || NOT_COMPARED.includes(key)) continue;
    const [was, is] = [old, now[key]].map((value) => withoutSecrets(givenText(key, value)));
    throw new WriteError(
      output,
      `Cannot use option 'resume' as options must be those that '${input}' was corrected with: ` +
        `option '${key}' was ${was} and is ${is} (option 'overwrite' corrects all of them anew)`,
    );
  }
}
