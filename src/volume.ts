/**
 * What a 3-D volume is to n4: a shape, a voxel size, and a way to move one box of it at a time.
 *
 * Every triple in the project is ordered `[z, y, x]` with x contiguous in memory; every length is in millimetres.
 * Nothing here is ever as large as the volume.
 *
 * @module
 */

/** Three numbers, one per axis, ordered `[z, y, x]`. */
export type Triple = readonly [z: number, y: number, x: number];

/** Number of voxels along `[z, y, x]`; every entry is an integer >= 1. */
export type Shape3 = Triple;

/** A half-open box of voxels: `z0 <= z < z1`, and likewise for y and x. */
export interface Box {
  /** First plane. */
  readonly z0: number;
  /** One past the last plane. */
  readonly z1: number;
  /** First row. */
  readonly y0: number;
  /** One past the last row. */
  readonly y1: number;
  /** First column. */
  readonly x0: number;
  /** One past the last column. */
  readonly x1: number;
}

/** The numeric types a volume can have on disk. */
export type DataType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "float32"
  | "float64";

/** Where a volume lies in the world. */
export interface Geometry {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`, all > 0. */
  readonly voxelSize: Triple;
  /**
   * Row-major 4 x 4 matrix from voxel indices `(x, y, z, 1)` to world millimetres, where the file has one.
   * (NIfTI's order: x first. It is carried along and compared, never computed with.)
   */
  readonly affine?: readonly number[];
  /** Another such matrix, where the file has two: a companion may lie by either. */
  readonly otherAffine?: readonly number[];
  /** Where the affine's world is the file's own and not a body's (x to the right, y to the front, z up). */
  readonly frame?: "own";
}

/** The geometry of something that has more than that. */
export function geometryOf({ shape, voxelSize, affine, otherAffine, frame }: Geometry): Geometry {
  return { shape, voxelSize, affine, otherAffine, frame };
}

/** A volume that is read box by box. Values arrive as float32 with every scale and intercept of the file applied. */
export interface VolumeSource extends Geometry {
  /** Numeric type as stored. */
  readonly dataType: DataType;
  /**
   * The smallest block, `[z, y, x]` voxels, that can be read without reading a neighbour's bytes: a chunk of a Zarr
   * array (or its inner chunk when sharded), `[1, 1, nx]` for a file of plain rows.
   */
  readonly chunk: Shape3;
  /**
   * `true` where going back costs a new start from the first byte (gzip streams). Such a source is read in C order
   * with one reader at a time.
   */
  readonly forwardOnly: boolean;
  /**
   * Reads `box` into `out`, shape `[z1-z0, y1-y0, x1-x0]`, C order.
   *
   * @throws {CorruptDataError} when the stored bytes are damaged or end early; the message names the chunk or offset.
   */
  read(box: Box, out: Float32Array): Promise<void>;
  /**
   * Writes 1 into `out` where a voxel of `box` is not 0, or equals `label` where one is given, else 0: the marks of the
   * values that `read` gives, without those. Left out where the source has no shorter way to them.
   *
   * @throws {CorruptDataError} as `read` does.
   */
  mark?(box: Box, out: Uint8Array, label?: number): Promise<void>;
}

/** A volume whose values are changed as they are read; `change` works in place. */
export function changedVolume(source: VolumeSource, change: (values: Float32Array) => void): VolumeSource {
  const { dataType, chunk, forwardOnly } = source;
  return {
    ...geometryOf(source),
    ...{ dataType, chunk, forwardOnly },
    async read(box, out) {
      await source.read(box, out);
      change(out);
    },
  };
}

/** A volume that is written box by box; every voxel once. */
export interface VolumeSink extends Geometry {
  /** Numeric type as stored. */
  readonly dataType: DataType;
  /**
   * A box handed to {@linkcode VolumeSink.write} starts at multiples of this block and ends at one or at the border.
   */
  readonly chunk: Shape3;
  /** `true` where boxes must arrive in C order, one at a time (gzip streams). */
  readonly forwardOnly: boolean;
  /**
   * Writes `data`, shape `[z1-z0, y1-y0, x1-x0]` in C order, as `box`. Values are rounded (half to even) and clamped
   * where the stored type is an integer. `data` may be reused once the promise resolves.
   *
   * @returns what storing did to the values, where the sink knows that of one box.
   * @throws {WriteError} when the bytes cannot be written.
   */
  write(box: Box, data: Float32Array): Promise<StorageCounts | void>;
}

/** Counts of what storing as an integer type did to the values. */
export interface StorageCounts {
  /** Voxels outside the range of the stored type, stored as its nearest bound. */
  clamped: number;
  /** Voxels that were not finite and were stored as 0, which integers need. */
  nonFinite: number;
  /** Voxels that were not 0 and were rounded to it. */
  zeroed: number;
}

/** Counts before anything is stored. */
export function noCounts(): StorageCounts {
  return { clamped: 0, nonFinite: 0, zeroed: 0 };
}

/** Adds counts to others. */
export function addCounts(to: StorageCounts, { clamped, nonFinite, zeroed }: Readonly<StorageCounts>): void {
  to.clamped += clamped;
  to.nonFinite += nonFinite;
  to.zeroed += zeroed;
}

/** Number of voxels of a shape. */
export function voxelCount(shape: Triple): number {
  return shape[0] * shape[1] * shape[2];
}

/** Shape `[z, y, x]` of a box. */
export function boxShape(box: Box): [z: number, y: number, x: number] {
  return [box.z1 - box.z0, box.y1 - box.y0, box.x1 - box.x0];
}

/** Number of voxels of a box. */
export function boxVoxels(box: Box): number {
  return voxelCount(boxShape(box));
}

/** The box that covers a whole shape. */
export function wholeBox(shape: Shape3): Box {
  return { z0: 0, z1: shape[0], y0: 0, y1: shape[1], x0: 0, x1: shape[2] };
}

/** What two boxes share. */
export function sharedBox(a: Box, b: Box): Box {
  return {
    z0: Math.max(a.z0, b.z0),
    z1: Math.min(a.z1, b.z1),
    y0: Math.max(a.y0, b.y0),
    y1: Math.min(a.y1, b.y1),
    x0: Math.max(a.x0, b.x0),
    x1: Math.min(a.x1, b.x1),
  };
}

/** A box with a halo of `[z, y, x]` voxels on either side, as far as it lies within another box. */
export function growBox({ z0, z1, y0, y1, x0, x1 }: Box, [hz, hy, hx]: Triple, within: Box): Box {
  return sharedBox({ z0: z0 - hz, z1: z1 + hz, y0: y0 - hy, y1: y1 + hy, x0: x0 - hx, x1: x1 + hx }, within);
}

/** A value for each axis, `[z, y, x]`. */
export function perAxis<T>(value: (axis: 0 | 1 | 2) => T): [z: T, y: T, x: T] {
  return [value(0), value(1), value(2)];
}

/** A box as text, for messages: `z 0:4, y 0:128, x 128:256`. */
export function describeBox(box: Box): string {
  return `z ${box.z0}:${box.z1}, y ${box.y0}:${box.y1}, x ${box.x0}:${box.x1}`;
}

/** The voxels of a box, C order. */
export interface BoxData {
  /** Where they lie in the volume. */
  readonly box: Box;
  /** Their values. */
  readonly data: Float32Array;
}

/** Copies the voxels of a box that lies within both others. */
export function copyBox(box: Box, from: BoxData, to: BoxData): void {
  const [, fromY, fromX] = boxShape(from.box);
  const [, toY, toX] = boxShape(to.box);
  const [, ny, nx] = boxShape(box);
  // Whole rows lie one behind the other.
  const rows = nx === fromX && nx === toX ? ny : 1;
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y += rows) {
      const at = ((z - from.box.z0) * fromY + y - from.box.y0) * fromX + box.x0 - from.box.x0;
      const target = ((z - to.box.z0) * toY + y - to.box.y0) * toX + box.x0 - to.box.x0;
      to.data.set(from.data.subarray(at, at + rows * nx), target);
    }
  }
}
