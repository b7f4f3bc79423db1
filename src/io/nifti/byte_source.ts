/**
 * The bytes of an input file by offset, whether it is plain or gzip: what the NIfTI reader stands on.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { messageOf, readFailure } from "../files/file_errors.ts";
import { readFully } from "../files/whole.ts";
import { InflateReader, MAX_INFLATION } from "../codecs/gzip.ts";
import { Serial } from "../flow/serial.ts";

/** Bytes by offset. */
export interface ByteSource {
  /** Whether going back costs a new start from the first byte, and reads must come one at a time. */
  readonly forwardOnly: boolean;
  /** No source of this file can hold more bytes than this. */
  readonly mostBytes: number;
  /** Where the data ends, once the header is read; reading up to it verifies a stream to its last checksum. */
  expectedBytes: number | undefined;
  /**
   * Reads from `offset` on and returns how many bytes there were: fewer than `bytes.length` only at the end.
   *
   * @throws {CorruptDataError} when a compressed stream is cut or damaged.
   */
  read(offset: number, bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** The error of a file whose `what` ends before `expected` bytes. @param found bytes that there are. */
export function endsEarly(path: string, what: string, expected: number | undefined, found: number): CorruptDataError {
  const message = `Cannot read ${path} as ${what} early: expected ${expected} bytes, found ${found}`;
  return new CorruptDataError(path, `byte ${found}`, message);
}

/** Opens a file, gzip or plain by its first two bytes. @throws {InputError} when it cannot be opened. */
export async function openBytes(path: string): Promise<ByteSource> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true });
    const { size, isDirectory } = await file.stat();
    if (isDirectory) throw new Deno.errors.IsADirectory(path);
    const magic = new Uint8Array(2);
    const gzip = await readFully(file, magic) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
    return gzip ? new GzipBytes(path, file, size) : plainBytes(path, file, size);
  } catch (cause) {
    file?.close();
    throw readFailure(path, cause);
  }
}

/** A plain file, read by seek. */
function plainBytes(path: string, file: Deno.FsFile, size: number): ByteSource {
  const serial = new Serial();
  return {
    forwardOnly: false,
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
  readonly #file: Deno.FsFile;
  readonly #serial = new Serial();
  #reader: InflateReader | undefined;

  constructor(path: string, file: Deno.FsFile, size: number) {
    this.#path = path;
    this.#file = file;
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
      if (reader.position === this.expectedBytes) await reader.skip(Infinity);
      return count;
    } catch (cause) {
      this.#stop();
      throw this.#failure(reader.produced, cause);
    }
  }

  async #readerAt(offset: number): Promise<InflateReader> {
    if (this.#reader === undefined || this.#reader.position > offset) {
      this.#stop();
      await this.#file.seek(0, Deno.SeekMode.Start);
      this.#reader = new InflateReader(this.#file);
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
