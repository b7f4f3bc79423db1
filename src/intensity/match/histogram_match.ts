/**
 * Histogram matching of sections: each gets a monotone intensity map that brings its distribution to the whole
 * volume's.
 *
 * Only tissue counts: voxels above `lo = threshold + max(1e-6, 1e-6 * threshold)`. `bins` even bins reach from there to
 * the larger of 1 and the largest intensity, so that values above 1 are matched like others. A map's entry at a bin's
 * centre is the intensity at which the whole volume's cumulative distribution has the section's value there; between
 * centres it is linear, beyond the first and last one constant. A section with fewer than 500 such voxels stays as it
 * is, and so does everything where the whole volume has fewer.
 *
 * A few very bright voxels widen the bins for all, and pull up those next below them (a map is linear across empty
 * bins): give `max`.
 *
 * @module
 */

import type { LookupTables } from "../../backends/backend.ts";
import { mapPlane } from "../../n4/lookup.ts";
import { type PassContext, scan, transform } from "../../io/flow/passes.ts";
import { type Box, boxShape, type VolumeSink, type VolumeSource } from "../../volume.ts";
import { Counts, SectionCounts } from "../count/counts.ts";
import { binCentres, rangeEdges } from "../count/edge_histogram.ts";
import { interpolate } from "../count/interpolate.ts";
import { type Section, sectionBounds, sectionOfPlane } from "../sections.ts";
import { ValueRange } from "../count/value_range.ts";

/** What sections are matched by. */
export interface MatchingOptions {
  /** Serial sections along z; left out: every plane is one. */
  readonly sections?: number;
  /** Matches every plane on its own, whatever `sections` says. */
  readonly perPlane?: boolean;
  /** Histogram bins, an integer >= 2; left out: 512. */
  readonly bins?: number;
  /** Intensities at or below are background and stay as they are, a number >= 0; left out: 0. */
  readonly threshold?: number;
  /**
   * Upper end of the bins where that is above 1; left out: the largest intensity, which costs a read. Intensities above
   * are not counted and map to the last entry: a high percentile here keeps a few very bright voxels from widening the
   * bins.
   */
  readonly max?: number;
}

/** Tissue voxels that a section needs. */
const LEAST_VOXELS = 500;

/**
 * The maps of a volume's sections, for `applyHistogramMatching` or `ApplySpec.luts`. Two reads; one where `max` is
 * given.
 *
 * @throws {RangeError} when an option breaks its rule.
 */
export async function matchingTables(
  source: VolumeSource,
  options: MatchingOptions,
  passes: PassContext,
): Promise<LookupTables> {
  const max = options.max ?? await largestIntensity(source, passes);
  const histograms = new MatchingHistograms(source.shape[0], options, max);
  await scan("histogram", source, passes, {
    work: (box, slot) => histograms.addBy(passes.threads, box, slot.data(box)),
  });
  return histograms.tables();
}

/**
 * Matches the sections of `source` into `sink`; one read more than {@linkcode matchingTables}, whose maps it returns.
 */
export async function applyHistogramMatching(
  source: VolumeSource,
  sink: VolumeSink,
  options: MatchingOptions,
  passes: PassContext,
): Promise<LookupTables> {
  const luts = await matchingTables(source, options, passes);
  await transform("histogram matching", source, sink, passes, {
    work: (box, slot) => mapBox(luts, box, slot.data(box)),
  });
  return luts;
}

/** Maps the intensities of a box, in place. */
export function mapBox(luts: LookupTables | undefined, box: Box, data: Float32Array): void {
  const [nz, ny, nx] = boxShape(box);
  for (let k = 0; k < nz; k++) mapPlane(luts, box.z0 + k, data.subarray(k * ny * nx, (k + 1) * ny * nx));
}

/** Largest finite intensity; -Infinity where there is none. One read. */
async function largestIntensity(source: VolumeSource, passes: PassContext): Promise<number> {
  const range = new ValueRange();
  await scan("range", source, passes, { work: (box, slot) => range.addBy(passes.threads, slot.data(box)) });
  return range.hi;
}

/** The tissue histograms of all sections, filled box by box in any order. */
export class MatchingHistograms extends SectionCounts {
  readonly #planes: number;
  readonly #sections: readonly Section[];
  readonly #edges: Float32Array;
  readonly #threshold: number;

  /**
   * Empty histograms.
   *
   * @param planes of the volume. @param max its largest intensity; larger ones are not counted.
   * @throws {RangeError} when an option breaks its rule.
   */
  constructor(planes: number, options: MatchingOptions, max: number) {
    const { bins = 512, threshold = 0 } = options;
    checkMatching(bins, threshold);
    const sections = sectionBounds(planes, options.perPlane ? undefined : options.sections);
    const hi = Math.max(1, max);
    const lo = Math.min(threshold + Math.max(1e-6, threshold * 1e-6), hi);
    const edges = rangeEdges(lo, hi, bins);
    super(bins, sectionOfPlane(planes, sections), sections.map(() => edges));
    this.#planes = planes;
    this.#sections = sections;
    this.#edges = edges;
    this.#threshold = threshold;
  }

  /** The maps. */
  tables(): LookupTables {
    const centres = Float64Array.from(binCentres(this.#edges));
    const whole = new Counts(centres.length);
    this.#sections.forEach((_, s) => whole.merge(this.of(s)));
    const reference = cumulative(whole.counts);
    const tables: Float32Array[] = [];
    const ofPlane = new Int32Array(this.#planes).fill(-1);
    this.#sections.forEach(({ z0, z1 }, s) => {
      const { distribution, total } = cumulative(this.of(s));
      if (reference.total < LEAST_VOXELS || total < LEAST_VOXELS) return;
      ofPlane.fill(tables.length, z0, z1);
      tables.push(Float32Array.from(distribution, (p) => interpolate(p, reference.distribution, centres)));
    });
    const range: [number, number] = [centres[0], centres[centres.length - 1]];
    return { threshold: this.#threshold, range, tables, tableOfPlane: ofPlane };
  }
}

function cumulative(counts: Float64Array): { distribution: Float64Array; total: number } {
  let total = 0;
  const sums = counts.map((count) => total += count);
  return { distribution: sums.map((sum) => sum / total), total };
}

function checkMatching(bins: number, threshold: number): void {
  const refuse = (name: string, rule: string, value: number) =>
    new RangeError(`Cannot match histograms as '${name}' must be ${rule}: current value is ${value}`);
  if (!Number.isInteger(bins) || bins < 2) throw refuse("bins", "an integer >= 2", bins);
  if (!(threshold >= 0 && isFinite(threshold))) throw refuse("threshold", "a number >= 0", threshold);
}
