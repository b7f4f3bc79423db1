/**
 * A checkpoint as one file: a line that says what it is, the record and the list of arrays as JSON, the arrays in little-endian order, and a CRC-32 of all that. It is
 * written to a name of its own, flushed and renamed: whoever sees its name sees all of it, and two writers do not meet.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { CorruptDataError } from "../errors.ts";
import { writeFailure } from "../io/file_errors.ts";
import type { Checkpoint, CheckpointArray } from "./store.ts";

const MAGIC = new TextEncoder().encode("n4 checkpoint 1\n");

const TYPES = { Float64Array, Float32Array, Int32Array, Uint32Array, Uint16Array, Uint8Array } as const;

/** An array as the file lists it. */
interface Listed {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly length: number;
}

/** Writes a checkpoint. @throws {WriteError} when the system does not let us. */
export async function writeCheckpoint(path: string, { record, arrays }: Checkpoint): Promise<void> {
  const list = Object.entries(arrays).map(([name, array]): Listed => {
    const type = Object.keys(TYPES).find((key) => array instanceof TYPES[key as keyof typeof TYPES]);
    return { name, type: type as keyof typeof TYPES, length: array.length };
  });
  const head = new TextEncoder().encode(JSON.stringify({ record, arrays: list }));
  const parts = [MAGIC, bytesOf(Uint32Array.of(head.length)), head, ...Object.values(arrays).map(bytesOf)];
  const sum = parts.reduce((crc, part) => crc32(part, crc), 0);
  await writeNew(path, [...parts, bytesOf(Uint32Array.of(sum))]);
}

/** Writes a file under a name of its own, flushes it and gives it its name. @throws {WriteError} when the system does not let us. */
export async function writeNew(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (const part of parts) for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    await file.syncData();
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw writeFailure(path, [path], cause);
  }
  await Deno.rename(temporary, path);
}

/** Reads a checkpoint; `undefined` where there is none. @throws {CorruptDataError} when it is damaged. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const file = await openExisting(path);
  if (file === undefined) return undefined;
  using opened = file;
  const reader = new CheckedReader(opened, path, (await opened.stat()).size);
  if (!(await reader.bytes(MAGIC.length)).every((byte, i) => byte === MAGIC[i])) throw reader.damaged();
  const [length] = new Uint32Array((await reader.bytes(4)).buffer);
  const { record, arrays } = reader.json(await reader.bytes(length));
  const found: Record<string, CheckpointArray> = {};
  for (const { name, type, length } of arrays) {
    const Type = TYPES[type];
    found[name] = new Type((await reader.bytes(length * Type.BYTES_PER_ELEMENT)).buffer);
  }
  const { sum } = reader;
  const [stored] = new Uint32Array((await reader.bytes(4)).buffer);
  if (stored !== sum) throw reader.damaged();
  return { record, arrays: found };
}

async function openExisting(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  }
}

/** Reads a file from start to end, summing as it goes; never more than is there. */
class CheckedReader {
  /** CRC-32 of what was read. */
  sum = 0;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #left: number;

  constructor(file: Deno.FsFile, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.#left = size;
  }

  async bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(count >= 0 && count <= this.#left)) throw this.damaged();
    this.#left -= count;
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const read = await this.#file.read(bytes.subarray(at));
      if (read === null) throw this.damaged();
      at += read;
    }
    this.sum = crc32(bytes, this.sum);
    return bytes;
  }

  json(bytes: Uint8Array): { record: Checkpoint["record"]; arrays: Listed[] } {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      throw this.damaged();
    }
  }

  damaged(): CorruptDataError {
    const text = `Cannot go on with the result of an earlier step in '${this.#path}' as its checksum must hold: ` +
      "current content is damaged (remove that file and the step is done again)";
    return new CorruptDataError(this.#path, "checksum", text);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: CheckpointArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
