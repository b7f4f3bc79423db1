/** Histogram sharpening against sums written out, and its invariants. */
import assert from "node:assert/strict";
import { isConstant, Sharpener } from "../../src/n4/sharpen.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin } from "../helpers/tolerances.ts";

const OPTIONS = { bins: 50, fwhm: 0.15, wienerNoise: 0.01 };
const [LO, HI] = [3.2, 5.1];

function randomHistogram(bins: number, seed: number): Float64Array {
  const random = new Random(seed);
  const peaks = [0.25, 0.55, 0.8].map((at) => [at * bins, random.between(1, 4)]);
  return Float64Array.from({ length: bins }, (_, n) => {
    return peaks.reduce((sum, [at, width]) => sum + 1000 * Math.exp(-(((n - at) / width) ** 2)), random.uniform());
  });
}

function sharpened(histogram: Float64Array, lo = LO, hi = HI, options = OPTIONS): Float64Array {
  const expected = new Float64Array(options.bins);
  new Sharpener(options).sharpen(histogram, lo, hi, expected);
  return expected;
}

/** Equations 9 to 13 of Sled et al. 1998 over the padded histogram, each transform and blur a plain sum. */
function writtenOut(histogram: Float64Array, { bins, fwhm, wienerNoise } = OPTIONS): Float64Array {
  let size = 4;
  while (size < 2 * bins) size *= 2;
  const offset = (size - bins) >> 1;
  const slope = (HI - LO) / (bins - 1);
  const sigma = fwhm / slope / (2 * Math.sqrt(2 * Math.LN2));
  const gaussian = Float64Array.from({ length: size }, (_, n) => {
    const d = Math.min(n, size - n);
    return Math.exp(-(d * d) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
  });
  const wave = (k: number, n: number) => (2 * Math.PI * ((k * n) % size)) / size;
  const sharp = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    let [f, re, im] = [0, 0, 0];
    for (let n = 0; n < size; n++) f += gaussian[n] * Math.cos(wave(k, n));
    for (let n = 0; n < bins; n++) {
      re += histogram[n] * Math.cos(wave(k, n + offset));
      im -= histogram[n] * Math.sin(wave(k, n + offset));
    }
    const gain = f / (f * f + wienerNoise) / size;
    for (let n = 0; n < size; n++) sharp[n] += gain * (re * Math.cos(wave(k, n)) - im * Math.sin(wave(k, n)));
  }
  return Float64Array.from({ length: bins }, (_, n) => {
    let [upper, lower] = [0, 0];
    for (let m = 0; m < size; m++) {
      const share = Math.max(0, sharp[m]) * gaussian[(n + offset - m + size) % size];
      upper += share * (LO + (m - offset) * slope);
      lower += share;
    }
    return upper / lower;
  });
}

for (const bins of [50, 64, 100]) {
  Deno.test(`sharpening ${bins} bins is the sums of Sled et al. written out`, () => {
    const histogram = randomHistogram(bins, bins);
    const ours = sharpened(histogram, LO, HI, { ...OPTIONS, bins });
    writtenOut(histogram, { ...OPTIONS, bins }).forEach((value, n) => {
      assertWithin(Math.abs(ours[n] - value), "sharpen", `bin ${n}`);
    });
  });
}

Deno.test("a common factor on the histogram changes nothing but rounding", () => {
  const histogram = randomHistogram(50, 1);
  const scaled = sharpened(histogram.map((count) => 1024 * count));
  assert.deepEqual(scaled, sharpened(histogram));
});

Deno.test("a shift of the log intensities shifts the expected ones", () => {
  const histogram = randomHistogram(50, 2);
  const shifted = sharpened(histogram, LO + 2, HI + 2);
  sharpened(histogram).forEach((value, n) => assertWithin(Math.abs(shifted[n] - value - 2), "sharpen"));
});

Deno.test("a histogram of two narrow peaks pulls every bin towards the nearer peak", () => {
  const histogram = new Float64Array(50);
  histogram[12] = histogram[38] = 1000;
  const expected = sharpened(histogram);
  const centre = (n: number) => LO + (n * (HI - LO)) / 49;
  for (const [n, peak] of [[10, 12], [14, 12], [36, 38], [40, 38]]) {
    assert.ok(Math.abs(expected[n] - centre(peak)) < Math.abs(centre(n) - centre(peak)), `bin ${n}`);
  }
});

Deno.test("one sharpener can be used again and gives the same", () => {
  const sharpener = new Sharpener(OPTIONS);
  const [first, second] = [new Float64Array(50), new Float64Array(50)];
  sharpener.sharpen(randomHistogram(50, 3), LO, HI, first);
  sharpener.sharpen(randomHistogram(50, 4), LO, HI + 1, second);
  sharpener.sharpen(randomHistogram(50, 3), LO, HI, second);
  assert.deepEqual(second, first);
});

Deno.test("a range within float32 rounding, or none at all, counts as constant", () => {
  assert.equal(isConstant(5, 5), true);
  assert.equal(isConstant(5, 5 + 2 ** -20), true);
  assert.equal(isConstant(5, 5 + 2 ** -18), false);
  assert.equal(isConstant(0, 2 ** -22), true);
  assert.equal(isConstant(0, 2 ** -20), false);
  assert.equal(isConstant(Infinity, -Infinity), true);
  assert.equal(isConstant(NaN, NaN), true);
});
