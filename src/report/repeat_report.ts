/**
 * Repeating a run from its report: the options that it was given, its input and its output, each unless something else
 * is given now.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { readText } from "../io/files/text_input.ts";
import { FOLDER as LABELS } from "../io/ome_zarr/labels.ts";
import { readValues, shown } from "../options/parsers.ts";
import type { OptionSpec, OptionTable } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { RunReport } from "./run_report.ts";
import { VERSION } from "../version.ts";

const SPECS: OptionTable = CORRECT_OPTIONS;

/** A run to repeat. */
interface RepeatedRun {
  readonly input: string;
  readonly output: string;
  readonly options: CorrectOptions;
  /** The state of what is read as that run read it, by its role, but not of what is given anew. */
  readonly states: Readonly<Record<string, unknown>>;
}

/**
 * The run that a report describes, with what is given now instead of what was given then. With another output the
 * field, the model and the mask are written only where they are asked for anew.
 *
 * @throws {InputError} when the file is no report of a correction by this major version of n4, or damaged.
 */
export async function repeatReport(
  path: string,
  { input, output, options }: { readonly input?: string; readonly output?: string; readonly options: CorrectOptions },
): Promise<RepeatedRun> {
  const { version, given, input: image, outputs, companions } = parseReport(await readText(path), path);
  const major = (text: string) => text.split(".")[0];
  if (typeof version !== "string" || major(version) !== major(VERSION)) {
    throw refusal(path, `it must be of version ${major(VERSION)} of n4: current version is ${shown(version)}`);
  }
  const [from, to] = [input ?? image?.path, output ?? outputs?.output];
  if (typeof given !== "object" || given === null || typeof from !== "string" || typeof to !== "string") {
    throw refusal(path, "it must name input, output and options of 'n4 correct': current content does not");
  }
  const now = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  // A label belongs to its image.
  const isLabel = typeof given.mask === "string" && given.mask.startsWith(`${LABELS}/`);
  const others = from === image?.path ? [] : ["input", ...isLabel ? ["mask"] : []];
  const states = Object.entries({ input: image?.identity, ...companions })
    .filter(([role]) => !Object.hasOwn(now, role) && !others.includes(role));
  return {
    input: from,
    output: to,
    options: { ...readOptions(given, path, output !== undefined), ...now },
    states: Object.fromEntries(states),
  };
}

function parseReport(text: string, path: string): Partial<RunReport> {
  let found: Partial<RunReport> | null = null;
  try {
    found = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (found?.tool === "n4") return found;
  throw refusal(path, "it must be a report that n4 has written: current content is something else");
}

/** Reads options by their rules, which hold whatever became of the file. */
function readOptions(given: Readonly<Record<string, unknown>>, path: string, elsewhere: boolean): CorrectOptions {
  const repeated = Object.entries(given).filter(([key]) =>
    !Object.hasOwn(SPECS, key) || !isLeft(SPECS[key], elsewhere)
  );
  try {
    return readValues(SPECS, Object.fromEntries(repeated));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      path,
      `Cannot repeat the run of '${path}' as its options must be those of a command: ${reason}`,
      { cause },
    );
  }
}

/**
 * Whether an option is no part of what is repeated: it says how that one run began and what it printed, or names what
 * else was written, which would have to go elsewhere where the image does.
 */
function isLeft({ kind, requires }: OptionSpec, elsewhere: boolean): boolean {
  if (kind === "run" || kind === "report") return true;
  return elsewhere && (kind === "output" || requires !== undefined && SPECS[requires].kind === "output");
}

function refusal(path: string, rule: string): InputError {
  return new InputError(path, `Cannot repeat the run of '${path}' as ${rule}`);
}
