/**
 * Where a run's events go: one changing line on a terminal, plain lines every few seconds elsewhere, JSON lines, or
 * warnings alone.
 *
 * @module
 */

import { Help } from "npm:commander@15.0.0";
import type { RunEvent } from "../run_log.ts";
import { withFlags } from "../options/spec.ts";
import { jsonText, plainText } from "./plain_text.ts";
import { barLine, type ImagesEvent, plainLine, Progress } from "./progress.ts";

/** How the events of a run are printed. */
interface Telling {
  /** JSON lines instead of text. */
  readonly json: boolean;
  /** Warnings alone. */
  readonly quiet: boolean;
  /** The plan as well. */
  readonly details: boolean;
  /** The terminal that the stream is; left out: it is none. */
  readonly terminal?: Terminal;
  /** Writes text. */
  readonly write: (text: string) => void;
}

/** A terminal. */
export interface Terminal {
  /** How wide it is now. */
  columns(): number;
  /** Whether it may be given colours. */
  readonly colours: boolean;
}

/** Receives events of a run, and of many. */
export type Listener = (event: RunEvent | ImagesEvent) => void;

/** Off a terminal a progress line comes at most this often. */
const PLAIN_INTERVAL_SECONDS = 5;

/** On a terminal the line changes at most this often. */
const TERMINAL_INTERVAL_SECONDS = 0.1;

const ERASE_LINE = "\r\x1b[2K";

/** Makes the listener. */
export function createListener(telling: Telling): Listener {
  const { json, quiet, details, terminal, write } = telling;
  if (json) return (event) => write(`${withFlags(jsonText(event))}\n`);
  const erase = terminal && !quiet ? ERASE_LINE : "";
  const progress = new Progress();
  // A terminal shows at once that something is going on.
  let last = terminal ? -Infinity : performance.now();
  const show = (text: string, warning: boolean) => write(`${erase}${lineText(text, warning, terminal)}\n`);
  return (event) => {
    progress.see(event);
    if (event.event === "warning") return show(event.text, true);
    if (quiet) return;
    if (event.event === "note" || event.event === "detail" && details) return show(event.text, false);
    if (event.event === "boxes" || event.event === "fit" || event.event === "images") {
      const now = performance.now();
      const interval = terminal ? TERMINAL_INTERVAL_SECONDS : PLAIN_INTERVAL_SECONDS;
      if ((now - last) / 1000 < interval) return;
      last = now;
      const done = progress.at(event);
      const line = terminal ? barLine(event, done, terminal.columns()) : `${plainLine(event, done)}\n`;
      return write(`${erase}${plainText(line)}`);
    }
    if (event.event === "stage" && event.state === "finished") write(erase);
  };
}

/** Lines that fit, all but the first one indented; a number stays with its unit. */
function wrapped(text: string, columns: number): string {
  const glued = text.replaceAll(/(?<=\d) (?=(%|s|mm|MiB|GiB)(?![\w-]))/g, "\0");
  return new Help().boxWrap(glued, columns - 2).replaceAll("\n", "\n  ").replaceAll("\0", " ");
}

/** A remark or warning; on a terminal broken between words, the rest indented. */
export function lineText(text: string, warning: boolean, terminal?: Terminal): string {
  const whole = plainText(withFlags(warning ? `Warning: ${text}` : text)).replaceAll("\n", " ");
  const lines = terminal ? wrapped(whole, terminal.columns()) : whole;
  return warning && terminal?.colours ? lines.replace("Warning:", "\x1b[33mWarning:\x1b[0m") : lines;
}
