/**
 * Work as a plan knows it before any voxel is read, from which a device predicts how much of its memory the run takes.
 *
 * @module
 */

import type { Shape3, Triple } from "../volume.ts";

/** A fit. */
export interface PlannedFit {
  /** Samples along `[z, y, x]`; how many of them take part is not known yet, so all are counted. */
  readonly grid: Triple;
  /** Whether samples carry confidences. */
  readonly weighted: boolean;
  /** Control points `[z, y, x]` of each level. */
  readonly levels: readonly Triple[];
  /** Histogram bins. */
  readonly bins: number;
}

/** A smoothing of the whole volume. */
export interface PlannedSmoothing {
  /** Standard deviations along `[z, y, x]`, voxels. */
  readonly sigma: Triple;
  /** Where the kernel ends; see `SmoothSpec`. */
  readonly truncate: number;
  /** Boxes that the volume is cut into. */
  readonly boxes: number;
  /** Most voxels of a box with its halo. */
  readonly boxVoxels: number;
}

/** The work of a run. */
export interface PlannedWork {
  /** The volume. */
  readonly volume: Shape3;
  /** The fits, one after the other. */
  readonly fits: readonly PlannedFit[];
  /** Fields that the correction holds at once, and control points `[z, y, x]` of the one that has most. */
  readonly fields: { readonly count: number; readonly points: Triple };
  /** Intensity tables and their length; left out: none. */
  readonly tables?: { readonly count: number; readonly size: number };
  /** Most voxels of a box of the correction. */
  readonly boxVoxels: number;
  /** What the tissue mask is made from; left out: nothing is smoothed. */
  readonly smoothing?: PlannedSmoothing;
}

/** The device's own memory that a run takes. */
export interface DeviceMemory {
  /** Most bytes that the run's own buffers take at once. What a driver keeps for itself comes on top. */
  readonly predictedBytes: number;
  /** Bytes that nobody held before the run; left out where the device does not report it. */
  readonly freeBytes?: number;
}

/** The plan's sentence on device memory. */
export function describeDeviceMemory({ predictedBytes, freeBytes }: DeviceMemory): string {
  const free = freeBytes === undefined
    ? "the device does not report how much is free"
    : `of ${Math.floor(freeBytes / 2 ** 20)} MiB free`;
  return `Device memory: at most ${Math.ceil(predictedBytes / 2 ** 20)} MiB, ${free}.`;
}
