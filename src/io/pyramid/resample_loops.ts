/**
 * Job `resample` in plain loops: the tested twin of kernels/wasm/resample.ts, which does the work.
 *
 * @module
 */

import type { BandedRows, Range, Stretch } from "./resample.ts";

/**
 * Adds to each output what the inputs at hand contribute. To be called with the stretches of an axis in ascending
 * order.
 *
 * @param source shape `[outer, inputs, inner]`, C order.
 * @param sums shape `[outer, outputs, inner]`, C order; 0 before the first stretch.
 */
export function addStretch(
  rows: BandedRows,
  { outer, inner, inputs, outputs }: Stretch,
  source: Float32Array | Float64Array,
  sums: Float64Array,
): void {
  if (inner === 1) return addDots(rows, outer, inputs, outputs, source, sums);
  const [depth, height] = [inputs.to - inputs.from, outputs.to - outputs.from];
  for (let o = 0; o < outer; o++) {
    for (let i = outputs.from; i < outputs.to; i++) {
      const from = Math.max(inputs.from, rows.first[i]);
      const to = Math.min(inputs.to, rows.first[i] + rows.start[i + 1] - rows.start[i]);
      if (from >= to) continue;
      const weights = rows.weight.subarray(rows.start[i] + from - rows.first[i], rows.start[i] + to - rows.first[i]);
      addWeighted(
        weights,
        source,
        (o * depth + from - inputs.from) * inner,
        inner,
        sums,
        (o * height + i - outputs.from) * inner,
      );
    }
  }
}

/**
 * Adds the weighted sum of lines of `length` values from `at` on to the sums from `to` on; four sums stay in registers.
 */
function addWeighted(
  weights: Float64Array,
  source: Float32Array | Float64Array,
  at: number,
  length: number,
  sums: Float64Array,
  to: number,
): void {
  let j = 0;
  for (; j + 4 <= length; j += 4) {
    let s0 = sums[to + j], s1 = sums[to + j + 1], s2 = sums[to + j + 2], s3 = sums[to + j + 3];
    for (let k = 0, i = at + j; k < weights.length; k++, i += length) {
      const weight = weights[k];
      s0 += weight * source[i];
      s1 += weight * source[i + 1];
      s2 += weight * source[i + 2];
      s3 += weight * source[i + 3];
    }
    sums[to + j] = s0;
    sums[to + j + 1] = s1;
    sums[to + j + 2] = s2;
    sums[to + j + 3] = s3;
  }
  for (; j < length; j++) {
    let sum = sums[to + j];
    for (let k = 0, i = at + j; k < weights.length; k++, i += length) sum += weights[k] * source[i];
    sums[to + j] = sum;
  }
}

/** The same along the fastest axis; four lines at a time, since an addition waits for the one before it. */
function addDots(
  { first, start, weight }: BandedRows,
  outer: number,
  inputs: Range,
  outputs: Range,
  source: Float32Array | Float64Array,
  sums: Float64Array,
): void {
  const [depth, height] = [inputs.to - inputs.from, outputs.to - outputs.from];
  let o = 0;
  for (; o + 4 <= outer; o += 4) {
    const row = o * depth - inputs.from;
    for (let i = outputs.from; i < outputs.to; i++) {
      const from = Math.max(inputs.from, first[i]);
      const to = Math.min(inputs.to, first[i] + start[i + 1] - start[i]);
      if (from >= to) continue;
      const at = o * height + i - outputs.from;
      let s0 = sums[at], s1 = sums[at + height], s2 = sums[at + 2 * height], s3 = sums[at + 3 * height];
      for (let k = from, w = start[i] + from - first[i], j = row + from; k < to; k++, w++, j++) {
        const share = weight[w];
        s0 += share * source[j];
        s1 += share * source[j + depth];
        s2 += share * source[j + 2 * depth];
        s3 += share * source[j + 3 * depth];
      }
      sums[at] = s0;
      sums[at + height] = s1;
      sums[at + 2 * height] = s2;
      sums[at + 3 * height] = s3;
    }
  }
  for (; o < outer; o++) {
    const row = o * depth - inputs.from;
    for (let i = outputs.from; i < outputs.to; i++) {
      const from = Math.max(inputs.from, first[i]);
      const to = Math.min(inputs.to, first[i] + start[i + 1] - start[i]);
      const shift = start[i] - first[i];
      let sum = sums[o * height + i - outputs.from];
      for (let k = from; k < to; k++) sum += weight[shift + k] * source[row + k];
      sums[o * height + i - outputs.from] = sum;
    }
  }
}
