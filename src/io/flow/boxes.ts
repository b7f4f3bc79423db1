/**
 * Boxes: how a volume is cut for streaming, and the flow that reads, works on and writes a bounded number of them at
 * once.
 *
 * @module
 */

import { type BoxSlot, PooledSlot } from "./slots.ts";
import {
  type Box,
  boxShape,
  boxVoxels,
  describeBox,
  perAxis,
  type Shape3,
  type Triple,
  voxelCount,
} from "../../volume.ts";

/**
 * Voxels that boxes aim at, 16 MiB of float32: enough to hide a box's overhead, few enough that several fit any limit.
 */
export const BOX_VOXELS = 2 ** 22;

/** A run of planes: the first, and one past the last. */
export type Planes = readonly [first: number, end: number];

/**
 * From so many voxels on, a block narrower than the volume is a box by itself: its rows lie together as those of the
 * chunk do, and are copied in one go, which takes 0.3 ns a voxel instead of 1.6.
 */
const BOX_ENOUGH = 2 ** 20;

/**
 * Cuts a volume, or a run of its planes, into boxes of whole blocks in C order. A box grows along x first, then y, then
 * z, up to `maxVoxels` (but is never smaller than one block), so that the boxes of a file of plain rows, one after the
 * other, are the file. Large blocks stay alone.
 */
export function planBoxes(
  shape: Shape3,
  block: Triple,
  maxVoxels: number,
  [first, end]: Planes = [0, shape[0]],
): Box[] {
  const extent = [end - first, shape[1], shape[2]];
  const size = perAxis((a) => Math.min(block[a], extent[a]));
  const alone = size[2] < extent[2] && voxelCount(size) >= BOX_ENOUGH;
  for (let axis = 2; axis >= 0 && !alone; axis--) {
    const blocks = Math.max(1, Math.floor(maxVoxels / (size[0] * size[1] * size[2])));
    size[axis] = Math.min(extent[axis], size[axis] * blocks);
    if (size[axis] < extent[axis]) break;
  }
  const boxes: Box[] = [];
  for (let z0 = first; z0 < end; z0 += size[0]) {
    for (let y0 = 0; y0 < shape[1]; y0 += size[1]) {
      for (let x0 = 0; x0 < shape[2]; x0 += size[2]) {
        const [z1, y1] = [Math.min(z0 + size[0], end), Math.min(y0 + size[1], shape[1])];
        boxes.push({ z0, z1, y0, y1, x0, x1: Math.min(x0 + size[2], shape[2]) });
      }
    }
  }
  return boxes;
}

/** No box is over 64 MiB of float32 for a chunk's sake; a larger chunk is read in parts. */
const MAX_BLOCK_VOXELS = 2 ** 24;

/** The block to read in: the chunk, or of one that is too large a part with fewer planes, then rows, then columns. */
export function readBlock(chunk: Triple): Triple {
  const block: [number, number, number] = [...chunk];
  for (let axis = 0; axis < 3; axis++) {
    while (block[0] * block[1] * block[2] > MAX_BLOCK_VOXELS && block[axis] > 1) {
      block[axis] = Math.ceil(block[axis] / 2);
    }
  }
  return block;
}

/** How the two ends of a transfer are stored. */
export interface TransferTraits {
  /** Smallest block that is read alone, `[z, y, x]`. */
  readonly readChunk: Triple;
  /** Smallest block that is written alone, `[z, y, x]`. */
  readonly writeChunk: Triple;
  /** Whether either end must be passed in C order. */
  readonly forwardOnly: boolean;
}

/**
 * The block that boxes of a transfer are multiples of: written chunks, enough of them to cover a read chunk, or as much
 * of one as is not too large: a chunk is decoded once more for every box that shares it. Where one end passes in C
 * order and the other has chunks: whole planes, as thick as a chunk; of a read chunk where that is not too large.
 */
export function transferBlock(shape: Shape3, { readChunk, writeChunk, forwardOnly }: TransferTraits): Triple {
  const thickness = Math.max(readChunk[0], writeChunk[0]);
  if (forwardOnly && thickness > 1) {
    const fits = thickness * shape[1] * shape[2] <= MAX_BLOCK_VOXELS;
    return [Math.min(fits ? thickness : writeChunk[0], shape[0]), shape[1], shape[2]];
  }
  const read: [number, number, number] = [...readBlock(readChunk)];
  const common = () => perAxis((a) => writeChunk[a] * Math.ceil(read[a] / writeChunk[a]));
  for (let axis = 0; axis < 3; axis++) {
    while (voxelCount(common()) > MAX_BLOCK_VOXELS && read[axis] > writeChunk[axis]) {
      read[axis] = Math.ceil(read[axis] / 2);
    }
  }
  return common();
}

/** The three steps of a box's way; each gets the box and its buffers. */
export interface BoxSteps {
  read(box: Box, slot: BoxSlot): Promise<void>;
  work(box: Box, slot: BoxSlot): Promise<void> | void;
  write(box: Box, slot: BoxSlot): Promise<void>;
}

/** How boxes flow. */
interface FlowOptions {
  /** Boxes in flight at once, >= 1: the bound on memory. */
  readonly slots: number;
  /** One read at a time, in order. */
  readonly orderedReads: boolean;
  /** One write at a time, in order. */
  readonly orderedWrites: boolean;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
  /** Called after each box. */
  readonly onDone?: (box: Box, done: number) => void;
}

/**
 * Streams boxes through the three steps, at most `slots` at once.
 *
 * The first failure ends the flow once the boxes in flight have stopped.
 */
export async function flowBoxes(boxes: readonly Box[], options: FlowOptions, steps: BoxSteps): Promise<void> {
  const largest = boxes.reduce((most, box) => Math.max(most, boxVoxels(box)), 0);
  const reads = new Turnstile(options.orderedReads);
  const writes = new Turnstile(options.orderedWrites);
  let next = 0;
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  const runSlot = async () => {
    using slot = new PooledSlot(largest);
    while (next < boxes.length && !failure) {
      const turn = next++;
      try {
        options.signal?.throwIfAborted();
        await reads.pass(turn, () => steps.read(boxes[turn], slot));
        options.signal?.throwIfAborted();
        await steps.work(boxes[turn], slot);
        options.signal?.throwIfAborted();
        await writes.pass(turn, () => steps.write(boxes[turn], slot));
        options.onDone?.(boxes[turn], ++done);
      } catch (error) {
        failure ??= { error };
        reads.close();
        writes.close();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.slots, boxes.length) }, runSlot));
  if (failure) throw failure.error;
}

/** Lets callers through one by one in the order of their turns; or everybody at once. */
class Turnstile {
  readonly #ordered: boolean;
  #turn = 0;
  #closed = false;
  readonly #waiting = new Map<number, () => void>();

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  async pass(turn: number, step: () => Promise<void>): Promise<void> {
    const wait = this.#ordered && turn !== this.#turn && !this.#closed;
    if (wait) await new Promise<void>((resolve) => this.#waiting.set(turn, resolve));
    if (this.#closed) throw new Error("the flow has ended");
    await step();
    if (!this.#ordered) return;
    this.#turn = turn + 1;
    this.#waiting.get(this.#turn)?.();
    this.#waiting.delete(this.#turn);
  }

  /** After a failure nobody passes, and nobody waits: neither those who do now nor those who come later. */
  close(): void {
    this.#closed = true;
    for (const release of this.#waiting.values()) release();
    this.#waiting.clear();
  }
}

/** Calls `visit` for every row of a box: its plane and row in the volume, and where it starts in the box's arrays. */
export function forEachRow(box: Box, visit: (z: number, y: number, offset: number) => void): void {
  const [, ny, nx] = boxShape(box);
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) visit(z, y, ((z - box.z0) * ny + (y - box.y0)) * nx);
  }
}

/**
 * Checks that a box lies in a volume and that an array has its size.
 *
 * @param action What is about to be done, for the message: `"read"`.
 * @throws {RangeError} when not.
 */
export function checkBox(action: string, box: Box, shape: Shape3, length: number): void {
  const low = [box.z0, box.y0, box.x0];
  const high = [box.z1, box.y1, box.x1];
  const inside = shape.every((size, axis) =>
    Number.isInteger(low[axis]) && Number.isInteger(high[axis]) && low[axis] >= 0 && high[axis] > low[axis] &&
    high[axis] <= size
  );
  if (!inside) {
    const text = `Cannot ${action} a box that is empty or reaches out of the shape ${shape.join(" x ")}`;
    throw new RangeError(`${text}: current box is ${describeBox(box)}`);
  }
  if (length !== boxVoxels(box)) {
    throw new RangeError(
      `Cannot ${action} a box as the array must hold its ${boxVoxels(box)} voxels: current length is ${length}`,
    );
  }
}
