/**
 * The frame of every command: options from the table, one sentence and an exit code for every failure, a clean end when
 * interrupted. Exit codes: 0 done; 2 wrong use, knowable from the command line alone; 3 more memory needed than
 * '--memory-limit' allows, so that a scheduler can try again with more; 130 and 143 interrupted; 1 everything else.
 *
 * @module
 */

import { Command, CommanderError, Option } from "npm:commander@15.0.0";
import { MemoryLimitError, N4Error, UsageError } from "../errors.ts";
import { readOption, valueName } from "../options/parsers.ts";
import { flagOf, type OptionTable, type OptionValues } from "../options/spec.ts";
import { VERSION } from "../version.ts";
import { regularArguments } from "./arguments.ts";
import { consoleListener, log, logResult, print } from "./console.ts";
import type { RunListener } from "../run_log.ts";
import { plainText } from "./plain_text.ts";

/** One command. */
export interface CommandSpec<Table extends OptionTable> {
  /** Its name: `correct`. */
  readonly name: string;
  /** One or two sentences. */
  readonly summary: string;
  /** Its arguments, name to help, all required. */
  readonly operands: Readonly<Record<string, string>>;
  /** The option with which they may be left out. */
  readonly optionalWith?: string;
  /** Its options. */
  readonly options: Table;
  /** What follows the options in the help: examples, permissions. */
  readonly footer: string;
  /** Does the work. @returns what it came to; nothing where all is printed. */
  run(operands: readonly string[], options: OptionValues<Table>, context: CommandContext): Promise<Outcome | void>;
}

/** What a command is run with, by the names that jobs have for it. */
interface CommandContext {
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
interface Outcome {
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
    command.parse(regularArguments(words, spec.options), { from: "user" });
    checkOperands(spec, command);
    const options = command.opts();
    const context = {
      command: [program, ...words].join(" "),
      listener: consoleListener(options),
      signal: interrupt.signal,
      onKept,
    };
    const outcome = await spec.run(command.args, options, context);
    if (outcome) logResult(options, outcome.report, outcome.text);
    return 0;
  } catch (thrown) {
    const error = firstOf(thrown);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (interrupt.code !== 0) {
      const left = kept === undefined ? "nothing was left behind" : `what is done ${keptIn(kept)}`;
      logFailure(words, "Interrupted", `Interrupted; ${left}.`, kept);
      return interrupt.code;
    }
    const more = kept === undefined ? "" : `; what was done before ${keptIn(kept)}`;
    logFailure(words, error instanceof Error ? error.name : "Error", sentence(error) + more, kept);
    if (words.includes("--verbose") && error instanceof Error) log(`${error.stack}\n${error.cause ?? ""}\n`);
    return exitCodeOf(error);
  } finally {
    interrupt.stop();
  }
}

/** Builds commander's command from the table. */
function buildCommand(spec: CommandSpec<OptionTable>, program: string): Command {
  const command = new Command(program)
    .description(spec.summary)
    .version(VERSION, "--version", "Show the version.")
    .helpOption("--help", "Show this help.")
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: () => {},
      // Asking the environment about colours would need a permission.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ helpWidth: 120 })
    .addHelpText("after", `\n${spec.footer}`);
  for (const [name, help] of Object.entries(spec.operands)) {
    command.argument(spec.optionalWith === undefined ? `<${name}>` : `[${name}]`, help);
  }
  for (const [key, option] of Object.entries(spec.options)) {
    const flag = flagOf(key);
    const commanderOption = new Option(`${flag} ${valueName(option)}`.trimEnd(), option.help);
    commanderOption.helpGroup(`${option.group}:`);
    command.addOption(commanderOption);
    if (option.type !== "flag") commanderOption.argParser((text: string) => readOption(option, text, key));
    else if (option.negative !== undefined) addNegative(command, key, option.negative, option.group);
  }
  return command;
}

/** Refuses missing arguments where the option that makes them optional is not given. */
function checkOperands({ operands, optionalWith }: CommandSpec<OptionTable>, command: Command): void {
  if (optionalWith === undefined || command.opts()[optionalWith] !== undefined) return;
  const missing = Object.keys(operands)[command.args.length];
  if (missing === undefined) return;
  throw new UsageError(`Cannot read the command line: missing required argument '${missing}' (see --help)`);
}

/**
 * Adds the spelling that turns a switch off, whatever its name; as long as neither is given the value stays
 * `undefined`.
 */
function addNegative(command: Command, key: string, negative: string, group: string): void {
  const off = new Option(negative, `Turn ${flagOf(key)} off.`).helpGroup(`${group}:`);
  off.attributeName = () => key;
  // Commander turns a switch on whose other spelling it does not find, unless it has a default.
  command.addOption(off.default(null));
  command.setOptionValue(key, undefined);
}

/** The error that came first, where closing what was open has failed after it. */
export function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError || error instanceof UsageError) return 2;
  return error instanceof MemoryLimitError ? 3 : 1;
}

/** What went wrong, as one sentence. */
export function sentence(error: unknown): string {
  if (error instanceof CommanderError) {
    const detail = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    return `Cannot read the command line: ${detail} (see --help)`;
  }
  if (error instanceof N4Error || error instanceof RangeError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Cannot go on because of an unexpected failure: ${message}`;
}

/** Where the results of an unfinished run are, and how to resume it. */
function keptIn(folder: string): string {
  return `is kept in ${folder}: '--resume' with the same options goes on from there, '--overwrite' begins anew`;
}

function logFailure(words: readonly string[], name: string, text: string, kept?: string): void {
  const event = { event: "error", name, text, kept };
  log(words.includes("--json") ? `${JSON.stringify(event)}\n` : `n4: ${plainText(text)}\n`);
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
