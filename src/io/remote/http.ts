/**
 * Bytes from a server, whole or by range (RFC 9110, section 14), with retries.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { fetchFromS3 } from "./s3.ts";
import { remoteFailure } from "./url.ts";

/** Times that a request is tried: a server that is busy or restarts answers one of them. */
const ATTEMPTS = 5;
/** Wait before the second attempt, ms; each later one waits twice as long. */
const FIRST_WAIT = 200;
/** Longest time without a byte before an attempt has failed, ms. */
const SILENCE = 30_000;
/** Requests under way at once, for all inputs together: servers slow down who asks for more. */
const REQUESTS_AT_ONCE = 16;

/** The part of a file that is asked for: from an offset on, or its last bytes. */
export type ByteRange = { readonly from: number; readonly length: number } | { readonly last: number };

/** What a server has sent. */
export interface Answer {
  /** The bytes asked for; fewer where the file ends. */
  readonly bytes: Uint8Array;
  /** Where they begin in the file. */
  readonly start: number;
  /** Length of the whole file; left out where the server does not say. */
  readonly total?: number;
  /** Whether the server sends parts of a file. */
  readonly partial: boolean;
  /** What distinguishes this state of the file from another, as far as the server says. */
  readonly tag: string;
  /** When it was last changed, ms since 1970; 0 where the server does not say. */
  readonly modified: number;
}

/**
 * Asks for a file, or a part of it.
 *
 * @param most Bytes that are taken of a longer answer.
 * @param signal Ends the request.
 * @returns `undefined` where there is no such file.
 * @throws {InputError} when the server refuses, or no attempt succeeds.
 */
export function ask(
  path: string,
  range: ByteRange | undefined,
  most: number,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  return attempt(path, () =>
    inTurn(async () => {
      signal?.throwIfAborted();
      const watch = new Watch(signal);
      try {
        const response = await watch.wait(send(path, range, watch.signal));
        if (response.status === 416) return await nothingOf(response);
        return response.ok ? await take(response, range, most, watch) : await refused(path, response);
      } finally {
        watch.end();
      }
    }));
}

/** The error of a file of which one answer gives another state than the one before. */
export function changed(path: string): InputError {
  return remoteFailure(path, "it has changed on the server while it was read");
}

/**
 * A whole file as it comes, piece by piece. A connection that breaks is an error of the piece.
 *
 * @param known what an earlier answer said of the file.
 * @throws {InputError} when it has changed since, the server refuses, or no attempt succeeds.
 */
export async function* stream(path: string, known: Pick<Answer, "tag" | "total">): AsyncGenerator<Uint8Array> {
  const { watch, response } = await attempt(path, async () => {
    const watch = new Watch();
    const response = await watch.wait(send(path, undefined, watch.signal));
    const { tag, total } = factsOf(response);
    if (response.ok && tag === known.tag && total === known.total) return { watch, response };
    if (response.ok) {
      watch.end();
      throw changed(path);
    }
    await refused(path, response);
    throw remoteFailure(path, "there is no such file on the server");
  });
  try {
    const reader = bodyOf(response);
    for (let read = await watch.wait(reader.read()); !read.done; read = await watch.wait(reader.read())) {
      yield read.value;
    }
  } finally {
    watch.end();
  }
}

/** The reason of a request that is ended as nobody waits for it any more. */
export const ENDED: Error = new Error("the request was ended");

/** Tries until it succeeds, is refused or ended. */
async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  const rule = /^s3:/i.test(path) ? /^s3:\/\/[^/?]+\/[^?]/i : /^https?:\/\/[^/?]/i;
  if (!rule.test(path) || !URL.canParse(path)) {
    throw remoteFailure(path, "it must name a host or bucket and a file in it");
  }
  for (let n = 1;; n++) {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof InputError || cause === ENDED) throw cause;
      if (cause instanceof Deno.errors.NotCapable) throw notAllowed(path, cause);
      if (n === ATTEMPTS) {
        throw remoteFailure(path, `no answer was whole in ${ATTEMPTS} attempts: ${(cause as Error).message}`, cause);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT * 2 ** (n - 1)));
  }
}

function notAllowed(path: string, cause: Error): InputError {
  const [, kind = "net", name = "HOST"] = /Requires (net|env) access to "([^"]+)"/.exec(cause.message) ?? [];
  return remoteFailure(
    path,
    `the program was started without permission for it: run it with --allow-${kind}=${name}`,
    cause,
  );
}

let free = REQUESTS_AT_ONCE;
const waiting: (() => void)[] = [];

/** Carries `work` out once fewer than {@linkcode REQUESTS_AT_ONCE} are under way. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/** Ends a request whose server falls silent, or that nobody waits for any more. */
class Watch {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(signal?: AbortSignal) {
    this.signal = signal ? AbortSignal.any([signal, this.#controller.signal]) : this.#controller.signal;
  }

  async wait<T>(work: Promise<T>): Promise<T> {
    const silent = new Error(`the server was silent for ${SILENCE / 1000} s`);
    const timer = setTimeout(() => this.#controller.abort(silent), SILENCE);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves what has not been read. */
  end(): void {
    this.#controller.abort();
  }
}

async function send(path: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Response> {
  // A range counts bytes of the file, not of what a server packs them into.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (range) {
    headers.range = "last" in range ? `bytes=-${range.last}` : `bytes=${range.from}-${range.from + range.length - 1}`;
  }
  return await (/^s3:/i.test(path) ? fetchFromS3(path, { headers, signal }) : fetch(path, { headers, signal }));
}

/** The cause of a refusal with 401 or 403: S3 answers so for what does not exist to who may not list its files. */
export const FORBIDDEN: Error = new Error("401 or 403");

/** What a refusal means. @returns where there is no such file. */
async function refused(path: string, response: Response): Promise<undefined> {
  const { status, statusText, headers } = response;
  await response.body?.cancel();
  const answer = `${status} ${statusText}`.trim();
  if (status === 404 || status === 410) return undefined;
  if (status >= 500 || [408, 425, 429].includes(status)) throw new Error(`the server answers ${answer}`);
  const region = headers.get("x-amz-bucket-region");
  if (status === 301 && region) {
    throw remoteFailure(path, `its bucket lies in another region: set AWS_REGION=${region}`);
  }
  if (status !== 401 && status !== 403) throw remoteFailure(path, `the server answers ${answer}`);
  const cure = /^s3:/i.test(path)
    ? "credentials are those of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    : "it may want a login, or an address with a signature";
  throw remoteFailure(path, `the server does not let us read it (${answer}): ${cure}`, FORBIDDEN);
}

/** The answer to a range beyond the end. */
async function nothingOf({ headers, body }: Response): Promise<Answer> {
  await body?.cancel();
  const [, total] = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  const facts = { start: 0, partial: true, tag: "", modified: 0 };
  return { ...facts, bytes: new Uint8Array(0), total: total === undefined ? undefined : Number(total) };
}

function bodyOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error("the server has sent no content");
  return body.getReader();
}

/** What the headers of an answer say of its file; the total is the length of the body. */
function factsOf({ headers }: Response): Pick<Answer, "tag" | "total" | "modified"> {
  const packed = (headers.get("content-encoding") ?? "identity") !== "identity";
  return {
    total: packed || !headers.has("content-length") ? undefined : Number(headers.get("content-length")),
    tag: headers.get("etag") ?? headers.get("last-modified") ?? "",
    modified: Date.parse(headers.get("last-modified") ?? "") || 0,
  };
}

/** Reads an answer. @throws {Error} when less comes than was announced. */
async function take(response: Response, range: ByteRange | undefined, most: number, watch: Watch): Promise<Answer> {
  const { headers, status } = response;
  const partial = status === 206;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  const whole = total === undefined || total === "*" ? undefined : Number(total);
  const { total: length, ...facts } = factsOf(response);
  const start = partial ? Number(first) : 0;
  if (partial && range && "from" in range && start !== range.from) {
    throw new Error(`the server has sent bytes from ${first} on where those from ${range.from} on were asked for`);
  }
  const bytes = await takeBytes(bodyOf(response), most, length, watch);
  if (partial && range && "from" in range && bytes.length < Math.min(range.length, (whole ?? Infinity) - start)) {
    throw new Error(`the server has sent ${bytes.length} of ${range.length} bytes`);
  }
  return {
    bytes,
    start,
    total: partial ? whole : length,
    partial,
    ...facts,
  };
}

/** The first bytes of a body, `most` of them. @param announced Length of the body, where the server says it. */
async function takeBytes(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
  announced: number | undefined,
  watch: Watch,
): Promise<Uint8Array> {
  const wanted = Math.min(most, announced ?? Infinity);
  let bytes = new Uint8Array(announced === undefined ? 65536 : wanted);
  let length = 0;
  while (length < wanted) {
    const { done, value } = await watch.wait(reader.read());
    if (done) break;
    const piece = value.subarray(0, wanted - length);
    if (length + piece.length > bytes.length) {
      const longer = new Uint8Array(Math.min(wanted, 2 * (length + piece.length)));
      longer.set(bytes.subarray(0, length));
      bytes = longer;
    }
    bytes.set(piece, length);
    length += piece.length;
  }
  if (announced !== undefined && length < wanted) {
    throw new Error(`the connection ended after ${length} of ${wanted} bytes`);
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}
