/**
 * Histograms of float32 values whose range is not known yet. A value is counted by its leading bits: sign, exponent and
 * ten bits of the mantissa, so that neighbouring bins differ by a thousandth of their value. Once the range is known
 * the counts are spread over its bins, which is nearly the histogram there.
 *
 * Of each section only values within a factor of 256 below its largest one are told apart: of 256 even bins over any
 * range above 0 the first one holds the rest.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { giveBackBuffers, takeBuffer } from "../../io/flow/slots.ts";
import { type Box, boxShape } from "../../volume.ts";

/** Low bits of a float32 that make no difference. */
const SHIFT = 13;

/** The key of infinity: those of finite values above 0 are smaller, those of values below 0 larger. */
const INFINITE_KEY = 0x7f800000 >>> SHIFT;

/** Keys of all float32 values. */
const KEYS = 2 ** (32 - SHIFT);

/** Keys are cleared and looked through in runs of 2^12, those alone that hold values: four factors of two each. */
const RUN_SHIFT = 12;
const RUN = 1 << RUN_SHIFT;

/** Keys of a factor of 256, and one more for its upper end. */
const WINDOW = 8 * 2 ** (23 - SHIFT) + 1;

/** Bytes of what is counted in a section. */
const SECTION_BYTES = 8 * (WINDOW + 1);

/** Bytes that coarse histograms take: of all sections, twice while they are put together, and a table a thread. */
export function coarseMemory(sections: number, threads: number): number {
  return 2 * sections * SECTION_BYTES + Math.max(1, threads) * 4 * KEYS;
}

/** Values of whole planes. */
interface CoarseRequest {
  readonly values: Float32Array;
  /** Voxels of a plane. */
  readonly plane: number;
  /** The section of each plane. */
  readonly sectionOfPlane: readonly number[];
}

/** What was counted in a section. */
interface CoarseCounts {
  readonly section: number;
  /** The largest key. */
  readonly top: number;
  /** Values above 0 below the window, then those of each of its keys, the last of which is the largest. */
  readonly counts: Float64Array;
}

/** Counts the finite values above 0; smaller ones than 1e-41 may be left out. */
export const COUNT_COARSELY: Job<CoarseRequest, CoarseCounts[]> = {
  name: "count coarsely",
  work({ values, plane, sectionOfPlane }) {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const found: CoarseCounts[] = [];
    const buffer = takeBuffer(4 * KEYS);
    const table = new Uint32Array(buffer, 0, KEYS).fill(0);
    const used = new Uint8Array(KEYS / RUN);
    for (let first = 0, end = 0; first < sectionOfPlane.length; first = end) {
      const section = sectionOfPlane[first];
      while (end < sectionOfPlane.length && sectionOfPlane[end] === section) end++;
      countKeys(bits, first * plane, end * plane, table, used);
      const top = topOf(table, used);
      if (top > 0) found.push({ section, top, counts: windowOf(table, used, top) });
      used.forEach((values, run) => values && table.fill(0, run << RUN_SHIFT, (run + 1) << RUN_SHIFT));
      used.fill(0);
    }
    giveBackBuffers([buffer]);
    return found;
  },
};

/** Counts every value, which avoids asking which are to be counted, and marks the runs that its key lies in. */
function countKeys(bits: Int32Array, begin: number, end: number, table: Uint32Array, used: Uint8Array): void {
  for (let i = begin; i < end; i++) {
    const key = bits[i] >>> SHIFT;
    table[key]++;
    used[key >>> RUN_SHIFT] = 1;
  }
}

/** The largest key of a finite value above 0; 0 where there is none. */
function topOf(table: Uint32Array, used: Uint8Array): number {
  for (let key = INFINITE_KEY - 1; key > 0; key--) {
    if (used[key >>> RUN_SHIFT] === 0) key &= -RUN;
    else if (table[key] > 0) return key;
  }
  return 0;
}

function windowOf(table: Uint32Array, used: Uint8Array, top: number): Float64Array {
  const counts = new Float64Array(WINDOW + 1);
  const first = Math.max(1, top - WINDOW + 1);
  let below = 0;
  for (let key = 1; key < first; key++) {
    if (used[key >>> RUN_SHIFT] === 0) key |= RUN - 1;
    else below += table[key];
  }
  counts[0] = below;
  for (let key = first; key <= top; key++) counts[key - top + WINDOW] = table[key];
  return counts;
}

/** The coarse histogram of each section, the same in whatever order values come. */
export class CoarseHistograms {
  readonly #sectionOfPlane: Int32Array;
  readonly #found = new Map<number, CoarseCounts>();

  /** @param sectionOfPlane index of each plane's section. */
  constructor(sectionOfPlane: Int32Array) {
    this.#sectionOfPlane = sectionOfPlane;
  }

  /** Counts the values of a box. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, box: Box, values: Float32Array): Promise<void> {
    const [, ny, nx] = boxShape(box);
    const sectionOfPlane = [...this.#sectionOfPlane.subarray(box.z0, box.z1)];
    const found = await threadsFor(threads, values).run(COUNT_COARSELY, { values, plane: ny * nx, sectionOfPlane });
    for (const each of found) this.#add(each);
  }

  /** All that was counted: of each section its index, the largest key and the counts. */
  encode(): Float64Array {
    const all = new Float64Array(this.#found.size * (WINDOW + 3));
    let at = 0;
    for (const { section, top, counts } of this.#found.values()) {
      all.set([section, top], at);
      all.set(counts, at + 2);
      at += WINDOW + 3;
    }
    return all;
  }

  /** Adds the counts of other planes, as {@linkcode CoarseHistograms.encode} gives them. */
  merge(all: Float64Array): void {
    for (let at = 0; at < all.length; at += WINDOW + 3) {
      this.#add({ section: all[at], top: all[at + 1], counts: all.slice(at + 2, at + WINDOW + 3) });
    }
  }

  /** The histogram of a section over even bins, nearly. @param edges of the bins, above 0. */
  over(section: number, edges: Float32Array): Float64Array {
    const bins = new Float64Array(edges.length - 1);
    const { top, counts } = this.#found.get(section) ?? { top: 0, counts: new Float64Array(0) };
    const lo = edges[0];
    const perUnit = bins.length / (edges[bins.length] - lo);
    const place = (key: number) => Math.min(bins.length, Math.max(0, (valueOf(key) - lo) * perUnit));
    counts.forEach((count, i) => {
      if (count === 0) return;
      const key = top - WINDOW + i;
      if (i === 0) bins[0] += count;
      else spread(count, place(key), place(key + 1), bins);
    });
    return bins;
  }

  #add(found: CoarseCounts): void {
    const before = this.#found.get(found.section);
    if (!before) return void this.#found.set(found.section, found);
    const [low, high] = before.top < found.top ? [before, found] : [found, before];
    const counts = high.counts.slice();
    const moved = high.top - low.top;
    low.counts.forEach((count, i) => counts[Math.max(0, i - moved)] += count);
    this.#found.set(found.section, { section: found.section, top: high.top, counts });
  }
}

/** The smallest value of a key. */
function valueOf(key: number): number {
  return new Float32Array(Int32Array.of(key << SHIFT).buffer)[0];
}

/** Adds a count to the bins that it lies in, evenly from one place to another. */
function spread(count: number, from: number, to: number, bins: Float64Array): void {
  const last = bins.length - 1;
  const [first, end] = [Math.min(last, Math.floor(from)), Math.min(last, Math.floor(to))];
  if (first === end) return void (bins[first] += count);
  for (let bin = first; bin <= end; bin++) {
    const share = Math.min(to, bin + 1) - Math.max(from, bin);
    bins[bin] += count * share / (to - from);
  }
}
