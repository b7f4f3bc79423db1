/**
 * A Zarr hierarchy on a server: each key is a file below its address. Which files there are is not known.
 *
 * @module
 */

import { type Answer, ask, type ByteRange, failure } from "../remote/http.ts";
import { shownUrl, urlBelow } from "../remote/url.ts";
import { checkLength, rangeStart, type ZarrStore } from "./store.ts";

/** A Zarr hierarchy below an address. */
export class RemoteStore implements ZarrStore {
  readonly path: string;
  readonly container = "server";

  /** A store below `https://`, `http://` or `s3://`; nothing is asked for yet. */
  constructor(path: string) {
    this.path = path;
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    const answer = await ask(urlBelow(this.path, key), undefined, most + 1);
    if (answer === undefined) return undefined;
    checkLength(answer.total ?? answer.bytes.length, most);
    return answer.bytes;
  }

  async readRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const range: ByteRange = offset < 0 ? { last: -offset } : { from: offset, length };
    const answer = await ask(urlBelow(this.path, key), range, Math.max(length, -offset));
    if (answer === undefined) return undefined;
    const { bytes, start } = this.#demandPart(key, answer);
    const at = rangeStart(offset, length, answer.total ?? start + bytes.length) - start;
    return bytes.subarray(at, at + length);
  }

  #demandPart(key: string, answer: Answer): Answer {
    if (answer.partial) return answer;
    const place = shownUrl(urlBelow(this.path, key));
    throw failure(place, "its server must answer requests for parts of a file: it sends the whole");
  }
}
