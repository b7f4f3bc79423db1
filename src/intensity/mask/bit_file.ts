/**
 * A mask of one bit a voxel in a file, for volumes whose bits do not fit into memory: 7000 x 7000 x 1000 voxels take 6
 * GB.
 *
 * The file is planes of tiles of 256 x 256 bits, 8 KiB each, in C order; a tile is rows of eight little-endian 32-bit
 * words, bit `x & 31` of word `x >> 5` being column x. So a box touches few and whole pages of the file, and a plane is
 * one stretch of it. Every access is one system call at most per tile and never waits for another: boxes may be written
 * in any order.
 *
 * @module
 */

import { checkBox } from "../../io/flow/boxes.ts";
import { writeFailure } from "../../io/files/file_errors.ts";
import { type Box, boxShape, type Shape3, type Triple } from "../../volume.ts";
import {
  type BitVolume,
  checkPackedBox,
  mergeRow,
  packRow,
  unpackRow,
  wordsAcross,
  wordsPerRow,
} from "./bit_volume.ts";

/** Rows and columns of a tile. */
const EDGE = 256;

/** 32-bit words of a row of a tile. */
const ROW_WORDS = EDGE / 32;

/** 32-bit words of a tile. */
const TILE_WORDS = EDGE * ROW_WORDS;

/** What a box and a tile share on one plane. */
interface SharedTile {
  /** First row and column of the tile in the plane. */
  readonly y: number;
  readonly x: number;
  /** Rows and columns that are shared. */
  readonly y0: number;
  readonly y1: number;
  readonly x0: number;
  readonly x1: number;
}

/** Bits in a file; disposal closes it. A write that fails is a `WriteError`, a read one of Deno's errors. */
export class BitFile implements BitVolume, Disposable {
  readonly shape: Shape3;
  readonly planeWords: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #across: number;
  readonly #planeTiles: number;
  readonly #tile = new Uint32Array(TILE_WORDS);

  private constructor(path: string, file: Deno.FsFile, shape: Triple) {
    this.#path = path;
    this.#file = file;
    this.shape = shape;
    this.planeWords = shape[1] * wordsPerRow(shape[2]);
    this.#across = Math.ceil(shape[2] / EDGE);
    this.#planeTiles = Math.ceil(shape[1] / EDGE) * this.#across;
  }

  /** Bytes of the file of a shape. */
  static bytes([nz, ny, nx]: Triple): number {
    return 4 * TILE_WORDS * nz * Math.ceil(ny / EDGE) * Math.ceil(nx / EDGE);
  }

  /**
   * An empty mask in a file, emptied if it exists, which takes room on the disk only where bits are written.
   *
   * @throws {WriteError} when the system does not let us.
   */
  static async create(path: string, shape: Triple): Promise<BitFile> {
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { read: true, write: true, create: true, truncate: true });
      await file.truncate(BitFile.bytes(shape));
      return new BitFile(path, file, shape);
    } catch (cause) {
      file?.close();
      throw writeFailure(path, [path], cause);
    }
  }

  /** The mask in a file, to be read. @throws {RangeError} when the file has the size of another shape. */
  static async open(path: string, shape: Triple): Promise<BitFile> {
    const file = await Deno.open(path);
    const { size } = await file.stat();
    const wanted = BitFile.bytes(shape);
    if (size === wanted) return new BitFile(path, file, shape);
    file.close();
    const rule = `a mask of ${shape.join(" x ")} voxels must have ${wanted} bytes`;
    throw new RangeError(`Cannot read the mask in ${path} as ${rule}: current size is ${size}`);
  }

  readBox(box: Box, out: Uint8Array): Promise<void> {
    checkBox("read", box, this.shape, out.length);
    this.#visit(box, (tile, z) => {
      this.#load(tile, z);
      forEachSharedRow(box, tile, z, (row, offset) => {
        unpackRow(this.#tile, row, tile.x0 - tile.x, out, offset, tile.x1 - tile.x0);
      });
    });
    return Promise.resolve();
  }

  writeBox(box: Box, bytes: Uint8Array): Promise<void> {
    checkBox("write", box, this.shape, bytes.length);
    this.#visit(box, (tile, z) => {
      this.#load(tile, z);
      forEachSharedRow(box, tile, z, (row, offset) => {
        packRow(bytes, offset, tile.x1 - tile.x0, this.#tile, row, tile.x0 - tile.x);
      });
      this.#store(tile, z);
    });
    return Promise.resolve();
  }

  writePackedBox(box: Box, words: Uint32Array): Promise<void> {
    checkPackedBox(box, this.shape, words);
    const across = wordsAcross(box);
    this.#visit(box, (tile, z) => {
      this.#load(tile, z);
      const row = (z - box.z0) * (box.y1 - box.y0) - box.y0;
      for (let y = tile.y0; y < tile.y1; y++) {
        const from = (row + y) * across + (tile.x0 >>> 5) - (box.x0 >>> 5);
        mergeRow(words, from, tile, this.#tile, (y - tile.y) * ROW_WORDS + ((tile.x0 - tile.x) >>> 5));
      }
      this.#store(tile, z);
    });
    return Promise.resolve();
  }

  readPacked(z: number, out: Uint32Array): Promise<void> {
    const stride = wordsPerRow(this.shape[2]);
    this.#visit(this.#planeBox(z), (tile) => {
      this.#load(tile, z);
      const words = Math.min(ROW_WORDS, stride - tile.x / 32);
      for (let y = tile.y0; y < tile.y1; y++) {
        copyWords(this.#tile, (y - tile.y) * ROW_WORDS, out, y * stride + tile.x / 32, words);
      }
    });
    return Promise.resolve();
  }

  writePacked(z: number, words: Uint32Array): Promise<void> {
    const stride = wordsPerRow(this.shape[2]);
    this.#visit(this.#planeBox(z), (tile) => {
      this.#tile.fill(0);
      const count = Math.min(ROW_WORDS, stride - tile.x / 32);
      for (let y = tile.y0; y < tile.y1; y++) {
        copyWords(words, y * stride + tile.x / 32, this.#tile, (y - tile.y) * ROW_WORDS, count);
      }
      this.#store(tile, z);
    });
    return Promise.resolve();
  }

  /** What was written reaches the disk. */
  async sync(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (cause) {
      throw writeFailure(this.#path, [this.#path], cause);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** Calls `work` for every tile that a box touches, plane by plane. */
  #visit(box: Box, work: (tile: SharedTile, z: number) => void): void {
    for (let z = box.z0; z < box.z1; z++) {
      for (let y = box.y0 - box.y0 % EDGE; y < box.y1; y += EDGE) {
        for (let x = box.x0 - box.x0 % EDGE; x < box.x1; x += EDGE) {
          const [y0, x0] = [Math.max(y, box.y0), Math.max(x, box.x0)];
          work({ y, x, y0, y1: Math.min(y + EDGE, box.y1), x0, x1: Math.min(x + EDGE, box.x1) }, z);
        }
      }
    }
  }

  #load(tile: SharedTile, z: number): void {
    const bytes = this.#seek(tile, z);
    for (let at = 0; at < bytes.length;) {
      const read = this.#file.readSync(bytes.subarray(at));
      if (read === null) throw new Deno.errors.UnexpectedEof("the file of mask bits has become shorter");
      at += read;
    }
  }

  #store(tile: SharedTile, z: number): void {
    const bytes = this.#seek(tile, z);
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (cause) {
      throw writeFailure(this.#path, [this.#path], cause);
    }
  }

  /** Goes to a tile's place in the file; returns the buffer's bytes. */
  #seek({ y, x }: SharedTile, z: number): Uint8Array {
    const index = z * this.#planeTiles + (y / EDGE) * this.#across + x / EDGE;
    this.#file.seekSync(4 * TILE_WORDS * index, Deno.SeekMode.Start);
    return new Uint8Array(this.#tile.buffer);
  }

  #planeBox(z: number): Box {
    return { z0: z, z1: z + 1, y0: 0, y1: this.shape[1], x0: 0, x1: this.shape[2] };
  }
}

/** Calls `visit` for the rows that a box and a tile share: where each begins in the tile's words and in the arrays. */
function forEachSharedRow(box: Box, tile: SharedTile, z: number, visit: (row: number, offset: number) => void): void {
  const [, ny, nx] = boxShape(box);
  for (let y = tile.y0; y < tile.y1; y++) {
    visit((y - tile.y) * ROW_WORDS, ((z - box.z0) * ny + y - box.y0) * nx + tile.x0 - box.x0);
  }
}

/** Copies the few words of a row: a call of `set` takes as long as copying a hundred. */
function copyWords(from: Uint32Array, at: number, to: Uint32Array, target: number, count: number): void {
  for (let i = 0; i < count; i++) to[target + i] = from[at + i];
}
