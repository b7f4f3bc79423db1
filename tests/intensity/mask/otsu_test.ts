/** Otsu's threshold against its definition. */

import assert from "node:assert/strict";
import { EvenHistogram, otsuBin } from "../../../src/intensity/mask/otsu.ts";
import { Random } from "../../helpers/random.ts";

/** The split with the greatest variance between the classes, from the samples themselves. */
function bruteForce(counts: Float64Array): { variances: number[]; greatest: number } {
  const variances = Array.from({ length: counts.length - 1 }, (_, split) => {
    const mean = (from: number, to: number) => {
      let [sum, n] = [0, 0];
      for (let i = from; i < to; i++) {
        sum += counts[i] * i;
        n += counts[i];
      }
      return { n, mean: n > 0 ? sum / n : 0 };
    };
    const [below, above, all] = [mean(0, split + 1), mean(split + 1, counts.length), mean(0, counts.length)];
    return below.n * (below.mean - all.mean) ** 2 + above.n * (above.mean - all.mean) ** 2;
  });
  return { variances, greatest: Math.max(...variances) };
}

Deno.test("the bin is where the variance between the classes is greatest, the first of several", () => {
  const random = new Random(4);
  for (let run = 0; run < 100; run++) {
    const counts = Float64Array.from({ length: random.integer(2, 40) }, () => Math.max(0, random.integer(-5, 20)));
    counts[0] = counts[counts.length - 1] = 1;
    const { variances, greatest } = bruteForce(counts);
    assert.ok(variances[otsuBin(counts)] >= greatest * (1 - 1e-12));
  }
});

Deno.test("between two far peaks the first split is taken", () => {
  const counts = new Float64Array(256);
  counts[10] = 500;
  counts[200] = 100;
  assert.equal(otsuBin(counts), 10);
});

Deno.test("a histogram of a single bin has no split but the first", () => {
  assert.equal(otsuBin(Float64Array.of(0, 7, 0)), 0);
});

Deno.test("the histogram counts every value of its range in its bin, the ends in the outer ones, and no other", () => {
  const histogram = new EvenHistogram(4, 0, 8);
  histogram.add(Float32Array.of(0, 1.99, 2, 7.99, 8, -1, 9, NaN, Infinity, -Infinity));
  assert.deepEqual([...histogram.counts], [2, 1, 0, 2]);
  assert.equal(histogram.upperEnd(0), 2);
  assert.equal(histogram.upperEnd(3), 8);
});
