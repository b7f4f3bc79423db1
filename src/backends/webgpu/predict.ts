/**
 * How much memory a plan takes on a WebGPU device: the sizes of the buffers that fit_memory.ts, fit_level.ts,
 * fit_sharpening.ts, apply_layers.ts and ring.ts make. WebGPU does not report how much is free.
 *
 * @module
 */

import { gaussianRadius } from "../../n4/gaussian.ts";
import { type Triple, voxelCount } from "../../volume.ts";
import type { DeviceMemory, PlannedFit, PlannedWork } from "../planned_work.ts";
import { BATCH_BYTES, WINDOW_ROWS } from "./fit_windows.ts";
import { CONSTANTS } from "./kernels.ts";
import { PIECE_VOXELS } from "./pieces.ts";
import { SLOTS } from "./ring.ts";
import { ROW_WORDS } from "./rows.ts";

/** Parameters, states and other buffers of a few words each, and what one readback takes at a time, at most. */
const SMALL_BYTES = 2 ** 16;

/** What the run's buffers take at once, at most. */
export function predictMemory(work: PlannedWork, largestBinding: number): DeviceMemory {
  const fits = work.fits.flatMap((fit) => fit.levels.map((points) => fitBytes(fit, points, largestBinding)));
  const held = Math.max(0, ...fits, applyBytes(work), smoothBytes(work));
  return { predictedBytes: held + ringBytes(work, largestBinding) + SMALL_BYTES };
}

function fitBytes({ grid, weighted, bins }: PlannedFit, points: Triple, largestBinding: number): number {
  const [rows, samples] = [grid[0] * grid[1], grid[0] * grid[1] * grid[2]];
  const held = samples * (weighted ? 20 : 16) + 4 * rows;
  const windows = 1 + Math.ceil(rows / WINDOW_ROWS) + Math.ceil((4 * samples) / largestBinding);
  const batch = (bytes: number) => Math.min(bytes, largestBinding, Math.max(BATCH_BYTES, 4 * points[1] * points[2]));
  const rowSums = batch(4 * points[2] * rows);
  const planeSums = batch(4 * points[1] * points[2] * grid[0]);
  const batches = windows + Math.ceil((4 * points[2] * rows) / BATCH_BYTES) +
    Math.ceil((4 * points[1] * points[2] * grid[0]) / BATCH_BYTES);
  const partials = 20 * (Math.ceil(samples / CONSTANTS.BLOCK_SAMPLES) + batches);
  const axes = grid.reduce((sum, n, a) => sum + 3 * 4 * ROW_WORDS * n + 8 * points[a], 0);
  const lattices = 4 * 4 * points[0] * points[1] * points[2];
  const readback = Math.min(4 * samples, PIECE_VOXELS * 4);
  return held + lattices + 2 * rowSums + planeSums + partials + 256 * batches + axes + 64 * bins + readback;
}

function applyBytes({ volume: [nz, ny, nx], fields, tables }: PlannedWork): number {
  const rows = 4 * ROW_WORDS * fields.count * (nz + ny + nx);
  return 12 * nz + rows + fields.count * (24 + 4 * voxelCount(fields.points)) +
    4 * (tables?.count ?? 0) * (tables?.size ?? 0);
}

function smoothBytes({ smoothing }: PlannedWork): number {
  if (!smoothing) return 0;
  return smoothing.sigma.reduce((sum, s) => sum + 4 * (2 * gaussianRadius(s, smoothing.truncate) + 1), 0);
}

/**
 * The slots keep their buffers: data, results and mask of a correction; of a smoothing a second array beside data and
 * results.
 */
function ringBytes({ volume, boxVoxels, smoothing }: PlannedWork, largestBinding: number): number {
  const most = Math.min(PIECE_VOXELS, largestBinding / 4);
  const single = voxelCount(volume) <= Math.min(boxVoxels, most) && (smoothing?.boxes ?? 1) === 1;
  const corrected = Math.min(boxVoxels, most);
  const smoothed = Math.min(smoothing?.boxVoxels ?? 0, most);
  return (single ? 1 : SLOTS) * (8 * Math.max(corrected, smoothed) + corrected + 4 * smoothed);
}
