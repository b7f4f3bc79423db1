/**
 * Buffers for boxes in flight. Those of a finished pass serve the next one: dropped shared memory is freed late, so
 * that a run of many passes would hold several times what it uses (docs/decisions/streaming_threads.md).
 *
 * @module
 */

import { type Box, boxVoxels } from "../../volume.ts";

/** Buffers for one box in flight. */
export interface BoxSlot {
  /** Intensities of the box at hand; a view of exactly its size. */
  data(box: Box): Float32Array;
  /** A second array of intensities (weights, resampled masks), made when first asked for. */
  extra(box: Box): Float32Array;
  /** One byte a voxel, made when first asked for. */
  bytes(box: Box): Uint8Array;
}

/** Bytes that plans count for a voxel of a slot: intensities, a second array, mask bytes, and a chunk being coded. */
export const SLOT_BYTES = 4 + 4 + 1 + 4;

/** Unused buffers, smallest first. */
const spare: ArrayBufferLike[] = [];

/**
 * Most bytes of spare buffers. Those of smoothed boxes are the largest: of an image in C order they are whole planes.
 */
const MOST_SPARE_BYTES = 2 ** 29;

/** A slot for boxes of up to `voxels`; disposal returns its buffers. They first hold whatever they last held. */
export class PooledSlot implements BoxSlot, Disposable {
  readonly #voxels: number;
  readonly #taken: ArrayBufferLike[] = [];
  #data: Float32Array | undefined;
  #extra: Float32Array | undefined;
  #bytes: Uint8Array | undefined;

  constructor(voxels: number) {
    this.#voxels = voxels;
  }

  data(box: Box): Float32Array {
    return (this.#data ??= new Float32Array(this.#take(4), 0, this.#voxels)).subarray(0, boxVoxels(box));
  }

  extra(box: Box): Float32Array {
    return (this.#extra ??= new Float32Array(this.#take(4), 0, this.#voxels)).subarray(0, boxVoxels(box));
  }

  bytes(box: Box): Uint8Array {
    return (this.#bytes ??= new Uint8Array(this.#take(1), 0, this.#voxels)).subarray(0, boxVoxels(box));
  }

  [Symbol.dispose](): void {
    giveBackBuffers(this.#taken.splice(0));
  }

  #take(bytesPerVoxel: number): ArrayBufferLike {
    const buffer = takeBuffer(bytesPerVoxel * this.#voxels);
    this.#taken.push(buffer);
    return buffer;
  }
}

/** The smallest spare buffer that is large enough, holding whatever it last held, or a new one. */
export function takeBuffer(bytes: number): ArrayBufferLike {
  const at = spare.findIndex((buffer) => buffer.byteLength >= bytes);
  return at >= 0 ? spare.splice(at, 1)[0] : allocateShared(bytes);
}

/** Returns buffers to the spare ones. */
export function giveBackBuffers(buffers: readonly ArrayBufferLike[]): void {
  spare.push(...buffers);
  spare.sort((a, b) => a.byteLength - b.byteLength);
  let held = spare.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  while (held > MOST_SPARE_BYTES) held -= spare.shift()?.byteLength ?? 0;
}

/** Zeroed memory that worker threads see without a copy, where there is such memory. */
export function allocateShared(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === "undefined" ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
}

/** From this many bytes on the platform's compressors give a result memory of its own; fewer may share it. */
const OWN_BYTES = 65536;

/** The memory of bytes that a compressor or a read made, where it is theirs alone and no thread shares it. */
export function ownMemory({ buffer, length }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && length >= OWN_BYTES ? buffer : undefined;
}

/**
 * Frees the memory that bytes have to themselves; they are empty afterwards. The collector, which does not see how
 * large it is, would keep some hundred MiB of decoded chunks (docs/decisions/streaming_threads.md).
 */
export function release(bytes: Uint8Array): void {
  ownMemory(bytes)?.transfer(0);
}
