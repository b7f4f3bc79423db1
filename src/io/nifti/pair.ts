/**
 * NIfTI pairs (`.hdr` and `.img`) and Analyze 7.5, which are read as the single file that they would be: the header,
 * changed where it says that the voxels lie elsewhere, then the voxels.
 *
 * An Analyze header has no orientation; where a NIfTI has one it holds names and dates.
 *
 * @module
 */

import { type ByteSource, endsEarly } from "./byte_source.ts";
import { HEADER_SIZE, MAGIC_OFFSET, type NiftiVersion } from "./fields.ts";
import { singleHeader } from "./header.ts";

/** Names of both files of a pair, by either; `undefined` where a name is neither's. */
export function pairNames(path: string): { readonly header: string; readonly data: string } | undefined {
  const [, stem, kind, gzip = ""] = /^(.*\.)(hdr|img)(\.gz)?$/i.exec(path) ?? [];
  if (stem === undefined) return undefined;
  const like = (name: string) => stem + (kind === kind.toUpperCase() ? name.toUpperCase() : name) + gzip;
  return { header: like("hdr"), data: like("img") };
}

/** More than any header with extensions takes. */
const MOST_HEADER = 1 << 20;

/**
 * The header as a single file has it.
 *
 * @param path of the header's file, which is closed.
 * @throws {InputError | CorruptDataError} when that ends early or cannot be read.
 */
export async function readSingleHeader(
  path: string,
  file: ByteSource,
  warn: (text: string) => void,
): Promise<Uint8Array> {
  let read: Uint8Array;
  try {
    const bytes = new Uint8Array(MOST_HEADER);
    read = bytes.subarray(0, await file.read(0, bytes));
  } finally {
    file.close();
  }
  if (read.length < HEADER_SIZE[1]) {
    throw endsEarly(path, "its header ends", HEADER_SIZE[1], read.length);
  }
  const version: NiftiVersion = read[4] === 0x6e && read[5] === 0x69 ? 2 : 1;
  const magic = MAGIC_OFFSET[version];
  if (!(read[magic] === 0x6e && read[magic + 1] === 0x69)) clearAnalyze(read, path, warn);
  const { bytes, fields } = singleHeader(read, version);
  fields.set("vox_offset", bytes.length + Math.max(0, fields.get("vox_offset") || 0));
  return bytes;
}

/** First byte of an Analyze header behind what it has in common with a NIfTI's. */
const HISTORY = 252;
/** Byte of the unit of length, and millimetres. */
const UNITS = 123;
const MM = 2;

function clearAnalyze(bytes: Uint8Array, path: string, warn: (text: string) => void): void {
  bytes.fill(0, HISTORY);
  bytes[UNITS] = MM;
  warn(`'${path}' is an Analyze header, which does not say how the image lies in a body: no true left and right.`);
}

/** A header in memory, and the file with the voxels behind it. */
export class PairBytes implements ByteSource {
  readonly forwardOnly: boolean;
  readonly mostBytes: number;
  readonly #header: Uint8Array;
  readonly #data: ByteSource;

  /** @param header one of {@linkcode readSingleHeader}. */
  constructor(header: Uint8Array, data: ByteSource) {
    this.#header = header;
    this.#data = data;
    this.forwardOnly = data.forwardOnly;
    this.mostBytes = header.length + data.mostBytes;
  }

  get expectedBytes(): number | undefined {
    const { expectedBytes } = this.#data;
    return expectedBytes === undefined ? undefined : this.#header.length + expectedBytes;
  }

  set expectedBytes(count: number | undefined) {
    this.#data.expectedBytes = count === undefined ? undefined : count - this.#header.length;
  }

  async read(offset: number, bytes: Uint8Array): Promise<number> {
    const head = this.#header.subarray(offset, offset + bytes.length);
    bytes.set(head);
    if (head.length === bytes.length) return head.length;
    const start = offset + head.length - this.#header.length;
    return head.length + await this.#data.read(start, bytes.subarray(head.length));
  }

  close(): void {
    this.#data.close();
  }
}
