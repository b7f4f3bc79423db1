/**
 * A file on a server, read as one on a disk is: from a place that moves. Where the server sends ranges every place can
 * be gone to; where it does not, the file comes in order, and going back starts it again.
 *
 * @module
 */

import { type Answer, ask, changed, ENDED, stream } from "./http.ts";
import { remoteFailure } from "./url.ts";

/** Bytes of the first request, which also says how long the file is and whether ranges are sent. */
const HEAD = 65536;
/** Most bytes of a request that goes on from the last one. */
const MOST_AHEAD = 2 * 2 ** 20;
/** Places of a file where reading goes on by turns: threads take boxes from several parts of an image. */
const MOST_PLACES = 4;

/** Opens a file on a server. @throws {InputError} when it cannot be read, or is not there. */
export async function openRemoteFile(path: string): Promise<RemoteFile> {
  const head = await ask(path, { from: 0, length: HEAD }, HEAD);
  if (head === undefined) throw remoteFailure(path, "there is no such file on the server");
  const { partial, bytes, total = !partial && bytes.length < HEAD ? bytes.length : undefined } = head;
  if (!partial) return new StreamedFile(path, head, total ?? Infinity);
  if (total === undefined) throw remoteFailure(path, "the server must say how long it is: it does not");
  return new RangedFile(path, head, total);
}

/** A file on a server. */
export interface RemoteFile extends Pick<Deno.FsFile, "read" | "seek" | "close"> {
  /** Length, bytes; infinite where the server does not say it, and the end of the stream is that of the file. */
  readonly size: number;
  /** Whether going back means to start again. */
  readonly forwardOnly: boolean;
  /** When it was last changed, ms since 1970; 0 where the server does not say. */
  readonly modified: number;
  /** The same file, to be read from its start by somebody else; left out where its bytes come in order. */
  again?(): RemoteFile;
}

/** A piece of a file that was fetched, and what lies behind it. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Pieces before it that it goes on from. */
  readonly inOrder: number;
  /** The next piece, on its way. */
  readonly next?: Promise<Uint8Array>;
  /** Ends that request. */
  readonly stop?: AbortController;
}

/** A file whose server sends ranges. */
class RangedFile implements RemoteFile {
  readonly forwardOnly = false;
  readonly size: number;
  readonly modified: number;
  readonly #path: string;
  readonly #head: Answer;
  #position = 0;
  /** The last piece of each place where reading goes on, the one used last at the end. */
  #pieces: Piece[];

  constructor(path: string, head: Answer, size: number) {
    this.#path = path;
    this.#head = head;
    this.#pieces = [{ ...head, inOrder: 0 }];
    this.size = size;
    this.modified = head.modified;
  }

  again(): RemoteFile {
    return new RangedFile(this.#path, this.#head, this.size);
  }

  seek(offset: number): Promise<number> {
    return Promise.resolve(this.#position = offset);
  }

  async read(out: Uint8Array): Promise<number | null> {
    const at = this.#position;
    if (at >= this.size) return null;
    const known = this.#pieces.find(({ start, bytes }) => at >= start && at < start + bytes.length);
    const { start, bytes } = known ?? await this.#fetch(out.length);
    const part = bytes.subarray(at - start, at - start + out.length);
    out.set(part);
    this.#position += part.length;
    return part.length;
  }

  close(): void {
    for (const { stop } of this.#pieces.splice(0)) stop?.abort(ENDED);
  }

  /** Fetches a piece from the position on; where reading goes on in order, larger ones, and the next ahead of time. */
  async #fetch(wanted: number): Promise<Piece> {
    const start = this.#position;
    const before = this.#pieces.find((piece) => piece.start + piece.bytes.length === start);
    const inOrder = before ? before.inOrder + 1 : 0;
    const most = before ? Math.min(2 * before.bytes.length, MOST_AHEAD) : HEAD;
    const bytes = await (before?.next ?? this.#range(start, Math.max(wanted, most)));
    const after = start + bytes.length;
    const stop = inOrder < 2 || after >= this.size ? undefined : new AbortController();
    const next = stop && this.#range(after, Math.min(2 * bytes.length, MOST_AHEAD), stop.signal);
    // A failure is for who reads on.
    next?.catch(() => {});
    const piece = { start, bytes, inOrder, next, stop };
    this.#pieces = [...this.#pieces.filter((each) => each !== before), piece];
    if (this.#pieces.length > MOST_PLACES) this.#pieces.shift()?.stop?.abort(ENDED);
    return piece;
  }

  async #range(from: number, most: number, signal?: AbortSignal): Promise<Uint8Array> {
    const length = Math.min(most, this.size - from);
    const { tag } = this.#head;
    const answer = await ask(this.#path, { from, length }, length, signal);
    if (answer?.partial && answer.total === this.size && answer.tag === tag) return answer.bytes;
    throw changed(this.#path);
  }
}

/** A file whose server sends all of it. */
class StreamedFile implements RemoteFile {
  readonly forwardOnly = true;
  readonly size: number;
  readonly modified: number;
  readonly #path: string;
  readonly #head: Answer;
  /** Where reading goes on, and where the stream stands. */
  #position = 0;
  #streamed = 0;
  #stream: AsyncGenerator<Uint8Array> | undefined;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(path: string, head: Answer, size: number) {
    this.#path = path;
    this.#head = head;
    this.size = size;
    this.modified = head.modified;
  }

  seek(offset: number): Promise<number> {
    return Promise.resolve(this.#position = offset);
  }

  async read(out: Uint8Array): Promise<number | null> {
    if (this.#position >= this.size) return null;
    const { bytes } = this.#head;
    const known = bytes.subarray(this.#position, this.#position + out.length);
    const part = known.length > 0 ? known : (await this.#await()).subarray(0, out.length);
    out.set(part);
    this.#position += part.length;
    return part.length || null;
  }

  close(): void {
    // Its end waits for nobody.
    this.#stream?.return(undefined).catch(() => {});
    this.#stream = undefined;
  }

  /** Bytes from the position on, none at the end; a connection that breaks is made anew. */
  async #await(): Promise<Uint8Array> {
    for (let attempts = 1;; attempts++) {
      try {
        return await this.#advance();
      } catch (cause) {
        this.close();
        if (attempts === 5) throw cause;
      }
    }
  }

  async #advance(): Promise<Uint8Array> {
    if (this.#stream === undefined || this.#streamed - this.#piece.length > this.#position) {
      this.close();
      this.#stream = stream(this.#path, this.#head);
      this.#streamed = 0;
      this.#piece = new Uint8Array(0);
    }
    while (this.#streamed <= this.#position) {
      const { done, value } = await this.#stream.next();
      if (done && this.size === Infinity) return new Uint8Array(0);
      if (done) throw remoteFailure(this.#path, `its connection ended after ${this.#streamed} of ${this.size} bytes`);
      this.#piece = value;
      this.#streamed += value.length;
    }
    return this.#piece.subarray(this.#piece.length - (this.#streamed - this.#position));
  }
}
