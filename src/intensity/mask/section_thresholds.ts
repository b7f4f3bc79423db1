/**
 * From smoothed intensities to the threshold of each section: first their range above 0, then their histogram, whose
 * two classes Otsu's threshold parts. Both are exact whatever the order in which planes come, so that parts of a stack
 * may be read apart.
 *
 * @module
 */

import { type Threads, threadsFor } from "../../thread_job.ts";
import { type Box, boxShape } from "../../volume.ts";
import type { CoarseHistograms } from "../count/coarse_histogram.ts";
import { SectionCounts } from "../count/counts.ts";
import { dataEdges } from "../count/edge_histogram.ts";
import { FIND_PLANE_RANGES } from "../count/value_range.ts";
import { type MaskRules, otsuThreshold, tissueThreshold } from "./otsu.ts";
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

  /** Widens the ranges of a box's sections by its values. @param threads who look; left out: the calling thread. */
  async addBy(threads: Threads | undefined, box: Box, values: Float32Array): Promise<void> {
    const [nz, ny, nx] = boxShape(box);
    const ranges = await threadsFor(threads, values).run(FIND_PLANE_RANGES, { values, plane: ny * nx });
    for (let k = 0; k < nz; k++) {
      this.#widen(this.#sectionOfPlane[box.z0 + k], ranges[3 * k], ranges[3 * k + 1], ranges[3 * k + 2]);
    }
  }

  /** The range of a section; Infinity to -Infinity where nothing is above 0. */
  of(s: number): { lo: number; hi: number; above: number } {
    const [lo, hi, above] = [0, 1, 2].map((k) => this.#numbers[k * this.#count + s]);
    return { lo, hi, above };
  }

  /** Widens the ranges by those of other planes, as {@linkcode SectionRanges.encode} gives them. */
  merge(numbers: Float64Array): void {
    const count = this.#count;
    for (let s = 0; s < count; s++) this.#widen(s, numbers[s], numbers[count + s], numbers[2 * count + s]);
  }

  /** All that the ranges are. */
  encode(): Float64Array {
    return this.#numbers;
  }

  #widen(s: number, lo: number, hi: number, above: number): void {
    const [numbers, count] = [this.#numbers, this.#count];
    numbers[s] = Math.min(numbers[s], lo);
    numbers[count + s] = Math.max(numbers[count + s], hi);
    numbers[2 * count + s] += above;
  }
}

/** The histogram of each section over its range. */
export class SectionHistograms extends SectionCounts {
  readonly #ranges: SectionRanges;
  /** `undefined` for a section with too few voxels, or with one value alone. */
  readonly #edges: readonly (Float32Array | undefined)[];

  /** Empty histograms. */
  constructor(planes: number, sections: readonly Section[], ranges: SectionRanges) {
    const edges = sections.map((_, s) => {
      const { lo, hi, above } = ranges.of(s);
      return above < LEAST_VOXELS || lo === hi ? undefined : dataEdges(lo, hi, BINS);
    });
    super(BINS, sectionOfPlane(planes, sections), edges);
    this.#ranges = ranges;
    this.#edges = edges;
  }

  /** Fills the histograms with what was counted before the ranges were known, nearly. */
  fill(coarse: CoarseHistograms): void {
    this.#edges.forEach((edges, s) => edges && this.of(s).set(coarse.over(s, edges)));
  }

  /**
   * Tissue is above, section by section; -Infinity where a whole section is: there are too few voxels above 0, or by
   * robust rules no agarose.
   */
  thresholds(rules: MaskRules = "plain"): Float64Array {
    const threshold = rules === "robust" ? tissueThreshold : otsuThreshold;
    return Float64Array.from(this.#edges, (edges, s) => {
      if (edges) return threshold({ edges, counts: this.of(s) });
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
  rules: MaskRules = "plain",
): Float64Array {
  const histograms = new SectionHistograms(planes, sections, ranges);
  histograms.fill(coarse);
  return histograms.thresholds(rules);
}
