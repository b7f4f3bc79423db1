/**
 * Where the voxels of a NIfTI go: a plain file or a gzip stream.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { addCounts, type DataType, noCounts, type StorageCounts } from "../../volume.ts";
import { GZIP_BEGIN, type GzipBlock, gzipBlock, GzipEnd } from "../codecs/gzip_blocks.ts";
import { BLOCKS_A_THREAD, GZIP_BLOCK_BYTES } from "../codecs/gzip_size.ts";
import { writeFully } from "../files/whole.ts";
import { allocateShared, ownMemory } from "../flow/slots.ts";
import { bytesPerValue, encodeValues, reverseEach, type ValueScale } from "../numeric.ts";

/** How values are stored. */
interface StoredAs {
  readonly dataType: DataType;
  readonly scale: ValueScale;
  readonly littleEndian: boolean;
}

/** Where voxels go. */
export interface NiftiTarget {
  /**
   * Writes values from the `first` voxel of the file on; a gzip stream takes them in order.
   *
   * @param last whether they end a volume.
   * @returns what storing did to values; to the last few, a gzip stream reports it with the next ones.
   */
  write(first: number, values: Float32Array, last: boolean): Promise<StorageCounts>;
  /** Completes the file. */
  finish(): Promise<void>;
  /** Closes the file, complete or not. */
  close(): void;
}

/** The bytes of values; those given stay as they are. */
function storedBytes(
  values: Float32Array,
  { dataType, scale, littleEndian }: StoredAs,
  counts: StorageCounts,
): Uint8Array {
  const stored = encodeValues(values, dataType, counts, scale);
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  if (littleEndian) return bytes;
  const turned = stored === values ? bytes.slice() : bytes;
  reverseEach(turned, bytesPerValue(dataType));
  return turned;
}

/** Bytes of a plain file that are encoded and written at once. */
const PLAIN_BYTES = 2 ** 20;

/** A plain file, by seek in any order. */
export async function plainTarget(file: Deno.FsFile, header: Uint8Array, as: StoredAs): Promise<NiftiTarget> {
  await writeFully(file, header);
  const width = bytesPerValue(as.dataType);
  const most = PLAIN_BYTES / width;
  return {
    async write(first, values) {
      const counts = noCounts();
      await file.seek(header.length + first * width, Deno.SeekMode.Start);
      for (let at = 0; at < values.length; at += most) {
        await writeFully(file, storedBytes(values.subarray(at, at + most), as, counts));
      }
      return counts;
    },
    finish: () => Promise.resolve(),
    close: () => file.close(),
  };
}

/** Values of a block. */
interface BlockRequest {
  readonly values: Float32Array;
  readonly as: StoredAs;
}

/** Encodes values and compresses them. */
export const GZIP_VALUES: Job<BlockRequest, GzipBlock & { readonly counts: StorageCounts }> = {
  name: "gzip values",
  work({ values, as }) {
    const counts = noCounts();
    return { ...gzipBlock(storedBytes(values, as, counts), as.dataType === "float32"), counts };
  },
  handsOver: ({ bytes }) => ownMemory(bytes) ? [bytes.buffer as ArrayBuffer] : [],
};

/** One gzip stream, compressed in blocks that begin anew with each volume. */
export async function gzipTarget(
  file: Deno.FsFile,
  header: Uint8Array,
  as: StoredAs,
  threads?: Threads,
): Promise<NiftiTarget> {
  const end = new GzipEnd();
  const most = GZIP_BLOCK_BYTES / bytesPerValue(as.dataType);
  /** The beginning of a block whose other values are still to come. */
  const begun = new Float32Array(allocateShared(4 * most));
  let held = 0;
  const put = async (block: GzipBlock) => {
    end.add(block);
    await writeFully(file, block.bytes);
  };
  const putAll = async (blocks: readonly Float32Array[]): Promise<StorageCounts> => {
    const counts = noCounts();
    const compress = (values: Float32Array) => threadsFor(threads, values).run(GZIP_VALUES, { values, as });
    const underWay: ReturnType<typeof compress>[] = [];
    const ahead = BLOCKS_A_THREAD * Math.max(1, threads?.count ?? 0);
    for (let next = 0, done = 0; done < blocks.length; done++) {
      for (; next < Math.min(blocks.length, done + ahead); next++) {
        const block = compress(blocks[next]);
        block.catch(() => {}); // Whoever waits for it gets the error; after a failure nobody does.
        underWay.push(block);
      }
      const block = await underWay[0];
      underWay.shift();
      addCounts(counts, block.counts);
      await put(block);
    }
    return counts;
  };
  await writeFully(file, GZIP_BEGIN);
  await put(gzipBlock(header));
  return {
    async write(_first, values, last) {
      const taken = held === 0 ? 0 : Math.min(most - held, values.length);
      begun.set(values.subarray(0, taken), held);
      held += taken;
      const blocks = held === most ? [begun] : [];
      let at = taken;
      for (; values.length - at >= most; at += most) blocks.push(values.subarray(at, at + most));
      const counts = await putAll(blocks);
      if (blocks.length > 0) held = 0;
      begun.set(values.subarray(at), held);
      held += values.length - at;
      if (last && held > 0) {
        addCounts(counts, await putAll([begun.subarray(0, held)]));
        held = 0;
      }
      return counts;
    },
    finish: async () => await writeFully(file, end.bytes()),
    close: () => file.close(),
  };
}
