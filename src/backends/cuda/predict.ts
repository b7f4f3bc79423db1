/**
 * How much of a CUDA device's memory a plan takes: the library counts it by the very lines that place the arrays.
 *
 * @module
 */

import type { CudaLibrary } from "../../../ffi/library.ts";
import { BackendError } from "../../errors.ts";
import { gaussianRadius } from "../../n4/gaussian.ts";
import { perAxis, type Triple, voxelCount } from "../../volume.ts";
import type { DeviceMemory, PlannedFit, PlannedWork } from "../planned_work.ts";
import type { CudaCalls } from "./calls.ts";
import { describeDevice } from "./device.ts";

type Symbols = CudaLibrary["symbols"];

/** A number of bytes that the library writes. */
export function askBytes(
  calls: CudaCalls,
  ask: (symbols: Symbols, bytes: BigUint64Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>, size: number) => number,
): number {
  const bytes = new BigUint64Array(1);
  calls.makeNow((symbols, ...message) => ask(symbols, bytes, ...message));
  return Number(bytes[0]);
}

/** Bytes of a fit whose largest level has so many control points; `samples` of the grid's take part. */
export function fitBytes(calls: CudaCalls, fit: Omit<PlannedFit, "levels">, samples: number, points: Triple): number {
  const { grid, weighted, bins } = fit;
  return askBytes(
    calls,
    (symbols, ...out) => symbols.n4_fit_bytes(BigInt(samples), Number(weighted), ...grid, ...points, bins, ...out),
  );
}

/**
 * Sessions follow each other, so the largest of them is what counts.
 *
 * @throws {BackendError} when it exceeds what is free.
 */
export function checkMemory(calls: CudaCalls, device: number, work: PlannedWork): DeviceMemory {
  const sessions = [
    ...work.fits.flatMap((fit) => {
      return fit.levels.map((points) => fitBytes(calls, fit, voxelCount(fit.grid), points));
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
  const { count, size } = tables ?? { count: 0, size: 0 };
  return askBytes(
    calls,
    (symbols, ...out) =>
      symbols.n4_apply_bytes(...volume, fields.count, ...fields.points, 1, count, size, BigInt(boxVoxels), ...out),
  );
}

function smoothBytes(calls: CudaCalls, { smoothing }: PlannedWork): number {
  if (!smoothing) return 0;
  const { sigma, truncate, boxes, boxVoxels } = smoothing;
  const radius = perAxis((a) => gaussianRadius(sigma[a], truncate));
  return askBytes(
    calls,
    (symbols, ...out) => symbols.n4_smooth_bytes(...radius, BigInt(boxes), BigInt(boxVoxels), ...out),
  );
}
