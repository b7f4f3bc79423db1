/**
 * A disk of a chosen size: a file system in memory, mounted for a test, which takes root. Its room can be changed while files lie on it.
 *
 * @module
 */

import assert from "node:assert/strict";

/** How much a disk holds. */
export interface DiskRoom {
  /** Bytes of files, rounded up to whole pages of 4 KiB. */
  readonly bytes?: number;
  /** Files and folders, the root among them. */
  readonly files?: number;
}

/** Room that no test fills. */
const PLENTY = { bytes: 64 * 2 ** 20, files: 100_000 } as const;

/** A mounted file system; disposal unmounts and removes it. */
export class SmallDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Mounts one with plenty of room. */
  static async mount(): Promise<SmallDisk> {
    const path = await Deno.makeTempDir();
    const failure = await system("mount", ["-t", "tmpfs", "-o", optionsOf({}), "tmpfs", path]);
    if (failure === undefined) return new SmallDisk(path);
    await Deno.remove(path);
    throw new Error(`Cannot mount a small disk as this takes root: ${failure}`);
  }

  /** Changes its room; what is left out is plenty. */
  async resize(room: DiskRoom): Promise<void> {
    assert.equal(await system("mount", ["-o", `remount,${optionsOf(room)}`, this.path]), undefined);
  }

  /** Removes every file and changes its room. */
  async clear(room: DiskRoom = {}): Promise<void> {
    for await (const { name } of Deno.readDir(this.path)) {
      await Deno.remove(`${this.path}/${name}`, { recursive: true });
    }
    await this.resize(room);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assert.equal(await system("umount", [this.path]), undefined);
    await Deno.remove(this.path);
  }
}

/** Why no small disk can be had here; undefined where one can, or must, as `N4_REQUIRE` names `full-disk`. */
export const diskMissing: string | undefined = await whyMissing();

async function whyMissing(): Promise<string | undefined> {
  if (Deno.env.get("N4_REQUIRE")?.split(",").includes("full-disk")) return undefined;
  try {
    await using _disk = await SmallDisk.mount();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function optionsOf({ bytes = PLENTY.bytes, files = PLENTY.files }: DiskRoom): string {
  return `size=${bytes},nr_inodes=${files}`;
}

/** Runs a program; what it complains of, where it fails. */
async function system(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return String(error);
  }
}
