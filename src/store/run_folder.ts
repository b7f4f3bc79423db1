/**
 * The folder of a run, `OUT.partial`: a lock, what the run is, the results of its steps, and the image that becomes `OUT`. It outlives a process that dies, or is told to
 * stop once a first step is done, and a later one goes on with it.
 *
 * @module
 */

import { InputError, N4Error, WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { namesOf } from "../io/files/output_guard.ts";
import { createPartial, PartialOutput } from "../io/files/partial.ts";
import { removeAny } from "../io/files/place.ts";
import { readText } from "../io/files/text_input.ts";
import { writeNew } from "./checkpoint_file.ts";
import { FolderStore } from "./folder_store.ts";
import { lockFolder } from "./run_lock.ts";
import { differences, parseRecord, type RunRecord } from "./run_record.ts";

/** How a run's folder is opened. */
interface RunFolderOptions {
  /** What the output is. */
  readonly kind: "file" | "directory";
  /** Whether an existing output, or an unfinished run, may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive. */
  readonly inputs: readonly string[];
  /** Whether an unfinished run is gone on with. */
  readonly resume: boolean;
}

/** The folder of a run, locked. */
export class RunFolder implements AsyncDisposable {
  /** Final path of the output. */
  readonly output: string;
  /** The folder: `OUT.partial`. */
  readonly path: string;
  /** The same, to make images in. */
  readonly partial: PartialOutput;
  readonly #lock: Deno.FsFile;
  readonly #stores: FolderStore[] = [];
  /** What is made beside the folder, for as long as it has no name. */
  readonly #beside: string[] = [];
  #keeps = false;

  private constructor(partial: PartialOutput, lock: Deno.FsFile) {
    this.output = partial.path;
    this.path = partial.partialPath;
    this.partial = partial;
    this.#lock = lock;
  }

  /**
   * Opens the folder for a whole run; nobody else may be at work in it.
   *
   * @throws {WriteError} when the output may not be written, another run is at work, or an unfinished one may neither be gone on with nor replaced.
   */
  static async open(output: string, options: RunFolderOptions): Promise<RunFolder> {
    const partial = await createPartial(output, { ...options, folder: true, resume: true });
    partial.keep(); // It may be another's until it is locked.
    try {
      const folder = new RunFolder(partial, await lockFolder(partial.partialPath, partial.path, true));
      try {
        await folder.#prepare(options);
      } catch (error) {
        folder.#lock.close();
        throw error;
      }
      return folder;
    } catch (cause) {
      // Where not even a lock could be made the folder is empty; else it stays.
      await Deno.remove(partial.partialPath).catch(() => {});
      throw cause instanceof N4Error ? cause : writeFailure(output, [output, partial.partialPath], cause);
    }
  }

  /**
   * Opens the folder of a run that was planned, for one of its steps.
   *
   * @param exclusive whether nobody else may be at work in it.
   * @throws {InputError} when there is no such run.
   */
  static async join(path: string, exclusive: boolean): Promise<RunFolder> {
    const given = path.replace(/(?<=.)\/+$/, "");
    const real = await Deno.realPath(given).catch(() => undefined);
    if (real === undefined || !real.endsWith(".partial") || !await exists(`${real}/run.json`)) {
      const rule = "it must be the folder OUT.partial of a run that 'n4 plan IN OUT' or 'n4 correct IN OUT' began";
      throw new InputError(path, `Cannot do a step in '${path}' as ${rule}: there is none`);
    }
    const output = real.slice(0, -".partial".length);
    const partial = new PartialOutput(output, { kind: "file", folder: true, overwrite: true, inputs: [] });
    partial.keep();
    const folder = new RunFolder(partial, await lockFolder(real, output, exclusive));
    folder.#keeps = true;
    return folder;
  }

  /**
   * What the run is; `undefined` where it is a new one.
   *
   * @throws {WriteError | InputError} when it is damaged, or cannot be read.
   */
  async record(): Promise<RunRecord | undefined> {
    const path = `${this.path}/run.json`;
    return await exists(path) ? parseRecord(await readText(path), path) : undefined;
  }

  /** Refuses to go on with another run than the one that was begun. @throws {WriteError} telling what has changed. */
  demandSame(before: RunRecord, now: RunRecord): void {
    const changed = differences(before, now);
    if (changed.length === 0) return;
    const rule = `Cannot go on with the run in ${this.path} as nothing that its result depends on may have changed`;
    throw new WriteError(this.output, `${rule}: ${changed.join("; ")}`);
  }

  /** Begins the run, or goes on with it. @throws {WriteError} telling what has changed. */
  async begin(record: RunRecord, volumes: number): Promise<RunRecord> {
    const before = await this.record();
    if (before) this.demandSame(before, record);
    for (let i = 0; i < volumes; i++) await makeFolder(this.#folderOf(i));
    if (before) return before;
    await writeNew(`${this.path}/run.json`, [new TextEncoder().encode(JSON.stringify(record, null, 2) + "\n")]);
    return record;
  }

  /** Results of the steps of a fitted volume, by its place among those. */
  store(index: number): FolderStore {
    return this.#stores[index] ??= new FolderStore(this.#folderOf(index));
  }

  /** Whether a step has been done. */
  async hasResults(): Promise<boolean> {
    return await holdsResults(`${this.path}/steps`);
  }

  /** Names an output that is made beside the folder, at its own `.partial`: it stays and goes with the folder. */
  add(output: string): void {
    this.#beside.push(namesOf(output).partial);
  }

  /** Leaves the folder for a later process. */
  keep(): void {
    this.#keeps = true;
  }

  /** Removes the folder: the output is in place, or nothing in it is of use. */
  async remove(): Promise<void> {
    this.#close();
    await removeAny(this.path);
    this.#keeps = true;
  }

  /** Leaves the folder if it is to be kept, else removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#keeps) {
      for (const path of [...this.#beside, this.path]) await removeAny(path).catch(() => {});
    }
    this.#close();
  }

  #close(): void {
    for (const store of this.#stores) store?.[Symbol.dispose]();
    this.#stores.length = 0;
    try {
      this.#lock.close();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.BadResource)) throw cause; // It was closed before.
    }
  }

  #folderOf(index: number): string {
    return index === 0 ? `${this.path}/steps` : `${this.path}/steps/volume-${index}`;
  }

  /** Makes room for a new run, unless there is one to go on with. */
  async #prepare({ resume, overwrite }: RunFolderOptions): Promise<void> {
    if (resume && await this.record()) return;
    if (!overwrite && !resume && await this.hasResults()) {
      const { partial } = namesOf(this.output);
      const rule = `${partial} holds an unfinished run: give --resume to go on with it or --overwrite to begin anew`;
      throw new WriteError(this.output, `Cannot write ${this.output} as ${rule}`);
    }
    for await (const { name } of Deno.readDir(this.path)) if (name !== "lock") await removeAny(`${this.path}/${name}`);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

async function holdsResults(path: string): Promise<boolean> {
  try {
    for await (const { name, isFile } of Deno.readDir(path)) {
      if (isFile ? !name.endsWith(".tmp") : await holdsResults(`${path}/${name}`)) return true;
    }
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return false;
    throw cause;
  }
}
