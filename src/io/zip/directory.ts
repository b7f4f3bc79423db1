/**
 * The directory of a zip file, read from its end and checked whole before a single entry is: what is stored where, and
 * that no two entries claim the same bytes. No number in it is trusted.
 *
 * It is kept as one map and a few typed arrays, about 100 bytes an entry, since a mosaic has millions of chunks.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";
import type { ReadAt } from "../zarr/store.ts";
import {
  DEFLATED,
  END_LENGTH,
  END_LENGTH_64,
  END_LOCATOR_64,
  END_RECORD_64,
  findEndRecord,
  LOCAL_LENGTH,
  LOCATOR_LENGTH,
  MOST_COMMENT,
  parseEnd,
  parseEntry,
  STORED,
  type ZipEnd,
  type ZipEntry,
} from "./format.ts";

/** An entry that may be read. */
export interface ZipPlace extends Pick<ZipEntry, "nameLength" | "method" | "crc" | "stored" | "size" | "offset"> {
  /** Where the next entry, or the directory, begins: no byte of this one lies there. */
  readonly end: number;
}

/** Bytes of the directory that are read at once. */
const PIECE = 2 ** 20;
/** Most entries: a map of JavaScript holds 2^24. */
const MOST_ENTRIES = 2 ** 23;
/** Bits of an entry that is encrypted in one way or another. */
const ENCRYPTED = 1 | 1 << 6 | 1 << 13;
/** Numbers kept per entry: name length, method, CRC, stored, size, offset, end. */
const COLUMNS = 7;

/** What is where in a zip file. */
export class ZipDirectory {
  readonly #rows = new Map<string, number>();
  readonly #numbers: Float64Array;
  #count = 0;

  /** Use {@linkcode readZipDirectory}. */
  constructor(entries: number) {
    this.#numbers = new Float64Array(COLUMNS * entries);
  }

  /** Paths of all files in it, in the order of the directory. */
  keys(): Iterable<string> {
    return this.#rows.keys();
  }

  /** Where a file lies; `undefined` where there is none of that name. */
  get(name: string): ZipPlace | undefined {
    const row = this.#rows.get(name);
    if (row === undefined) return undefined;
    const [nameLength, method, crc, stored, size, offset, end] = this.#numbers.subarray(COLUMNS * row);
    return { nameLength, method, crc, stored, size, offset, end };
  }

  /**
   * Adds an entry. Of several entries of one name the last counts: an updated member of an archive is appended anew, as
   * zarr-python does with metadata.
   *
   * @throws {DamagedBytesError} when it breaks a rule.
   */
  add(entry: ZipEntry): void {
    const { name, nameLength, method, crc, stored, size, offset } = entry;
    checkName(name);
    const folder = name.endsWith("/");
    if (!folder) checkEntry(entry);
    const row = this.#count++;
    this.#numbers.set([nameLength, method, crc, stored, size, offset, 0], COLUMNS * row);
    if (folder) return;
    this.#rows.set(name, row);
  }

  /** Checks that entries overlap neither each other nor the directory, at `limit`. @throws {DamagedBytesError} then. */
  close(limit: number): void {
    const numbers = this.#numbers;
    const rows = Uint32Array.from({ length: this.#count }, (_, row) => row);
    rows.sort((a, b) => numbers[COLUMNS * a + 5] - numbers[COLUMNS * b + 5]);
    let next = limit;
    for (let i = rows.length - 1; i >= 0; i--) {
      const at = COLUMNS * rows[i];
      const end = numbers[at + 5] + LOCAL_LENGTH + numbers[at] + numbers[at + 3];
      if (!(end <= next)) {
        const rule = "its entries must neither overlap nor reach past the directory";
        throw new DamagedBytesError(`${rule}: one of ${numbers[at + 3]} bytes at ${numbers[at + 5]} does`);
      }
      numbers[at + 6] = next;
      next = numbers[at + 5];
    }
  }
}

/**
 * Reads the directory of a zip file of `size` bytes.
 *
 * @throws {DamagedBytesError} when the file is no zip archive, or one that is not supported or not to be trusted.
 */
export async function readZipDirectory(size: number, read: ReadAt): Promise<ZipDirectory> {
  const end = await readEnd(size, read);
  const directory = new ZipDirectory(end.entries);
  let left = end.entries;
  for (let at = end.offset; left > 0;) {
    const length = Math.min(PIECE, end.offset + end.length - at);
    const view = viewOf(await read(at, length));
    let used = 0;
    for (; left > 0; left--) {
      const entry = parseEntry(view, used);
      if (entry === undefined) break;
      directory.add(entry);
      used += entry.recordLength;
    }
    if (used === 0) {
      throw new DamagedBytesError(`its zip directory must list ${end.entries} entries: current one ends ${left} early`);
    }
    at += used;
  }
  directory.close(end.offset);
  return directory;
}

async function readEnd(size: number, read: ReadAt): Promise<ZipEnd> {
  const tailStart = Math.max(0, size - END_LENGTH - MOST_COMMENT);
  const tail = viewOf(await read(tailStart, size - tailStart));
  const at = findEndRecord(tail);
  if (at < 0) {
    throw new DamagedBytesError("it must be a complete zip archive: current file does not end as one does");
  }
  const position = tailStart + at;
  const wide = await readEnd64(position, read);
  const end = parseEnd(viewOf(bytesOf(tail, at)), wide?.view);
  const directoryEnd = end.offset + end.length;
  if (!Number.isSafeInteger(directoryEnd) || directoryEnd > (wide?.position ?? position)) {
    throw new DamagedBytesError(
      `its zip directory must lie inside of the file: current one is ${end.length} bytes at ${end.offset} of ${size}`,
    );
  }
  // Of 46 bytes each at least, so that the count alone cannot take memory.
  if (end.entries > Math.min(MOST_ENTRIES, end.length / 46)) {
    throw new DamagedBytesError(
      `its ${end.length} bytes of zip directory must list at most ${MOST_ENTRIES} entries of 46 bytes or more: ` +
        `current count is ${end.entries}`,
    );
  }
  return end;
}

/** The 64-bit end record that the locator before `position` points to. */
async function readEnd64(
  position: number,
  read: ReadAt,
): Promise<{ view: DataView; position: number } | undefined> {
  if (position < LOCATOR_LENGTH) return undefined;
  const locator = viewOf(await read(position - LOCATOR_LENGTH, LOCATOR_LENGTH));
  if (locator.getUint32(0, true) !== END_LOCATOR_64) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  if (locator.getUint32(4, true) !== 0 || locator.getUint32(16, true) > 1) {
    throw new DamagedBytesError(
      `a zip archive must be one file: current number of parts is ${locator.getUint32(16, true)}`,
    );
  }
  const fits = at + END_LENGTH_64 + LOCATOR_LENGTH <= position;
  const view = fits ? viewOf(await read(at, END_LENGTH_64)) : undefined;
  if (view?.getUint32(0, true) !== END_RECORD_64) {
    throw new DamagedBytesError(`its 64-bit end record must lie before the end: there is none at ${at}`);
  }
  return { view, position: at };
}

/** Refuses names that mean a place outside of the archive, or another place on another system. */
function checkName(name: string): void {
  const parts = name.replace(/\/$/, "").split("/");
  // deno-lint-ignore no-control-regex -- a NUL cuts names short in other programs
  if (!/[\\\x00]/.test(name) && !parts.some((part) => part === "" || part === "." || part === "..")) return;
  throw new DamagedBytesError(`its names must be plain paths inside of it: current one is '${name.slice(0, 200)}'`);
}

function checkEntry({ name, flags, method, stored, size }: ZipEntry): void {
  if ((flags & ENCRYPTED) !== 0) throw new DamagedBytesError(`its entries must not be encrypted: '${name}' is`);
  if (method !== STORED && method !== DEFLATED) {
    throw new DamagedBytesError(`its entries must be stored or deflated: current method of '${name}' is ${method}`);
  }
  if (method === STORED && stored !== size) {
    throw new DamagedBytesError(
      `a stored entry must have one size: current ones of '${name}' are ${stored} and ${size}`,
    );
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(view: DataView, from: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, view.byteLength - from);
}
