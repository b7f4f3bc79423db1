/**
 * The two byte-oriented Lempel-Ziv formats that Blosc and numcodecs store: LZ4 blocks
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) and BloscLZ (a descendant of FastLZ level 2). Neither
 * has a checksum, so the one sign of damage is structure: a copy from before the start, a run past an end, bytes left
 * over. All of it is checked.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";

/**
 * Decodes one LZ4 block.
 *
 * @param input The block, no size in front.
 * @param out Receives exactly its own length.
 * @throws {DamagedBytesError} when the block does not decode to that.
 */
export function decodeLz4Block(input: Uint8Array, out: Uint8Array): void {
  let from = 0;
  let to = 0;
  while (from < input.length) {
    const token = input[from++];
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        more = input[from++];
        literals += more;
      } while (more === 255);
    }
    // A read past the end gives undefined, the sum NaN, and the comparison false.
    if (!(from + literals <= input.length && to + literals <= out.length)) throw damaged("LZ4");
    copyLiterals(input, from, out, to, literals);
    from += literals;
    to += literals;
    if (from === input.length) break;
    const distance = input[from] | input[from + 1] << 8;
    from += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more: number;
      do {
        more = input[from++];
        length += more;
      } while (more === 255);
    }
    if (distance === 0 || distance > to || !(to + length <= out.length) || from >= input.length) throw damaged("LZ4");
    to = copyMatch(out, to, distance, length);
  }
  if (to !== out.length) throw damaged("LZ4");
}

/** Farthest copy that BloscLZ writes in its short form. */
const BLOSCLZ_NEAR = 8191;

/**
 * Decodes one BloscLZ block.
 *
 * @param input The block.
 * @param out Receives exactly its own length.
 * @throws {DamagedBytesError} when the block does not decode to that.
 */
export function decodeBloscLzBlock(input: Uint8Array, out: Uint8Array): void {
  let from = 0;
  let to = 0;
  let first = true;
  while (from < input.length) {
    const token = first ? input[from++] & 31 : input[from++];
    first = false;
    if (token < 32) {
      const literals = token + 1;
      if (from + literals > input.length || to + literals > out.length) throw damaged("BloscLZ");
      copyLiterals(input, from, out, to, literals);
      from += literals;
      to += literals;
      continue;
    }
    let length = (token >> 5) + 2;
    if (length === 9) {
      let more: number;
      do {
        more = input[from++];
        length += more;
      } while (more === 255);
    }
    let distance = ((token & 31) << 8) + input[from++];
    if (distance === BLOSCLZ_NEAR) {
      distance += (input[from] << 8) + input[from + 1];
      from += 2;
    }
    distance++;
    if (from > input.length || distance > to || !(to + length <= out.length)) throw damaged("BloscLZ");
    to = copyMatch(out, to, distance, length);
  }
  if (to !== out.length) throw damaged("BloscLZ");
}

/** Short runs are faster byte by byte than by a call. */
function copyLiterals(input: Uint8Array, from: number, out: Uint8Array, to: number, count: number): void {
  if (count > 32) out.set(input.subarray(from, from + count), to);
  else for (let i = 0; i < count; i++) out[to + i] = input[from + i];
}

/** Copies `length` bytes from `distance` before `to`; they overlap where `distance < length`. */
function copyMatch(out: Uint8Array, to: number, distance: number, length: number): number {
  const end = to + length;
  if (distance >= length && length > 32) out.copyWithin(to, to - distance, end - distance);
  else for (let i = to; i < end; i++) out[i] = out[i - distance];
  return end;
}

function damaged(name: string): DamagedBytesError {
  return new DamagedBytesError(`it must hold a whole ${name} block: current bytes break off or point outside`);
}
