/**
 * Memory that bytes have to themselves, freed as soon as they have been used: the collector, which does not see how
 * large it is, would keep some hundred MiB of decoded chunks (docs/decisions/streaming_threads.md).
 *
 * @module
 */

/** From this many bytes on the platform's compressors give a result memory of its own; fewer may share it. */
const OWN_BYTES = 65536;

/** The memory of bytes that a compressor or a read made, where it is theirs alone and no thread shares it. */
export function ownMemory({ buffer, length }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && length >= OWN_BYTES ? buffer : undefined;
}

/** Frees the memory that bytes have to themselves; they are empty afterwards. */
export function release(bytes: Uint8Array): void {
  ownMemory(bytes)?.transfer(0);
}
