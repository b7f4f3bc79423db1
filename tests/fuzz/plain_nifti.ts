/**
 * NIfTI voxels by plain arithmetic on the bytes, after nifti1.h and nifti2.h: what reads of damaged files are held against.
 *
 * @module
 */

import type { Shape3 } from "../../src/volume.ts";

/** A voxel of a volume, as a number before it is rounded to float32. */
export type VoxelAt = (volume: number, z: number, y: number, x: number) => number;

/** How a stored value is read, by NIfTI's code of its type. */
const READERS: Readonly<
  Record<number, readonly [width: number, read: (v: DataView, at: number, le: boolean) => number]>
> = {
  2: [1, (v, at) => v.getUint8(at)],
  4: [2, (v, at, le) => v.getInt16(at, le)],
  8: [4, (v, at, le) => v.getInt32(at, le)],
  16: [4, (v, at, le) => v.getFloat32(at, le)],
  64: [8, (v, at, le) => v.getFloat64(at, le)],
  256: [1, (v, at) => v.getInt8(at)],
  512: [2, (v, at, le) => v.getUint16(at, le)],
  768: [4, (v, at, le) => v.getUint32(at, le)],
  1024: [8, (v, at, le) => Number(v.getBigInt64(at, le))],
  1280: [8, (v, at, le) => Number(v.getBigUint64(at, le))],
};

/** Reads a file that was found readable: `shape` is what was found. */
export function readNiftiPlainly(bytes: Uint8Array, [nz, ny, nx]: Shape3): VoxelAt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const le = [348, 540].includes(view.getInt32(0, true));
  const one = view.getInt32(0, le) === 348;
  const offset = one ? view.getFloat32(108, le) : Number(view.getBigInt64(168, le));
  const slope = one ? view.getFloat32(112, le) : view.getFloat64(176, le);
  const inter = one ? view.getFloat32(116, le) : view.getFloat64(184, le);
  const scaled = slope !== 0 && Number.isFinite(slope);
  const [width, read] = READERS[view.getInt16(one ? 70 : 12, le)];
  return (volume, z, y, x) => {
    const stored = read(view, offset + width * (((volume * nz + z) * ny + y) * nx + x), le);
    return scaled ? slope * stored + (Number.isFinite(inter) ? inter : 0) : stored;
  };
}
