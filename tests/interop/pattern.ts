/** The formula of every voxel that `write_stores.py` writes, and what it says of the stores. */

import type { DataType, Shape3 } from "../../src/volume.ts";

/** One store of `stores.json`. */
export interface WrittenStore {
  readonly path: string;
  readonly dataType: DataType;
  readonly channels: number;
  readonly unit: "millimeter" | "micrometer";
  /** Voxel edges along `[z, y, x]`, in `unit`. */
  readonly scale: Shape3;
}

/** `stores.json`. */
export interface WrittenStores {
  readonly shape: Shape3;
  readonly stores: readonly WrittenStore[];
}

/** The voxels of a channel, C order. */
export function pattern(dataType: DataType, channel: number, [nz, ny, nx]: Shape3): Float32Array {
  const values = new Float32Array(nz * ny * nx);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const mixed = channel * 15485863 + z * 7919 + y * 104729 + x * 1299709;
        values[at] = dataType === "uint8"
          ? mixed % 251
          : dataType === "float32"
          ? (mixed % 65521) / 8 - 100
          : mixed % 32749;
      }
    }
  }
  return values;
}
