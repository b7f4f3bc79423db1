/**
 * The two streams of a command: results on standard output, everything about the run on standard error.
 *
 * @module
 */

import { createListener } from "./terminal.ts";
import type { RunListener } from "../run_log.ts";
import { flagOf } from "../options/spec.ts";

const encoder = new TextEncoder();

/** Writes a result. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/** Writes about the run, to standard error. */
export function log(text: string): void {
  write(Deno.stderr, text);
}

/** Options as they are typed: where messages have `option 'mode: global'`, `'--mode global'`. */
function withFlags(text: string): string {
  return text.replaceAll(
    /\boption '(\w+)(?::( [^'\n]+))?'/gi,
    (_, key: string, value = "") => `'${flagOf(key)}${value}'`,
  );
}

/** Writes to a stream; a reader that has closed it, as `head` does once it has its lines, is no failure of the run. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = encoder.encode(withFlags(text)); bytes.length > 0;) {
      bytes = bytes.subarray(stream.writeSync(bytes));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** How much the user wants to read, and in which form. */
interface Printing {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Says that a run is done: `text` for people, with '--json' an event `result` with the report, nothing when quiet. */
export function logResult({ json, quiet }: Printing, report: object | undefined, text: string): void {
  if (!json) return quiet ? undefined : log(text);
  if (report) log(`${JSON.stringify({ event: "result", report })}\n`);
}

/** The listener for what the user asked for. */
export function consoleListener({ json = false, quiet = false }: Printing): RunListener {
  return createListener({ json, quiet, notes: true, terminal: Deno.stderr.isTerminal(), write: log });
}
