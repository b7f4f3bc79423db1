/**
 * How much of a CUDA device's memory a plan takes: the library counts it by the very lines that place the arrays.
 *
 * @module
 */

import { BackendError } from "../../errors.ts";
import { gaussianRadius } from "../../n4/gaussian.ts";
import type { Triple } from "../../volume.ts";
import type { DeviceMemory, PlannedFit, PlannedWork } from "../planned_work.ts";
import type { CudaCalls } from "./calls.ts";
import { describeDevice } from "./device.ts";

/** Bytes of a fit whose largest level has so many control points; `samples` of the grid's take part. */
export function fitBytes(calls: CudaCalls, fit: Omit<PlannedFit, "levels">, samples: number, points: Triple): number {
  const bytes = new BigUint64Array(1);
  calls.makeNow((symbols, ...message) =>
    symbols.n4_fit_bytes(
      BigInt(samples),
      fit.weighted ? 1 : 0,
      ...fit.grid,
      ...points,
      fit.bins,
      bytes,
      ...message,
    )
  );
  return Number(bytes[0]);
}

/**
 * Sessions follow each other, so the largest of them is what counts.
 *
 * @throws {BackendError} when it exceeds what is free.
 */
export function checkMemory(calls: CudaCalls, device: number, work: PlannedWork): DeviceMemory {
  const sessions = [
    ...work.fits.flatMap((fit) => {
      const samples = fit.grid[0] * fit.grid[1] * fit.grid[2];
      return fit.levels.map((points) => fitBytes(calls, fit, samples, points));
    }),
    applyBytes(calls, work),
    smoothBytes(calls, work),
  ];
  const predictedBytes = Math.max(...sessions);
  const { freeBytes } = describeDevice(calls, device);
  // 0 stands for not known.
  if (freeBytes === 0) return { predictedBytes };
  if (predictedBytes <= freeBytes) return { predictedBytes, freeBytes };
  throw new BackendError(
    "cuda",
    `Cannot run this plan on the CUDA device as it must have ${predictedBytes} bytes free: current value is ${freeBytes}`,
  );
}

function applyBytes(calls: CudaCalls, { volume, fields, tables, boxVoxels }: PlannedWork): number {
  const bytes = new BigUint64Array(1);
  calls.makeNow((symbols, ...message) =>
    symbols.n4_apply_bytes(
      ...volume,
      fields.count,
      ...fields.points,
      1,
      tables?.count ?? 0,
      tables?.size ?? 0,
      BigInt(boxVoxels),
      bytes,
      ...message,
    )
  );
  return Number(bytes[0]);
}

function smoothBytes(calls: CudaCalls, { smoothing }: PlannedWork): number {
  if (!smoothing) return 0;
  const { sigma, truncate, boxes, boxVoxels } = smoothing;
  const radius = sigma.map((s) => gaussianRadius(s, truncate)) as unknown as Triple;
  const bytes = new BigUint64Array(1);
  calls.makeNow((symbols, ...message) =>
    symbols.n4_smooth_bytes(...radius, BigInt(boxes), BigInt(boxVoxels), bytes, ...message)
  );
  return Number(bytes[0]);
}
