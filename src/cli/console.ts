/**
 * The two streams of a command: results on standard output, everything about the run on standard error.
 *
 * @module
 */

import { createListener } from "./terminal.ts";
import type { RunListener } from "../report.ts";

const encoder = new TextEncoder();

/** Writes a result. */
export function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(text));
}

/** Writes about the run. */
export function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** The listener for what the user asked for. */
export function consoleListener(options: { readonly json?: boolean; readonly quiet?: boolean }): RunListener {
  const { json = false, quiet = false } = options;
  return createListener({ json, quiet, notes: true, terminal: Deno.stderr.isTerminal(), write: tell });
}
