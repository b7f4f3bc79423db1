/**
 * How help looks: as wide as the terminal, a default beside each option, a long name on a line of its own.
 *
 * @module
 */

import { Command, Help } from "npm:commander@15.0.0";
import { defaultsOf } from "../options/presets.ts";
import type { OptionTable } from "../options/spec.ts";
import { VERSION } from "../version.ts";
import { print, widthOf } from "./console.ts";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 120;

/** Most columns of the names of options, arguments and commands. */
const NAMES = 26;

/** A command of commander without options of its own. */
export function newCommand(name: string): Command {
  return new Command(name)
    .version(VERSION, "-V, --version", "Show the version.")
    .helpOption("-h, --help", "Show this help.")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: () => {},
      getOutHelpWidth: helpWidth,
      // Asking the environment about colours would need a permission.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      padWidth: (command, helper) => Math.min(NAMES, Help.prototype.padWidth(command, helper)),
      formatItem(term, width, text, helper) {
        const indent = `\n${" ".repeat(width + 4)}`;
        const lines = helper.boxWrap(text, (helper.helpWidth ?? helpWidth()) - width - 4).replaceAll("\n", indent);
        return term.length <= width ? `  ${term.padEnd(width)}  ${lines}` : `  ${term}${indent}${lines}`;
      },
    });
}

function helpWidth(): number {
  return Math.min(WIDEST, widthOf(Deno.stdout));
}

/** What an option does, and what it is when it is not given. */
export function optionHelp(key: string, table: OptionTable): string {
  const { [key]: { help } } = table;
  const values = Object.entries(defaultsOf(key));
  // What runs by itself has the presets' defaults; help that gives a default is believed.
  if (!("backend" in table) || values.length === 0 || /default/i.test(help)) return help;
  const [[, first]] = values;
  const { mri } = defaultsOf(key);
  if (!("preset" in table)) return mri === undefined || mri === "off" ? help : `${help} [default: ${mri}]`;
  const presets = Object.keys(defaultsOf("preset"));
  if (values.length === presets.length && values.every(([, value]) => value === first)) {
    return first === "off" ? help : `${help} [default: ${first}]`;
  }
  const texts = [...new Set(values.map(([, value]) => value))].map((value) =>
    `${values.filter((other) => other[1] === value).map(([name]) => name).join(", ")}: ${value}`
  );
  return `${help} [default of ${texts.join("; ")}]`;
}

/** Running text and examples at a width: lines that are indented stay, or go on after a backslash; others flow. */
export function reflow(text: string, width: number = helpWidth()): string {
  const help = new Help();
  const paragraphs = text.replace(/\\\n +/g, "").split(/\n(?=\n| {2})|(?<=\n {2}[^\n]*)\n/);
  return paragraphs.map((paragraph) => {
    const [start] = /^\n*/.exec(paragraph) ?? [""];
    const body = paragraph.slice(start.length);
    if (!body.startsWith("  ")) return start + help.boxWrap(body.replaceAll("\n", " "), width);
    // An option and its value stay together.
    const glued = body.replace(/ (--?[a-z][a-z0-9-]*) (?=[^-])/g, " $1\0");
    return start + help.boxWrap(glued, width - 4).replaceAll("\n", " \\\n    ").replaceAll("\0", " ");
  }).join("\n");
}
