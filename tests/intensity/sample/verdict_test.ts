/** The verdict on a correction: right where truth is known, and the same whatever the scale. */

import assert from "node:assert/strict";
import { describeVerdict, judgeField } from "../../../src/intensity/sample/verdict.ts";
import { Random } from "../../helpers/random.ts";

const COUNT = 5000;

/** Two tissues with noise, and a bias along the samples. */
function tissues(seed: number): { readonly even: Float32Array; readonly bias: Float32Array } {
  const random = new Random(seed);
  const even = Float32Array.from(
    { length: COUNT },
    (_, i) => Math.log(i % 3 === 0 ? 60 : 100) + 0.03 * random.normal(),
  );
  const bias = Float32Array.from({ length: COUNT }, (_, i) => 0.2 * Math.sin(i / 900 + seed));
  return { even, bias };
}

function sum(a: Float32Array, b: Float32Array, factor = 1): Float32Array {
  return a.map((value, i) => value + factor * b[i]);
}

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`a bias that is taken off helped, one that is put on harmed, none is told as well, seed ${seed}`, () => {
    const { even, bias } = tissues(seed);
    const other = tissues(seed + 10).bias;
    const verdict = (before: Float32Array, after: Float32Array) => judgeField(before, after)?.verdict;
    assert.equal(verdict(sum(even, bias), even), "helped");
    assert.equal(verdict(sum(even, bias), sum(even, bias, 0.2)), "helped");
    assert.equal(verdict(even, sum(even, bias)), "harmed");
    assert.equal(verdict(even, even), "even already");
    assert.equal(verdict(even, sum(even, other, 0.01)), "even already");
  });
}

Deno.test("the figures are those of the brightest tissue, of the histogram and of the field, whatever the scale", () => {
  const { even, bias } = tissues(1);
  const found = judgeField(sum(even, bias), even);
  assert.ok(found);
  assert.ok(Math.abs(found.tissue[1] - 0.03) < 0.005, `${found.tissue}`);
  assert.ok(found.tissue[0] > 2 * found.tissue[1]);
  assert.ok(found.entropy[0] > found.entropy[1] + 0.5, `${found.entropy}`);
  const level = bias.reduce((total, value) => total + value, 0) / COUNT;
  assert.ok(Math.abs(Math.log(found.field[1]) - (0.2 - level)) < 0.01, `${found.field} around ${level}`);
  const scaled = judgeField(sum(even, bias).map((value) => value + 3), even.map((value) => value - 2));
  found.tissue.forEach((value, i) => assert.ok(Math.abs(value / (scaled?.tissue[i] ?? 0) - 1) < 1e-2));
  assert.match(
    describeVerdict(found, "volume 2"),
    /^It helped: the brightest tissue of volume 2 varies by \d\.\d+ % after/,
  );
});

Deno.test("a weak bias in a tissue of wide intensities is told, unless it is no larger than the error of the field", () => {
  const random = new Random(3);
  const wide = Float32Array.from({ length: 4 * COUNT }, () => Math.log(100) + 0.1 * random.normal());
  const bias = wide.map((_, i) => 0.03 * Math.sin(i / 3000));
  const seen = sum(wide, bias);
  assert.equal(judgeField(seen, wide)?.verdict, "helped", "though the tissue varies by 10 % before and after");
  const within = judgeField(seen, wide, { error: 0.03 });
  assert.equal(within?.verdict, "even already");
  assert.match(within ? describeVerdict(within) : "", /^The field is no larger than its error: the brightest tissue/);
  assert.equal(judgeField(wide, seen)?.verdict, "harmed");
  // One bias is taken off and nearly as much of another put on: it evens, but little for such a field.
  const other = wide.map((_, i) => 0.026 * Math.cos(i / 700));
  const evened = judgeField(seen, sum(wide, other));
  assert.equal(evened?.verdict, "unclear", JSON.stringify(evened));
  assert.match(evened ? describeVerdict(evened) : "", /^It is unclear whether it helped: .* little for such a field/);
  const nothing = judgeField(sum(wide, bias, 0.2), wide, { error: 0.03 });
  assert.equal(nothing?.verdict, "even already", "a field of 0.4 %");
  assert.match(nothing ? describeVerdict(nothing) : "", /^It was even already:/);
});

Deno.test("a region counts alone, if it has samples enough", () => {
  const { even, bias } = tissues(2);
  const [before, after] = [sum(even, bias), sum(even, bias, 2)];
  // Only the first samples, one tissue of them, are corrected: all others get the bias once more.
  for (let i = 0; i < 900; i++) after[i] = even[i];
  const region = Uint8Array.from(even, (_, i) => i < 900 && i % 3 !== 0 ? 1 : 0);
  assert.equal(judgeField(before, after)?.verdict, "harmed");
  const found = judgeField(before, after, { region });
  assert.deepEqual([found?.verdict, found?.roiSamples], ["helped", 600]);
  const few = judgeField(before, after, { region: region.map((inside, i) => i < 40 ? inside : 0) });
  assert.deepEqual([few?.verdict, few?.roiSamples], ["harmed", undefined]);
});

Deno.test("samples that were taken unlogged do not count, even where they are most", () => {
  const { even, bias } = tissues(1);
  const unlogged = Uint8Array.from({ length: 4 * COUNT }, (_, i) => i % 4 === 0 ? 0 : 1);
  const among = (values: Float32Array) => Float32Array.from(unlogged, (zero, i) => zero ? 0 : values[i / 4]);
  const before = among(sum(even, bias));
  const after = before.map((value, i) => value - bias[Math.floor(i / 4)]);
  assert.notEqual(judgeField(before, after)?.verdict, "helped");
  assert.deepEqual(
    judgeField(before, after, { unlogged }),
    judgeField(sum(even, bias), sum(sum(even, bias), bias, -1)),
  );
  assert.equal(judgeField(before, after, { unlogged })?.verdict, "helped");
});

Deno.test("too few samples and constant ones are no reason to fail", () => {
  const few = new Float32Array(100).fill(1);
  assert.equal(judgeField(few, few), undefined);
  const constant = new Float32Array(COUNT).fill(1);
  assert.equal(judgeField(constant, constant)?.verdict, "even already");
});
