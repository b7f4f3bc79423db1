/**
 * How much of a gzip stream is held while it is written: what plans and writers agree on. Here is nothing of Node's, so
 * that plans work in browsers.
 *
 * @module
 */

/** Bytes of a block before compression. */
export const GZIP_BLOCK_BYTES = 2 ** 18;

/** Blocks that each thread has under way: done, waiting to be, or waiting to be written. */
export const BLOCKS_A_THREAD = 3;

/** Most bytes that are held of blocks, compressed or not. */
export function gzipBytes(threads: number): number {
  return GZIP_BLOCK_BYTES * (2 * BLOCKS_A_THREAD * Math.max(1, threads) + 1);
}
