/**
 * Lines of text and raw bytes, one after the other, from a stream.
 *
 * @module
 */

/** Reads a stream. */
export class PipeReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #ahead: Uint8Array = new Uint8Array(0);

  /** Takes the stream for itself. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The text up to the next line feed, without it; `undefined` where the stream ends before one. */
  async line(): Promise<string | undefined> {
    const decoder = new TextDecoder();
    let text = "";
    while (await this.#fill()) {
      const end = this.#ahead.indexOf(10);
      const part = end < 0 ? this.#ahead : this.#ahead.subarray(0, end);
      text += decoder.decode(part, { stream: end < 0 });
      this.#ahead = end < 0 ? new Uint8Array(0) : this.#ahead.subarray(end + 1);
      if (end >= 0) return text;
    }
    return undefined;
  }

  /** The next `length` bytes in an array of their own; `undefined` where the stream ends before. */
  async bytes(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      if (!await this.#fill()) return undefined;
      const part = this.#ahead.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
      this.#ahead = this.#ahead.subarray(part.length);
    }
    return bytes;
  }

  /** Reads no more. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  /** Whether there is a byte ahead. */
  async #fill(): Promise<boolean> {
    while (this.#ahead.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return false;
      this.#ahead = value;
    }
    return true;
  }
}
