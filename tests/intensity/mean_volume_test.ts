/** The mean of a series is the same whether it is kept or made box by box, and reads a stream once where it is kept. */

import assert from "node:assert/strict";
import { meanMemory, meanVolume } from "../../src/intensity/mean_volume.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { boxVoxels, type Shape3, wholeBox } from "../../src/volume.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [6, 7, 8];

Deno.test("a mean is that of the finite values, kept or not", async () => {
  const values = [1, 2, 3].map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);
  [values[0][5], values[1][5], values[2][6]] = [NaN, Infinity, -Infinity];
  for (const volume of values) volume[7] = NaN;
  const expected = values[0].map((_, i) => {
    const finite = values.map((volume) => volume[i]).filter(Number.isFinite);
    return finite.reduce((sum, value) => Math.fround(sum + value), 0) / finite.length;
  });
  const box = { z0: 1, z1: 4, y0: 2, y1: 7, x0: 0, x1: 5 };
  for (const memoryLimit of [2 ** 30, 1]) {
    let reads = 0;
    const volumes = values.map((data) => {
      const volume = new ArrayVolume(data, SHAPE);
      return Object.assign(volume, {
        read: (...args: Parameters<ArrayVolume["read"]>) => {
          reads++;
          return ArrayVolume.prototype.read.apply(volume, args);
        },
      });
    });
    const mean = meanVolume(volumes, { memoryLimit });
    const [whole, part] = [new Float32Array(expected.length), new Float32Array(boxVoxels(box))];
    await Promise.all([mean.read(wholeBox(SHAPE), whole), mean.read(box, part)]);
    assert.deepEqual(whole, expected);
    const wanted = new Float32Array(part.length);
    await new ArrayVolume(expected, SHAPE).read(box, wanted);
    assert.deepEqual(part, wanted);
    assert.equal(reads, memoryLimit > 1 ? 3 : 6);
  }
});

Deno.test("volumes without a value other than 0 are named, and the memory of a mean is bounded by the limit", async () => {
  const zeros = () => new ArrayVolume(new Float32Array(6 * 7 * 8), SHAPE);
  const one = zeros();
  one.data[100] = 1;
  const told: (readonly number[])[] = [];
  const mean = meanVolume([zeros(), one, zeros()], { memoryLimit: 2 ** 30, onEmpty: (empty) => told.push(empty) });
  for (let i = 0; i < 2; i++) await mean.read(wholeBox(SHAPE), new Float32Array(6 * 7 * 8));
  assert.deepEqual(told, [[0, 2]]);
  assert.equal(meanMemory([100, 100, 100], 2 ** 30), 8e6);
  assert.equal(meanMemory([1000, 1000, 1000], 2 ** 30), 2 ** 25);
});
