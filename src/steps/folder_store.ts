/**
 * Results of steps in a folder, for those of other processes and later ones.
 *
 * @module
 */

import { BitFile } from "../intensity/bit_file.ts";
import type { BitVolume } from "../intensity/bit_volume.ts";
import type { Shape3 } from "../volume.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint_file.ts";
import type { BitsDraft, Checkpoint, RunStore } from "./store.ts";

/** Results in a folder that exists. Disposal closes what is open. */
export class FolderStore implements RunStore, Disposable {
  /** The folder. */
  readonly folder: string;
  readonly #open = new Map<string, BitFile>();

  /** A store over a folder. */
  constructor(folder: string) {
    this.folder = folder;
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

  async write(name: string, checkpoint: Checkpoint): Promise<void> {
    await writeCheckpoint(this.#path(name), checkpoint);
  }

  async createBits(name: string, shape: Shape3): Promise<BitsDraft> {
    const temporary = `${this.#path(name)}.${crypto.randomUUID()}.tmp`;
    const bits = await BitFile.create(temporary, shape);
    let kept = false;
    return {
      bits,
      keep: async () => {
        await bits.sync();
        await Deno.rename(temporary, this.#path(`${name}.bits`));
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
    try {
      const bits = await BitFile.open(this.#path(`${name}.bits`), shape);
      this.#open.set(name, bits);
      return bits;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw cause;
    }
  }

  [Symbol.dispose](): void {
    for (const bits of this.#open.values()) bits[Symbol.dispose]();
    this.#open.clear();
  }

  #path(name: string): string {
    return `${this.folder}/${name}`;
  }
}
