/**
 * Opens NIfTI files (`.nii`, `.nii.gz`).
 *
 * A plain file is read by seek, never whole; one on a server is fetched once, where there is room for all of it. A
 * gzip is inflated in order; its bytes are kept where there is room for all of them, so that it is inflated once. Where
 * there is not, a box that lies behind the current position starts again at the first byte, so such a file is best read
 * in C order. When its last voxel has been inflated the rest of the stream is verified.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { messageOf, readFailure } from "../files/file_errors.ts";
import { type OpenedFile, openFile, type ReadableFile } from "../files/readable.ts";
import { readFully } from "../files/whole.ts";
import { MAX_INFLATION } from "../codecs/in_one_go.ts";
import { beginsNoMember, DROPPED, InflateReader } from "../codecs/inflate.ts";
import type { CacheRoom } from "../flow/cache_room.ts";
import { isUrl } from "../remote/url.ts";
import { Serial } from "../flow/serial.ts";
import type { ByteSource } from "./byte_source.ts";
import { readNiftiHeader } from "./header.ts";
import { KeptBytes } from "./kept_bytes.ts";
import { PairBytes, pairNames, readSingleHeader } from "./pair.ts";
import { NiftiImage } from "./read.ts";

/** How a file is opened. */
interface NiftiOptions {
  /** Called with what is wrong with the file and does not keep it from being read. */
  readonly warn?: (text: string) => void;
  /** Where the inflated bytes of a gzip, or those of a server, are kept; left out: they are not. */
  readonly room?: CacheRoom;
}

/**
 * Opens a NIfTI file; gzip is known by its first bytes, whatever the file is called.
 *
 * @throws {InputError} when it cannot be opened or is not a NIfTI that n4 supports.
 * @throws {CorruptDataError} when it is shorter than its header promises.
 */
export async function openNifti(path: string, options: NiftiOptions = {}): Promise<NiftiImage> {
  const source = await openBytes(path, options);
  try {
    return new NiftiImage(path, source, await readNiftiHeader(path, source, options.warn));
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * Opens a pair by either of its files.
 *
 * @throws {InputError} when one of them cannot be opened, or the header is none that is supported.
 * @throws {CorruptDataError} when the voxels end early.
 */
export async function openNiftiPair(path: string, options: NiftiOptions): Promise<NiftiImage> {
  const { header = path, data = path } = pairNames(path) ?? {};
  const { warn = () => {} } = options;
  const head = await readSingleHeader(header, await openBytes(header, { warn }), warn);
  const source = new PairBytes(head, await openBytes(data, options));
  try {
    return new NiftiImage(path, source, await readNiftiHeader(path, source, warn));
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Opens a file, gzip or not, as its first two bytes say. @throws {InputError} when it cannot be opened. */
async function openBytes(path: string, options: NiftiOptions): Promise<ByteSource> {
  const opened = await openFile(path);
  const { file, size, kind } = opened;
  try {
    if (kind === "folder") throw new Deno.errors.IsADirectory(path);
    const magic = new Uint8Array(2);
    const gzip = await readFully(file, magic) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
    if (gzip) return new GzipBytes(path, file, size, options);
    const plain = plainBytes(path, opened);
    return isUrl(path) ? new KeptBytes(plain, options.room) : plain;
  } catch (cause) {
    file.close();
    throw readFailure(path, cause);
  }
}

/** A plain file, read by seek. */
function plainBytes(path: string, { file, size, forwardOnly }: OpenedFile): ByteSource {
  const serial = new Serial();
  return {
    forwardOnly,
    mostBytes: size,
    expectedBytes: undefined,
    read: (offset, bytes) =>
      serial.run(async () => {
        try {
          await file.seek(offset, Deno.SeekMode.Start);
          return await readFully(file, bytes);
        } catch (cause) {
          throw readFailure(path, cause);
        }
      }),
    close: () => file.close(),
  };
}

/** A gzip file, inflated in order and once, or from the start again where an earlier byte is asked for. */
class GzipBytes implements ByteSource {
  readonly forwardOnly = true;
  readonly mostBytes: number;
  expectedBytes: number | undefined;
  readonly #path: string;
  readonly #file: ReadableFile;
  readonly #options: NiftiOptions;
  readonly #serial = new Serial();
  /** The file's inflated bytes, where there is room for all of them, and how many of them are there. */
  #kept: Uint8Array | undefined;
  #filled = 0;
  #reader: InflateReader | undefined;
  /** Where bytes that begin no member may stand. */
  #slowFrom = Infinity;

  constructor(path: string, file: ReadableFile, size: number, options: NiftiOptions) {
    this.#path = path;
    this.#file = file;
    this.#options = options;
    this.mostBytes = size * MAX_INFLATION;
  }

  read(offset: number, bytes: Uint8Array): Promise<number> {
    return this.#serial.run(() => this.#read(offset, bytes));
  }

  async #read(offset: number, bytes: Uint8Array): Promise<number> {
    // There may be room as soon as a run is planned, when the header has been read.
    const kept = this.#kept ??= this.expectedBytes === undefined
      ? undefined
      : this.#options.room?.take(this.expectedBytes);
    if (kept === undefined) return await this.#inflate(offset, bytes);
    const end = Math.min(offset + bytes.length, kept.length);
    if (end > this.#filled) this.#filled += await this.#inflate(this.#filled, kept.subarray(this.#filled, end));
    if (this.#filled === kept.length) this.#stop();
    const found = kept.subarray(offset, Math.min(end, this.#filled));
    bytes.set(found);
    return found.length;
  }

  async #inflate(offset: number, bytes: Uint8Array): Promise<number> {
    const reader = await this.#readerAt(offset);
    try {
      await reader.skip(offset - reader.position);
      const count = await reader.read(bytes);
      if (reader.position === this.expectedBytes) await this.#verify(reader);
      return count;
    } catch (cause) {
      this.#stop();
      if (beginsNoMember(cause) && this.#slowFrom === Infinity) {
        // With those bytes zlib drops what it had inflated before them.
        this.#slowFrom = Math.max(0, reader.fed - DROPPED);
        return await this.#inflate(offset, bytes);
      }
      throw this.#failure(reader.produced, cause);
    }
  }

  /** Reads to the end, so that the last checksum is compared; what was appended to the file is let pass. */
  async #verify(reader: InflateReader): Promise<void> {
    try {
      await reader.skip(Infinity);
    } catch (cause) {
      if (!beginsNoMember(cause) || this.#slowFrom === Infinity) throw cause;
      this.#stop();
      this.#options.warn?.(`'${this.#path}' has bytes after the end of its gzip stream: they are passed over.`);
    }
  }

  async #readerAt(offset: number): Promise<InflateReader> {
    if (this.#reader === undefined || this.#reader.position > offset) {
      this.#stop();
      await this.#file.seek(0, Deno.SeekMode.Start);
      this.#reader = new InflateReader(this.#file, this.#slowFrom);
    }
    return this.#reader;
  }

  #failure(produced: number, cause: unknown): Error {
    if (!(cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_"))) {
      return readFailure(this.#path, cause);
    }
    const expected = this.expectedBytes === undefined ? "its end" : `${this.expectedBytes} bytes`;
    const rule = cause.code === "Z_BUF_ERROR" ? "ends early" : `is damaged (${messageOf(cause)})`;
    const message =
      `Cannot read ${this.#path} as its gzip stream ${rule}: expected ${expected}, found ${produced} bytes inflated`;
    return new CorruptDataError(this.#path, `inflated byte ${produced}`, message, { cause });
  }

  #stop(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  close(): void {
    this.#stop();
    this.#file.close();
    if (this.#kept) this.#options.room?.giveBack(this.#kept);
    this.#kept = undefined;
  }
}
