/**
 * The tissue mask of a stack of sections in agarose: smooth, split each section in two by Otsu's threshold, fill holes and close gaps plane by plane, close gaps along z.
 *
 * The Gaussian runs over the whole volume, across the borders of sections and boxes. Closing counts what lies outside the volume as background, as SciPy does: with radius r
 * no voxel within r of a plane's border stays inside, and none of the first and last planes where gaps along z are closed.
 *
 * Three reads: the range of each section, its histogram, the threshold. Memory: boxes, one bit a voxel, two planes of bits.
 *
 * @module
 */

import type { N4Backend, SmoothSession } from "../backends/backend.ts";
import { boxVoxels, type Shape3, type Triple, type VolumeSource } from "../volume.ts";
import type { PassContext } from "../io/passes.ts";
import { type BitVolume, HeldBits, wordsPerRow } from "./bit_volume.ts";
import { dataEdges, EdgeHistogram } from "./edge_histogram.ts";
import { closeAlongZ, PlaneMorphology } from "./morphology.ts";
import { otsuThreshold } from "./otsu.ts";
import { type Section, sectionBounds, sectionOfPlane } from "./sections.ts";
import { scanSmoothed, type SmoothedBox } from "./smoothed.ts";

/** What a tissue mask is made by. */
export interface TissueMaskOptions {
  /** Standard deviations of the Gaussian in voxels, `[z, y, x]`; left out: 1, 2, 2. */
  readonly sigma?: Triple;
  /** Serial sections along z, each with a threshold of its own; left out: 1. */
  readonly sections?: number;
  /** Radius in voxels of the disk that closes gaps in a plane, 0 for none; left out: 3. */
  readonly closingRadius?: number;
  /** Planes on each side that closing along z reaches over, 0 for none; it takes place where there are several sections. Left out: 2. */
  readonly zClosingSections?: number;
  /** Sees the raw intensities of every box while they are read for the first or second time; spares a caller a read of its own. */
  readonly beside?: (read: "range" | "histogram", box: SmoothedBox) => void;
}

/** What became of a section. */
export interface SectionThreshold extends Section {
  /** Smoothed intensities above are tissue; -Infinity where all of it is, as fewer than 100 of its smoothed voxels are above 0. */
  readonly threshold: number;
}

/** A mask and how it came about. */
export interface TissueMask {
  /** 1 in tissue. */
  readonly bits: BitVolume;
  /** The sections with their thresholds. */
  readonly sections: readonly SectionThreshold[];
  /** Largest raw intensity of the volume, non-finite ones taken as 0; `matchingTables` needs it. */
  readonly max: number;
}

/** Bins of a section's histogram. */
const BINS = 256;

/** A section needs this many smoothed voxels above 0 to have a threshold. */
const LEAST_VOXELS = 100;

/**
 * Makes the tissue mask of a volume. Wrap `bits` by `bitMask` for the passes that follow.
 *
 * @throws {RangeError} when an option breaks its rule.
 */
export async function computeTissueMask(
  source: VolumeSource,
  options: TissueMaskOptions,
  backend: N4Backend,
  passes: PassContext,
): Promise<TissueMask> {
  const { sigma = [1, 2, 2], sections = 1, closingRadius = 3, zClosingSections = 2, beside } = options;
  const bounds = sectionBounds(source.shape[0], sections);
  await using session = await backend.openSmooth({ volume: source.shape, sigma, truncate: 4 });
  const smoothing: Smoothing = { source, session, passes, bounds, ...(beside ? { beside } : {}) };
  const ranges = await findRanges(smoothing);
  const thresholds = await findThresholds(smoothing, ranges);
  const bits = await threshold(smoothing, thresholds);
  const found = bounds.map((section, s) => ({ ...section, threshold: thresholds[s] }));
  await passes.log.stage("mask planes", async () => {
    await closePlanes(bits, found, closingRadius, passes.signal);
    if (bounds.length > 1 && zClosingSections > 0) await closeAlongZ(bits, zClosingSections, passes.signal);
  });
  return { bits, sections: found, max: ranges.max };
}

/**
 * Bytes that a mask and its making take beside the boxes: a bit a voxel, and for the planes being closed their packed copies and what numbers the background's regions (at most one in two voxels
 * of a plane).
 */
export function tissueMaskMemory([nz, ny, nx]: Shape3, zClosingSections = 2): number {
  const planeBytes = 4 * ny * wordsPerRow(nx);
  return planeBytes * (nz + 2 + 2 * (2 * zClosingSections + 1)) + 2 * ny * nx;
}

/** What the three reads share. */
interface Smoothing {
  readonly source: VolumeSource;
  readonly session: SmoothSession;
  readonly passes: PassContext;
  readonly bounds: readonly Section[];
  readonly beside?: TissueMaskOptions["beside"];
}

interface Ranges {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly above: Float64Array;
  max: number;
}

async function findRanges({ source, session, passes, bounds, beside }: Smoothing): Promise<Ranges> {
  const section = sectionOfPlane(source.shape[0], bounds);
  const [lo, hi] = [Infinity, -Infinity].map((value) => new Float64Array(bounds.length).fill(value));
  const ranges: Ranges = { lo, hi, above: new Float64Array(bounds.length), max: -Infinity };
  await scanSmoothed("mask range", source, session, passes, (smoothed) => {
    ranges.max = largest(smoothed.raw, ranges.max);
    beside?.("range", smoothed);
    forEachPlane(smoothed, (values, z) => widen(ranges, section[z], values));
  });
  return ranges;
}

/** Widens a section's range by its values above 0. */
function widen(ranges: Ranges, s: number, values: Float32Array): void {
  let [lo, hi, above] = [ranges.lo[s], ranges.hi[s], ranges.above[s]];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value > 0)) continue;
    if (value < lo) lo = value;
    if (value > hi) hi = value;
    above++;
  }
  [ranges.lo[s], ranges.hi[s], ranges.above[s]] = [lo, hi, above];
}

async function findThresholds(
  { source, session, passes, bounds, beside }: Smoothing,
  ranges: Ranges,
): Promise<number[]> {
  const section = sectionOfPlane(source.shape[0], bounds);
  const histograms = bounds.map((_, s) =>
    ranges.above[s] < LEAST_VOXELS || ranges.lo[s] === ranges.hi[s]
      ? undefined
      : new EdgeHistogram(dataEdges(ranges.lo[s], ranges.hi[s], BINS))
  );
  await scanSmoothed("mask histogram", source, session, passes, (smoothed) => {
    beside?.("histogram", smoothed);
    forEachPlane(smoothed, (values, z) => histograms[section[z]]?.add(values));
  });
  return histograms.map((histogram, s) => {
    if (histogram) return otsuThreshold(histogram);
    return ranges.above[s] < LEAST_VOXELS ? -Infinity : ranges.lo[s];
  });
}

async function threshold({ source, session, passes, bounds }: Smoothing, thresholds: number[]): Promise<BitVolume> {
  const section = sectionOfPlane(source.shape[0], bounds);
  const bits = new HeldBits(source.shape);
  await scanSmoothed("mask threshold", source, session, passes, async (smoothed) => {
    const bytes = new Uint8Array(boxVoxels(smoothed.box));
    forEachPlane(smoothed, (values, z, offset) => {
      const least = thresholds[section[z]];
      for (let i = 0; i < values.length; i++) bytes[offset + i] = values[i] > least ? 1 : 0;
    });
    await bits.writeBox(smoothed.box, bytes);
  });
  return bits;
}

/** Fills holes and closes gaps in every plane of a section that has a threshold. */
async function closePlanes(
  bits: BitVolume,
  sections: readonly SectionThreshold[],
  radius: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const morphology = new PlaneMorphology(bits.shape[1], bits.shape[2]);
  const words = new Uint32Array(bits.planeWords);
  for (const { z0, z1, threshold } of sections) {
    if (threshold === -Infinity) continue;
    for (let z = z0; z < z1; z++) {
      signal?.throwIfAborted();
      await bits.readPacked(z, words);
      morphology.fillHoles(words);
      morphology.closeDisk(words, radius);
      await bits.writePacked(z, words);
    }
  }
}

/** Calls `visit` for each plane of a smoothed box: its values, its z, and where it begins in the box. */
function forEachPlane(
  { box, smoothed }: SmoothedBox,
  visit: (values: Float32Array, z: number, offset: number) => void,
): void {
  const plane = (box.y1 - box.y0) * (box.x1 - box.x0);
  for (let z = box.z0, offset = 0; z < box.z1; z++, offset += plane) {
    visit(smoothed.subarray(offset, offset + plane), z, offset);
  }
}

function largest(values: Float32Array, max: number): number {
  for (let i = 0; i < values.length; i++) if (values[i] > max) max = values[i];
  return max;
}
