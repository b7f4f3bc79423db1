/**
 * Results of steps in a folder, for those of other processes and later ones.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { CorruptDataError, N4Error } from "../errors.ts";
import { BitFile } from "../intensity/mask/bit_file.ts";
import type { BitVolume } from "../intensity/mask/bit_volume.ts";
import { readFailure, writeFailure } from "../io/files/file_errors.ts";
import { unfinishedName } from "../io/files/whole.ts";
import type { Box, Shape3 } from "../volume.ts";
import { BoxJournal } from "./box_journal.ts";
import { damagedCheckpoint, readCheckpoint, writeCheckpoint } from "./checkpoint_file.ts";
import type { BitsDraft, Checkpoint, CheckpointArray, NewCheckpoint, RunStore } from "./store.ts";

/** Results in a folder that exists. Disposal closes what is open. */
export class FolderStore implements RunStore, Disposable {
  /** The folder. */
  readonly folder: string;
  readonly #open = new Map<string, CheckedBits>();

  /** A store over a folder. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The journal of a part, see {@linkcode BoxJournal.open}; left out: one for this process alone. */
  async openJournal(part?: { readonly name: string; readonly boxVoxels: number }): Promise<BoxJournal> {
    return part ? await BoxJournal.open(this.folder, part.name, part.boxVoxels) : BoxJournal.forgetful();
  }

  async has(name: string): Promise<boolean> {
    try {
      return (await Deno.stat(this.#path(name))).isFile;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return false;
      throw cause;
    }
  }

  async read(name: string): Promise<Checkpoint | undefined> {
    return await readCheckpoint(this.#path(name));
  }

  async write(name: string, checkpoint: NewCheckpoint): Promise<void> {
    await writeCheckpoint(this.#path(name), checkpoint);
  }

  async createBits(name: string, shape: Shape3): Promise<BitsDraft> {
    const path = this.#path(`${name}.bits`);
    const temporary = unfinishedName(path);
    const bits = await BitFile.create(temporary, shape);
    let kept = false;
    return {
      bits,
      keep: async () => {
        await bits.sync();
        // First the sums: whoever sees the bits can hold them against those.
        await this.write(`${name}.sums`, { record: {}, arrays: { planes: sumPlanes(temporary, shape) } });
        try {
          await Deno.rename(temporary, path);
        } catch (cause) {
          throw writeFailure(path, [path], cause);
        }
        kept = true;
      },
      [Symbol.dispose]: () => {
        bits[Symbol.dispose]();
        if (!kept) Deno.removeSync(temporary);
      },
    };
  }

  async openBits(name: string, shape: Shape3): Promise<BitVolume | undefined> {
    const open = this.#open.get(name);
    if (open) return open;
    const path = this.#path(`${name}.bits`);
    try {
      const sums = await this.#readSums(name);
      const bits = await BitFile.open(path, shape);
      const checked = new CheckedBits(bits, sums, this.#path(name), path);
      this.#open.set(name, checked);
      return checked;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      if (cause instanceof N4Error) throw cause;
      // The size is that of another shape.
      throw cause instanceof RangeError ? damagedCheckpoint(this.#path(name), path) : readFailure(path, cause);
    }
  }

  [Symbol.dispose](): void {
    for (const bits of this.#open.values()) bits[Symbol.dispose]();
    this.#open.clear();
  }

  /** Sums of the planes of a mask; none where there are none, so that no plane agrees. */
  async #readSums(name: string): Promise<CheckpointArray> {
    try {
      return (await this.read(`${name}.sums`))?.arrays.planes ?? new Uint32Array(0);
    } catch (cause) {
      if (!(cause instanceof CorruptDataError)) throw cause;
      throw damagedCheckpoint(this.#path(name), cause.path);
    }
  }

  #path(name: string): string {
    return `${this.folder}/${name}`;
  }
}

/** Kept bits; a plane is held against its sum before it is read for the first time. */
class CheckedBits implements BitVolume, Disposable {
  readonly shape: Shape3;
  readonly planeWords: number;
  readonly #bits: BitFile;
  readonly #sums: CheckpointArray;
  readonly #sound = new Set<number>();
  readonly #name: string;
  readonly #path: string;

  /** @param name path of the checkpoint that stands for these bits. */
  constructor(bits: BitFile, sums: CheckpointArray, name: string, path: string) {
    [this.shape, this.planeWords] = [bits.shape, bits.planeWords];
    [this.#bits, this.#sums, this.#name, this.#path] = [bits, sums, name, path];
  }

  readBox(box: Box, out: Uint8Array): Promise<void> {
    this.#check(box.z0, box.z1);
    return this.#bits.readBox(box, out);
  }

  readPacked(z: number, out: Uint32Array): Promise<void> {
    this.#check(z, z + 1);
    return this.#bits.readPacked(z, out);
  }

  writeBox(box: Box, bytes: Uint8Array): Promise<void> {
    return this.#bits.writeBox(box, bytes);
  }

  writePackedBox(box: Box, words: Uint32Array): Promise<void> {
    return this.#bits.writePackedBox(box, words);
  }

  writePacked(z: number, words: Uint32Array): Promise<void> {
    return this.#bits.writePacked(z, words);
  }

  [Symbol.dispose](): void {
    this.#bits[Symbol.dispose]();
  }

  /** @throws {CorruptDataError} when a plane is not as it was kept. */
  #check(z0: number, z1: number): void {
    const left = Array.from({ length: z1 - z0 }, (_, i) => z0 + i).filter((z) => !this.#sound.has(z));
    if (left.length === 0) return;
    using file = Deno.openSync(this.#path);
    for (const z of left) {
      if (sumPlane(file, z, this.shape) !== this.#sums[z]) throw damagedCheckpoint(this.#name, this.#path);
      this.#sound.add(z);
    }
  }
}

/** CRC-32 of every plane of a file of bits. */
function sumPlanes(path: string, shape: Shape3): Uint32Array {
  using file = Deno.openSync(path);
  return Uint32Array.from({ length: shape[0] }, (_, z) => sumPlane(file, z, shape));
}

/** Bytes that are summed at once. */
const SUMMED = 2 ** 20;

function sumPlane(file: Deno.FsFile, z: number, [, ny, nx]: Shape3): number {
  const bytes = BitFile.bytes([1, ny, nx]);
  const buffer = new Uint8Array(Math.min(bytes, SUMMED));
  file.seekSync(bytes * z, Deno.SeekMode.Start);
  let sum = 0;
  for (let left = bytes; left > 0;) {
    const read = file.readSync(buffer.subarray(0, Math.min(left, buffer.length))) ?? 0;
    if (read === 0) return -1;
    sum = crc32(buffer.subarray(0, read), sum);
    left -= read;
  }
  return sum;
}
