/**
 * The outline of Zstandard frames, RFC 8878, https://doi.org/10.17487/RFC8878, section 3.1. The decoder of the platform
 * takes data that end early for complete; walking over the block headers shows where the data must end, at the cost of
 * a few reads per 128 KiB.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";

const FRAME = 0xfd2fb528;
/** Skippable frames have one of 16 magic numbers. */
const SKIPPABLE = 0x184d2a50;

/**
 * Checks that `bytes` are whole frames without a gap, and that they promise `decodedLength` bytes where they promise
 * any.
 *
 * @throws {DamagedBytesError} when they are not.
 */
export function checkZstdFrames(bytes: Uint8Array, decodedLength: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let promised = 0;
  let at = 0;
  try {
    while (at < bytes.length) {
      const magic = view.getUint32(at, true);
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
        at += 8 + view.getUint32(at + 4, true);
        continue;
      }
      if (magic !== FRAME) {
        throw new DamagedBytesError(`it must hold a Zstandard frame at byte ${at}: current value is none`);
      }
      const header = frameHeader(view, at + 4);
      promised += header.contentSize;
      at = blocksEnd(view, header.end) + (header.checksum ? 4 : 0);
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    at = Infinity;
  }
  if (at !== bytes.length || at === 0) {
    throw new DamagedBytesError(
      `it must hold whole Zstandard frames: current length of ${bytes.length} bytes cuts one`,
    );
  }
  if (promised > 0 && promised !== decodedLength) {
    throw new DamagedBytesError(`it must decode to ${decodedLength} bytes: current frame promises ${promised}`);
  }
}

/** Content size (NaN where the frame has none), where the first block starts, and whether a checksum ends the frame. */
function frameHeader(view: DataView, at: number): { contentSize: number; end: number; checksum: boolean } {
  const descriptor = view.getUint8(at);
  const single = (descriptor & 32) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3];
  const sizeAt = at + 1 + (single ? 0 : 1) + dictionary;
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 ? (single ? 1 : 0) : 1 << sizeCode;
  let contentSize = NaN;
  if (sizeBytes === 1) contentSize = view.getUint8(sizeAt);
  else if (sizeBytes === 2) contentSize = view.getUint16(sizeAt, true) + 256;
  else if (sizeBytes === 4) contentSize = view.getUint32(sizeAt, true);
  else if (sizeBytes === 8) contentSize = Number(view.getBigUint64(sizeAt, true));
  return { contentSize, end: sizeAt + sizeBytes, checksum: (descriptor & 4) !== 0 };
}

/** Where the last block of a frame ends. */
function blocksEnd(view: DataView, start: number): number {
  for (let at = start;;) {
    const header = view.getUint16(at, true) | view.getUint8(at + 2) << 16;
    const runLength = (header >> 1 & 3) === 1;
    at += 3 + (runLength ? 1 : header >> 3);
    if ((header & 1) === 1) return at;
  }
}
