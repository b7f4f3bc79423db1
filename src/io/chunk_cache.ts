/**
 * Chunks that are needed again soon, kept decoded: for passes whose boxes overlap. Without it a box with a halo of any width costs all of its neighbours' chunks, 27 instead of 1.
 *
 * @module
 */

import { type Box, boxShape, boxVoxels, type Shape3, type Triple, type VolumeSource, voxelCount } from "../volume.ts";
import { forEachBounded } from "./bounded.ts";
import { touchedChunks } from "./chunk_grid.ts";

/** Chunks of one box that are asked for at the same time. */
const READS_AT_ONCE = 4;

/** A source that keeps the chunks it read last. Only whole chunks are read from the one behind it. */
export class ChunkCache implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: VolumeSource["dataType"];
  readonly chunk: Shape3;
  readonly forwardOnly: boolean;
  readonly #source: VolumeSource;
  readonly #capacity: number;
  /** From the one used longest ago to the newest. */
  readonly #chunks = new Map<string, { readonly voxels: number; readonly data: Promise<Float32Array> }>();
  #kept = 0;

  /** @param voxels most voxels to keep. */
  constructor(source: VolumeSource, voxels: number) {
    this.shape = source.shape;
    this.voxelSize = source.voxelSize;
    this.dataType = source.dataType;
    this.chunk = source.chunk;
    this.forwardOnly = source.forwardOnly;
    this.#source = source;
    this.#capacity = voxels;
  }

  /** Reads `box` into `out`, C order. @throws what the source behind it throws. */
  async read(box: Box, out: Float32Array): Promise<void> {
    await forEachBounded(touchedChunks(box, this.chunk), READS_AT_ONCE, async ({ place, chunk, shared }) => {
      const own = clip(chunk, this.shape);
      copyShared(await this.#take(place.join(), own), own, shared, box, out);
    });
  }

  #take(key: string, box: Box): Promise<Float32Array> {
    const known = this.#chunks.get(key);
    const entry = known ?? { voxels: boxVoxels(box), data: this.#load(box) };
    this.#chunks.delete(key);
    this.#chunks.set(key, entry);
    if (!known) this.#kept += entry.voxels;
    for (const [oldest, { voxels }] of this.#chunks) {
      if (this.#kept <= this.#capacity || oldest === key) break;
      this.#chunks.delete(oldest);
      this.#kept -= voxels;
    }
    return entry.data;
  }

  async #load(box: Box): Promise<Float32Array> {
    const data = new Float32Array(boxVoxels(box));
    await this.#source.read(box, data);
    return data;
  }
}

/**
 * Boxes in an order in which a cache of `voxels` voxels serves their halos best: tiles of boxes in the plane, each walked along z. As wide a tile as three layers of it fit the cache; C
 * order where not even one box' neighbours fit.
 *
 * @param boxes in C order, cut at multiples of `block` (itself whole chunks).
 */
export function cacheOrder(
  boxes: readonly Box[],
  { shape, block, chunk, halo, voxels }: CacheTraits,
): { readonly boxes: readonly Box[]; readonly fits: boolean } {
  const across = (axis: 0 | 1 | 2, tile: number) =>
    Math.min(
      Math.ceil(shape[axis] / chunk[axis]),
      Math.ceil((tile * block[axis]) / chunk[axis]) + 2 * Math.ceil(halo[axis] / chunk[axis]),
    );
  const needed = (tile: number) => across(0, 1) * across(1, tile) * across(2, tile) * voxelCount(chunk);
  if (needed(1) > voxels) return { boxes, fits: false };
  let tile = 1;
  while (needed(tile + 1) <= voxels && (tile * block[1] < shape[1] || tile * block[2] < shape[2])) tile++;
  const place = (box: Box) => [Math.floor(box.y0 / (tile * block[1])), Math.floor(box.x0 / (tile * block[2]))];
  const ordered = boxes.map((box, index) => ({ box, index, place: place(box) }));
  ordered.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1] || a.index - b.index);
  return { boxes: ordered.map(({ box }) => box), fits: true };
}

/** What decides the order of boxes, `[z, y, x]` each. */
export interface CacheTraits {
  /** Voxels of the volume. */
  readonly shape: Shape3;
  /** Voxels that boxes are multiples of. */
  readonly block: Triple;
  /** Voxels that are decoded together. */
  readonly chunk: Triple;
  /** Voxels on each side of a box that are read with it. */
  readonly halo: Triple;
  /** Voxels that the cache holds. */
  readonly voxels: number;
}

function clip(box: Box, [nz, ny, nx]: Shape3): Box {
  return { ...box, z1: Math.min(box.z1, nz), y1: Math.min(box.y1, ny), x1: Math.min(box.x1, nx) };
}

function copyShared(data: Float32Array, own: Box, shared: Box, box: Box, out: Float32Array): void {
  const [, ownRows, ownColumns] = boxShape(own);
  const [, rows, columns] = boxShape(box);
  const width = shared.x1 - shared.x0;
  for (let z = shared.z0; z < shared.z1; z++) {
    for (let y = shared.y0; y < shared.y1; y++) {
      const from = ((z - own.z0) * ownRows + y - own.y0) * ownColumns + shared.x0 - own.x0;
      out.set(data.subarray(from, from + width), ((z - box.z0) * rows + y - box.y0) * columns + shared.x0 - box.x0);
    }
  }
}
