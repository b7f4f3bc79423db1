/**
 * A Zarr hierarchy in a zip file (`.ome.zarr.zip`), read in place: the directory once, then each chunk by seek. Nothing
 * is unpacked to disk, and no more than one entry at a time is in memory for a reader.
 *
 * Bytes are checked against the archive's CRC-32 besides what Zarr's own codecs check. Of a shard, which is read in
 * parts, the whole is checked once, when its first part is asked for. A shard that is deflated cannot be read in parts:
 * it is inflated whole, up to {@linkcode MOST_INFLATED}.
 *
 * @module
 */

import { crc32, inflateRawSync } from "node:zlib";
import { longestEncoding } from "../codecs/codecs.ts";
import { inOneGo, MAX_INFLATION } from "../codecs/in_one_go.ts";
import { DamagedBytesError, messageOf, openFailure } from "../files/file_errors.ts";
import { blobFile, openAgain, type OpenedFile } from "../files/readable.ts";
import { checkLength, piecesBy, rangeStart, type ReadAt, withFile, type ZarrStore } from "../zarr/store.ts";
import { readZipDirectory, type ZipDirectory, type ZipPlace } from "./directory.ts";
import { DEFLATED, LOCAL_HEADER, LOCAL_LENGTH } from "./format.ts";

/** Longest deflated entry that is read in parts, inflated bytes. */
const MOST_INFLATED = 64 * 2 ** 20;
/** Bytes that are checked at once. */
const PIECE = 2 ** 20;

/**
 * The zip file that a path leads into, and the path inside of it: of `a.ome.zarr.zip/labels/tissue` what stands before
 * and after the first `/` that follows `.zip` or `.ozx`. `undefined` where there is none.
 */
export function splitZipPath(path: string): { archive: string; inside: string } | undefined {
  const [, archive, inside] = /^(.*?\.(?:zip|ozx))\/+(?:(.*?)\/*)?$/i.exec(`${path}/`) ?? [];
  return archive === undefined ? undefined : { archive, inside: inside ?? "" };
}

/** Whether a path names a zip file. */
export function isZipName(path: string): boolean {
  return /\.zip\/*$/i.test(path) || isOzxName(path);
}

/** Whether a path names a single-file OME-Zarr as RFC-9 has it. */
export function isOzxName(path: string): boolean {
  return /\.ozx\/*$/i.test(path);
}

/** A Zarr hierarchy in a zip file. */
export class ZipStore implements ZarrStore {
  readonly path: string;
  readonly container: string;
  readonly #archive: string;
  readonly #directory: ZipDirectory;
  readonly #root: string;
  readonly #size: number;
  /** Opens the archive once more. */
  readonly #open: () => Promise<OpenedFile>;
  /** Entries whose every byte has been checked, by name. */
  readonly #checked = new Map<string, Promise<void>>();
  /** The deflated entry that was read in parts last. */
  #inflated: { readonly key: string; readonly bytes: Promise<Uint8Array> } | undefined;

  private constructor(
    archive: string,
    inside: string,
    directory: ZipDirectory,
    size: number,
    open: () => Promise<OpenedFile>,
  ) {
    const root = rootOfZip(directory.keys());
    this.path = inside === "" ? archive : `${archive}/${inside}`;
    this.#open = open;
    this.#archive = archive;
    this.container = root === "" ? "zip" : `zip, in folder '${root.slice(0, -1)}'`;
    this.#directory = directory;
    this.#root = inside === "" ? root : `${root}${inside}/`;
    this.#size = size;
  }

  /**
   * Reads the directory of a zip file. The hierarchy may lie at its root or in a folder.
   *
   * @param inside Path of a group below the root of the hierarchy, such as `labels/tissue`; empty for the root itself.
   * @param blob its bytes; left out: those of the file at `path`.
   * @throws {InputError} when it cannot be read, is no zip file, or is not to be trusted.
   */
  static async open(path: string, inside = "", blob?: Blob): Promise<ZipStore> {
    try {
      const open = blob ? () => Promise.resolve(blobFile(blob)) : await openAgain(path);
      return await withFile(path, async (read, size) => {
        const directory = await readZipDirectory(size, read);
        return new ZipStore(path, inside, directory, size, open);
      }, open);
    } catch (cause) {
      if (!(cause instanceof DamagedBytesError)) throw cause;
      throw openFailure(path, cause.message, cause);
    }
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    const place = this.#directory.get(this.#root + key);
    if (place === undefined) return undefined;
    checkLength(place.size, most);
    return await this.#readWhole(key, place);
  }

  async readRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const place = this.#directory.get(this.#root + key);
    if (place === undefined) return undefined;
    const start = rangeStart(offset, length, place.size);
    if (place.method === DEFLATED) return (await this.#inflate(key, place)).subarray(start, start + length);
    await this.#check(key, place);
    return await this.#withEntry(key, place, (read) => read(start, length));
  }

  /** What is deflated is inflated whole. */
  async pieces(key: string, most: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const place = this.#directory.get(this.#root + key);
    if (place === undefined) return undefined;
    const size = checkLength(place.size, most);
    if (place.method !== DEFLATED) return piecesBy(size, (offset, length) => this.readRange(key, offset, length));
    const bytes = await this.#readWhole(key, place);
    return piecesBy(size, (offset, length) => bytes.subarray(offset, offset + length));
  }

  /** The keys of all files; those outside of the hierarchy begin with `../`. */
  *keys(): Generator<string> {
    for (const name of this.#directory.keys()) {
      yield name.startsWith(this.#root) ? name.slice(this.#root.length) : `../${name}`;
    }
  }

  async *list(path: string): AsyncGenerator<string> {
    const above = path === "" ? this.#root : `${this.#root}${path}/`;
    for (const name of this.#directory.keys()) if (name.startsWith(above)) yield name.slice(this.#root.length);
  }

  /** All bytes of an entry, inflated and checked. */
  #readWhole(key: string, place: ZipPlace): Promise<Uint8Array> {
    if (place.stored > longestEncoding(["gzip"], place.size)) {
      const rule = `a deflated entry must be hardly longer than its ${place.size} bytes are`;
      throw new DamagedBytesError(`${rule}: current length is ${place.stored}`);
    }
    return this.#withEntry(key, place, async (read) => {
      const stored = await read(0, place.stored);
      const bytes = place.method === DEFLATED ? inflate(stored, place.size) : stored;
      checkCrc(place, crc32(bytes));
      return bytes;
    });
  }

  #inflate(key: string, place: ZipPlace): Promise<Uint8Array> {
    if (place.size > MOST_INFLATED) {
      const rule = `a shard of more than ${MOST_INFLATED} bytes must be stored, not deflated, to be read in parts`;
      throw new DamagedBytesError(`${rule} (pack it again with 'zip -0'): current length is ${place.size}`);
    }
    if (this.#inflated?.key !== key) this.#inflated = { key, bytes: this.#readWhole(key, place) };
    return this.#inflated.bytes;
  }

  /** Compares the checksum of a stored entry, once. */
  #check(key: string, place: ZipPlace): Promise<void> {
    let checked = this.#checked.get(key);
    if (checked === undefined) {
      checked = this.#withEntry(key, place, async (read) => {
        let crc = 0;
        for (let at = 0; at < place.size; at += PIECE) {
          crc = crc32(await read(at, Math.min(PIECE, place.size - at)), crc);
        }
        checkCrc(place, crc);
      });
      this.#checked.set(key, checked);
    }
    return checked;
  }

  /** Calls `use` with a reader of an entry's stored bytes, offsets from its own first one. */
  #withEntry<T>(key: string, place: ZipPlace, use: (read: ReadAt) => Promise<T>): Promise<T> {
    return withFile(this.#archive, async (read, size) => {
      if (size !== this.#size) {
        throw new DamagedBytesError(
          `its archive must stay as it was opened: its length was ${this.#size}, now ${size}`,
        );
      }
      const start = await dataStart(this.#root + key, place, read);
      return await use((offset, length) => read(start + offset, length));
    }, this.#open);
  }
}

/** Where an entry's bytes start; its local header must say what the directory says. */
async function dataStart(name: string, place: ZipPlace, read: ReadAt): Promise<number> {
  const bytes = await read(place.offset, LOCAL_LENGTH + place.nameLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const agrees = view.getUint32(0, true) === LOCAL_HEADER && view.getUint16(8, true) === place.method &&
    view.getUint16(26, true) === place.nameLength && new TextDecoder().decode(bytes.subarray(LOCAL_LENGTH)) === name;
  const start = place.offset + LOCAL_LENGTH + place.nameLength + view.getUint16(28, true);
  if (!agrees || start + place.stored > place.end) {
    throw new DamagedBytesError(
      `its zip entry must begin with the header that the directory describes: there is another at ${place.offset}`,
    );
  }
  return start;
}

function inflate(stored: Uint8Array, size: number): Uint8Array {
  let result: { buffer: Uint8Array; engine: { bytesWritten: number } };
  try {
    // No entry inflates to more, whatever its size says. With `info` the result is not the bytes alone.
    const most = Math.min(size, MAX_INFLATION * stored.length);
    const options = { maxOutputLength: Math.max(1, size), info: true, ...inOneGo(most) };
    result = inflateRawSync(stored, options) as unknown as typeof result;
  } catch (cause) {
    const rule = `its zip entry must be deflate data of ${size} bytes`;
    throw new DamagedBytesError(`${rule}: current answer of the decoder is ${messageOf(cause)}`, { cause });
  }
  const { buffer, engine: { bytesWritten } } = result;
  if (buffer.length === size && bytesWritten === stored.length) {
    return new Uint8Array(buffer.buffer, buffer.byteOffset, size);
  }
  const current = `current length is ${buffer.length}, of ${bytesWritten} of ${stored.length} bytes`;
  throw new DamagedBytesError(`its zip entry must inflate to ${size} bytes: ${current}`);
}

function checkCrc({ crc }: ZipPlace, computed: number): void {
  if (crc === computed) return;
  const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
  throw new DamagedBytesError(`its zip entry's CRC-32 must be ${hex(crc)}: current value is ${hex(computed)}`);
}

/** Files that every Zarr group or array has one of. */
const METADATA = /(?:^|\/)(?:zarr\.json|\.zgroup|\.zarray|\.zattrs)$/;

/**
 * What stands before the keys of the hierarchy: nothing, or a path that ends in `/`. It is where the metadata lie that
 * are least deep.
 *
 * @throws {DamagedBytesError} when several folders are as good.
 */
function rootOfZip(names: Iterable<string>): string {
  let roots = new Set<string>();
  let depth = Infinity;
  for (const name of names) {
    if (!METADATA.test(name)) continue;
    const root = name.slice(0, name.lastIndexOf("/") + 1);
    const own = root.split("/").length;
    if (own < depth) [roots, depth] = [new Set(), own];
    if (own === depth) roots.add(root);
  }
  if (roots.size <= 1) return [...roots][0] ?? "";
  const some = [...roots].sort().slice(0, 3).map((root) => `'${root.slice(0, -1)}'`);
  throw new DamagedBytesError(`it must hold one image: current count is ${roots.size}, in ${some.join(", ")}`);
}
