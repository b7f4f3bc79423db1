/**
 * The two streams of a command: results on standard output, everything about the run on standard error.
 *
 * @module
 */

import { createListener } from "./terminal.ts";
import type { RunListener } from "../run_log.ts";

const encoder = new TextEncoder();

/** Writes a result. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/** Writes about the run. */
export function tell(text: string): void {
  write(Deno.stderr, text);
}

/** Writes to a stream; a reader that has gone, as `head` goes once it has its lines, is no failure of the run. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Tells that a run is done: `text` for people, an event `result` with the report for machines, nothing when quiet. */
export function tellResult(
  options: { readonly json?: boolean; readonly quiet?: boolean },
  report: object,
  text: string,
): void {
  if (options.json) tell(`${JSON.stringify({ event: "result", report })}\n`);
  else if (!options.quiet) tell(text);
}

/** The listener for what the user asked for. */
export function consoleListener(options: { readonly json?: boolean; readonly quiet?: boolean }): RunListener {
  const { json = false, quiet = false } = options;
  return createListener({ json, quiet, notes: true, terminal: Deno.stderr.isTerminal(), write: tell });
}
