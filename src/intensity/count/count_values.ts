/**
 * Histograms of a box's values as a job, by WebAssembly. Twin: `EdgeHistogram.add`. Boxes may be taken in any order.
 *
 * @module
 */

import type { Job } from "../../thread_job.ts";
import { type Box, boxShape } from "../../volume.ts";
import { type ThreadStages, threadStages } from "../../wasm/thread_stages.ts";

/** Values that are counted, plane by plane. */
interface CountRequest {
  /** The box that the values fill. */
  readonly box: Box;
  readonly values: Float32Array;
  /** The box that is counted, within it. */
  readonly part: Box;
  /** Edges of the bins of each histogram; `undefined` for one that nothing is counted in. */
  readonly edges: readonly (Float32Array | undefined)[];
  /** Which histogram a plane of the part belongs to; -1 for none. */
  readonly histogramOfPlane: readonly number[];
}

/** Counts values; the counts of each histogram. */
function countValues({ box, values, part, edges, histogramOfPlane }: CountRequest): Float64Array[] {
  const counts = edges.map((each) => new Float64Array(each ? each.length - 1 : 0));
  const [, ny, nx] = boxShape(box);
  const rows = { rows: part.y1 - part.y0, stride: nx, width: part.x1 - part.x0 };
  for (let z = part.z0; z < part.z1;) {
    const h = histogramOfPlane[z - part.z0];
    let end = z + 1;
    while (end < part.z1 && histogramOfPlane[end - part.z0] === h) end++;
    const bins = edges[h];
    if (bins) {
      const counting = new Counting(bins, threadStages());
      for (; z < end; z++) {
        const at = ((z - box.z0) * ny + part.y0 - box.y0) * nx + part.x0 - box.x0;
        counting.add({ ...rows, values: values.subarray(at) });
      }
      counting.addTo(counts[h]);
    }
    z = end;
  }
  return counts;
}

/** {@linkcode countValues} as a job. */
export const COUNT_VALUES: Job<CountRequest, Float64Array[]> = { name: "count values", work: countValues };

/** Most values that are copied at once, rims included, unless a row is longer. */
const PIECE = 2 ** 16;

/** Counters of a bin. */
const COUNTERS = 4;

/** `rows` rows of `width` values, `stride` apart. */
interface Rows {
  readonly values: Float32Array;
  readonly rows: number;
  readonly stride: number;
  readonly width: number;
}

/** One histogram in the module's memory. */
class Counting {
  readonly #thread: ThreadStages;
  readonly #edges: Float32Array;
  readonly #counts: Uint32Array;
  readonly #sure: number;
  readonly #mark: number;

  constructor(edges: Float32Array, thread: ThreadStages) {
    thread.arena.release();
    this.#thread = thread;
    this.#edges = thread.arena.copy(Float32Array, edges);
    this.#counts = thread.arena.take(Uint32Array, COUNTERS * (edges.length - 1));
    this.#sure = sureOf(edges);
    this.#mark = thread.arena.mark();
  }

  /** Counts rows. */
  add({ values, rows, stride, width }: Rows): void {
    const { stages, arena } = this.#thread;
    const most = Math.max(1, Math.min(rows, Math.floor(PIECE / stride)));
    arena.release(this.#mark);
    const piece = arena.take(Float32Array, most * stride);
    const [counts, edges, bins] = [this.#counts.byteOffset, this.#edges.byteOffset, this.#edges.length - 1];
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      piece.set(values.subarray(row * stride, (row + count - 1) * stride + width));
      stages.count(piece.byteOffset, count, stride, width, edges, bins, this.#sure, counts);
    }
  }

  /** Adds what was counted. */
  addTo(counts: Float64Array): void {
    const counters = this.#counts;
    for (let bin = 0, at = 0; bin < counts.length; bin++, at += COUNTERS) {
      counts[bin] += counters[at] + counters[at + 1] + counters[at + 2] + counters[at + 3];
    }
  }
}

/** A value's place among n bins is rounded to float32 three times: by less than n times this, in widths of a bin. */
const ROUNDING = 2 ** -22;

/** How far from a bin's middle, in widths of a bin, no edge can lie. */
function sureOf(edges: Float32Array): number {
  const bins = edges.length - 1;
  const perUnit = bins / (edges[bins] - edges[0]);
  let off = 0;
  for (let i = 0; i <= bins; i++) off = Math.max(off, Math.abs((edges[i] - edges[0]) * perUnit - i));
  return 0.5 - off - ROUNDING * bins;
}
