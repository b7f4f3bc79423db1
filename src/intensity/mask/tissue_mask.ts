/**
 * The tissue mask of a stack of sections in agarose: smooth, split each section in two by Otsu's threshold, fill holes
 * and close gaps plane by plane, close gaps along z.
 *
 * The Gaussian runs over the whole volume, across the borders of sections and boxes. By plain rules closing counts what
 * lies outside the volume as background, as SciPy does: with radius r no voxel within r of a plane's border stays
 * inside, and none of the first and last planes where gaps along z are closed. By robust rules closing takes nothing
 * away.
 *
 * Two reads, or three: the range of each section, its histogram, the threshold. What is counted coarsely in the first
 * read gives a threshold that is most often that of the histogram; the second read marks what lies above it. Only
 * sections whose threshold turns out to be another are read for a third time. Memory: boxes, one bit a voxel, the
 * planes being closed, 64 KiB a section.
 *
 * @module
 */

import type { N4Backend, SmoothSession } from "../../backends/backend.ts";
import type { Shape3, Triple, VolumeSource } from "../../volume.ts";
import type { PassContext } from "../../io/flow/passes.ts";
import type { Planes } from "../../io/flow/boxes.ts";
import { giveBackBuffers, takeBuffer } from "../../io/flow/slots.ts";
import { threadsFor } from "../../thread_job.ts";
import { type BitVolume, HeldBits, wordsAcross, wordsPerRow } from "./bit_volume.ts";
import { closePlanes, closingMemory, type ClosingShape } from "./close_planes.ts";
import { CoarseHistograms } from "../count/coarse_histogram.ts";
import { closeAlongZ, type Outside } from "./morphology.ts";
import type { MaskRules } from "./otsu.ts";
import { PACK_ABOVE } from "./pack_above.ts";
import { guessThresholds, SectionHistograms, SectionRanges } from "./section_thresholds.ts";
import { type Section, sectionBounds, sectionOfPlane } from "../sections.ts";
import { scanSmoothed, type SmoothedBox } from "./smoothed.ts";
import { ValueRange } from "../count/value_range.ts";

/** What a tissue mask is made by. */
export interface TissueMaskOptions {
  /** Standard deviations of the Gaussian in voxels, `[z, y, x]`; left out: 1, 2, 2. */
  readonly sigma?: Triple;
  /** Serial sections along z, each with a threshold of its own; left out: 1. */
  readonly sections?: number;
  /** Radius in voxels of the disk that closes gaps in a plane, 0 for none; left out: 3. */
  readonly closingRadius?: number;
  /**
   * Planes on each side that closing along z, where there are several sections, reaches over; 0 for none; left out: 2.
   */
  readonly zClosingSections?: number;
  /** Regions of a plane with fewer voxels are left out; left out: none. */
  readonly specks?: number;
  /** Where thresholds lie, and what closing does at borders; left out: `plain`. */
  readonly rules?: MaskRules;
  /** Called with every box of the first and second read, which spares a caller a read of its own. */
  readonly beside?: (read: "range" | "histogram", box: SmoothedBox) => void;
}

/** What became of a section. */
export interface SectionThreshold extends Section {
  /** Smoothed intensities above are tissue; -Infinity: all of it is, as fewer than 100 smoothed voxels are above 0. */
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
  const { sigma = [1, 2, 2], sections = 1, closingRadius, zClosingSections = Z_CLOSING, specks, rules, beside } =
    options;
  const outside = outsideOf(rules);
  const bounds = sectionBounds(source.shape[0], sections);
  await using session = await backend.openSmooth({ volume: source.shape, sigma, truncate: 4 });
  const reads: SmoothedReads = { source, session, passes, bounds };
  const values = new ValueRange();
  const coarse = new CoarseHistograms(sectionOfPlane(source.shape[0], bounds));
  const ranges = await readRanges(reads, async (smoothed) => {
    await values.addBy(passes.threads, smoothed.raw);
    beside?.("range", smoothed);
  }, coarse);
  const bits = new HeldBits(source.shape);
  const draft = { bits, thresholds: guessThresholds(source.shape[0], bounds, ranges, coarse, rules) };
  const histograms = await readHistograms(reads, ranges, (smoothed) => beside?.("histogram", smoothed), draft);
  const thresholds = histograms.thresholds(rules);
  for (const planes of missedPlanes(reads, thresholds, draft.thresholds)) {
    await markTissue({ ...reads, passes: { ...passes, planes } }, thresholds, bits);
  }
  await passes.log.stage("mask", async () => {
    await closeTissue(reads, { thresholds, bits, radius: closingRadius, specks, outside });
    if (bounds.length > 1 && zClosingSections > 0) await closeAlongZ(bits, zClosingSections, outside, passes.signal);
  });
  return { bits, sections: bounds.map((section, s) => ({ ...section, threshold: thresholds[s] })), max: values.hi };
}

/** What lies beyond borders for closing. */
export function outsideOf(rules: MaskRules | undefined): Outside {
  return rules === "robust" ? 1 : 0;
}

/** Bytes that a mask takes beside the boxes: a bit a voxel, a plane being closed, packed planes for closing along z. */
export function tissueMaskMemory(shape: Shape3, zClosingSections = Z_CLOSING): number {
  const [nz, ny, nx] = shape;
  return 4 * ny * wordsPerRow(nx) * (nz + 2 * (2 * zClosingSections + 1)) + closingMemory(shape);
}

/** What the reads share; each goes over the planes that `passes` name. */
export interface SmoothedReads {
  readonly source: VolumeSource;
  /** Smooths it. */
  readonly session: SmoothSession;
  readonly passes: PassContext;
  /** All sections of the volume. */
  readonly bounds: readonly Section[];
}

/** Sees each box before its smoothed intensities are looked at. */
type Beside = (box: SmoothedBox) => Promise<void> | void;

/** A mask before its thresholds are known. */
interface MaskDraft {
  /** What they may be, section by section. */
  readonly thresholds: Float64Array;
  /** Receives what lies above. */
  readonly bits: BitVolume;
}

/** The first read: each section's range above 0. @param coarse histograms to be filled on the way. */
export async function readRanges(
  { source, session, passes, bounds }: SmoothedReads,
  beside: Beside,
  coarse?: CoarseHistograms,
): Promise<SectionRanges> {
  const ranges = new SectionRanges(source.shape[0], bounds);
  await scanSmoothed("range", source, session, passes, async (smoothed) => {
    await beside(smoothed);
    await ranges.addBy(passes.threads, smoothed.box, smoothed.smoothed);
    await coarse?.addBy(passes.threads, smoothed.box, smoothed.smoothed);
  });
  return ranges;
}

/** The second read: each section's histogram over its range. @param draft of the mask to be marked on the way. */
export async function readHistograms(
  reads: SmoothedReads,
  ranges: SectionRanges,
  beside: Beside,
  draft?: MaskDraft,
): Promise<SectionHistograms> {
  const { source, session, passes, bounds } = reads;
  const histograms = new SectionHistograms(source.shape[0], bounds, ranges);
  await scanSmoothed("histogram", source, session, passes, async (smoothed) => {
    await beside(smoothed);
    await histograms.addBy(passes.threads, smoothed.box, smoothed.smoothed);
    if (draft) await markBox(reads, draft, smoothed);
  });
  return histograms;
}

/**
 * The runs of planes to be read for a third time, as their thresholds are not those of the draft; one run of a source
 * that is read in C order.
 *
 * @param guessed the draft's thresholds; left out: there is no draft.
 */
export function missedPlanes(
  { source, passes, bounds }: Pick<SmoothedReads, "bounds" | "source"> & { readonly passes: { planes?: Planes } },
  thresholds: Float64Array,
  guessed?: Float64Array,
): Planes[] {
  const [first, end] = passes.planes ?? [0, source.shape[0]];
  const runs: [number, number][] = [];
  bounds.forEach((section, s) => {
    if (guessed?.[s] === thresholds[s]) return;
    const [z0, z1] = [Math.max(first, section.z0), Math.min(end, section.z1)];
    if (z0 >= z1) return;
    const last = runs.at(-1);
    if (last && (last[1] === z0 || source.forwardOnly)) last[1] = z1;
    else runs.push([z0, z1]);
  });
  return runs;
}

/** The third read, of planes that have no draft: marks what lies above its section's threshold. */
export async function markTissue(reads: SmoothedReads, thresholds: Float64Array, bits: BitVolume): Promise<void> {
  const { source, session, passes } = reads;
  await scanSmoothed("mask", source, session, passes, (smoothed) => markBox(reads, { thresholds, bits }, smoothed));
}

async function markBox(
  { source, passes, bounds }: SmoothedReads,
  { thresholds, bits }: MaskDraft,
  { box, smoothed: values }: SmoothedBox,
): Promise<void> {
  const section = sectionOfPlane(source.shape[0], bounds).subarray(box.z0, box.z1);
  const words = (box.z1 - box.z0) * (box.y1 - box.y0) * wordsAcross(box);
  const buffer = takeBuffer(4 * words);
  try {
    const out = new Uint32Array(buffer, 0, words);
    const request = { box, values, thresholds: Array.from(section, (s) => thresholds[s]), out };
    await threadsFor(passes.threads, values, out).run(PACK_ABOVE, request);
    await bits.writePackedBox(box, out);
  } finally {
    giveBackBuffers([buffer]);
  }
}

/** What is closed, and how. */
interface TissueClosing extends MaskDraft, Partial<ClosingShape> {
  /** Which bits a plane has at first; left out: those of `bits`. */
  readonly from?: (z: number) => BitVolume;
  /** Planes at once; left out: one. */
  readonly atOnce?: number;
}

/**
 * Fills holes and closes gaps plane by plane; sections that are all tissue stay so.
 *
 * @returns how many voxels, specks aside, were inside and are no more.
 */
export async function closeTissue(
  { source, passes, bounds }: Omit<SmoothedReads, "session">,
  { thresholds, bits, from = () => bits, radius = CLOSING_RADIUS, specks, outside, atOnce = 1 }: TissueClosing,
): Promise<number> {
  const section = sectionOfPlane(source.shape[0], bounds);
  const { threads, signal, planes: [first, end] = [0, source.shape[0]] } = passes;
  const planes = Array.from({ length: end - first }, (_, i) => first + i);
  const closes = (z: number) => thresholds[section[z]] !== -Infinity;
  return await closePlanes(bits, from, { planes, closes, radius, specks, outside, atOnce, threads, signal });
}
