/**
 * Makes `docs/options.md` of the option tables, so that the page cannot say anything else than the program does: `deno task docs:options`.
 *
 * @module
 */

import { applyCommand } from "../../src/cli/apply_command.ts";
import type { OptionTable } from "../../src/cli/arguments.ts";
import { benchmarkCommand } from "../../src/cli/benchmark_command.ts";
import type { CommandSpec } from "../../src/cli/command.ts";
import { compareCommand } from "../../src/cli/compare_command.ts";
import { correctCommand } from "../../src/cli/correct_command.ts";
import { doctorCommand } from "../../src/cli/doctor_command.ts";
import { infoCommand } from "../../src/cli/info_command.ts";
import { normalizeCommand } from "../../src/cli/normalize_command.ts";
import { phantomCommand } from "../../src/cli/phantom_command.ts";
import { planCommand } from "../../src/cli/plan_command.ts";
import { stepCommand } from "../../src/cli/step_command.ts";
import { flagOf } from "../../src/options/parsers.ts";
import { PRESET_NAMES, PRESETS } from "../../src/options/presets.ts";

/** Where the page lies. */
export const PAGE: URL = new URL("../options.md", import.meta.url);

/** What the page needs of a command; commands differ in the types of their options alone. */
type Described = Pick<CommandSpec<OptionTable>, "name" | "summary" | "operands" | "options" | "footer">;

/** The commands, in the order of `n4 --help`. */
export const DESCRIBED: readonly Described[] = [
  correctCommand,
  planCommand,
  stepCommand,
  applyCommand,
  normalizeCommand,
  compareCommand,
  benchmarkCommand,
  phantomCommand,
  infoCommand,
  doctorCommand,
];

const HEAD = `<!-- Made by \`deno task docs:options\` from the tables in src/options; a test compares. -->

# Every option of every command

\`n4 COMMAND --help\` says the same on a terminal. \`correct\` is also \`scripts/correct_bias_field.ts\`; the others run as
\`deno run PERMISSIONS scripts/n4.ts COMMAND\`. Triples are Z Y X. An underscore in an option is as good as a dash.
`;

/** The page. */
export function optionsPage(): string {
  return [HEAD, ...DESCRIBED.map(section)].join("\n");
}

function section({ name, summary, operands, options, footer }: Described): string {
  const lines = [`## ${name}`, "", escape(summary), ""];
  if (Object.keys(operands).length > 0) {
    lines.push("| argument | |", "| --- | --- |");
    for (const [operand, help] of Object.entries(operands)) lines.push(`| \`${operand}\` | ${escape(help)} |`);
    lines.push("");
  }
  for (const [group, rows] of groups(options)) lines.push(`### ${name}: ${group.toLowerCase()}`, "", ...rows, "");
  lines.push("```text", footer, "```", "");
  return lines.join("\n");
}

/** The tables of options by heading. */
function groups(options: OptionTable): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  for (const [key, option] of Object.entries(options)) {
    const presets = options.preset !== undefined;
    const head = presets ? `| option | | ${PRESET_NAMES.join(" | ")} |` : "| option | |";
    const rule = presets ? `| --- | --- |${" --- |".repeat(PRESET_NAMES.length)}` : "| --- | --- |";
    if (!tables.has(option.group)) tables.set(option.group, [head, rule]);
    const spelled = option.value === "" ? flagOf(key) : `${flagOf(key)} ${option.value}`;
    const values = presets ? ` ${PRESET_NAMES.map((name) => defaultOf(name, key)).join(" | ")} |` : "";
    tables.get(option.group)?.push(`| \`${cell(spelled)}\` | ${escape(option.help)} |${values}`);
  }
  return tables;
}

function defaultOf(preset: (typeof PRESET_NAMES)[number], key: string): string {
  const values: Readonly<Record<string, unknown>> = PRESETS[preset];
  const value = values[key];
  if (value === undefined) return "";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (key === "memoryLimit") return `${Number(value) / 2 ** 30}GiB`;
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** Text in a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Text outside of code: no tags. */
function escape(text: string): string {
  return cell(text).replaceAll("<", "&lt;");
}

if (import.meta.main) await Deno.writeTextFile(PAGE, optionsPage());
