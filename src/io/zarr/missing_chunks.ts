/**
 * Chunks of an array that were looked for and are not stored. A store may leave out chunks that hold its fill value,
 * so one that is missing is no error; but a copy that broke off, and names that were written with another separator,
 * look the same. So they are counted, and where none of an array is stored at all that is an error.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { product, type ZarrArray } from "./array.ts";
import type { ZarrStore } from "./store.ts";

/** Bits of a page; pages are made as chunks of theirs turn out to be missing. */
const PAGE_BITS = 2 ** 16;
const METADATA = /(?:^|\/)(?:zarr\.json|\.zarray|\.zattrs|\.zgroup|\.zmetadata)$/;

/** The missing chunks of one array. */
export class MissingChunks {
  /** Chunks that were looked for and are not stored, each once. */
  count = 0;
  /** Chunks that the array has. */
  readonly total: number;
  readonly #store: ZarrStore;
  readonly #path: string;
  readonly #array: ZarrArray;
  readonly #grid: readonly number[];
  readonly #pages = new Map<number, Uint8Array>();
  #checked: Promise<void> | undefined;

  /** Those of the array at `path` of a store. */
  constructor(store: ZarrStore, path: string, array: ZarrArray) {
    this.#store = store;
    this.#path = path;
    this.#array = array;
    this.#grid = array.shape.map((size, axis) => Math.ceil(size / array.chunk.shape[axis]));
    this.total = product(this.#grid);
  }

  /**
   * Counts a chunk.
   *
   * @param coordinates Place in the grid of chunks.
   * @throws {InputError} when the array has no chunk at all.
   */
  async add(coordinates: readonly number[]): Promise<void> {
    const index = coordinates.reduce((sum, at, axis) => sum * this.#grid[axis] + at, 0);
    const page = Math.floor(index / PAGE_BITS);
    const bits = this.#pages.get(page) ?? new Uint8Array(PAGE_BITS / 8);
    this.#pages.set(page, bits);
    const [byte, bit] = [(index % PAGE_BITS) >> 3, 1 << (index & 7)];
    if ((bits[byte] & bit) === 0) this.count++;
    bits[byte] |= bit;
    if (this.#store.list || this.count === this.total) await (this.#checked ??= this.#demandSome());
  }

  /** Looks for one; where keys cannot be listed, none is known when all have been looked for. */
  async #demandSome(): Promise<void> {
    let other: string | undefined;
    for await (const key of this.#store.list?.(this.#path) ?? []) {
      if (METADATA.test(key)) continue;
      if (isChunk(key.slice(this.#path.length + 1), this.#array)) return;
      other ??= key;
    }
    // All of it may be one value.
    if (other === undefined && this.#array.fillValue !== 0) return;
    const { zarrFormat, separator, keyOf, shape } = this.#array;
    const { path } = this.#store;
    const by = zarrFormat === 2 ? "dimension_separator" : "separator of chunk_key_encoding";
    const wanted = `'${this.#path}/${keyOf(shape.map(() => 0))}' was looked for ('${separator}' by its ${by})`;
    const found = other === undefined ? "nothing lies there" : `'${other}' lies there`;
    const rule = `a chunk of '${this.#path}' must be stored`;
    throw new InputError(path, `Cannot read '${path}' as ${rule}: ${wanted}, ${found}`);
  }
}

/** Whether a key names a file of the array's grid. */
function isChunk(key: string, { keyOf }: ZarrArray): boolean {
  return keyOf((key.match(/\d+/g) ?? []).map(Number)) === key;
}
