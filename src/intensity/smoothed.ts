/**
 * Reading a volume smoothed: every box comes with the halo that the Gaussian needs, so that it is the Gaussian of the whole volume, box borders or not.
 * Non-finite voxels are read as 0.
 *
 * @module
 */

import type { SmoothSession } from "../backends/backend.ts";
import { planBoxes, readBlock } from "../io/boxes.ts";
import { cacheOrder, ChunkCache } from "../io/chunk_cache.ts";
import { type PassContext, scan } from "../io/passes.ts";
import { type Box, boxVoxels, type Shape3, type Triple, type VolumeSource, voxelCount, wholeBox } from "../volume.ts";

/** What is done with a smoothed box. */
export interface SmoothedBox {
  /** The box. */
  readonly box: Box;
  /** Smoothed intensities over `box`. */
  readonly smoothed: Float32Array;
  /** What was read: `box` grown by the halo, clipped to the volume. */
  readonly padded: Box;
  /** Raw intensities over `padded`, non-finite ones as 0. */
  readonly raw: Float32Array;
}

/** Reads all of `source`, smoothed by `session`; `work` sees every box once. */
export async function scanSmoothed(
  name: string,
  source: VolumeSource,
  session: SmoothSession,
  passes: PassContext,
  work: (smoothed: SmoothedBox) => Promise<void> | void,
): Promise<void> {
  const { boxes, reader } = planReading(source, session.halo, passes);
  const boxOf = new Map(boxes.map((box) => [grow(box, session.halo, source.shape), box]));
  await scan(name, reader, passes, {
    regions: [...boxOf.keys()],
    async work(padded, slot) {
      const box = boxOf.get(padded);
      if (!box) return;
      const [raw, smoothed] = [slot.data(padded), slot.extra(padded).subarray(0, boxVoxels(box))];
      for (let i = 0; i < raw.length; i++) if (!isFinite(raw[i])) raw[i] = 0;
      await session.smooth(box, padded, raw, smoothed);
      await work({ box, smoothed, padded, raw });
    },
  });
}

/** Chunks below this are read again rather than kept: they cost little more than the voxels wanted of them. */
const LEAST_CACHED_CHUNK = 2 ** 12;

/** Which boxes are read, in which order, and through what, so that halos cost as little as may be. */
function planReading(
  source: VolumeSource,
  halo: Triple,
  { boxVoxels, cacheVoxels = 0 }: PassContext,
): { readonly boxes: readonly Box[]; readonly reader: VolumeSource } {
  const { shape, forwardOnly, chunk } = source;
  if (forwardOnly) {
    return { boxes: planBoxes(shape, [1, shape[1], shape[2]], boxVoxels), reader: new PlaneWindow(source, halo[0]) };
  }
  const block = haloBlock(shape, readBlock(chunk), halo, boxVoxels);
  const boxes = planBoxes(shape, block, 1);
  if (voxelCount(chunk) < LEAST_CACHED_CHUNK || boxes.length === 1) return { boxes, reader: source };
  const order = cacheOrder(boxes, { shape, block, chunk, halo, voxels: cacheVoxels });
  return { boxes: order.boxes, reader: order.fits ? new ChunkCache(source, cacheVoxels) : source };
}

/** A box with its halo, clipped to the volume. */
function grow(box: Box, [hz, hy, hx]: Triple, shape: Shape3): Box {
  const all = wholeBox(shape);
  return {
    z0: Math.max(all.z0, box.z0 - hz),
    z1: Math.min(all.z1, box.z1 + hz),
    y0: Math.max(all.y0, box.y0 - hy),
    y1: Math.min(all.y1, box.y1 + hy),
    x0: Math.max(all.x0, box.x0 - hx),
    x1: Math.min(all.x1, box.x1 + hx),
  };
}

/**
 * The block that boxes with a halo are cut in: whole read blocks, grown along the axis on which the halo weighs most, as long as a box with its halo stays within
 * `maxVoxels` (but never less than one block).
 */
export function haloBlock(shape: Shape3, block: Triple, halo: Triple, maxVoxels: number): Triple {
  const size = block.map((n, a) => Math.min(n, shape[a])) as [number, number, number];
  const padded = (axis: number, n: number) =>
    [0, 1, 2].reduce((product, a) => product * Math.min(shape[a], (a === axis ? n : size[a]) + 2 * halo[a]), 1);
  for (;;) {
    const larger = size.map((n, a) => Math.min(shape[a], 2 * n));
    const axes = [2, 1, 0].filter((a) => larger[a] > size[a] && padded(a, larger[a]) <= maxVoxels);
    if (axes.length === 0) return size;
    const waste = (a: number) => Math.min(shape[a], size[a] + 2 * halo[a]) / size[a];
    const axis = axes.reduce((best, a) => waste(a) > waste(best) ? a : best);
    size[axis] = larger[axis];
  }
}

/** A source that is read in C order, in boxes of whole planes that overlap: it keeps the planes that the next box needs again. */
class PlaneWindow implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: VolumeSource["dataType"];
  readonly chunk: Shape3;
  readonly forwardOnly = true;
  readonly #source: VolumeSource;
  readonly #halo: number;
  #kept = new Float32Array(0);
  #keptFrom = 0;
  #keptTo = 0;

  constructor(source: VolumeSource, halo: number) {
    this.shape = source.shape;
    this.voxelSize = source.voxelSize;
    this.dataType = source.dataType;
    this.chunk = source.chunk;
    this.#source = source;
    this.#halo = halo;
  }

  async read(box: Box, out: Float32Array): Promise<void> {
    const plane = this.shape[1] * this.shape[2];
    const known = box.z0 >= this.#keptFrom && box.z0 < this.#keptTo ? this.#keptTo : box.z0;
    out.set(this.#kept.subarray((box.z0 - this.#keptFrom) * plane, (known - this.#keptFrom) * plane));
    if (known < box.z1) await this.#source.read({ ...box, z0: known }, out.subarray((known - box.z0) * plane));
    const from = Math.max(box.z0, box.z1 - 2 * this.#halo);
    this.#kept = out.slice((from - box.z0) * plane);
    [this.#keptFrom, this.#keptTo] = [from, box.z1];
  }
}
