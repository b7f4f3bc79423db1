/** Quantiles are those of the sorted list. */
import assert from "node:assert/strict";
import { quantiles } from "../../src/n4/numbers.ts";
import { Random } from "../helpers/random.ts";

Deno.test("quantiles are values of the sorted list, whatever the order, with equal values and with NaN", () => {
  const random = new Random(3);
  const parts = [0.9, 0, 0.001, 0.5, 0.975, 1];
  for (let n = 0; n < 200; n++) {
    const length = random.integer(1, 300);
    const rising = Float64Array.from({ length }, (_, i) => i);
    const lists = [
      rising,
      rising.toReversed(),
      rising.map((i) => Math.min(i, length - i)),
      rising.map(() => random.integer(0, n)),
      rising.map(() => random.between(-1, 1)),
      rising.map(() => random.integer(0, 3) === 0 ? NaN : random.between(-1, 1)),
    ];
    for (const list of lists) {
      const [given, sorted] = [list.slice(), list.toSorted()];
      assert.deepEqual(quantiles(list, parts), parts.map((part) => sorted[Math.floor(part * (length - 1))]));
      assert.deepEqual(list, given, "the list stays as it is");
    }
  }
  assert.deepEqual(quantiles(new Float32Array(), [0.5]), [NaN]);
});
