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
import type { Shape3, Triple, VolumeSource } from "../volume.ts";
import type { PassContext } from "../io/passes.ts";
import { PooledSlot } from "../io/slots.ts";
import { threadsFor } from "../job.ts";
import { type BitVolume, HeldBits, wordsPerRow } from "./bit_volume.ts";
import { MARK_ABOVE } from "./box_statistics.ts";
import { closeAlongZ, PlaneMorphology } from "./morphology.ts";
import { SectionHistograms, SectionRanges } from "./section_thresholds.ts";
import { type Section, sectionBounds, sectionOfPlane } from "./sections.ts";
import { scanSmoothed, type SmoothedBox } from "./smoothed.ts";
import { ValueRange } from "./value_range.ts";

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

/** Radius in voxels of the disk that closes gaps in a plane. */
const CLOSING_RADIUS = 3;

/** Planes on each side that closing along z reaches over. */
export const Z_CLOSING = 2;

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
  const { sigma = [1, 2, 2], sections = 1, closingRadius, zClosingSections = Z_CLOSING, beside } = options;
  const bounds = sectionBounds(source.shape[0], sections);
  await using session = await backend.openSmooth({ volume: source.shape, sigma, truncate: 4 });
  const reads: SmoothedReads = { source, session, passes, bounds };
  const values = new ValueRange();
  const ranges = await readRanges(reads, async (smoothed) => {
    await values.addBy(passes.threads, smoothed.raw);
    beside?.("range", smoothed);
  });
  const histograms = await readHistograms(reads, ranges, (smoothed) => beside?.("histogram", smoothed));
  const thresholds = histograms.thresholds();
  const bits = new HeldBits(source.shape);
  await thresholdPlanes(reads, thresholds, bits, closingRadius);
  if (bounds.length > 1 && zClosingSections > 0) {
    await passes.log.stage("mask", () => closeAlongZ(bits, zClosingSections, passes.signal));
  }
  return { bits, sections: bounds.map((section, s) => ({ ...section, threshold: thresholds[s] })), max: values.hi };
}

/**
 * Bytes that a mask and its making take beside the boxes: a bit a voxel, and for the planes being closed their packed copies and what numbers the background's regions (at most one in two voxels
 * of a plane).
 */
export function tissueMaskMemory([nz, ny, nx]: Shape3, zClosingSections = Z_CLOSING): number {
  const planeBytes = 4 * ny * wordsPerRow(nx);
  return planeBytes * (nz + 2 + 2 * (2 * zClosingSections + 1)) + 2 * ny * nx;
}

/** What the three reads share; each goes over the planes that `passes` name. */
export interface SmoothedReads {
  /** The volume. */
  readonly source: VolumeSource;
  /** Smooths it. */
  readonly session: SmoothSession;
  readonly passes: PassContext;
  /** All sections of the volume. */
  readonly bounds: readonly Section[];
}

/** Sees each box before its smoothed intensities are looked at. */
type Beside = (box: SmoothedBox) => Promise<void> | void;

/** The first read: each section's range above 0. */
export async function readRanges(reads: SmoothedReads, beside: Beside): Promise<SectionRanges> {
  const { source, session, passes, bounds } = reads;
  const ranges = new SectionRanges(source.shape[0], bounds);
  await scanSmoothed("range", source, session, passes, async (smoothed) => {
    await beside(smoothed);
    await ranges.addBy(passes.threads, smoothed.box, smoothed.smoothed);
  });
  return ranges;
}

/** The second read: each section's histogram over its range. */
export async function readHistograms(
  reads: SmoothedReads,
  ranges: SectionRanges,
  beside: Beside,
): Promise<SectionHistograms> {
  const { source, session, passes, bounds } = reads;
  const histograms = new SectionHistograms(source.shape[0], bounds, ranges);
  await scanSmoothed("histogram", source, session, passes, async (smoothed) => {
    await beside(smoothed);
    await histograms.addBy(passes.threads, smoothed.box, smoothed.smoothed);
  });
  return histograms;
}

/** The third read: what lies above its section's threshold goes into `bits`, holes filled and gaps closed plane by plane. */
export async function thresholdPlanes(
  reads: SmoothedReads,
  thresholds: Float64Array,
  bits: BitVolume,
  radius = CLOSING_RADIUS,
): Promise<void> {
  const { source, session, passes, bounds } = reads;
  const section = sectionOfPlane(source.shape[0], bounds);
  await scanSmoothed("mask", source, session, passes, async ({ box, smoothed: values }) => {
    using slot = new PooledSlot(values.length);
    const out = slot.bytes(box);
    await threadsFor(passes.threads, values, out).run(MARK_ABOVE, {
      values,
      plane: (box.y1 - box.y0) * (box.x1 - box.x0),
      thresholds: Array.from(section.subarray(box.z0, box.z1), (s) => thresholds[s]),
      out,
    });
    await bits.writeBox(box, out);
  });
  await passes.log.stage("mask", async () => {
    const morphology = new PlaneMorphology(bits.shape[1], bits.shape[2]);
    const words = new Uint32Array(bits.planeWords);
    const [first, end] = passes.planes ?? [0, source.shape[0]];
    for (let z = first; z < end; z++) {
      passes.signal?.throwIfAborted();
      if (thresholds[section[z]] === -Infinity) continue;
      await bits.readPacked(z, words);
      morphology.fillHoles(words);
      morphology.closeDisk(words, radius);
      await bits.writePacked(z, words);
    }
  });
}
