/**
 * The frame of every command: options from the table, one sentence and an exit code for every failure, a clean end when
 * interrupted. Exit codes: 0 done; 2 wrong use, knowable from the command line alone; 3 more memory needed than
 * '--memory-limit' allows, so that a scheduler can try again with more; 130 and 143 interrupted; 1 everything else.
 *
 * @module
 */

import { type Command, CommanderError, Option } from "npm:commander@15.0.0";
import { MemoryLimitError, N4Error, UsageError } from "../errors.ts";
import { readOption, valueName } from "../options/parsers.ts";
import { flagOf, type OptionTable, type OptionValues } from "../options/spec.ts";
import { regularArguments } from "./arguments.ts";
import { consoleListener, log, logFailure, logResult } from "./console.ts";
import { newCommand, optionHelp, reflow } from "./help.ts";
import { jsonText } from "./plain_text.ts";
import type { RunListener } from "../run_log.ts";
import { OtherInputError, OtherRunError } from "../store/run_record.ts";

/** One command. */
export interface CommandSpec<Table extends OptionTable> {
  /** Its name: `correct`. */
  readonly name: string;
  /** One or two sentences. */
  readonly summary: string;
  /** Its arguments, name to help, all required. IN is also `--input`, OUT also `--output`. */
  readonly operands: Readonly<Record<string, string>>;
  /** The option with which they may be left out. */
  readonly optionalWith?: string;
  /** The option with which all of them are inputs, as many as one likes. */
  readonly manyWith?: string;
  /** What to do where there are too many arguments. */
  readonly wayOut?: string;
  /** Its options. */
  readonly options: Table;
  /** The options that `--help` shows; left out: all. */
  readonly main?: readonly string[];
  /** What follows the options in the help: examples, permissions. */
  readonly footer: string;
  /** Does the work. @returns what it came to; nothing where all is printed. */
  run(operands: readonly string[], options: OptionValues<Table>, context: CommandContext): Promise<Outcome | void>;
}

/** What a command is run with, by the names that jobs have for it. */
export interface CommandContext {
  /** The command line as given, for the report. */
  readonly command: string;
  /** Receives the events of the run, and prints them as the user asked for. */
  readonly listener: RunListener;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** Receives the folder in which finished work is kept, should the command fail. */
  readonly onKept: (folder: string) => void;
}

/** What a command came to. */
export interface Outcome {
  /** For people. */
  readonly text: string;
  /** For programs, with '--json'. */
  readonly report?: object;
}

/** Runs a command with the words after its name. @returns the exit code. */
export async function runCommand(
  spec: CommandSpec<OptionTable>,
  program: string,
  words: readonly string[],
): Promise<number> {
  const command = buildCommand(spec, program);
  const interrupt = listenForInterrupts();
  let kept: string | undefined;
  const onKept = (folder: string) => kept = folder;
  try {
    command.parse(regularArguments(words, { ...spec.options, ...operandOptions(spec) }), { from: "user" });
    const { operands, options } = readCommand(spec, command);
    const context = {
      command: [program, ...words].join(" "),
      listener: consoleListener(options),
      signal: interrupt.signal,
      onKept,
    };
    const outcome = await spec.run(operands, options, context);
    if (outcome) logResult(options, outcome.report, outcome.text);
    return 0;
  } catch (thrown) {
    const error = firstOf(thrown);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (interrupt.code !== 0) {
      const left = kept === undefined ? "nothing was left behind" : `what is done ${keptIn(kept)}`;
      tellFailure(words, "Interrupted", `Interrupted; ${left}.`, kept);
      return interrupt.code;
    }
    const more = kept === undefined || error instanceof OtherRunError
      ? ""
      : `; what was done before ${keptIn(kept, !(error instanceof OtherInputError))}`;
    tellFailure(words, error instanceof Error ? error.name : "Error", sentence(error) + more, kept);
    const code = exitCodeOf(error);
    const wantsMore = words.some((word) => word === "--verbose" || word === "-v");
    if (wantsMore && code !== WRONG_USE && error instanceof Error) log(`${error.stack}\n${error.cause ?? ""}\n`);
    return code;
  } finally {
    interrupt.stop();
  }
}

/** Builds commander's command from the table. */
function buildCommand(spec: CommandSpec<OptionTable>, program: string): Command {
  const command = newCommand(program).description(spec.summary).allowExcessArguments();
  // Which of them are missing or too many is reported by `readCommand`, which knows those that are given as options.
  for (const [name, help] of Object.entries(spec.operands)) command.argument(`[${name}]`, help);
  command.usage(["[options]", ...Object.keys(spec.operands).map((name) => `<${name}>`)].join(" "));
  const table: OptionTable = { ...spec.options, ...operandOptions(spec) };
  for (const [key, option] of Object.entries(table)) {
    const flag = flagOf(key);
    const letter = option.short === undefined ? "" : `-${option.short}, `;
    const commanderOption = new Option(`${letter}${flag} ${valueName(option)}`.trimEnd(), optionHelp(key, table));
    commanderOption.helpGroup(`${option.group}:`);
    commanderOption.hideHelp(spec.main !== undefined && !spec.main.includes(key));
    command.addOption(commanderOption);
    if (option.type !== "flag") commanderOption.argParser((text: string) => readOption(option, text, key));
    else if (option.negative !== undefined) addNegative(command, key, option.negative, commanderOption);
  }
  const { main, footer } = spec;
  const all = new Option("--help-all", "Show every option.").hideHelp(main === undefined);
  command.addOption(all).on("option:help-all", () => showAll(command, table));
  const short = `All ${command.options.length} options: ${program} --help-all\n\n${footer.split("\n\n")[0]}`;
  return command.addHelpText("after", () => `\n${reflow(main && !all.hidden ? short : footer)}`);
}

/** Shows the help with all options and what other programs call them, and ends. */
function showAll(command: Command, table: OptionTable): never {
  for (const option of command.options) {
    const also = table[option.attributeName()]?.also;
    if (also && !option.negate) option.description += ` Elsewhere: ${also.join(", ")}.`;
    option.hideHelp(option.long === "--help-all");
  }
  return command.help();
}

/** The options that stand for arguments, as other programs have them. */
function operandOptions({ operands }: CommandSpec<OptionTable>): OptionTable {
  const option = (name: string, short: string) =>
    ({ type: "path", short, group: "Options", help: `The same as ${name}.` }) as const;
  const table: Record<string, OptionTable[string]> = {};
  if ("IN" in operands) table.input = option("IN", "i");
  if ("OUT" in operands) table.output = option("OUT", "o");
  return table;
}

/** What to do where one image is not what was meant. */
export const SEVERAL = "; for several images give '--output-folder FOLDER'";

/** What was given: arguments in order, wherever they stood, and the options of the table. @throws {UsageError} */
function readCommand(
  { operands: known, optionalWith, manyWith, wayOut = "" }: CommandSpec<OptionTable>,
  command: Command,
): { readonly operands: string[]; readonly options: ReturnType<Command["opts"]> } {
  const options = { ...command.opts() };
  const rest = [...command.args];
  const refuse = (text: string, more = ""): never => {
    throw new UsageError(`Cannot read the command line: ${text} (see --help)${more}`);
  };
  const forSeveral = manyWith === undefined ? "" : SEVERAL;
  if (manyWith !== undefined && options[manyWith] !== undefined) {
    const { input, output, ...others } = options;
    if (output !== undefined) refuse(`'--output' does not go with '${flagOf(manyWith)}'`);
    return { operands: input === undefined ? rest : [input, ...rest], options: others };
  }
  const operands = Object.keys(known).map((name): string => {
    const key = name === "IN" ? "input" : name === "OUT" ? "output" : "";
    const { [key]: named } = options;
    delete options[key];
    return named ?? rest.shift();
  });
  if (rest.length > 0) refuse(`too many arguments, from '${rest[0]}' on`, wayOut || forSeveral);
  const missing = Object.keys(known).find((_, i) => operands[i] === undefined);
  if (missing !== undefined && (optionalWith === undefined || options[optionalWith] === undefined)) {
    refuse(`missing required argument '${missing}'`, forSeveral);
  }
  return { operands, options };
}

/**
 * Adds the spelling that turns a switch off, whatever its name; as long as neither is given the value stays
 * `undefined`.
 */
function addNegative(command: Command, key: string, negative: string, on: Option): void {
  const off = new Option(negative, `Turn ${flagOf(key)} off.`).helpGroup(on.helpGroupHeading ?? "").hideHelp(on.hidden);
  off.attributeName = () => key;
  // Commander turns a switch on whose other spelling it does not find, unless it has a default.
  command.addOption(off.default(null));
  command.setOptionValue(key, undefined);
}

/** The error that came first, where closing what was open has failed after it. */
export function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/** The exit code of what the command line alone shows to be wrong. */
const WRONG_USE = 2;

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError || error instanceof UsageError) return WRONG_USE;
  return error instanceof MemoryLimitError ? 3 : 1;
}

/** What went wrong, as one sentence. */
export function sentence(error: unknown): string {
  if (error instanceof CommanderError) {
    const detail = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    return `Cannot read the command line: ${detail} (see --help)`;
  }
  // Options that break a rule only in this volume are refused by a RangeError; those of the engine are no sentences.
  if (error instanceof N4Error || (error instanceof RangeError && /^Cannot /.test(error.message))) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Cannot go on because of an unexpected failure: ${message}`;
}

/** Where the results of an unfinished run are, and how to resume it, where it can be. */
function keptIn(folder: string, goesOn = true): string {
  const resume = goesOn ? "'--resume' with the same options and inputs goes on from there, " : "";
  return `is kept in ${folder}: ${resume}'--overwrite' begins anew`;
}

function tellFailure(words: readonly string[], name: string, text: string, kept?: string): void {
  if (words.includes("--json")) log(`${jsonText({ event: "error", name, text, kept })}\n`);
  else logFailure(text);
}

/** Turns the first interrupt into an abort; a second one ends the process at once. */
export function listenForInterrupts(): { readonly signal: AbortSignal; readonly code: number; stop(): void } {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  let code = 0;
  const listeners = Object.entries(codes).map(([name, exit]) => {
    const listener = () => {
      if (code !== 0) Deno.exit(exit);
      code = exit;
      controller.abort(new Error("interrupted"));
    };
    // Windows knows SIGINT alone.
    if (Deno.build.os === "windows" && name !== "SIGINT") return () => {};
    Deno.addSignalListener(name as Deno.Signal, listener);
    return () => Deno.removeSignalListener(name as Deno.Signal, listener);
  });
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    stop: () => listeners.forEach((stop) => stop()),
  };
}
