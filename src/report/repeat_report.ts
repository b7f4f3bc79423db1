/**
 * Repeating a run from its report: the options that it was given, its input and its output, each unless something else is given now.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { readText } from "../io/files/text_input.ts";
import { flagOf } from "../options/parsers.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { RunReport } from "./run_report.ts";
import { VERSION } from "../version.ts";

/** Options of how a run is told and begun, which do not belong to what is repeated. */
const OWN = ["report", "html", "overwrite", "resume", "dryRun", "verbose", "quiet", "json", "fromReport"];

/** What else was written: where the image goes elsewhere now, so would these have to. */
const COMPANIONS = ["saveBiasField", "biasLevel", "saveBiasModel", "saveMask"];

/** A run to repeat. */
export interface RepeatedRun {
  readonly input: string;
  readonly output: string;
  readonly options: CorrectOptions;
}

/**
 * The run that a report tells of, with what is given now instead of what was given then. With another output the field, the model and the mask are written
 * only where they are asked for anew.
 *
 * @throws {InputError} when the file is no report of a correction by this major version of n4, or damaged.
 */
export async function repeatReport(
  path: string,
  { input, output, options }: { readonly input?: string; readonly output?: string; readonly options: CorrectOptions },
): Promise<RepeatedRun> {
  const { version, given, input: image, outputs } = parseReport(await readText(path), path);
  const major = (text: string) => text.split(".")[0];
  if (typeof version !== "string" || major(version) !== major(VERSION)) {
    throw refusal(path, `it must be of version ${major(VERSION)} of n4: current version is ${shown(version)}`);
  }
  const [from, to] = [input ?? image?.path, output ?? outputs?.output];
  if (typeof given !== "object" || given === null || typeof from !== "string" || typeof to !== "string") {
    throw refusal(path, "it must tell input, output and options of 'n4 correct': current content does not");
  }
  const now = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const left = output === undefined ? OWN : [...OWN, ...COMPANIONS];
  return { input: from, output: to, options: { ...readOptions(given, path, left), ...now } };
}

function parseReport(text: string, path: string): Partial<RunReport> {
  let found: Partial<RunReport> | null = null;
  try {
    found = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (found?.tool === "n4") return found;
  throw refusal(path, "it must be a report that n4 has written: current content is something else");
}

/** Reads options as from a command line, so that their rules hold whatever became of the file. */
function readOptions(
  given: Readonly<Record<string, unknown>>,
  path: string,
  left: readonly string[],
): CorrectOptions {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (left.includes(key)) continue;
    const spec = Object.entries(CORRECT_OPTIONS).find(([name]) => name === key)?.[1];
    if (!spec) throw refusal(path, `'${shown(flagOf(key))}' must be an option: current value is ${shown(value)}`);
    options[key] = spec.words === 0
      ? readSwitch(value, flagOf(key), path)
      : spec.parse(wordsOf(value, flagOf(key), path), flagOf(key));
  }
  return options;
}

function readSwitch(value: unknown, flag: string, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(path, `'${flag}' must be true or false: current value is ${shown(value)}`);
}

/** A value as words of a command line. */
function wordsOf(value: unknown, flag: string, path: string): string {
  const words: unknown[] = Array.isArray(value) ? value : [value];
  if (words.every((word) => typeof word === "string" || typeof word === "number")) return words.join(" ");
  throw refusal(path, `'${flag}' must be a number, a word or a list of these: current value is ${shown(value)}`);
}

/** Longest part of a value that a message repeats. */
const SHOWN = 60;

/** A value as a message shows it, whatever it is. */
function shown(value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

function refusal(path: string, rule: string): InputError {
  return new InputError(path, `Cannot repeat the run of '${path}' as ${rule}`);
}
