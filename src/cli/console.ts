/**
 * The two streams of a command: results on standard output, everything about the run on standard error. Text that may
 * hold what a file says is cleaned here, but for lines of `terminal.ts`, which cleans them and adds codes of its own.
 *
 * @module
 */

import { Help } from "npm:commander@15.0.0";
import { writeFailure } from "../io/files/file_errors.ts";
import { withoutSecrets } from "../io/remote/url.ts";
import { withFlags } from "../options/spec.ts";
import { jsonText, plainText } from "./plain_text.ts";
import { createListener, lineText, type Listener, type Terminal } from "./terminal.ts";

const encoder = new TextEncoder();

/** Writes a result. */
export function print(text: string): void {
  write(Deno.stdout, plainText(withFlags(text)));
}

/** Writes about the run, to standard error. */
export function log(text: string): void {
  write(Deno.stderr, plainText(withFlags(text)));
}

/**
 * Writes to a stream. A reader that has closed it, as `head` does once it has its lines, is no failure of the run, nor
 * is a log that has no room.
 *
 * @throws {WriteError} when a result cannot be written.
 */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = encoder.encode(withoutSecrets(text)); bytes.length > 0;) {
      bytes = bytes.subarray(stream.writeSync(bytes));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe || stream === Deno.stderr) return;
    throw writeFailure("standard output", [], error);
  }
}

/** Columns of a terminal; 80 where there is none, or it does not say. */
export function widthOf(stream: { isTerminal(): boolean }): number {
  const unknown = 80;
  if (!stream.isTerminal()) return unknown;
  try {
    return Deno.consoleSize().columns || unknown;
  } catch {
    return unknown;
  }
}

/** Names and values as two columns; on a terminal a long value goes on below its beginning. */
export function printRows(rows: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  const room = Deno.stdout.isTerminal() ? widthOf(Deno.stdout) - width - 2 : Infinity;
  const indent = `\n${" ".repeat(width + 2)}`;
  for (const [name, text] of rows) {
    // A value of a file must not look like another line.
    const value = text.replaceAll("\n", " ");
    const shown = room === Infinity ? value : new Help().boxWrap(value, room).replaceAll("\n", indent);
    print(`${plainText(`${name.padEnd(width)}  ${shown}`)}\n`);
  }
}

/** How much the user wants to read, and in which form. */
interface Printing {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly dryRun?: boolean;
}

/** The terminal that standard error is, if it is one. */
function terminal(): Terminal | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  return { columns: () => widthOf(Deno.stderr), colours: !Deno.noColor };
}

/** Says that a run is done: `text` for people, with '--json' an event `result` with the report, nothing when quiet. */
export function logResult({ json, quiet }: Printing, report: object | undefined, text: string): void {
  if (json && report) log(`${jsonText({ event: "result", report })}\n`);
  if (json || quiet) return;
  for (const line of text.trimEnd().split("\n")) writeLine(lineText(line, false, terminal()));
}

/** Writes a line of `terminal.ts` to standard error. */
function writeLine(line: string): void {
  write(Deno.stderr, `${line}\n`);
}

/** Says why a run has failed, in one sentence. */
export function logFailure(text: string): void {
  const line = lineText(`n4: ${text}`, false, terminal());
  writeLine(terminal()?.colours ? line.replace("n4:", "\x1b[31mn4:\x1b[0m") : line);
}

/** The listener for what the user asked for. */
export function consoleListener({ json = false, quiet = false, verbose, dryRun }: Printing): Listener {
  const details = verbose || dryRun || false;
  return createListener({ json, quiet, details, terminal: terminal(), write: (text) => write(Deno.stderr, text) });
}
