/**
 * What became of many images, kept beside them: a later run has it for what is done, and refuses other options.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { writeFully } from "../io/files/whole.ts";
import type { InputIdentity } from "../io/files/identity.ts";
import { identityOfInput } from "../io/open.ts";
import { isUrl, withoutSecrets } from "../io/remote/url.ts";
import { givenText } from "../options/presets.ts";
import { keysOfKind, pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { BatchResult } from "../report/batch_summary.ts";
import type { RunReport } from "../report/run_report.ts";
import { labelPath } from "../run/inputs.ts";
import { sidecarOf, sidecarText } from "./bids.ts";
import { type BatchImage, besideOutput, stemOf } from "./batch_inputs.ts";

/** A JSON object an image and line, in the order in which they were done; the last one of an output counts. */
export const RECORD = "n4_results.jsonl";

/** What it holds, unless it is somebody else's. */
export const RECORD_MARK = '{"input":';

/** What to do about an image that is not as it was. */
const WAYS = "(move away what was made of this image, or give option 'overwrite' to correct all of them anew)";

/** Options that change no bit of what is done, files that describe it among them. */
const NOT_COMPARED = keysOfKind(CORRECT_OPTIONS, "report", "machine", "run");

/** The last results of a folder, each by its output, relative to the folder; a line that was cut is left out. */
export async function recordedResults(folder: string): Promise<Map<string, BatchResult>> {
  const results = new Map<string, BatchResult>();
  const text = await Deno.readTextFile(join(folder, RECORD)).catch(() => "");
  for (const line of text.split("\n")) {
    const result = parseLine(line);
    if (typeof result?.output !== "string") continue;
    // What was made before stays when another attempt fails.
    const { report, made } = results.get(result.output) ?? {};
    results.set(result.output, result.state === "failed" ? { ...result, report, made } : result);
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
    using file = await Deno.open(path, { read: true, append: true, create: true });
    // A line that was cut, as on a full disk, must not spoil this one.
    const last = new Uint8Array(1);
    if ((await file.stat()).size > 0) await file.seek(-1, Deno.SeekMode.End);
    const start = await file.read(last) === null || last[0] === 10 ? "" : "\n";
    await writeFully(file, new TextEncoder().encode(`${start}${line}\n`));
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/** The states of what was made of an image, by their names in the folder. */
export async function statesOf(folder: string, paths: readonly string[]): Promise<BatchResult["made"]> {
  const made: Record<string, InputIdentity> = {};
  for (const path of paths) made[relative(folder, path)] = await identityOfInput(path);
  return made;
}

/** How an image stands of which something is there already. */
export type Standing =
  | { readonly state: "done before"; readonly report: RunReport }
  /** It is made again, in the place of what is left of it. */
  | { readonly state: "again" }
  | { readonly state: "failed"; readonly error: string };

/**
 * Whether an image is done, or has to be made again as something that was made of it is gone.
 *
 * @param there those of its outputs that are there.
 * @throws {WriteError} unless what is there was made of it as it is, and is as it was left.
 */
export async function standingOf(
  folder: string,
  image: BatchImage,
  given: CorrectOptions,
  there: readonly string[],
  { input, report, made }: Partial<BatchResult> = {},
): Promise<Standing> {
  const refuse = (path: string, current: string): never => {
    const rule = `Cannot resume with ${path} as it must be as ${join(folder, RECORD)} has it`;
    throw new WriteError(path, `${rule}: ${current} ${WAYS}`);
  };
  const unknown = "it is not in there";
  if (!report || !made) return refuse(there[0], unknown);
  const beside = besideOutput(image, given);
  const reports = Object.values(pathsOfKind(CORRECT_OPTIONS, beside, "report"));
  const isFolder = there.includes(image.output) && (await Deno.stat(image.output)).isDirectory;
  const missing = [image.output, ...Object.values(beside)]
    .find((path) => !there.includes(path) && !(isFolder && reports.includes(path)));
  // A report that stays where it is may be edited.
  const kept = missing === undefined ? reports : [];
  for (const path of there.filter((path) => !kept.includes(path))) {
    const before = made[relative(folder, path)] ?? refuse(path, unknown);
    const now = await identityOfInput(path).catch(() => refuse(path, "it cannot be read"));
    if (!isSame(now, before)) refuse(path, "it has changed since");
  }
  await demandSameInput(input, image, report);
  await demandSameCompanions(report, image, given, true);
  if (missing === undefined) return { state: "done before", report };
  // Anything may have been put into a folder since; what was put into a sidecar would be gone.
  if (isFolder) refuse(missing, "it is not there, and the image is a folder, which n4 does not replace by itself");
  if (image.dataset !== undefined) {
    const [path, text] = [sidecarOf(image.output), sidecarText(image.dataset, image, report)];
    if (await Deno.readTextFile(path).catch(() => text) !== text) refuse(path, "it has changed since");
  }
  return { state: "again" };
}

function isSame(one: InputIdentity, other: InputIdentity | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Refuses to skip what was made of another input, or of this one before it was changed: folders of many subjects have
 * images of one name.
 *
 * @throws {WriteError} naming both.
 */
async function demandSameInput(
  was: string | undefined,
  { input, output }: BatchImage,
  report: RunReport,
): Promise<void> {
  // Two images on servers may be alike in all that is asked for.
  const isThatOne = !isUrl(input) || withoutSecrets(input) === was;
  const same = isThatOne && isSame(await identityOfInput(input), report.input.identity);
  if (same) return;
  const current = was === input ? "which has changed since" : `current input is '${input}'`;
  throw new WriteError(
    output,
    `Cannot resume with ${output} as it must be of the input as it is: it was made of '${was}', ${current} ${WAYS}`,
  );
}

/**
 * Refuses to skip what was made with a mask, weights or a model before they were changed.
 *
 * @param own whether those of the image itself are meant, its labels, or those of all images.
 * @throws {WriteError} naming one.
 */
async function demandSameCompanions(
  report: RunReport,
  { input, output }: BatchImage,
  given: CorrectOptions,
  own: boolean,
): Promise<void> {
  for (const [key, path] of Object.entries(pathsOfKind(CORRECT_OPTIONS, given, "input"))) {
    const place = await labelPath(path, input);
    if (own !== (place !== path)) continue;
    if (isSame(await identityOfInput(place), report.companions?.[key])) continue;
    const rule = `Cannot resume with ${output} as '${place}' of option '${key}' must be as it was when that was made`;
    throw new WriteError(output, `${rule}: it has changed since ${WAYS}`);
  }
}

/**
 * Refuses to go on with other options, or another mask, weights or model, than an image was corrected with.
 *
 * @throws {WriteError} naming the first one.
 */
export async function demandSameSettings(
  { input, report }: BatchResult,
  image: BatchImage,
  given: CorrectOptions,
): Promise<void> {
  if (report) await demandSameCompanions(report, image, given, false);
  const [before, now] = [report?.given ?? {}, given as Readonly<Record<string, unknown>>];
  // Of a file beside the image the end was given.
  const [beside, start] = [keysOfKind(CORRECT_OPTIONS, "output"), basename(stemOf(image)).length + 1];
  for (const key of new Set([before, now].flatMap(Object.keys))) {
    const old = beside.includes(key) && key in before ? basename(String(before[key])).slice(start) : before[key];
    if (JSON.stringify(old) === JSON.stringify(now[key]) || NOT_COMPARED.includes(key)) continue;
    const [was, is] = [old, now[key]].map((value) => withoutSecrets(givenText(key, value)));
    throw new WriteError(
      image.output,
      `Cannot use option 'resume' as options must be those that '${input}' was corrected with: ` +
        `option '${key}' was ${was} and is ${is} (option 'overwrite' corrects all of them anew)`,
    );
  }
}
