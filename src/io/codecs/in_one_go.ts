/**
 * zlib and Zstandard give their results in pieces, 16 or 64 KiB by default, which are joined: the pieces of a chunk
 * wait for the garbage collector beside it, and joining them takes up to a fifth of the time.
 * Here is nothing of Node's, as archives are read in browsers too.
 *
 * @module
 */

/** The largest factor by which deflate can shrink anything: 258 bytes to 2 bits. */
export const MAX_INFLATION = 1032;

/** One piece for a result of at most `length` bytes, with a little room, as a piece that is full begins another. */
export function inOneGo(length: number): { readonly chunkSize: number } {
  return { chunkSize: length + 64 };
}

/** The same for what `length` bytes become when they are compressed: at worst a 128th more. */
export function compressedInOneGo(length: number): { readonly chunkSize: number } {
  return inOneGo(length + (length >> 7) + 256);
}
