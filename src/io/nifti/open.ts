/**
 * Opens NIfTI files (`.nii`, `.nii.gz`).
 *
 * A plain file is read by seek, never whole. A gzip is inflated in order in bounded memory; a box that lies behind the
 * current position starts again at the first byte, so such a file is best read in C order. When its last voxel has been
 * read the rest of the stream is verified.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { messageOf, readFailure } from "../files/file_errors.ts";
import { type OpenedFile, openFile, type ReadableFile } from "../files/readable.ts";
import { readFully } from "../files/whole.ts";
import { beginsNoMember, DROPPED, InflateReader, MAX_INFLATION } from "../codecs/gzip.ts";
import { Serial } from "../flow/serial.ts";
import type { ByteSource } from "./byte_source.ts";
import { readNiftiHeader } from "./header.ts";
import { NiftiImage } from "./read.ts";

/**
 * Opens a NIfTI file; gzip is told by its first bytes, whatever the file is called.
 *
 * @param warn told what is wrong with the file and does not keep it from being read.
 * @throws {InputError} when it cannot be opened or is not a NIfTI that n4 supports.
 * @throws {CorruptDataError} when it is shorter than its header promises.
 */
export async function openNifti(path: string, warn: (text: string) => void = () => {}): Promise<NiftiImage> {
  const source = await openBytes(path, warn);
  try {
    return new NiftiImage(path, source, await readNiftiHeader(path, source, warn));
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Opens a file, gzip or not, as its first two bytes say. @throws {InputError} when it cannot be opened. */
export async function openBytes(path: string, warn: (text: string) => void): Promise<ByteSource> {
  const opened = await openFile(path);
  const { file, size, kind } = opened;
  try {
    if (kind === "folder") throw new Deno.errors.IsADirectory(path);
    const magic = new Uint8Array(2);
    const gzip = await readFully(file, magic) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
    return gzip ? new GzipBytes(path, file, size, warn) : plainBytes(path, opened);
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

/** A gzip file, inflated in order and from the start again where an earlier byte is asked for. */
class GzipBytes implements ByteSource {
  readonly forwardOnly = true;
  readonly mostBytes: number;
  expectedBytes: number | undefined;
  readonly #path: string;
  readonly #file: ReadableFile;
  readonly #warn: (text: string) => void;
  readonly #serial = new Serial();
  #reader: InflateReader | undefined;
  /** Where bytes that begin no member may stand. */
  #slowFrom = Infinity;

  constructor(path: string, file: ReadableFile, size: number, warn: (text: string) => void) {
    this.#path = path;
    this.#file = file;
    this.#warn = warn;
    this.mostBytes = size * MAX_INFLATION;
  }

  read(offset: number, bytes: Uint8Array): Promise<number> {
    return this.#serial.run(() => this.#read(offset, bytes));
  }

  async #read(offset: number, bytes: Uint8Array): Promise<number> {
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
        return await this.#read(offset, bytes);
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
      this.#warn(`'${this.#path}' has bytes after the end of its gzip stream: they are passed over.`);
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
  }
}
