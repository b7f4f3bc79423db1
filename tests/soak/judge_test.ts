/** A soak fails where anything that it watches grows, and only there. */

import assert from "node:assert/strict";
import { Random } from "../helpers/random.ts";
import { GAUGES, type Reading } from "./gauges.ts";
import { judge } from "./judge.ts";

const MEBIBYTE = 2 ** 20;

/** Readings of 50 rounds: warm within 15, then flat but for noise. */
function flatReadings(seed: number): Reading[] {
  const random = new Random(seed);
  return Array.from({ length: 50 }, (_, round) => ({
    memory: (300 + 100 * Math.min(1, round / 15) + 30 * random.uniform()) * MEBIBYTE,
    files: 28 + (random.uniform() < 0.1 ? 3 : 0),
    threads: 22 + random.integer(0, 3),
    deviceBuffers: 4,
  }));
}

Deno.test("what comes and goes does not count as growth", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { lines, grown } = judge(flatReadings(seed));
    assert.deepEqual(grown, [], lines.join("\n"));
    assert.equal(lines.length, GAUGES.length);
  }
});

Deno.test("a copy of the image in every second correction, or one file, thread or buffer in each round, is seen", () => {
  const leak = { memory: 2 * 2.25 * MEBIBYTE, files: 1, threads: 1, deviceBuffers: 1 };
  for (const gauge of GAUGES) {
    for (let seed = 0; seed < 20; seed++) {
      const readings = flatReadings(seed).map((reading, round) => ({
        ...reading,
        [gauge]: reading[gauge] + round * leak[gauge],
      }));
      assert.deepEqual(judge(readings).grown, [gauge], gauge);
    }
  }
});

Deno.test("too few rounds are no soak", () => {
  assert.throws(() => judge(flatReadings(1).slice(0, 6)), /4 rounds must count: current number is 3/);
});
