/** The measure that ends a level. */
import assert from "node:assert/strict";
import { convergenceMeasure, pairwiseSum } from "../../src/n4/convergence.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin } from "../helpers/tolerances.ts";

function measured(h: Float64Array): number {
  const e = h.map((value) => Math.expm1(-value));
  return convergenceMeasure(h.length, pairwiseSum(e), pairwiseSum(e.map((value) => value * value)));
}

/** std(exp(-h)) / mean(exp(-h)), N - 1, in two passes. */
function defined(h: Float64Array): number {
  const e = h.map((value) => Math.exp(-value));
  const mean = e.reduce((a, b) => a + b, 0) / e.length;
  return Math.sqrt(e.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (e.length - 1)) / mean;
}

Deno.test("the measure is the coefficient of variation of exp(-h), small fields and large", () => {
  for (const amplitude of [1e-6, 1e-3, 0.1, 2]) {
    const random = new Random(9);
    const h = Float64Array.from({ length: 5000 }, () => amplitude * (0.5 + random.normal()));
    assertWithin(Math.abs(measured(h) / defined(h) - 1), "convergence", `amplitude ${amplitude}`);
  }
});

Deno.test("a constant field has measure 0, as has a single sample", () => {
  assert.equal(measured(new Float64Array(100)), 0);
  assertWithin(measured(new Float64Array(100).fill(0.3)), "constantMeasure");
  assert.equal(convergenceMeasure(1, 0.5, 0.25), 0);
  assert.equal(convergenceMeasure(0, 0, 0), 0);
});

Deno.test("a pairwise sum is the sum, of any range", () => {
  const values = Float64Array.from({ length: 1003 }, (_, i) => i);
  assert.equal(pairwiseSum(values), (1002 * 1003) / 2);
  assert.equal(pairwiseSum(values, 10, 20), 145);
  assert.equal(pairwiseSum(values, 5, 5), 0);
});
