/**
 * A volume in memory that is stored in chunks of any shape, or only to be read from its first byte on, and that watches how it is read.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { type Box, boxVoxels, type DataType, type Shape3, type Triple, type VolumeSource } from "../../src/volume.ts";

/** How the volume seems to be stored. */
export interface WatchedTraits {
  /** Chunk, `[z, y, x]`; left out: a row. */
  readonly chunk?: Shape3;
  /** Fails where a read goes back. */
  readonly forwardOnly?: boolean;
}

/** The volume. */
export class WatchedSource implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple = [1, 1, 1];
  readonly dataType: DataType = "float32";
  readonly chunk: Shape3;
  readonly forwardOnly: boolean;
  /** Voxels of the largest box read. */
  largest = 0;
  /** Most boxes read at once. */
  together = 0;
  /** Voxels read in all. */
  voxels = 0;
  readonly #volume: ArrayVolume;
  #under = 0;
  #next = 0;

  constructor(data: Float32Array, shape: Shape3, { chunk, forwardOnly }: WatchedTraits = {}) {
    this.shape = shape;
    this.chunk = chunk ?? [1, 1, shape[2]];
    this.forwardOnly = forwardOnly ?? false;
    this.#volume = new ArrayVolume(data, shape);
  }

  async read(box: Box, out: Float32Array): Promise<void> {
    const first = (box.z0 * this.shape[1] + box.y0) * this.shape[2] + box.x0;
    if (this.forwardOnly && first !== 0) {
      assert.ok(first >= this.#next, "a forward-only source must not be read backwards");
    }
    this.#next = ((box.z1 - 1) * this.shape[1] + box.y1 - 1) * this.shape[2] + box.x1;
    this.together = Math.max(this.together, ++this.#under);
    this.largest = Math.max(this.largest, boxVoxels(box));
    this.voxels += boxVoxels(box);
    await Promise.resolve();
    await this.#volume.read(box, out);
    this.#under--;
  }
}
