/**
 * The correction of boxes on a CUDA device.
 *
 * @module
 */

import type { ApplySession, ApplySpec, LookupTables } from "../backend.ts";
import { type Box, boxVoxels } from "../../volume.ts";
import { type FieldLayer, fieldLayers } from "../../n4/field_layers.ts";
import type { CudaCalls } from "./calls.ts";

/** Prepares a correction on a device. @throws {BackendError} when the device has too little memory for its fields. */
export async function openCudaApply(calls: CudaCalls, device: number, spec: ApplySpec): Promise<ApplySession> {
  const layers = fieldLayers(spec);
  const { luts, zGain } = spec;
  const id = new BigUint64Array(1);
  const tables = luts ? joined(luts) : null;
  await calls.make((symbols, ...message) =>
    symbols.n4_apply_open(
      device,
      ...spec.volume,
      layers.length,
      (zGain ?? null) as Float32Array<ArrayBuffer> | null,
      luts ? luts.tables.length : 0,
      luts ? luts.tables[0].length : 0,
      tables,
      (luts?.tableOfPlane ?? null) as Int32Array<ArrayBuffer> | null,
      ...(luts?.range ?? [0, 1]),
      luts?.threshold ?? 0,
      spec.strength,
      spec.scale,
      spec.floor,
      spec.zeroOutside ? 1 : 0,
      id,
      ...message,
    )
  );
  const session = applySession(calls, id[0]);
  try {
    for (const layer of layers) await addLayer(calls, id[0], layer);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return session;
}

function addLayer(calls: CudaCalls, id: bigint, { z0, z1, lattice, rows: [z, y, x] }: FieldLayer): Promise<void> {
  return calls.make((symbols, ...message) =>
    symbols.n4_apply_layer(
      id,
      z0,
      z1,
      ...lattice.points,
      lattice.values as Float64Array<ArrayBuffer>,
      z.first as Int32Array<ArrayBuffer>,
      z.evaluate as Float64Array<ArrayBuffer>,
      y.first as Int32Array<ArrayBuffer>,
      y.evaluate as Float64Array<ArrayBuffer>,
      x.first as Int32Array<ArrayBuffer>,
      x.evaluate as Float64Array<ArrayBuffer>,
      ...message,
    )
  );
}

/** The tables one after the other. */
function joined({ tables }: LookupTables): Float32Array<ArrayBuffer> {
  const size = tables[0].length;
  const all = new Float32Array(tables.length * size);
  tables.forEach((table, t) => all.set(table, t * size));
  return all;
}

/** The library's session `id`. */
function applySession(calls: CudaCalls, id: bigint): ApplySession {
  return {
    async correct(box, data, mask) {
      requireLength("correct the box", "data", data.length, box);
      if (mask) requireLength("correct the box", "mask", mask.length, box);
      const arrays = [data as Float32Array<ArrayBuffer>, (mask ?? null) as Uint8Array<ArrayBuffer> | null] as const;
      const numbers = boxNumbers(box);
      await calls.make((symbols, ...message) => symbols.n4_apply_correct(id, numbers, ...arrays, ...message));
    },
    async field(box, out) {
      requireLength("write the field", "out", out.length, box);
      const numbers = boxNumbers(box);
      await calls.make((symbols, ...message) =>
        symbols.n4_apply_field(id, numbers, out as Float32Array<ArrayBuffer>, ...message)
      );
    },
    [Symbol.asyncDispose]: calls.adopt((symbols, ...message) => symbols.n4_apply_close(id, ...message)),
  };
}

/** A box as the library takes it; made before a call, which holds what it captures. */
export function boxNumbers({ z0, z1, y0, y1, x0, x1 }: Box): Int32Array<ArrayBuffer> {
  return Int32Array.of(z0, z1, y0, y1, x0, x1);
}

/** The library cannot see how long an array is. @throws {RangeError} when it does not have the box's length. */
export function requireLength(action: string, name: string, length: number, box: Box): void {
  if (length === boxVoxels(box)) return;
  throw new RangeError(
    `Cannot ${action} as '${name}' must have the box's ${boxVoxels(box)} voxels: current value is ${length}`,
  );
}
