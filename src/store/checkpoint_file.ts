/**
 * A checkpoint as one file: a line that says what it is, the record and the list of arrays as JSON, the arrays in
 * little-endian order, and a CRC-32 of its name and all that, so that one under the name of another is noticed too. It
 * is written to a name of its own, flushed and renamed: whoever sees its name sees all of it, and two writers do not
 * meet.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { CorruptDataError } from "../errors.ts";
import { readFailure, writeFailure } from "../io/files/file_errors.ts";
import { readFully, replaceFile } from "../io/files/whole.ts";
import { arraysOf, type Checkpoint, type CheckpointArray, type NewCheckpoint } from "./store.ts";

const MAGIC = new TextEncoder().encode("n4 checkpoint 2\n");

const TYPES = { Float64Array, Float32Array, Int32Array, Uint32Array, Uint16Array, Uint8Array } as const;

/** An array as the file lists it. */
interface Listed {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly length: number;
}

/** Writes a checkpoint. @throws {WriteError} when the system does not let us. */
export async function writeCheckpoint(path: string, checkpoint: NewCheckpoint): Promise<void> {
  const arrays = arraysOf(checkpoint);
  const list = arrays.map(([name, array]): Listed => {
    const type = Object.keys(TYPES).find((key) => array instanceof TYPES[key as keyof typeof TYPES]);
    return { name, type: type as keyof typeof TYPES, length: array.length };
  });
  const head = new TextEncoder().encode(JSON.stringify({ record: checkpoint.record, arrays: list }));
  const parts = [MAGIC, bytesOf(Uint32Array.of(head.length)), head, ...arrays.map(([, array]) => bytesOf(array))];
  const sum = parts.reduce((crc, part) => crc32(part, crc), sumOfName(path));
  await writeNew(path, [...parts, bytesOf(Uint32Array.of(sum))]);
}

/**
 * Writes a file under a name of its own, flushes it and gives it its name.
 *
 * @throws {WriteError} when the system does not let us.
 */
export async function writeNew(path: string, parts: readonly Uint8Array[]): Promise<void> {
  try {
    await replaceFile(path, parts);
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/**
 * Reads a checkpoint; `undefined` where there is none.
 *
 * @throws {CorruptDataError} when it is damaged.
 * @throws {InputError} when the system does not let us.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const file = await openExisting(path);
  if (file === undefined) return undefined;
  using opened = file;
  try {
    return await readOpened(opened, path);
  } catch (cause) {
    throw cause instanceof CorruptDataError ? cause : readFailure(path, cause);
  }
}

async function readOpened(file: Deno.FsFile, path: string): Promise<Checkpoint> {
  const reader = new CheckedReader(file, path, (await file.stat()).size);
  if (!(await reader.bytes(MAGIC.length)).every((byte, i) => byte === MAGIC[i])) throw damagedCheckpoint(path);
  const [length] = new Uint32Array((await reader.bytes(4)).buffer);
  const { record, arrays } = parseHead(await reader.bytes(length), path);
  const found: Record<string, CheckpointArray> = {};
  for (const { name, type, length } of arrays) {
    const Type = TYPES[type];
    found[name] = new Type((await reader.bytes(length * Type.BYTES_PER_ELEMENT)).buffer);
  }
  const { sum } = reader;
  const [stored] = new Uint32Array((await reader.bytes(4)).buffer);
  if (stored !== sum || !reader.atEnd) throw damagedCheckpoint(path);
  return { record, arrays: found };
}

/** The record and the list of arrays; whether they are those that were written only the checksum at the end shows. */
function parseHead(bytes: Uint8Array, path: string): { record: Checkpoint["record"]; arrays: readonly Listed[] } {
  let head: { record?: Checkpoint["record"]; arrays?: Partial<Listed>[] } | null = null;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Reported below.
  }
  const { record, arrays } = head ?? {};
  if (typeof record !== "object" || record === null || !Array.isArray(arrays)) throw damagedCheckpoint(path);
  const listed = arrays.flatMap((each) => isListed(each) ? [each] : []);
  if (listed.length < arrays.length) throw damagedCheckpoint(path);
  return { record, arrays: listed };
}

function isListed(array: Partial<Listed> | null): array is Listed {
  const { name, type, length } = array ?? {};
  return typeof name === "string" && typeof type === "string" && Object.hasOwn(TYPES, type) &&
    Number.isSafeInteger(length);
}

/** A sum to begin with: what names a checkpoint in a run, its folder and itself. */
function sumOfName(path: string): number {
  return crc32(path.split("/").slice(-2).join("/"));
}

async function openExisting(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw readFailure(path, cause);
  }
}

/** Reads a file from start to end, summing as it goes; never more than is there. */
class CheckedReader {
  /** CRC-32 of the name and what was read. */
  sum: number;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #left: number;

  constructor(file: Deno.FsFile, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.#left = size;
    this.sum = sumOfName(path);
  }

  /** Whether nothing is left to read. */
  get atEnd(): boolean {
    return this.#left === 0;
  }

  async bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(count >= 0 && count <= this.#left)) throw damagedCheckpoint(this.#path);
    this.#left -= count;
    const bytes = new Uint8Array(count);
    if (await readFully(this.#file, bytes) < count) throw damagedCheckpoint(this.#path);
    this.sum = crc32(bytes, this.sum);
    return bytes;
  }
}

/** The refusal of a damaged checkpoint. `part` is what is damaged, if not the file itself. */
export function damagedCheckpoint(path: string, part = path): CorruptDataError {
  const text = `Cannot go on with the result of an earlier step in '${part}' as its checksum must hold: ` +
    `current content is damaged (remove ${part === path ? "that file" : `'${path}'`} and the step is done again)`;
  return new CorruptDataError(part, "checksum", text);
}

function bytesOf({ buffer, byteOffset, byteLength }: CheckpointArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
