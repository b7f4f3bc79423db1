/**
 * Memory that bytes have to themselves. What nobody looks at any more goes back at once: the collector, which does not see how large it is, lets some
 * hundred MiB of decoded chunks lie, and the next chunk's memory is new to the system each time (15.0 ms a chunk of 8 MiB against 13.2, decoded in turns).
 *
 * @module
 */

/** The platform's compressors put this many bytes, and more, into memory of their own; fewer may lie in memory that others use. */
const OWN_BYTES = 65536;

/** The memory of bytes that were made by a compressor or a read, where they have it to themselves and no thread shares it. */
export function ownMemory({ buffer, length }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && length >= OWN_BYTES ? buffer : undefined;
}

/** Gives memory back that bytes have to themselves: whoever looks at them afterwards finds none. */
export function release(bytes: Uint8Array): void {
  ownMemory(bytes)?.transfer(0);
}
