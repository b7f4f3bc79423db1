/**
 * A mask of bits on a coarser level of the volume: of every coarse voxel, the bit of the voxel nearest to its centre.
 *
 * @module
 */

import { forEachRow } from "../../io/flow/boxes.ts";
import { nearestInVolume } from "../../n4/shrink.ts";
import { type Shape3 } from "../../volume.ts";
import type { BitVolume } from "./bit_volume.ts";
import type { MaskReader } from "./mask.ts";

/** A mask over a level of `shape` with the field of view of the bits; non-finite intensities are never inside. */
export function coarseBitMask(bits: BitVolume, shape: Shape3, description: string): MaskReader {
  const [z, y, x] = bits.shape.map((n, a) => nearestInVolume(n, shape[a]));
  return {
    description,
    forwardOnly: false,
    async read(box, intensity, out) {
      const [x0, x1] = [x[box.x0], x[box.x1 - 1] + 1];
      const row = new Uint8Array(x1 - x0);
      const rows: { readonly z: number; readonly y: number; readonly offset: number }[] = [];
      forEachRow(box, (k, j, offset) => rows.push({ z: z[k], y: y[j], offset }));
      for (const { z: z0, y: y0, offset } of rows) {
        await bits.readBox({ z0, z1: z0 + 1, y0, y1: y0 + 1, x0, x1 }, row);
        for (let i = box.x0; i < box.x1; i++) out[offset + i - box.x0] = row[x[i] - x0];
      }
      for (let i = 0; i < out.length; i++) if (!isFinite(intensity[i])) out[i] = 0;
    },
  };
}
