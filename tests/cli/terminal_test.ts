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
  performance.now = () => later;
  try {
    const listener = createListener({
      ...{ json: false, quiet: false, details: false },
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

const terminal = (columns: number, colours = false) => ({ terminal: { columns: () => columns, colours } });

Deno.test("progress tells share, rate and the time that is left", () => {
  assert.deepEqual(told({}, [BOXES]), ["apply: 25 %, 0:09 left, box 3/12, 16 MB/s\n"]);
  const fit = "fit of volume: 30 %, 0:14 left, level 2/4, iteration 20/50, change 0.0012 (stops at 0.001)";
  assert.deepEqual(told({}, [FIT]), [`${fit}, 10 million samples/s\n`]);
  assert.match(told({}, [{ ...BOXES, seconds: 3600 }])[0], /, 3:00:00 left,/);
  assert.match(told({}, [{ ...BOXES, done: 0 }])[0], /: 0 %, 0:00 left, box 0\/12/);
});

Deno.test("of a run whose plan is known progress tells the share and the time left of all of it", () => {
  const plan: RunEvent = { event: "plan", stages: [{ name: "section", seconds: 60 }, { name: "apply", seconds: 40 }] };
  const task = (task: number): RunEvent => ({ event: "task", stage: "section", task, tasks: 2 });
  const apply: RunEvent = { event: "stage", name: "apply", state: "started", seconds: 9 };
  const lines = told({}, [plan, task(0), { ...FIT, done: 100 }, task(1), { ...FIT, done: 0 }, apply, BOXES]);
  // Half of the first of two sections is 15 % of the run and has taken one minute by this clock.
  assert.deepEqual(lines.map((line) => /: (.*? left)/.exec(line)?.[1]), [
    "15 %, 5:40 left",
    "30 %, 7:00 left",
    "70 %, 2:09 left",
  ]);
});

Deno.test("what an earlier process has done counts as done, and not for the pace", () => {
  const plan: RunEvent = { event: "plan", stages: [{ name: "section", seconds: 90 }, { name: "apply", seconds: 10 }] };
  const apply: RunEvent = { event: "stage", name: "apply", state: "started", seconds: 9 };
  // A quarter of the last 10 % has taken one minute by this clock.
  assert.match(told({}, [plan, apply, BOXES])[0], /^apply: 92 %, 3:00 left/);
});

Deno.test("a pass that begins anew in the same stage does not set the share back", () => {
  const plan: RunEvent = { event: "plan", stages: [{ name: "apply", seconds: 10 }] };
  const apply: RunEvent = { event: "stage", name: "apply", state: "started", seconds: 9 };
  const shares = told({}, [plan, apply, { ...BOXES, done: 6 }, BOXES]).map((line) => /: (\d+) %/.exec(line)?.[1]);
  assert.deepEqual(shares, ["50", "50"]);
});

Deno.test("a terminal has one line that changes, ten times a second at most, and is gone at the end", () => {
  const done: RunEvent = { event: "stage", name: "apply", state: "finished", seconds: 4 };
  const written = told(terminal(60), [BOXES, done]);
  const bar = "[####------------]";
  assert.deepEqual(written, [`${ERASE}apply ${bar} 25 %, 0:09 left, box 3/12, 16 MB/s`, ERASE]);
  assert.equal(told(terminal(80), [BOXES, BOXES, BOXES], 0.09).length, 2, "the first comes at once");
});

Deno.test("the line has a bar and fits, whatever the width", () => {
  for (let columns = 20; columns <= 200; columns++) {
    for (const event of [BOXES, FIT, { ...FIT, name: "section 111 of 160", convergence: 1.23e-7 }]) {
      const [line] = told(terminal(columns), [event]).map((text) => text.replace(ERASE, ""));
      assert.ok(line.length < columns, `${columns}: ${line}`);
      if (columns >= 80) assert.match(line, /\[#+-+\] \d+ %, \d+:\d\d left/);
    }
  }
  assert.match(
    told(terminal(200), [FIT])[0],
    /iteration 20\/50, change 0.0012 \(stops at 0.001\), 10 million samples\/s$/,
  );
});

Deno.test("remarks are broken between words on a terminal alone", () => {
  const note = { event: "note", text: "one two three four five six seven eight nine ten eleven" } as const;
  assert.deepEqual(told(terminal(50), [note]), [
    `${ERASE}one two three four five six seven eight nine ten\n  eleven\n`,
  ]);
  assert.deepEqual(told({}, [note]), [`${note.text}\n`]);
});

Deno.test("a warning has a colour where colours are welcome", () => {
  const warning: RunEvent = { event: "warning", text: "dark" };
  assert.deepEqual(told(terminal(80, true), [warning]), [`${ERASE}\x1b[33mWarning:\x1b[0m dark\n`]);
  assert.deepEqual(told(terminal(80, false), [warning]), [`${ERASE}Warning: dark\n`]);
});

Deno.test("elsewhere a line comes every five seconds at most, and the end of a stage says nothing", () => {
  assert.equal(told({}, [BOXES, BOXES, BOXES, BOXES], 2.6).length, 2);
  assert.deepEqual(told({}, [{ event: "stage", name: "apply", state: "started", seconds: 0 }]), []);
});

Deno.test("warnings always come, notes unless quiet, details where they are wanted, everything as JSON", () => {
  const events = (["note", "detail", "warning"] as const).map((event): RunEvent => ({ event, text: `a ${event}` }));
  assert.deepEqual(told({}, events), ["a note\n", "Warning: a warning\n"]);
  assert.deepEqual(told({ details: true }, events), ["a note\n", "a detail\n", "Warning: a warning\n"]);
  assert.deepEqual(told({ quiet: true, details: true }, [...events, BOXES]), ["Warning: a warning\n"]);
  assert.deepEqual(told({ json: true }, [...events, BOXES], 0).map((line) => JSON.parse(line)), [...events, BOXES]);
});
