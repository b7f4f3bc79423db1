/**
 * Makes `packaging/n4.boutiques.json`, a Boutiques descriptor of `n4 correct`, of the table of its options, so that it
 * cannot say anything else than the program does: `deno task docs:options`.
 *
 * @module
 */

import { correctCommand } from "../src/cli/correct_command.ts";
import { type Bounds, flagOf, type OptionSpec } from "../src/options/spec.ts";
import { CORRECT_OPTIONS } from "../src/options/table.ts";
import { VERSION } from "../src/version.ts";

/** Where the descriptor lies. */
export const DESCRIPTOR: URL = new URL("n4.boutiques.json", import.meta.url);

/** A part of a descriptor. */
type Fields = Record<string, unknown>;

/** The descriptor, as it stands in the file. */
export function boutiquesDescriptor(): string {
  const { operands, summary } = correctCommand;
  // A descriptor is of one image; those who have many call it for each.
  const table = Object.entries<OptionSpec>(CORRECT_OPTIONS);
  const inputs = [
    ...Object.entries(operands).map(operandInput),
    ...table.flatMap(([key, spec]) => optionInputs(key, spec)),
  ];
  const outputs = table.filter(([, { kind }]) => kind === "output" || kind === "report");
  const descriptor = {
    name: "n4 correct",
    description: summary,
    "tool-version": VERSION,
    "schema-version": "0.5",
    tags: { domain: ["neuroinformatics", "mri", "microscopy"] },
    "command-line": ["n4 correct", ...inputs.map((input) => input["value-key"])].join(" "),
    inputs,
    "output-files": [
      { id: "corrected", name: "Corrected image", "path-template": "[OUT]" },
      ...outputs.map(([key]) => ({
        id: `${key}File`,
        name: flagOf(key),
        "path-template": valueKey(key),
        optional: true,
      })),
    ],
    "error-codes": [
      { code: 1, description: "Failed; one sentence on standard error says why." },
      { code: 2, description: "Wrong use." },
      { code: 3, description: "More memory is needed than --memory-limit allows." },
    ],
  };
  return `${JSON.stringify(descriptor, null, 2)}\n`;
}

function operandInput([name, help]: readonly [string, string]): Fields {
  return { id: name, name, description: help, type: name === "IN" ? "File" : "String", "value-key": `[${name}]` };
}

/** One input; for a switch that can be turned off a second one. */
function optionInputs(key: string, spec: OptionSpec): Fields[] {
  const flag = flagOf(key);
  const input: Fields = {
    id: key,
    name: flag,
    description: spec.help,
    ...typeOf(spec),
    optional: true,
    "command-line-flag": flag,
    "value-key": valueKey(key),
  };
  if (spec.excludes !== undefined) input["disables-inputs"] = [spec.excludes];
  if (spec.requires !== undefined) input["requires-inputs"] = [spec.requires];
  if (spec.type !== "flag" || spec.negative === undefined) return [input];
  const off = { id: `${key}Off`, name: spec.negative, description: `Turn ${flag} off.`, type: "Flag", optional: true };
  return [
    { ...input, "disables-inputs": [off.id] },
    { ...off, "command-line-flag": spec.negative, "value-key": valueKey(off.id), "disables-inputs": [key] },
  ];
}

function typeOf(spec: OptionSpec): Fields {
  switch (spec.type) {
    case "flag":
      return { type: "Flag" };
    case "path":
      return { type: spec.kind === "input" && spec.or === undefined ? "File" : "String" };
    case "number":
      return spec.or === undefined ? numberOf(spec) : { type: "String" };
    case "numbers":
    case "triple":
      return { ...numberOf(spec), list: true };
    case "levels":
      return spec.or === undefined
        ? { ...numberOf({ integer: true, from: 1 }), list: true }
        : { type: "String", list: true };
    case "percentiles":
      return { ...numberOf({ from: 0, to: 100 }), list: true, "min-list-entries": 2, "max-list-entries": 2 };
    case "choice":
      return { type: "String", "value-choices": spec.words };
    case "choices":
      return { type: "String", "value-choices": spec.words, list: true };
    case "shapes":
      return { type: "String", list: true };
    case "bytes":
      return { type: "String" };
  }
}

function numberOf({ integer, from, above, to }: Bounds): Fields {
  const fields: Fields = { type: "Number" };
  if (integer) fields.integer = true;
  if (from !== undefined || above !== undefined) fields.minimum = from ?? above;
  if (from === undefined && above !== undefined) fields["exclusive-minimum"] = true;
  if (to !== undefined) fields.maximum = to;
  return fields;
}

function valueKey(key: string): string {
  return `[${flagOf(key).slice(2).replaceAll("-", "_").toUpperCase()}]`;
}

if (import.meta.main) await Deno.writeTextFile(DESCRIPTOR, boutiquesDescriptor());
