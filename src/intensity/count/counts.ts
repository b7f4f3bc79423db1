/**
 * Histograms that are filled in parts: the counts of some boxes and those of others, added up, are those of all.
 *
 * @module
 */

import { type Threads, threadsFor } from "../../thread_job.ts";
import type { Box } from "../../volume.ts";
import { COUNT_VALUES } from "./count_values.ts";

/** Values per bin, of one histogram or of several, one after the other. */
export class Counts {
  /** The numbers of values. */
  readonly counts: Float64Array;

  /** @param size bins of all histograms together. */
  constructor(size: number) {
    this.counts = new Float64Array(size);
  }

  /** Adds the counts of other values over the same bins. */
  merge(counts: Float64Array): void {
    addTo(this.counts, counts);
  }

  /** What {@linkcode Counts.merge} takes. */
  encode(): Float64Array {
    return this.counts;
  }
}

/** A histogram of each section of a stack. */
export class SectionCounts extends Counts {
  readonly #bins: number;
  readonly #sectionOfPlane: Int32Array;
  readonly #edges: readonly (Float32Array | undefined)[];

  /** @param edges of each section's bins, `bins + 1` of them; `undefined` where a section is not counted. */
  constructor(bins: number, sectionOfPlane: Int32Array, edges: readonly (Float32Array | undefined)[]) {
    super(bins * edges.length);
    this.#bins = bins;
    this.#sectionOfPlane = sectionOfPlane;
    this.#edges = edges;
  }

  /** The counts of a section: a view. */
  of(section: number): Float64Array {
    return this.counts.subarray(section * this.#bins, (section + 1) * this.#bins);
  }

  /** Counts the values of a box, or of a part of it. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, box: Box, values: Float32Array, part: Box = box): Promise<void> {
    const ofPlane = this.#sectionOfPlane.subarray(part.z0, part.z1);
    const sections = [...new Set(ofPlane)];
    const edges = sections.map((section) => this.#edges[section]);
    const histogramOfPlane = Array.from(ofPlane, (section) => sections.indexOf(section));
    const found = await threadsFor(threads, values).run(COUNT_VALUES, { box, values, part, edges, histogramOfPlane });
    found.forEach((counts, i) => addTo(this.of(sections[i]), counts));
  }
}

/** Adds numbers to those from `first` on. */
export function addTo(sums: Float64Array, more: Float64Array | Uint32Array, first = 0): void {
  for (let i = 0; i < more.length; i++) sums[first + i] += more[i];
}
