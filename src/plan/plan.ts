/**
 * The plan of a correction: which fits on which samples, which boxes, how much memory. All is known, and what breaks a
 * rule refused, before any work.
 *
 * @module
 */

import { type Section, sectionBounds } from "../intensity/sections.ts";
import { closingMemory } from "../intensity/mask/close_planes.ts";
import { coarseMemory } from "../intensity/count/coarse_histogram.ts";
import { smoothedRoom } from "../intensity/mask/smoothed.ts";
import { tissueMaskMemory } from "../intensity/mask/tissue_mask.ts";
import { type Geometry, voxelCount } from "../volume.ts";
import {
  describeChoice,
  describeFit,
  fitMemory,
  type GridFitPlan,
  type JoinedFitPlan,
  planGridFit,
  planJoinedFit,
  rounded,
} from "./fit_plan.ts";
import { aheadBytes } from "./sampled_together.ts";
import { readBlock } from "../io/flow/boxes.ts";
import {
  type BoxPlan,
  type FilledRooms,
  type MaskRoom,
  planBoxMemory,
  planMaskRoom,
  smoothedSlots,
  type StorageTraits,
} from "./memory.ts";
import type { CorrectSettings } from "./settings.ts";

/** Everything that is known before work begins. */
export interface CorrectionPlan extends BoxPlan, MaskRoom {
  /** The runs of planes that are matched and masked by themselves, whatever is fitted. */
  readonly sections: readonly Section[];
  /** The fit of each section; empty in mode `global`. */
  readonly sectionFits: readonly GridFitPlan[];
  /** The fit of the volume: in mode `global` on a grid of its own, in mode `two_pass` on the sections' samples. */
  readonly globalFit?: GridFitPlan | JoinedFitPlan;
  /** Bytes beside `memory` in which samples of sections that are read together may wait for their fits. */
  readonly aheadBytes: number;
  /** Smoothed boxes in flight at once. */
  readonly smoothedSlots: number;
}

/**
 * Plans the correction of a volume.
 *
 * @throws {RangeError} when an option breaks its rule on this volume.
 * @throws {MemoryLimitError} when even the smallest boxes exceed the memory limit.
 */
export function planCorrection(volume: Geometry, storage: StorageTraits, settings: CorrectSettings): CorrectionPlan {
  const { mode, sectionFit, globalFit } = settings;
  const sections = sectionBounds(volume.shape[0], settings.sections);
  const sectionFits = mode === "global" || mode === "mask_only"
    ? []
    : sections.map(({ z0, z1 }) => planGridFit(volume, [z0, z1], sectionFit, settings));
  const global = mode === "per_section" || mode === "mask_only"
    ? undefined
    : mode === "global"
    ? planGridFit(volume, [0, volume.shape[0]], globalFit, settings)
    : planJoinedFit(volume, sectionFits, settings);
  const fits = [...sectionFits, ...(global ? [global] : [])];
  const { weighted, judged } = storage;
  const largest = Math.max(0, ...fits.map((fit) => fitMemory(fit, { ...settings, weighted, judged })));
  const joined = mode === "two_pass" && global ? 10 * voxelCount(global.sampled) : 0;
  const tissue = settings.maskMethod === "tissue";
  // What smoothing takes is freed before samples are drawn.
  const smoothing = tissue
    ? planSmoothing(volume, storage, settings.maskSmoothingSigma)
    : { bytes: 0, slots: undefined };
  const passing = Math.max(largest + joined, smoothing.bytes);
  const [nz, ny, nx] = volume.shape;
  const bits = tissue ? tissueMaskMemory([settings.bitsInFile ? 0 : nz, ny, nx]) : 0;
  const held = passing + bits + (settings.heldBytes ?? 0);
  const boxes = planBoxMemory(volume.shape, storage, settings.memoryLimit, held);
  const waiting = settings.fitLevel || sectionFits.length === 0
    ? 0
    : aheadBytes(sectionFits, readBlock(storage.readChunk)[0], {
      left: settings.memoryLimit - boxes.memory,
      weighted,
    });
  const coarse = tissue ? coarseMemory(sections.length, storage.threads ?? storage.workers) : undefined;
  return {
    sections,
    sectionFits,
    ...planMaskRoom(boxes, settings.memoryLimit, coarse, closingMemory(volume.shape)),
    globalFit: global,
    ...boxes,
    aheadBytes: waiting,
    smoothedSlots: smoothedSlots(boxes, settings.memoryLimit, storage, smoothing.slots),
  };
}

/** Smoothed boxes in flight, and the bytes of them and of the planes that are kept between them (`smoothed.ts`). */
function planSmoothing({ shape }: Geometry, { readChunk, readForwardOnly = false }: StorageTraits, sigma: number) {
  const spec = { volume: shape, sigma: [sigma / 2, sigma, sigma] as const, truncate: 4 };
  const { box, kept, slots } = smoothedRoom({ shape, chunk: readChunk, forwardOnly: readForwardOnly }, spec);
  return { slots, bytes: 4 * (slots * box + kept) };
}

/** What `auto` came to, for the log. */
export function describeChoices({ sectionFits, globalFit }: CorrectionPlan, settings: CorrectSettings): string[] {
  const section = sectionFits.length > 0 ? describeChoice(sectionFits[0], settings.sectionFit, "each section") : [];
  const volume = globalFit ? describeChoice(globalFit, settings.globalFit, "the volume") : [];
  return [section, volume].flatMap((text) => text ?? []);
}

/**
 * The plan as sentences, for the log and `--dry-run`; of the sections the first one.
 *
 * @param rooms left out: none.
 */
export function describePlan(
  plan: CorrectionPlan,
  settings: CorrectSettings,
  volume: Geometry,
  rooms: FilledRooms = { kept: 0, columns: 0 },
): string[] {
  const count = plan.sectionFits.length;
  const { maxFitSamples, fitLevel } = settings;
  const context = { volume, maxFitSamples, fitLevel };
  const name = count === 1
    ? "the section"
    : `each of ${count} sections (planes ${plan.sections[0]?.z0} to ${plan.sections[0]?.z1 - 1} the first)`;
  const mebibytes = (voxels: number) => (voxels * 4 / 2 ** 20).toFixed(1);
  return [
    `Volume ${volume.shape.join(" ")} (Z Y X), voxels ${rounded(volume.voxelSize)} mm, ` +
    `${mebibytes(voxelCount(volume.shape))} MiB as float32.`,
    ...(fitLevel ? [`Samples are read from a coarser level of ${fitLevel.shape.join(" ")} voxels.`] : []),
    ...(settings.mode === "mask_only" ? ["No field is fitted: intensities are matched and masked alone."] : []),
    ...(count > 0 ? describeFit(plan.sectionFits[0], settings.sectionFit, { ...context, name }) : []),
    ...(plan.globalFit ? describeFit(plan.globalFit, settings.globalFit, { ...context, name: "the volume" }) : []),
    `Boxes of up to ${mebibytes(plan.boxVoxels)} MiB, ${plan.slots} at once; ` +
    `about ${Math.ceil((plan.memory + rooms.kept + rooms.columns) / 2 ** 20)} MiB of memory in all` +
    (rooms.kept > 0 ? `, ${Math.ceil(rooms.kept / 2 ** 20)} MiB of it decoded voxels that are kept.` : "."),
  ];
}
