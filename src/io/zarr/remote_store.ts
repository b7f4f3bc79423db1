/**
 * A Zarr hierarchy on a server: each key is a file below its address. Which files there are is not known.
 *
 * @module
 */

import type { InputError } from "../../errors.ts";
import { METADATA } from "../files/json_fields.ts";
import { type Answer, ask, type ByteRange, FORBIDDEN } from "../remote/http.ts";
import { remoteFailure, urlBelow } from "../remote/url.ts";
import { checkLength, rangeStart, type ZarrStore } from "./store.ts";

/** A Zarr hierarchy below an address. */
export class RemoteStore implements ZarrStore {
  readonly path: string;
  readonly container = "server";
  #isEmpty = true;
  #refusal: InputError | undefined;

  /** A store below `https://`, `http://` or `s3://`; nothing is asked for yet. */
  constructor(path: string) {
    this.path = path;
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    const isMetadata = METADATA.some((name) => key === name || key.endsWith(`/${name}`));
    const answer = await ask(urlBelow(this.path, key), undefined, most + 1).catch((error: InputError) => {
      // Who may not list the files of S3 is refused what is not there; chunks must not get lost that way.
      if (!isMetadata || error.cause !== FORBIDDEN) throw error;
      this.#refusal = error;
      return undefined;
    });
    if (answer === undefined) return undefined;
    this.#isEmpty = false;
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

  /** Says why there is nothing. @throws {InputError} where no file has been found so far. */
  demandFiles(): void {
    if (!this.#isEmpty) return;
    throw this.#refusal ?? remoteFailure(this.path, `there is no ${METADATA.slice(0, 3).join(", ")} at this address`);
  }

  #demandPart(key: string, answer: Answer): Answer {
    if (answer.partial) return answer;
    throw remoteFailure(
      urlBelow(this.path, key),
      "its server must answer requests for parts of a file: it sends the whole",
    );
  }
}
