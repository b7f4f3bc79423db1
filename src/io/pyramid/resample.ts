/**
 * Resampling along one axis as a banded matrix: a Gaussian against aliasing, then linear interpolation between voxel
 * centres, composed into one row of weights per output index. Edges are mirrored about the outermost voxel centre
 * (d c b | a b c d | c b a: scipy's mode `mirror`, scikit-image's `reflect`), so a row never reaches out of the axis.
 *
 * Every sum runs over ascending input indices in float64, one addition after the other, and may be interrupted and
 * taken up again: where the input is cut into pieces changes no bit.
 *
 * @module
 */

import type { Job } from "../../thread_job.ts";
import { threadStages } from "../../wasm/thread_stages.ts";
import { addByWasm } from "./resample_wasm.ts";
import { allocateShared } from "../flow/slots.ts";

/**
 * A banded matrix over shared memory: row i has the weights `weight[start[i]] .. weight[start[i + 1] - 1]` on the
 * inputs from `first[i]` on.
 */
export interface BandedRows {
  readonly inputs: number;
  readonly outputs: number;
  /** First input index of each row. */
  readonly first: Int32Array;
  /** Where the weights of each row start; `outputs + 1` entries. */
  readonly start: Int32Array;
  /** Weights of all rows, one after the other; those of a row sum to 1. */
  readonly weight: Float64Array;
}

/** Half-open range of indices along one axis. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The Gaussian ends at this many standard deviations, as scipy's does. */
const TRUNCATE = 4;

/**
 * The matrix from `inputs` to `outputs` voxels over one field of view. Output i has its centre at `(i + 0.5) inputs /
 * outputs - 0.5`; the Gaussian has `sigma = (inputs / outputs - 1) / 2` voxels, none where the axis gets longer.
 */
export function bandedRows(inputs: number, outputs: number): BandedRows {
  const factor = inputs / outputs;
  const gauss = gaussian(Math.max(0, (factor - 1) / 2));
  const radius = (gauss.length - 1) / 2;
  const first = new Int32Array(allocateShared(4 * outputs));
  const start = new Int32Array(allocateShared(4 * (outputs + 1)));
  const weights: number[] = [];
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * factor - 0.5;
    const low = Math.floor(centre);
    const row = new Map<number, number>();
    for (const [place, share] of [[low, 1 - (centre - low)], [low + 1, centre - low]]) {
      if (share === 0) continue;
      const inside = mirror(place, inputs);
      for (let k = -radius; k <= radius; k++) {
        const at = mirror(inside + k, inputs);
        row.set(at, (row.get(at) ?? 0) + share * gauss[k + radius]);
      }
    }
    first[i] = Math.min(...row.keys());
    const last = Math.max(...row.keys());
    for (let at = first[i]; at <= last; at++) weights.push(row.get(at) ?? 0);
    start[i + 1] = weights.length;
  }
  const weight = new Float64Array(allocateShared(8 * weights.length));
  weight.set(weights);
  return { inputs, outputs, first, start, weight };
}

/** Samples of a Gaussian from -radius to radius, summing to 1. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  if (radius === 0) return Float64Array.of(1);
  const values = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

/** The index inside `0 .. n - 1` that index `i` is the mirror image of. */
function mirror(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const folded = ((i % period) + period) % period;
  return folded < n ? folded : period - folded;
}

/** The inputs that the outputs of a range are made of. */
export function inputsOf(rows: BandedRows, { from, to }: Range): Range {
  let low = rows.inputs;
  let high = 0;
  for (let i = from; i < to; i++) {
    low = Math.min(low, rows.first[i]);
    high = Math.max(high, rows.first[i] + rows.start[i + 1] - rows.start[i]);
  }
  return { from: low, to: high };
}

/** One past the last output that any input below `end` is part of. */
export function outputsBelow(rows: BandedRows, end: number): number {
  let i = rows.outputs;
  while (i > 0 && rows.first[i - 1] >= end) i--;
  return i;
}

/** A stretch of inputs added to a stretch of outputs, for each of `outer` blocks of `inner` voxels per index. */
export interface Stretch {
  /** Slower indices, on which nothing changes. */
  readonly outer: number;
  /** Faster indices, on which nothing changes. */
  readonly inner: number;
  /** Inputs at hand: `source` has shape `[outer, inputs, inner]`. */
  readonly inputs: Range;
  /** Outputs wanted: `sums` has shape `[outer, outputs, inner]`. */
  readonly outputs: Range;
}

/** What is added to what. */
export interface StretchRequest {
  readonly rows: BandedRows;
  readonly stretch: Stretch;
  /** Shape `[outer, inputs, inner]`, C order. */
  readonly source: Float32Array | Float64Array;
  /** Shape `[outer, outputs, inner]`, C order. */
  readonly sums: Float64Array;
  /** Whether the sums begin here: they are set to 0 first. */
  readonly first: boolean;
}

/** Adds to each output what the inputs at hand contribute. To be given the stretches of an axis in ascending order. */
export const ADD_STRETCH: Job<StretchRequest, void> = {
  name: "add stretch",
  work: (request) => addByWasm(request, threadStages()),
};
