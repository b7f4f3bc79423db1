/**
 * Where a run's events go: one changing line on a terminal, plain lines every few seconds elsewhere, JSON lines, or
 * nowhere.
 *
 * @module
 */

import type { RunEvent, RunListener } from "../run_log.ts";
import { plainText } from "./plain_text.ts";

/** How the events of a run are printed. */
interface Telling {
  /** JSON lines instead of text. */
  readonly json: boolean;
  /** Nothing. */
  readonly quiet: boolean;
  /** Notes as well as warnings and progress. */
  readonly notes: boolean;
  /** Whether the stream is a terminal. */
  readonly terminal: boolean;
  /** Writes text. */
  readonly write: (text: string) => void;
}

/** Off a terminal a progress line comes at most this often. */
const PLAIN_INTERVAL_SECONDS = 5;

/** On a terminal the line changes at most this often. */
const TERMINAL_INTERVAL_SECONDS = 0.1;

const ERASE_LINE = "\r\x1b[2K";

/** Makes the listener. */
export function createListener(telling: Telling): RunListener {
  if (telling.quiet) return () => {};
  if (telling.json) return (event) => telling.write(JSON.stringify(event) + "\n");
  const interval = telling.terminal ? TERMINAL_INTERVAL_SECONDS : PLAIN_INTERVAL_SECONDS;
  const erase = telling.terminal ? ERASE_LINE : "";
  let last = performance.now();
  return (event) => {
    if (event.event === "boxes" || event.event === "fit") {
      const now = performance.now();
      if ((now - last) / 1000 < interval) return;
      last = now;
      telling.write(`${erase}${progressText(event)}${telling.terminal ? "" : "\n"}`);
      return;
    }
    const text = lineText(event, telling.notes);
    if (text !== undefined) telling.write(`${erase}${plainText(text)}\n`);
    else if (event.event === "stage" && event.state === "finished") telling.write(erase);
  };
}

function lineText(event: RunEvent, notes: boolean): string | undefined {
  if (event.event === "warning") return `Warning: ${event.text}`;
  return event.event === "note" && notes ? event.text : undefined;
}

/** One line of progress. */
function progressText(event: Extract<RunEvent, { event: "boxes" | "fit" }>): string {
  const share = event.event === "boxes" ? event.done / event.total : event.done / event.planned;
  const left = share > 0 ? event.seconds * (1 / share - 1) : 0;
  if (event.event === "boxes") {
    const rate = event.bytes / 1e6 / Math.max(event.seconds, 1e-3);
    return `${event.stage}: ${event.done}/${event.total} boxes, ${rate.toFixed(0)} MB/s, ${clock(left)} left`;
  }
  const rate = (event.samples * event.done) / 1e6 / Math.max(event.seconds, 1e-3);
  return `fit of ${event.name}: level ${
    event.level + 1
  }/${event.levels}, iteration ${event.iteration}/${event.iterations}, ` +
    `convergence ${event.convergence.toExponential(1)} (stops at ${event.threshold}), ` +
    `${rate.toFixed(0)} million samples/s, at most ${clock(left)} left`;
}

/** Seconds as `m:ss` or `h:mm:ss`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
