/**
 * Volumes in memory that record how they are read and written, and refuse what a volume on disk would.
 *
 * @module
 */

import {
  type Box,
  boxVoxels,
  describeBox,
  type Shape3,
  type VolumeSink,
  type VolumeSource,
  voxelCount,
} from "../../src/volume.ts";
import { forEachRow } from "../../src/io/flow/boxes.ts";

/** How a volume in memory behaves. */
export interface MemoryTraits {
  /** Block of a read or write; left out: a row. */
  readonly chunk?: Shape3;
  /** Refuse to go back. */
  readonly forwardOnly?: boolean;
  /** Most bytes of float32 in one box; left out: no bound. */
  readonly mostBytes?: number;
  /** The value at a voxel; left out: the array given. */
  readonly valueAt?: (z: number, y: number, x: number) => number;
}

/** A source that records the boxes that were read. */
export class MemorySource implements VolumeSource {
  readonly voxelSize = [1, 1, 1] as const;
  readonly dataType = "float32";
  readonly shape: Shape3;
  readonly chunk: Shape3;
  readonly forwardOnly: boolean;
  /** Every box in the order it was asked for. */
  readonly boxes: Box[] = [];
  /** Most reads that ran at once. */
  busiest = 0;
  readonly #values: Float32Array;
  readonly #traits: MemoryTraits;
  #busy = 0;

  constructor(shape: Shape3, values: Float32Array, traits: MemoryTraits = {}) {
    this.shape = shape;
    this.chunk = traits.chunk ?? [1, 1, shape[2]];
    this.forwardOnly = traits.forwardOnly ?? false;
    this.#values = values;
    this.#traits = traits;
  }

  async read(box: Box, out: Float32Array): Promise<void> {
    const { mostBytes = Infinity, valueAt } = this.#traits;
    if (4 * boxVoxels(box) > mostBytes) throw new RangeError(`a box of ${describeBox(box)} is over ${mostBytes} bytes`);
    this.boxes.push(box);
    this.busiest = Math.max(this.busiest, ++this.#busy);
    await Promise.resolve();
    const [, ny, nx] = this.shape;
    forEachRow(box, (z, y, offset) => {
      const row = (z * ny + y) * nx;
      const width = box.x1 - box.x0;
      if (!valueAt) return out.set(this.#values.subarray(row + box.x0, row + box.x1), offset);
      for (let i = 0; i < width; i++) out[offset + i] = valueAt(z, y, box.x0 + i);
    });
    this.#busy--;
  }

  /** How often a read began before the end of the one before it, in C order: the passes, less one. */
  get goesBack(): number {
    const index = (z: number, y: number, x: number) => (z * this.shape[1] + y) * this.shape[2] + x;
    const end = ({ z1, y1, x1 }: Box) => index(z1 - 1, y1 - 1, x1 - 1);
    return this.boxes.filter(({ z0, y0, x0 }, i) => i > 0 && index(z0, y0, x0) <= end(this.boxes[i - 1])).length;
  }
}

/** A sink that holds what was written, each voxel once. */
export class MemorySink implements VolumeSink {
  readonly voxelSize = [1, 1, 1] as const;
  readonly dataType = "float32";
  readonly shape: Shape3;
  readonly chunk: Shape3;
  readonly forwardOnly: boolean;
  readonly values: Float32Array;
  readonly #written: Uint8Array;
  #next = 0;

  constructor(shape: Shape3, { chunk = [1, 1, shape[2]], forwardOnly = false }: MemoryTraits = {}) {
    this.shape = shape;
    this.chunk = chunk;
    this.forwardOnly = forwardOnly;
    this.values = new Float32Array(voxelCount(shape));
    this.#written = new Uint8Array(this.values.length);
  }

  write(box: Box, data: Float32Array): Promise<void> {
    const [, ny, nx] = this.shape;
    const start = (box.z0 * ny + box.y0) * nx + box.x0;
    if (this.forwardOnly && start !== this.#next) throw new RangeError(`box ${describeBox(box)} is out of order`);
    this.#next = start + data.length;
    forEachRow(box, (z, y, offset) => {
      const row = (z * ny + y) * nx;
      for (let x = box.x0; x < box.x1; x++) {
        if (this.#written[row + x]++ > 0) throw new RangeError(`voxel ${z} ${y} ${x} is written twice`);
        this.values[row + x] = data[offset + x - box.x0];
      }
    });
    return Promise.resolve();
  }

  /** Whether every voxel was written. */
  get complete(): boolean {
    return this.#written.every((count) => count === 1);
  }
}
