/**
 * Inflating in bounded memory, driven step by step so that nothing piles up between the file and the caller.
 *
 * zlib is fed 16 KiB of the file at a time; deflate cannot expand it by more than 1032 times
 * (https://zlib.net/zlib_tech.html), so at most 17 MB wait to be read. Several members in a row read as one stream, and
 * length and checksum of each are verified by zlib.
 *
 * @module
 */

import { createGunzip, type Gunzip } from "node:zlib";

/** Bytes of the file per step: 64 KiB would be an eighth faster, but may queue four times as much. */
const PIECE = 16384;
/** Bytes of the file that are read at once: each read waits for another thread. */
const READ = 2 ** 18;
/** Bytes that zlib hands over at once. */
const CHUNK = 65536;

/** The inflated bytes of a gzip file, in order. */
export class InflateReader {
  /** Inflated bytes delivered or skipped so far. */
  position = 0;
  /** Bytes of the file that zlib was given so far. */
  fed = 0;
  /** Inflated bytes that zlib has produced so far. */
  produced = 0;
  /** The most inflated bytes that ever waited for the caller. */
  peakBytes = 0;
  readonly #file: Pick<Deno.FsFile, "read">;
  readonly #slowFrom: number;
  readonly #gunzip: Gunzip;
  readonly #buffer = new Uint8Array(READ);
  /** What was read and zlib has not been given yet. */
  #unfed = new Uint8Array();
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #ended = false;
  readonly #steps: Steps;

  /**
   * Reads `file` from where it stands. The caller keeps and closes the file.
   *
   * @param slowFrom From here on zlib is given one byte at a time, so that it hands over all before one it refuses.
   */
  constructor(file: Pick<Deno.FsFile, "read">, slowFrom = Infinity) {
    this.#file = file;
    this.#slowFrom = slowFrom;
    this.#gunzip = createGunzip({ chunkSize: CHUNK });
    this.#steps = new Steps(this.#gunzip);
    // Zeros after the last member, as tapes and some programs leave them, end the stream before the file does.
    this.#gunzip.once("end", () => this.#ended = true);
    this.#gunzip.on("data", (chunk: Uint8Array) => {
      this.#queue.push(chunk);
      this.#queued += chunk.length;
      this.produced += chunk.length;
      this.peakBytes = Math.max(this.peakBytes, this.#queued);
    });
  }

  /**
   * Fills `out` and returns how many bytes there were: fewer only at the end of the stream.
   *
   * @throws {Error} zlib's error when the stream is cut or damaged.
   */
  async read(out: Uint8Array): Promise<number> {
    let done = 0;
    while (done < out.length && await this.#available()) {
      const part = this.#take(out.length - done);
      out.set(part, done);
      done += part.length;
    }
    return done;
  }

  /** Skips up to `count` bytes; a `read` after the end returns fewer. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0 && await this.#available();) left -= this.#take(left).length;
  }

  close(): void {
    this.#gunzip.destroy();
    this.#queue.length = 0;
  }

  /** Makes sure that a byte waits; `false` at the end of the stream. */
  async #available(): Promise<boolean> {
    while (this.#queued === 0 && !this.#ended) {
      if (this.#unfed.length === 0) {
        this.#unfed = this.#buffer.subarray(0, await this.#file.read(this.#buffer) ?? 0);
      }
      if (this.#unfed.length === 0) {
        await this.#steps.end();
        continue;
      }
      const most = this.fed < this.#slowFrom ? Math.min(PIECE, this.#slowFrom - this.fed) : 1;
      const piece = this.#unfed.subarray(0, most);
      this.#unfed = this.#unfed.subarray(most);
      this.fed += piece.length;
      await this.#steps.write(piece);
    }
    return this.#queued > 0;
  }

  /** Up to `most` waiting bytes, valid as long as the caller needs them. */
  #take(most: number): Uint8Array {
    const first = this.#queue[0];
    const part = first.subarray(0, most);
    if (part.length === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(part.length);
    this.#queued -= part.length;
    this.position += part.length;
    return part;
  }
}

/** Whether zlib met bytes that begin no gzip member: damage, or what something appended to a complete file. */
export function beginsNoMember(cause: unknown): boolean {
  return cause instanceof Error && /incorrect header check|unknown compression method|header flags/.test(cause.message);
}

/**
 * How many bytes of the file before {@linkcode InflateReader.fed} zlib may have dropped when it failed: those of the
 * last step, and of the one before, whose error may come late.
 */
export const DROPPED = 2 * PIECE;

/**
 * Feeds a zlib stream one step at a time. A stream reports an error by an event that may come after the step that
 * caused it has been called done, so the error is kept and ends the step under way or the next one.
 */
class Steps {
  readonly #stream: Gunzip;
  #failure: { readonly cause: unknown } | undefined;
  #resolve: () => void = () => {};
  #reject: (cause: unknown) => void = () => {};

  constructor(stream: Gunzip) {
    this.#stream = stream;
    stream.on("error", (cause: unknown) => this.#fail(cause));
    // A stream that ends by itself never calls back the write that ended it.
    stream.once("end", () => this.#resolve());
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#run((done) => this.#stream.write(bytes, (cause) => cause ? this.#fail(cause) : done()));
  }

  end(): Promise<void> {
    return this.#run(() => this.#stream.end());
  }

  #run(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.cause);
      [this.#resolve, this.#reject] = [resolve, reject];
      start(resolve);
    });
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#reject(cause);
  }
}
