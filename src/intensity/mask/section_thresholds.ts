/**
 * From smoothed intensities to the threshold of each section: first their range above 0, then their histogram, whose two classes Otsu's threshold parts.
 * Both are exact whatever the order in which planes come, so that parts of a stack may be read apart.
 *
 * @module
 */

import { type Threads, threadsFor } from "../../thread_job.ts";
import { type Box, boxShape } from "../../volume.ts";
import { FIND_PLANE_RANGES } from "../count/box_statistics.ts";
import type { CoarseHistograms } from "../count/coarse_histogram.ts";
import { COUNT_VALUES } from "../count/count_values.ts";
import { dataEdges, EdgeHistogram } from "../count/edge_histogram.ts";
import { otsuThreshold } from "./otsu.ts";
import { type Section, sectionOfPlane } from "../sections.ts";

/** Bins of a section's histogram. */
const BINS = 256;

/** A section needs this many smoothed voxels above 0 to have a threshold. */
const LEAST_VOXELS = 100;

/** The range above 0 of each section, and how many voxels lie there. */
export class SectionRanges {
  readonly #sectionOfPlane: Int32Array;
  readonly #count: number;
  /** Three runs of a number a section: lowest, highest, count. */
  readonly #numbers: Float64Array;

  /** Empty ranges of the sections of a stack of `planes`. */
  constructor(planes: number, sections: readonly Section[]) {
    this.#sectionOfPlane = sectionOfPlane(planes, sections);
    this.#count = sections.length;
    this.#numbers = new Float64Array(3 * sections.length);
    this.#numbers.fill(Infinity, 0, this.#count).fill(-Infinity, this.#count, 2 * this.#count);
  }

  /** Widens the ranges of the sections in a box by its values. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, box: Box, values: Float32Array): Promise<void> {
    const [nz, ny, nx] = boxShape(box);
    const ranges = await threadsFor(threads, values).run(FIND_PLANE_RANGES, { values, plane: ny * nx });
    for (let k = 0; k < nz; k++) {
      const s = this.#sectionOfPlane[box.z0 + k];
      const { lo, hi, above } = this.of(s);
      this.#set(s, Math.min(lo, ranges[3 * k]), Math.max(hi, ranges[3 * k + 1]), above + ranges[3 * k + 2]);
    }
  }

  /** The range of a section; Infinity to -Infinity where nothing is above 0. */
  of(s: number): { lo: number; hi: number; above: number } {
    const [lo, hi, above] = [0, 1, 2].map((k) => this.#numbers[k * this.#count + s]);
    return { lo, hi, above };
  }

  /** Widens the ranges by those of other planes, as {@linkcode SectionRanges.encode} told of them. */
  merge(numbers: Float64Array): void {
    for (let s = 0; s < this.#count; s++) {
      const [lo, hi, above] = [0, 1, 2].map((k) => numbers[k * this.#count + s]);
      const mine = this.of(s);
      this.#set(s, Math.min(mine.lo, lo), Math.max(mine.hi, hi), mine.above + above);
    }
  }

  /** All that the ranges are. */
  encode(): Float64Array {
    return this.#numbers;
  }

  #set(s: number, lo: number, hi: number, above: number): void {
    [lo, hi, above].forEach((value, k) => this.#numbers[k * this.#count + s] = value);
  }
}

/** The histogram of each section over its range. */
export class SectionHistograms {
  readonly #sectionOfPlane: Int32Array;
  readonly #ranges: SectionRanges;
  readonly #histograms: readonly (EdgeHistogram | undefined)[];

  /** Empty histograms; sections with too few voxels, or with one value alone, get none. */
  constructor(planes: number, sections: readonly Section[], ranges: SectionRanges) {
    this.#sectionOfPlane = sectionOfPlane(planes, sections);
    this.#ranges = ranges;
    this.#histograms = sections.map((_, s) => {
      const { lo, hi, above } = ranges.of(s);
      return above < LEAST_VOXELS || lo === hi ? undefined : new EdgeHistogram(dataEdges(lo, hi, BINS));
    });
  }

  /** Counts the values of a box. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, box: Box, values: Float32Array): Promise<void> {
    const ofPlane = this.#sectionOfPlane.subarray(box.z0, box.z1);
    const counted = [...new Set(ofPlane)].flatMap((s) => this.#histograms[s] ? [{ s, of: this.#histograms[s] }] : []);
    const counts = await threadsFor(threads, values).run(COUNT_VALUES, {
      box,
      values,
      part: box,
      edges: counted.map(({ of }) => of.edges),
      histogramOfPlane: Array.from(ofPlane, (s) => counted.findIndex((each) => each.s === s)),
    });
    counted.forEach(({ of }, i) => of.merge(counts[i]));
  }

  /** Values per bin, section by section. */
  encode(): Float64Array {
    const all = new Float64Array(BINS * this.#histograms.length);
    this.#histograms.forEach((histogram, s) => histogram && all.set(histogram.counts, s * BINS));
    return all;
  }

  /** Adds what {@linkcode SectionHistograms.encode} told of other planes. */
  merge(counts: Float64Array): void {
    this.#histograms.forEach((histogram, s) => histogram?.merge(counts.subarray(s * BINS, (s + 1) * BINS)));
  }

  /** Fills the histograms with what was counted before the ranges were known, nearly. */
  fill(coarse: CoarseHistograms): void {
    this.#histograms.forEach((histogram, s) => histogram?.merge(coarse.over(s, histogram.edges)));
  }

  /** Smoothed intensities above are tissue, section by section; -Infinity where all of a section is, as it has too few voxels above 0. */
  thresholds(): Float64Array {
    return Float64Array.from(this.#histograms, (histogram, s) => {
      if (histogram) return otsuThreshold(histogram);
      const { lo, above } = this.#ranges.of(s);
      return above < LEAST_VOXELS ? -Infinity : lo;
    });
  }
}

/** What the thresholds of sections may be, by coarse histograms; most often they are. */
export function guessThresholds(
  planes: number,
  sections: readonly Section[],
  ranges: SectionRanges,
  coarse: CoarseHistograms,
): Float64Array {
  const histograms = new SectionHistograms(planes, sections, ranges);
  histograms.fill(coarse);
  return histograms.thresholds();
}
