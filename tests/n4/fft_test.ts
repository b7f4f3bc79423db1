/** The fast Fourier transform against its definition. */
import assert from "node:assert/strict";
import { Fft } from "../../src/n4/fft.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin } from "../helpers/tolerances.ts";

/** The sum as it is defined, O(n^2). */
function definition(re: Float64Array, im: Float64Array): [re: Float64Array, im: Float64Array] {
  const n = re.length;
  const [outRe, outIm] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const angle = (-2 * Math.PI * ((i * k) % n)) / n;
      outRe[k] += re[i] * Math.cos(angle) - im[i] * Math.sin(angle);
      outIm[k] += re[i] * Math.sin(angle) + im[i] * Math.cos(angle);
    }
  }
  return [outRe, outIm];
}

function randomSignal(size: number, seed: number): [re: Float64Array, im: Float64Array] {
  const random = new Random(seed);
  const values = () => Float64Array.from({ length: size }, () => random.between(-1, 1));
  return [values(), values()];
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

for (const size of [2, 4, 8, 64, 512]) {
  Deno.test(`the transform of ${size} points is the sum that defines it`, () => {
    const [re, im] = randomSignal(size, size);
    const [expectedRe, expectedIm] = definition(re, im);
    new Fft(size).forward(re, im);
    assertWithin(largestDifference(re, expectedRe), "fft");
    assertWithin(largestDifference(im, expectedIm), "fft");
  });
}

Deno.test("the inverse transform undoes the transform", () => {
  const fft = new Fft(256);
  const [re, im] = randomSignal(256, 3);
  const [backRe, backIm] = [re.slice(), im.slice()];
  fft.forward(backRe, backIm);
  fft.inverse(backRe, backIm);
  assertWithin(largestDifference(re, backRe), "fft");
  assertWithin(largestDifference(im, backIm), "fft");
});

Deno.test("a size that is not a power of two is refused with the size", () => {
  for (const size of [0, 1, 3, 12, -4, 2.5, NaN]) {
    assert.throws(() => new Fft(size), {
      name: "RangeError",
      message: new RegExp(`power of two.*current value is ${size}$`),
    });
  }
});
