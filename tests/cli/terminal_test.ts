/** How a run is told: a line that changes on a terminal, plain lines now and then elsewhere, JSON for programs. */

import assert from "node:assert/strict";
import { createListener } from "../../src/cli/terminal.ts";
import type { RunEvent } from "../../src/run_log.ts";

const BOXES: RunEvent = { event: "boxes", stage: "apply", done: 3, total: 12, bytes: 48e6, seconds: 3 };
const FIT: RunEvent = {
  ...{ event: "fit", name: "volume", level: 1, levels: 4, iteration: 20, iterations: 50, convergence: 0.00123 },
  ...{ threshold: 0.001, samples: 1e6, done: 60, planned: 200, seconds: 6 },
};
const ERASE = "\r\x1b[2K";

/** What is written of some events, the clock standing `seconds` later before each. */
function told(
  telling: Partial<Parameters<typeof createListener>[0]>,
  events: readonly RunEvent[],
  seconds = 60,
): string[] {
  const written: string[] = [];
  const now = performance.now;
  let later = 0;
  performance.now = () => now.call(performance) + later;
  try {
    const listener = createListener({
      ...{ json: false, quiet: false, notes: true, terminal: false },
      ...telling,
      write: (text) => written.push(text),
    });
    for (const event of events) {
      later += 1000 * seconds;
      listener(event);
    }
  } finally {
    performance.now = now;
  }
  return written;
}

Deno.test("progress tells share, rate and the time that is left", () => {
  assert.deepEqual(told({}, [BOXES]), ["apply: 3/12 boxes, 16 MB/s, 0:09 left\n"]);
  const fit = "fit of volume: level 2/4, iteration 20/50, convergence 1.2e-3 (stops at 0.001), 10 million samples/s, ";
  assert.deepEqual(told({}, [FIT]), [`${fit}at most 0:14 left\n`]);
  assert.match(told({}, [{ ...BOXES, seconds: 3600 }])[0], /, 3:00:00 left\n$/);
  assert.match(told({}, [{ ...BOXES, done: 0 }])[0], /: 0\/12 boxes, .* 0:00 left\n$/);
});

Deno.test("a terminal has one line that changes, ten times a second at most, and is gone at the end", () => {
  const done: RunEvent = { event: "stage", name: "apply", state: "finished", seconds: 4 };
  const written = told({ terminal: true }, [BOXES, done]);
  assert.deepEqual(written, [`${ERASE}apply: 3/12 boxes, 16 MB/s, 0:09 left`, ERASE]);
  assert.equal(told({ terminal: true }, [BOXES, BOXES, BOXES], 0.09).length, 1);
});

Deno.test("elsewhere a line comes every five seconds at most, and the end of a stage says nothing", () => {
  assert.equal(told({}, [BOXES, BOXES, BOXES, BOXES], 2.6).length, 2);
  assert.deepEqual(told({}, [{ event: "stage", name: "apply", state: "started", seconds: 0 }]), []);
});

Deno.test("warnings always come, notes where they are wanted, nothing when quiet, everything as JSON", () => {
  const events: RunEvent[] = [{ event: "note", text: "a note" }, { event: "warning", text: "a warning" }];
  assert.deepEqual(told({}, events), ["a note\n", "Warning: a warning\n"]);
  assert.deepEqual(told({ notes: false }, events), ["Warning: a warning\n"]);
  assert.deepEqual(told({ quiet: true }, [...events, BOXES]), []);
  assert.deepEqual(told({ json: true }, [...events, BOXES], 0).map((line) => JSON.parse(line)), [...events, BOXES]);
});
