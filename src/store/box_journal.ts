/**
 * Which boxes of a part of the image have been written, so that a run that was ended goes on where it was, and what
 * storing them did to the values, so that its counts are those of an undisturbed run. A line is added after a box's
 * files carry their names; it begins with a CRC-32 of the journal's name and of the rest of the line, and where that
 * does not hold the box is written again.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { writeFully } from "../io/files/whole.ts";
import type { PassJournal } from "../io/flow/passes.ts";
import type { Box, StorageCounts } from "../volume.ts";
import { addBoxCounts, type BoxCounts, noBoxCounts } from "./box_counts.ts";

/** A box that was written. */
interface Written extends BoxCounts {
  /** `z0 z1 y0 y1 x0 x1`. */
  readonly box: string;
}

/** The first line. */
interface Head {
  /** Most voxels of a box, as the journal's are cut. */
  readonly boxVoxels: number;
}

/** A journal's own file. */
interface Opened {
  readonly path: string;
  readonly file: Deno.FsFile;
  /** What the journal is of. */
  readonly name: string;
}

/**
 * A journal in a folder. Processes that do the same part at once have a file each; what one has written the others see
 * when they begin.
 */
export class BoxJournal implements PassJournal, Disposable {
  /** Most voxels of a box, as the journal's are cut; left out: any size. */
  readonly boxVoxels: number | undefined;
  readonly #opened: Opened | undefined;
  readonly #written: Map<string, Written>;
  readonly #nonFinite = new Map<string, number>();

  private constructor(
    opened: Opened | undefined,
    boxVoxels: number | undefined,
    written: Map<string, Written>,
  ) {
    this.#opened = opened;
    this.boxVoxels = boxVoxels;
    this.#written = written;
  }

  /** A journal for one process alone: it counts, and nobody finds it later. */
  static forgetful(): BoxJournal {
    return new BoxJournal(undefined, undefined, new Map());
  }

  /**
   * Opens the journal of a part.
   *
   * @param boxVoxels most voxels of a box that memory holds now; where boxes were cut smaller before they stay so,
   * where they were larger the part is done anew.
   * @throws {WriteError} when the system does not let us write.
   */
  static async open(folder: string, name: string, boxVoxels: number): Promise<BoxJournal> {
    const lines = new Map<number, Map<string, Written>>();
    for (const [head, ...rest] of await readJournals(folder, name)) {
      const size = (head as Partial<Head> | undefined)?.boxVoxels;
      if (size === undefined || size > boxVoxels) continue;
      const found = lines.get(size) ?? new Map<string, Written>();
      for (const line of rest as (Head | Written)[]) if ("box" in line) found.set(line.box, line);
      lines.set(size, found);
    }
    const most = (a: number, b: number) => (lines.get(b)?.size ?? 0) > (lines.get(a)?.size ?? 0) ? b : a;
    const size = [...lines.keys()].reduce(most, boxVoxels);
    const path = `${folder}/${name}.journal.${crypto.randomUUID()}`;
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { append: true, createNew: true });
      const journal = new BoxJournal({ path, file, name }, size, lines.get(size) ?? new Map());
      await journal.#append({ boxVoxels: size });
      return journal;
    } catch (cause) {
      file?.close();
      throw cause instanceof WriteError ? cause : writeFailure(path, [path], cause);
    }
  }

  has(box: Box): boolean {
    return this.#written.has(keyOf(box));
  }

  /** Called before a box is written with how many of its voxels were not finite. */
  noteNonfinite(box: Box, count: number): void {
    this.#nonFinite.set(keyOf(box), count);
  }

  async done(box: Box, counts: StorageCounts): Promise<void> {
    const key = keyOf(box);
    const written = { box: key, ...counts, nonFiniteInput: this.#nonFinite.get(key) ?? 0 };
    this.#written.set(key, written);
    await this.#append(written);
  }

  /** What writing did to the values of all boxes together. */
  counts(): BoxCounts {
    const all = noBoxCounts();
    for (const written of this.#written.values()) addBoxCounts(all, written);
    return all;
  }

  [Symbol.dispose](): void {
    this.#opened?.file.close();
  }

  /**
   * One call of the system, so that a line is there whole or not at all; a last line without its end is left out when
   * it is read.
   */
  async #append(line: Head | Written): Promise<void> {
    if (this.#opened === undefined) return;
    const { path, file, name } = this.#opened;
    const bytes = new TextEncoder().encode(formatLine(line, name) + "\n");
    try {
      await writeFully(file, bytes);
    } catch (cause) {
      throw writeFailure(path, [path], cause);
    }
  }
}

/** The lines of every journal of that name, in each up to the first that is damaged or cut. */
async function readJournals(folder: string, name: string): Promise<unknown[][]> {
  const journals: unknown[][] = [];
  for await (const { name: entry, isFile } of Deno.readDir(folder)) {
    if (!isFile || !entry.startsWith(`${name}.journal.`)) continue;
    const lines = (await Deno.readTextFile(`${folder}/${entry}`)).split("\n").slice(0, -1);
    const damaged = lines.findIndex((line) => !holds(line, name));
    journals.push(
      lines.slice(0, damaged < 0 ? lines.length : damaged).map((line) => JSON.parse(line.slice(SUM_DIGITS))),
    );
  }
  return journals;
}

/** Digits of a line's checksum, and the space after it. */
const SUM_DIGITS = 9;

function formatLine(line: Head | Written, name: string): string {
  const text = JSON.stringify(line);
  return `${sumOf(text, name)} ${text}`;
}

function holds(line: string, name: string): boolean {
  return line.slice(0, SUM_DIGITS) === `${sumOf(line.slice(SUM_DIGITS), name)} `;
}

function sumOf(text: string, name: string): string {
  return crc32(text, crc32(name)).toString(16).padStart(8, "0");
}

function keyOf({ z0, z1, y0, y1, x0, x1 }: Box): string {
  return [z0, z1, y0, y1, x0, x1].join(" ");
}
