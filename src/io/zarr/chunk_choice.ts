/**
 * The chunks, and shards where asked for, of the levels of an OME-Zarr that is written.
 *
 * @module
 */

import { perAxis, type Shape3, voxelCount } from "../../volume.ts";

/** What is asked for. */
export interface ChunkRequest {
  /** Voxels of a chunk, `[z, y, x]`; by default at most 128 along every axis. */
  readonly chunk?: Shape3;
  /** Voxels of a shard, `[z, y, x]`, multiples of the chunk's; left out: a file holds one chunk. */
  readonly shard?: Shape3;
}

/** Longest edge of a chunk by default: 128^3 float32 voxels are 8 MiB. */
const CHUNK_EDGE = 128;
/** Most voxels of a chunk or shard: 2^29, as many as are read again, 2 GiB of float32. */
const MOST_VOXELS = 2 ** 29;
/** Most chunks of a shard: as many as are read again, with an index of 16 MiB. */
const MOST_SHARD_CHUNKS = 2 ** 20;

/** Why a request cannot be met: the rule and the current value, the end of a sentence; `undefined` where it can. */
export function chunkObjection({ chunk, shard }: ChunkRequest): string | undefined {
  const asked = [...chunk ?? [], ...shard ?? []];
  if (!asked.every((edge) => Number.isSafeInteger(edge) && edge >= 1)) {
    return `the edges of chunks and shards must be integers >= 1: current values are ${asked.join(" x ")}`;
  }
  const largest = Math.max(...[chunk, shard].map((block) => block ? voxelCount(block) : 1));
  if (largest > MOST_VOXELS) {
    return `a chunk or shard must have at most ${MOST_VOXELS} voxels: current count is ${largest}`;
  }
  if (shard === undefined) return undefined;
  const inner = chunk ?? defaultChunk(shard);
  const counts = perAxis((a) => shard[a] / inner[a]);
  if (!counts.every(Number.isInteger)) {
    return `every edge of a shard must be a multiple of the chunk's: current ones are ${shard.join(" x ")} and ` +
      inner.join(" x ");
  }
  const chunks = voxelCount(counts);
  if (chunks <= MOST_SHARD_CHUNKS) return undefined;
  return `a shard must hold at most ${MOST_SHARD_CHUNKS} chunks: current count is ${chunks}`;
}

/**
 * Chunk and shard of a level: as asked for, but no longer than the level is; then a shard ends with the chunk that
 * reaches its border.
 *
 * @param request One without {@linkcode chunkObjection}.
 */
export function chunkOfLevel(shape: Shape3, { chunk, shard }: ChunkRequest): { chunk: Shape3; shard?: Shape3 } {
  const whole = chunk ?? defaultChunk(shard ?? shape);
  const part = perAxis((a) => Math.min(whole[a], shape[a]));
  if (shard === undefined) return { chunk: part };
  const edges = perAxis((a) => part[a] * Math.min(shard[a] / whole[a], Math.ceil(shape[a] / part[a])));
  return { chunk: part, shard: edges };
}

function defaultChunk(block: Shape3): Shape3 {
  return perAxis((a) => Math.min(CHUNK_EDGE, block[a]));
}
