/**
 * Bias models and values of options: what is accepted says what its text says.
 *
 * @module
 */

import { UsageError } from "../../src/errors.ts";
import { readText } from "../../src/io/files/text_input.ts";
import { formatBiasModel, parseBiasModel } from "../../src/n4/bias_model.ts";
import { NORMALIZE_OPTIONS } from "../../src/options/normalize_table.ts";
import { readOption } from "../../src/options/parsers.ts";
import type { OptionTable } from "../../src/options/spec.ts";
import { CORRECT_OPTIONS } from "../../src/options/table.ts";
import { regularArguments } from "../../src/cli/arguments.ts";
import { BrokenPromise } from "./checks.ts";
import type { Job } from "./case_worker.ts";
import { checkApplication } from "./correction_check.ts";

/** A model is refused, or holds finite numbers that survive being written and read again, and can be applied. */
export async function checkModel(job: Job): Promise<string> {
  const path = `${job.input}/${job.open}`;
  const model = parseBiasModel(await readText(path), path);
  const lattices = [model.global, ...model.sections.map((section) => section.lattice)].flatMap((l) => l ? [l] : []);
  for (const { points: [z, y, x], values } of lattices) {
    if (values.length !== z * y * x || !values.every(Number.isFinite)) throw new BrokenPromise("unsound lattice");
  }
  const text = formatBiasModel(model);
  if (formatBiasModel(parseBiasModel(text, path)) !== text) throw new BrokenPromise("another model when read again");
  return await checkApplication(job, path);
}

/** An option refuses its text, or takes it for numbers that are finite and words that are its own. */
export async function checkOption(job: Job): Promise<string> {
  const line = await Deno.readTextFile(`${job.input}/${job.open}`);
  const name = line.split("=", 1)[0];
  const table: OptionTable = { ...CORRECT_OPTIONS, ...NORMALIZE_OPTIONS };
  if (!Object.hasOwn(table, name)) throw new UsageError(`Cannot use '${name.slice(0, 99)}' as there is no such option`);
  const text = line.slice(name.length + 1);
  const value = readOption(table[name], text, name);
  const parts = Array.isArray(value) ? value : [value];
  const sound = parts.every((part) =>
    typeof part === "number" ? Number.isFinite(part) : part === true || part === text
  );
  if (!sound) throw new BrokenPromise(`${name} takes ${JSON.stringify(text.slice(0, 99))} for ${String(value)}`);
  regularArguments([`--${name}`, ...text.split(" "), "IN", "OUT"], table);
  return "an option's value";
}
