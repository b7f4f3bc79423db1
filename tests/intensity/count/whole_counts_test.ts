/** Whole numbers that are counted once give the range, the outliers and the histogram that the values themselves give. */
import assert from "node:assert/strict";
import { OutlierCounts } from "../../../src/intensity/count/outliers.ts";
import { COUNT_WHOLE, WholeCounts } from "../../../src/intensity/count/whole_counts.ts";
import { volumeHistogram } from "../../../src/intensity/mask/otsu.ts";
import { wholeBox } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";

Deno.test("counts of whole numbers stand for the values", async () => {
  const random = new Random(7);
  for (const [least, most] of [[0, 255], [-32768, 32767], [0, 65535], [3, 9]]) {
    const values = Float32Array.from({ length: 3000 }, () => random.integer(least, most));
    values.set([least, most]);
    const whole = new WholeCounts();
    assert.ok(await whole.addBy(undefined, values.subarray(0, 1000)));
    assert.ok(await whole.addBy(undefined, values.subarray(1000)));
    const numbers = whole.encode();
    assert.deepEqual([numbers[0], numbers[numbers.length - 2]], [least, most]);
    const [plain, counted] = [volumeHistogram(least, most), volumeHistogram(least, most)];
    plain.add(values);
    counted.addCounted(numbers);
    assert.deepEqual(counted.counts, plain.counts);
    const box = wholeBox([1, 1, 3000]);
    const [found, expected] = [new OutlierCounts(), new OutlierCounts()];
    found.addCounted(numbers);
    await expected.addBy(undefined, values, box);
    assert.deepEqual(found.encode(), expected.encode());
  }
});

Deno.test("what is no whole number of 16 bits ends the counting, and what was counted before stays", async () => {
  for (const odd of [0.5, -32769, 65536, NaN, Infinity, -Infinity, 3e9, 2 ** 32]) {
    assert.equal(COUNT_WHOLE.work(Float32Array.of(1, odd)), undefined, String(odd));
    const whole = new WholeCounts();
    assert.ok(await whole.addBy(undefined, Float32Array.of(2, 2, 7)));
    assert.equal(await whole.addBy(undefined, Float32Array.of(1, odd)), false);
    assert.equal(await whole.addBy(undefined, Float32Array.of(1)), false);
    assert.equal(whole.isWhole, false);
    assert.deepEqual([...whole.encode()], [2, 2, 7, 1]);
  }
});
