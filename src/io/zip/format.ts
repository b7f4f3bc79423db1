/**
 * The records of a zip file that matter here (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5): where its directory lies,
 * and what one entry of that directory says.
 *
 * Broken rules are {@linkcode DamagedBytesError}s: the end of a sentence, without the file's name.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";

/** First bytes of an entry's local header. */
export const LOCAL_HEADER = 0x04034b50;
/** First bytes of an entry of the directory. */
export const CENTRAL_HEADER = 0x02014b50;
/** First bytes of the record that ends a zip file. */
export const END_RECORD = 0x06054b50;
/** First bytes of its counterpart with 64-bit numbers. */
export const END_RECORD_64 = 0x06064b50;
/** First bytes of the record that says where the counterpart lies. */
export const END_LOCATOR_64 = 0x07064b50;
/** Bytes of a local header without name and extra field. */
export const LOCAL_LENGTH = 30;
/** Bytes of a directory entry without name, extra field and comment. */
export const CENTRAL_LENGTH = 46;
/** Bytes of the end record without its comment. */
export const END_LENGTH = 22;
/** Bytes of the record before it that locates the 64-bit one. */
export const LOCATOR_LENGTH = 20;
/** Bytes of the 64-bit end record as far as it matters. */
export const END_LENGTH_64 = 56;
/** The longest comment, bytes. */
export const MOST_COMMENT = 65535;
/** Extra field with 64-bit sizes and offset. */
export const EXTRA_64 = 1;
/** What a 16-bit number says where the 64-bit one counts. */
export const FULL_16 = 0xffff;
/** What a 32-bit number says where the 64-bit one counts. */
export const FULL_32 = 0xffffffff;
/** Method of an entry whose bytes are as they are. */
export const STORED = 0;
/** Method of an entry whose bytes are a raw deflate stream. */
export const DEFLATED = 8;

/** Where the directory of a zip file lies. */
export interface ZipEnd {
  readonly entries: number;
  readonly offset: number;
  readonly length: number;
}

/** One entry of the directory. */
export interface ZipEntry {
  /** Bytes of the record itself. */
  readonly recordLength: number;
  /** Path inside of the archive, `/` between its parts; a folder ends with one. */
  readonly name: string;
  /** Bytes of that path as stored. */
  readonly nameLength: number;
  readonly flags: number;
  /** How the bytes are compressed. */
  readonly method: number;
  readonly crc: number;
  /** Bytes as stored. */
  readonly stored: number;
  /** Bytes once inflated. */
  readonly size: number;
  /** First byte of the local header. */
  readonly offset: number;
}

/** Where the end record starts in the last bytes of a file, so that it and its comment fill the rest; -1 for none. */
export function findEndRecord(tail: DataView): number {
  for (let at = tail.byteLength - END_LENGTH; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_RECORD) continue;
    if (tail.getUint16(at + 20, true) === tail.byteLength - at - END_LENGTH) return at;
  }
  return -1;
}

/**
 * Reads the end record, with the 64-bit one where there is one.
 *
 * @param end The record.
 * @param end64 The 64-bit record; left out: there is none.
 * @throws {DamagedBytesError} when the archive is one of several parts.
 */
export function parseEnd(end: DataView, end64?: DataView): ZipEnd {
  const disks = [end.getUint16(4, true), end.getUint16(6, true)].filter((disk) => disk !== FULL_16);
  if (end64 !== undefined) disks.push(end64.getUint32(16, true), end64.getUint32(20, true));
  if (disks.some((disk) => disk !== 0)) {
    throw new DamagedBytesError(
      `a zip archive must be one file: current number of parts is at least ${Math.max(...disks) + 1}`,
    );
  }
  const wide = (short: number, full: number, at: number) =>
    short === full && end64 !== undefined ? Number(end64.getBigUint64(at, true)) : short;
  return {
    entries: wide(end.getUint16(10, true), FULL_16, 32),
    length: wide(end.getUint32(12, true), FULL_32, 40),
    offset: wide(end.getUint32(16, true), FULL_32, 48),
  };
}

/**
 * Reads the directory entry that starts at `at`; `undefined` where `view` ends before it does.
 *
 * @throws {DamagedBytesError} when there is none.
 */
export function parseEntry(view: DataView, at: number): ZipEntry | undefined {
  if (at + CENTRAL_LENGTH > view.byteLength) return undefined;
  if (view.getUint32(at, true) !== CENTRAL_HEADER) {
    throw new DamagedBytesError("its zip directory must be a list of entries: current record is none");
  }
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const recordLength = CENTRAL_LENGTH + nameLength + extraLength + view.getUint16(at + 32, true);
  if (at + recordLength > view.byteLength) return undefined;
  const nameAt = at + CENTRAL_LENGTH;
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + nameAt, nameLength));
  const extra = new DataView(view.buffer, view.byteOffset + nameAt + nameLength, extraLength);
  const next = wideNumbers(extra, name);
  const size = view.getUint32(at + 24, true);
  const stored = view.getUint32(at + 20, true);
  const offset = view.getUint32(at + 42, true);
  const entry = {
    recordLength,
    name,
    nameLength,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    // In this order: the extra field holds those alone that do not fit.
    size: size === FULL_32 ? next() : size,
    stored: stored === FULL_32 ? next() : stored,
    offset: offset === FULL_32 ? next() : offset,
  };
  const disk = view.getUint16(at + 34, true);
  if (disk !== 0 && disk !== FULL_16) {
    throw new DamagedBytesError(`a zip archive must be one file: current part of entry '${name}' is ${disk}`);
  }
  return entry;
}

/** Hands out the 64-bit numbers of an extra field, one a call. */
function wideNumbers(extra: DataView, name: string): () => number {
  let at = 0;
  let end = 0;
  for (let start = 0; start + 4 <= extra.byteLength;) {
    const length = extra.getUint16(start + 2, true);
    if (extra.getUint16(start, true) === EXTRA_64) [at, end] = [start + 4, start + 4 + length];
    start += 4 + length;
  }
  return () => {
    if (at + 8 > Math.min(end, extra.byteLength)) {
      throw new DamagedBytesError(
        `every size must be given in 64 bits where 32 are too few: entry '${name}' lacks one`,
      );
    }
    at += 8;
    return Number(extra.getBigUint64(at - 8, true));
  };
}
