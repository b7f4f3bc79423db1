/**
 * Writing a zip file of stored entries (PKWARE's APPNOTE 6.3). It carries no time and nothing about the machine: the
 * same entries in the same order give the same bytes. 64-bit records are used where 32 bits do not do, and only there,
 * since some programs cannot read them.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { writeFully } from "../files/whole.ts";
import {
  CENTRAL_HEADER,
  CENTRAL_LENGTH,
  END_LENGTH,
  END_LENGTH_64,
  END_LOCATOR_64,
  END_RECORD,
  END_RECORD_64,
  EXTRA_64,
  FULL_16,
  FULL_32,
  LOCAL_HEADER,
  LOCAL_LENGTH,
  LOCATOR_LENGTH,
} from "./format.ts";

/** 1980-01-01, the first day that the format knows, at midnight. */
const NO_DATE = 33;
/** Names are UTF-8. */
const UTF8 = 1 << 11;
/** What a reader must understand: stored entries, or 64-bit records. */
const VERSION = 10;
const VERSION_64 = 45;
/** Attributes are those of Unix, and say: a file that its owner may write and all may read. */
const UNIX = 3 << 8;
const FILE_MODE = 0o100644;

/** How a zip file is written. */
interface ZipWriteOptions {
  /** What it says of itself; nothing by default. */
  readonly comment?: string;
  /** Sizes and offsets from which on 64 bits are used; 2^32 - 1 by default. */
  readonly wideFrom?: number;
}

/** Writes entries one after the other. */
export class ZipWriter {
  readonly #file: Pick<Deno.FsFile, "write">;
  readonly #wideFrom: number;
  readonly #comment: Uint8Array;
  #directory = new Uint8Array(4096);
  #directoryLength = 0;
  #entries = 0;
  #position = 0;

  /** Writes to `file` from where it stands, which must be its start. The caller keeps and closes the file. */
  constructor(file: Pick<Deno.FsFile, "write">, options: ZipWriteOptions = {}) {
    this.#file = file;
    this.#wideFrom = options.wideFrom ?? FULL_32;
    this.#comment = new TextEncoder().encode(options.comment ?? "");
  }

  /** Appends an entry. `name` must be new. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    const entry = { name: new TextEncoder().encode(name), crc: crc32(bytes), size: bytes.length, at: this.#position };
    const local = localHeader(entry, this.#wideFrom);
    await writeFully(this.#file, local);
    await writeFully(this.#file, bytes);
    this.#position += local.length + bytes.length;
    this.#entries++;
    this.#keep(centralHeader(entry, this.#wideFrom));
  }

  /** Appends the directory and what ends the file. */
  async finish(): Promise<void> {
    await writeFully(this.#file, this.#directory.subarray(0, this.#directoryLength));
    const place = { entries: this.#entries, length: this.#directoryLength, offset: this.#position };
    await writeFully(this.#file, endRecords(place, this.#wideFrom, this.#comment));
  }

  #keep(record: Uint8Array): void {
    if (this.#directoryLength + record.length > this.#directory.length) {
      const wider = new Uint8Array(2 * this.#directory.length + record.length);
      wider.set(this.#directory.subarray(0, this.#directoryLength));
      this.#directory = wider;
    }
    this.#directory.set(record, this.#directoryLength);
    this.#directoryLength += record.length;
  }
}

/** One entry. */
interface Entry {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  /** First byte of its local header. */
  readonly at: number;
}

/** Version, flags, method, date and CRC-32, which both headers of an entry hold in a row. */
function putCommon(view: DataView, at: number, { crc }: Entry, version: number): void {
  view.setUint16(at, version, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 8, NO_DATE, true);
  view.setUint32(at + 10, crc, true);
}

function localHeader(entry: Entry, wideFrom: number): Uint8Array {
  const { name, size } = entry;
  const wide = size >= wideFrom;
  const extra = wide ? extraField([size, size]) : new Uint8Array(0);
  const [bytes, view] = record(LOCAL_HEADER, LOCAL_LENGTH + name.length + extra.length);
  putCommon(view, 4, entry, wide ? VERSION_64 : VERSION);
  view.setUint32(18, wide ? FULL_32 : size, true);
  view.setUint32(22, wide ? FULL_32 : size, true);
  view.setUint16(26, name.length, true);
  view.setUint16(28, extra.length, true);
  bytes.set(name, LOCAL_LENGTH);
  bytes.set(extra, LOCAL_LENGTH + name.length);
  return bytes;
}

function centralHeader(entry: Entry, wideFrom: number): Uint8Array {
  const { name, size, at } = entry;
  const [wide, far] = [size >= wideFrom, at >= wideFrom];
  const numbers = [...(wide ? [size, size] : []), ...(far ? [at] : [])];
  const extra = numbers.length > 0 ? extraField(numbers) : new Uint8Array(0);
  const version = numbers.length > 0 ? VERSION_64 : VERSION;
  const [bytes, view] = record(CENTRAL_HEADER, CENTRAL_LENGTH + name.length + extra.length);
  view.setUint16(4, UNIX | version, true);
  putCommon(view, 6, entry, version);
  view.setUint32(20, wide ? FULL_32 : size, true);
  view.setUint32(24, wide ? FULL_32 : size, true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, extra.length, true);
  view.setUint16(40, FILE_MODE, true);
  view.setUint32(42, far ? FULL_32 : at, true);
  bytes.set(name, CENTRAL_LENGTH);
  bytes.set(extra, CENTRAL_LENGTH + name.length);
  return bytes;
}

/** The end record, after its 64-bit counterpart and that one's locator where they are needed. */
function endRecords(
  { entries, length, offset }: Record<"entries" | "length" | "offset", number>,
  wideFrom: number,
  comment: Uint8Array,
): Uint8Array {
  const wide = entries >= Math.min(FULL_16, wideFrom) || length >= wideFrom || offset >= wideFrom;
  const before = wide ? END_LENGTH_64 + LOCATOR_LENGTH : 0;
  const bytes = new Uint8Array(before + END_LENGTH + comment.length);
  const view = new DataView(bytes.buffer);
  if (wide) {
    view.setUint32(0, END_RECORD_64, true);
    view.setBigUint64(4, BigInt(END_LENGTH_64 - 12), true);
    view.setUint16(12, UNIX | VERSION_64, true);
    view.setUint16(14, VERSION_64, true);
    [entries, entries, length, offset].forEach((value, i) => view.setBigUint64(24 + 8 * i, BigInt(value), true));
    view.setUint32(END_LENGTH_64, END_LOCATOR_64, true);
    view.setBigUint64(END_LENGTH_64 + 8, BigInt(offset + length), true);
    view.setUint32(END_LENGTH_64 + 16, 1, true);
  }
  view.setUint32(before, END_RECORD, true);
  view.setUint16(before + 8, wide ? FULL_16 : entries, true);
  view.setUint16(before + 10, wide ? FULL_16 : entries, true);
  view.setUint32(before + 12, wide ? FULL_32 : length, true);
  view.setUint32(before + 16, wide ? FULL_32 : offset, true);
  view.setUint16(before + 20, comment.length, true);
  bytes.set(comment, before + END_LENGTH);
  return bytes;
}

function extraField(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 8 * numbers.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, EXTRA_64, true);
  view.setUint16(2, 8 * numbers.length, true);
  numbers.forEach((value, i) => view.setBigUint64(4 + 8 * i, BigInt(value), true));
  return bytes;
}

function record(signature: number, length: number): [bytes: Uint8Array, view: DataView] {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  return [bytes, view];
}
