/** Several things at once, but not all of them. */

import assert from "node:assert/strict";
import { forEachBounded } from "../../../src/io/flow/bounded.ts";

Deno.test("no more than the limit is under way, and everything is done", async () => {
  let active = 0;
  let most = 0;
  const done: number[] = [];
  await forEachBounded(Array.from({ length: 20 }, (_, i) => i), 3, async (item) => {
    most = Math.max(most, ++active);
    for (let turns = item % 3; turns >= 0; turns--) await undefined;
    active--;
    done.push(item);
  });
  assert.equal(most, 3);
  assert.equal(done.length, 20);
});

Deno.test("after a failure nothing new starts and nothing outlives the call", async () => {
  let started = 0;
  let active = 0;
  await assert.rejects(
    forEachBounded(Array.from({ length: 20 }, (_, i) => i), 2, async (item) => {
      started++;
      active++;
      // The first outlasts the second by more turns than its failure takes to be heard.
      for (let turns = item === 1 ? 1 : 20; turns > 0; turns--) await undefined;
      active--;
      if (item === 1) throw new RangeError("the second");
    }),
    /the second/,
  );
  assert.deepEqual([started, active], [2, 0]);
});
