/**
 * Makes `docs/options.md` of the option tables, so that the page cannot say anything else than the program does: `deno
 * task docs:options`.
 *
 * @module
 */

import type { CommandSpec } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { valueName } from "../../src/options/parsers.ts";
import { defaultsOf, PRESET_NAMES } from "../../src/options/presets.ts";
import { flagOf, type OptionTable } from "../../src/options/spec.ts";

/** Where the page lies. */
export const PAGE: URL = new URL("../options.md", import.meta.url);

const HEAD = `<!-- Made by \`deno task docs:options\` from the tables in src/options; a test compares. -->

# Every option of every command

\`n4 COMMAND --help-all\` says the same on a terminal, \`--help\` the options that matter most. \`correct\` is also \`scripts/correct_bias_field.ts\`; the others run as
\`deno run PERMISSIONS scripts/n4.ts COMMAND\`. Triples are Z Y X. An underscore in an option is as good as a dash; a
beginning that only one option has will do (\`--n-ser 8\`), and case does not matter in the words of a value.
"Elsewhere" are names of the same thing in other programs. IN is also \`-i, --input\`, OUT \`-o, --output\`.
`;

/** The page. */
export function optionsPage(): string {
  return [HEAD, ...COMMANDS.map(section)].join("\n");
}

function section({ name, summary, operands, options, footer }: CommandSpec<OptionTable>): string {
  const lines = [`## ${name}`, "", escape(summary), ""];
  if (Object.keys(operands).length > 0) {
    lines.push("| argument | |", "| --- | --- |");
    for (const [operand, help] of Object.entries(operands)) lines.push(`| \`${operand}\` | ${escape(help)} |`);
    lines.push("");
  }
  const { shared, own } = besideCorrect(options);
  if (shared !== "") lines.push(shared, "");
  for (const [group, rows] of groups(own)) lines.push(`### ${name}: ${group.toLowerCase()}`, "", ...rows, "");
  lines.push("```text", footer, "```", "");
  return lines.join("\n");
}

/** A command with this share of the options of `correct` lists only what differs. */
const NEARLY_ALL = 0.8;

/** What a command has in common with `correct`, in a sentence, and its other options. */
function besideCorrect(options: OptionTable): { readonly shared: string; readonly own: OptionTable } {
  const correct: OptionTable = COMMANDS.find(({ name }) => name === "correct")?.options ?? {};
  const missing = Object.keys(correct).filter((key) => !(key in options));
  if (options === correct || missing.length > (1 - NEARLY_ALL) * Object.keys(correct).length) {
    return { shared: "", own: options };
  }
  const flags = missing.map((key) => `\`${flagOf(key)}\``).join(", ");
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => !(key in correct)));
  return { shared: `The options of [\`correct\`](#correct)${flags === "" ? "" : ` without ${flags}`}, and:`, own };
}

/** The tables of options by heading. */
function groups(options: OptionTable): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  for (const [key, option] of Object.entries(options)) {
    const presets = options.preset !== undefined;
    const head = presets ? `| option | | ${PRESET_NAMES.join(" | ")} |` : "| option | |";
    const rule = presets ? `| --- | --- |${" --- |".repeat(PRESET_NAMES.length)}` : "| --- | --- |";
    if (!tables.has(option.group)) tables.set(option.group, [head, rule]);
    const letter = option.short === undefined ? "" : `, -${option.short}`;
    const off = option.type === "flag" && option.negative !== undefined ? `, ${option.negative}` : "";
    const spelled = `${flagOf(key)}${letter}${off} ${valueName(option)}`.trimEnd();
    const also = option.also === undefined ? "" : ` Elsewhere: ${option.also.join(", ")}.`;
    // Help that gives a default is believed, as on the terminal.
    const defaults = /\bdefault: /i.test(option.help) ? {} : defaultsOf(key);
    const values = presets ? ` ${PRESET_NAMES.map((name) => defaults[name] ?? "").join(" | ")} |` : "";
    tables.get(option.group)?.push(`| \`${cell(spelled)}\` | ${escape(option.help + also)} |${values}`);
  }
  return tables;
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
