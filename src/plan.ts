/**
 * The plan of a correction: which samples, which lattices, which boxes, how much memory, all known before any work. What breaks a rule is refused here.
 *
 * @module
 */

import { MemoryLimitError } from "./errors.ts";
import { transferBlock, type TransferTraits } from "./io/boxes.ts";
import { checkFitOptions, controlPointsForDistance, type FitOptions, knotSpacing, levelPoints } from "./n4/fit.ts";
import type { NonPositivePolicy } from "./n4/samples.ts";
import {
  capSamples,
  factorsForResolution,
  gridShape,
  type SampleGrid,
  sampleGrid,
  type ShrinkMethod,
} from "./n4/shrink.ts";
import type { MaskMethod } from "./intensity/mask.ts";
import type { NonfinitePolicy } from "./intensity/nonfinite.ts";
import type { Rescale } from "./intensity/rescale.ts";
import { type Geometry, type Shape3, type Triple, type VolumeSink, type VolumeSource, voxelCount } from "./volume.ts";

/** The parameters of a correction, defaults filled in (`options.ts` owns them). */
export interface CorrectSettings {
  /** The fit; `controlPoints` counts where `splineDistance` is left out. */
  readonly fit: FitOptions;
  /** Knot spacing of the first level, mm. */
  readonly splineDistance?: number;
  /** Distance between samples in voxels, `[z, y, x]`; counts where `shrinkResolution` is left out. */
  readonly shrinkFactors: Triple;
  /** Distance between samples, mm: the largest factors that stay at or below it. */
  readonly shrinkResolution?: number;
  /** Strided picking or block means. */
  readonly shrinkMethod: ShrinkMethod;
  /** Most samples of the dense grid; above it the factors are raised. */
  readonly maxFitSamples: number;
  /** Which voxels take part when no mask is given. */
  readonly maskMethod: MaskMethod;
  /** Voxels <= 0 in the fit. */
  readonly nonPositive: NonPositivePolicy;
  /** Non-finite voxels in the output. */
  readonly nonfinite: NonfinitePolicy;
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** What the output's scale is held to. */
  readonly rescale: Rescale;
  /** Bytes the whole process may use. */
  readonly memoryLimit: number;
}

/** One level as planned. */
export interface PlannedLevel {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** Knot spacing in mm, `[z, y, x]`. */
  readonly knotSpacing: Triple;
  /** Most iterations. */
  readonly iterations: number;
}

/** Everything that is known before work begins. */
export interface CorrectionPlan extends BoxPlan {
  /** Where the samples lie. */
  readonly grid: SampleGrid;
  /** The fit's options, control points worked out. */
  readonly fit: FitOptions;
  /** The fit's levels. */
  readonly levels: readonly PlannedLevel[];
  /** What was changed on the way, in sentences. */
  readonly remarks: readonly string[];
}

/** How a volume is stored, as far as the plan minds. */
export interface StorageTraits extends TransferTraits {
  /** Worker threads that will share the work. */
  readonly workers: number;
  /** Whether a confidence image is read along. */
  readonly weighted: boolean;
}

/** Boxes aim at 16 MiB of float32: large enough that a box's overhead vanishes, small enough that several fit any limit. */
const BOX_VOXELS = 2 ** 22;

/** Deno, this program and zlib, before any voxel: 141 MiB were measured after a run of one small volume without workers. */
const BASE_BYTES = 168 * 2 ** 20;

/** What each worker thread adds: 11.3 MiB were measured, over 1 to 64 of them. */
const WORKER_BYTES = 12 * 2 ** 20;

/**
 * Plans the correction of a volume.
 *
 * @throws {RangeError} when an option breaks its rule on this volume.
 * @throws {MemoryLimitError} when even the smallest boxes exceed the memory limit.
 */
export function planCorrection(volume: Geometry, storage: StorageTraits, settings: CorrectSettings): CorrectionPlan {
  const remarks: string[] = [];
  const grid = planGrid(volume, settings, remarks);
  const fit: FitOptions = settings.splineDistance === undefined
    ? settings.fit
    : { ...settings.fit, controlPoints: controlPointsForDistance(volume, settings.splineDistance) };
  checkFitOptions(fit, volume.shape, gridShape(grid));
  const levels = fit.iterations.map((iterations, level) => {
    const controlPoints = levelPoints(fit, volume.shape, level);
    return { controlPoints, knotSpacing: knotSpacing(volume, controlPoints), iterations };
  });
  const boxes = planBoxMemory(volume.shape, storage, settings.memoryLimit, fitMemory(grid, storage.weighted, levels));
  return { grid, fit, levels, ...boxes, remarks };
}

function planGrid(volume: Geometry, settings: CorrectSettings, remarks: string[]): SampleGrid {
  const { shape, voxelSize } = volume;
  const asked = settings.shrinkResolution === undefined
    ? settings.shrinkFactors
    : factorsForResolution(voxelSize, settings.shrinkResolution);
  const capped = capSamples(shape, voxelSize, asked, settings.shrinkMethod, settings.maxFitSamples);
  const grid = sampleGrid(shape, capped, settings.shrinkMethod);
  const used = grid.map((axis) => axis.factor);
  if (used.some((factor, a) => factor > asked[a])) {
    remarks.push(
      `Shrink factors raised from ${asked.join(" ")} to ${
        used.join(" ")
      } to stay within ${settings.maxFitSamples} fit samples.`,
    );
  } else if (used.some((factor, a) => factor < asked[a])) {
    remarks.push(
      `Shrink factors lowered from ${asked.join(" ")} to ${used.join(" ")} so that each axis keeps four samples.`,
    );
  }
  return grid;
}

/** Bytes of the fit at its largest: dense samples beside compact ones, then u and the lattices. */
function fitMemory(grid: SampleGrid, weighted: boolean, levels: readonly PlannedLevel[]): number {
  const samples = voxelCount(gridShape(grid));
  const lattice = Math.max(...levels.map((level) => voxelCount(level.controlPoints)));
  const dense = samples * (weighted ? 8 : 4);
  const compact = samples * (weighted ? 10 : 6);
  const session = samples * (weighted ? 14 : 10);
  return dense + compact + session + 8 * 8 * lattice + 32 * 2 ** 20;
}

/** Boxes under a memory limit. */
export interface BoxPlan {
  /** Most voxels of a box (never less than a block). */
  readonly boxVoxels: number;
  /** Boxes in flight at once. */
  readonly slots: number;
  /** Predicted peak memory of the process, bytes. */
  readonly memory: number;
}

/** Plans the boxes of a transfer without a fit. @throws {MemoryLimitError} when even the smallest boxes exceed the limit. */
export function planTransfer(source: VolumeSource, sink: VolumeSink, workers: number, limit: number): BoxPlan {
  const forwardOnly = source.forwardOnly || sink.forwardOnly;
  return planBoxMemory(
    source.shape,
    { readChunk: source.chunk, writeChunk: sink.chunk, forwardOnly, workers, weighted: false },
    limit,
    0,
  );
}

/** Wider columns would re-read less at their rims: at 256 x 1024 x 1024 this much reads 1.5 % twice, and the whole run peaks at 492 MiB instead of 861. */
const MAX_PYRAMID_BYTES = 2 ** 27;

/** Bytes for the buffers of the pyramid's pass: a quarter of what is left, since the apply's buffers and the fit's samples may not be freed yet. */
export function pyramidMemory(limit: number): number {
  return Math.min(MAX_PYRAMID_BYTES, Math.max(0, limit - BASE_BYTES) / 4);
}

/** Chooses box size and slots under the limit. A slot holds intensities, a second array, mask bytes, and the chunk being decoded or encoded. */
function planBoxMemory(shape: Shape3, storage: StorageTraits, limit: number, fit: number): BoxPlan {
  const blockVoxels = voxelCount(transferBlock(shape, storage));
  const slotBytes = (voxels: number) => voxels * (4 + 4 + 1 + 4) + voxelCount(storage.readChunk) * 8;
  const base = BASE_BYTES + storage.workers * WORKER_BYTES + fit;
  const memory = (voxels: number, slots: number) => base + slots * slotBytes(voxels);
  let slots = storage.workers + 1;
  // Planes in C order through thick chunks: a box as thick as a chunk reads each once, if memory allows.
  const [, ny, nx] = shape;
  const layer = storage.forwardOnly ? Math.min(storage.readChunk[0], shape[0]) * ny * nx : 0;
  let boxVoxels = Math.max(Math.min(BOX_VOXELS, voxelCount(shape)), blockVoxels, layer);
  while (memory(boxVoxels, slots) > limit && boxVoxels > blockVoxels) boxVoxels = Math.max(blockVoxels, boxVoxels / 2);
  while (memory(boxVoxels, slots) > limit && slots > 1) slots--;
  const needed = memory(boxVoxels, slots);
  if (needed > limit) {
    const text = "Cannot correct the volume as its fit samples and one box must fit '--memory-limit'";
    throw new MemoryLimitError(
      needed,
      `${text}, which takes at least ${mebibytes(needed)}: current value is ${mebibytes(limit)}`,
    );
  }
  return { boxVoxels, slots, memory: needed };
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}MiB`;
}

/** The plan as sentences, for the log and `--dry-run`. */
export function describePlan(plan: CorrectionPlan, volume: Geometry): string[] {
  const numbers = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(4))).join(" ");
  const spacing = plan.grid.map((axis, a) => axis.factor * volume.voxelSize[a]);
  const voxels = voxelCount(volume.shape);
  return [
    ...plan.remarks,
    `Volume ${volume.shape.join(" ")} (Z Y X), voxels ${numbers(volume.voxelSize)} mm, ${
      (voxels * 4 / 2 ** 20).toFixed(1)
    } MiB as float32.`,
    `Fit samples on a grid of ${gridShape(plan.grid).join(" ")}, every ${
      plan.grid.map((axis) => axis.factor).join(" ")
    } voxels, ${numbers(spacing)} mm apart.`,
    ...plan.levels.map((level, i) =>
      `Level ${i + 1}: ${level.controlPoints.join(" ")} control points, a knot every ${
        numbers(level.knotSpacing)
      } mm, at most ${level.iterations} iterations.`
    ),
    `Boxes of up to ${(plan.boxVoxels * 4 / 2 ** 20).toFixed(1)} MiB, ${plan.slots} at once; about ${
      mebibytes(plan.memory)
    } of memory in all.`,
  ];
}
