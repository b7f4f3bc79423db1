/**
 * The folder of a run, `OUT.partial`: a lock, what the run is, the results of its steps, and the image that becomes
 * `OUT`. It outlives a process that dies, or is asked to stop once a first step is done, and a later one goes on with
 * it.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { ENDING, holdsResults, RECORD, STEPS } from "../io/files/leftovers.ts";
import { createPartial, joinPartial, type PartialOptions, type PartialOutput } from "../io/files/partial.ts";
import { readText } from "../io/files/text_input.ts";
import { writeNew } from "./checkpoint_file.ts";
import { FolderStore } from "./folder_store.ts";
import { differences, OtherRunError, parseRecord, type RunRecord } from "./run_record.ts";

/** An output of a run that is made beside its folder. */
interface Beside {
  keep(): void;
}

/** The folder of a run, locked. */
export class RunFolder implements AsyncDisposable {
  /** Final path of the output. */
  readonly output: string;
  /** The folder: `OUT.partial`. */
  readonly path: string;
  /** The same, to make images in. */
  readonly partial: PartialOutput;
  readonly #stores: FolderStore[] = [];
  readonly #beside: Beside[] = [];
  #keeps = false;

  private constructor(partial: PartialOutput) {
    this.output = partial.path;
    this.path = partial.partialPath;
    this.partial = partial;
  }

  /**
   * Opens the folder for a whole run; nobody else may be at work in it.
   *
   * @throws {WriteError} as {@linkcode createPartial} does.
   */
  static async open(output: string, options: PartialOptions): Promise<RunFolder> {
    return new RunFolder(await createPartial(output, options));
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
    const isRun = real?.endsWith(".partial") &&
      (await exists(`${real}/${RECORD}`) || await exists(`${real}/${ENDING}`));
    if (real === undefined || !isRun) {
      const rule = "it must be the folder OUT.partial of a run that 'n4 plan IN OUT' or 'n4 correct IN OUT' began";
      throw new InputError(path, `Cannot do a step in '${path}' as ${rule}: there is none`);
    }
    const folder = new RunFolder(await joinPartial(real.slice(0, -".partial".length), exclusive));
    folder.keep();
    return folder;
  }

  /**
   * What the run is; `undefined` where it is a new one.
   *
   * @throws {WriteError | InputError} when it is damaged, or cannot be read.
   */
  async record(): Promise<RunRecord | undefined> {
    const path = `${this.path}/${RECORD}`;
    return await this.isBegun() ? parseRecord(await readText(path), path) : undefined;
  }

  /** Whether it says what the run is, be it damaged or not. */
  async isBegun(): Promise<boolean> {
    return await exists(`${this.path}/${RECORD}`);
  }

  /** Refuses to go on with another run than the one that was begun. @throws {WriteError} telling what has changed. */
  demandSame(before: RunRecord, now: RunRecord): void {
    const changed = differences(before, now);
    if (changed.length === 0) return;
    const rule = `Cannot go on with the run in ${this.path} as nothing that its result depends on may have changed`;
    const way = "go on as it was begun, or give option 'overwrite' without option 'resume' to begin anew";
    throw new OtherRunError(this.output, `${rule}: ${changed.join("; ")} (${way})`);
  }

  /** Begins the run, or goes on with it. @throws {WriteError} telling what has changed. */
  async begin(record: RunRecord, volumes: number): Promise<RunRecord> {
    const before = await this.record();
    if (before) this.demandSame(before, record);
    for (let i = 0; i < volumes; i++) await makeFolder(this.#folderOf(i));
    if (before) return before;
    await writeNew(`${this.path}/${RECORD}`, [new TextEncoder().encode(JSON.stringify(record, null, 2) + "\n")]);
    return record;
  }

  /** Results of the steps of a fitted volume, by its place among those. */
  store(index: number): FolderStore {
    return this.#stores[index] ??= new FolderStore(this.#folderOf(index));
  }

  /** Whether a step has been done. */
  async hasResults(): Promise<boolean> {
    return await holdsResults(this.path);
  }

  /**
   * Takes care of an output that is made beside the folder, in a partial output of its own: it stays and goes with the
   * folder.
   */
  add(output: Beside): void {
    this.#beside.push(output);
    if (this.#keeps) output.keep();
  }

  /** Leaves the folder for a later process. */
  keep(): void {
    this.#keeps = true;
    for (const output of [this.partial, ...this.#beside]) output.keep();
  }

  /** Removes the folder: the output is in place. */
  async remove(): Promise<void> {
    this.#close();
    await this.partial.finish();
  }

  /** Leaves the folder if it is to be kept, else removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.partial[Symbol.asyncDispose]();
  }

  #close(): void {
    for (const store of this.#stores) store?.[Symbol.dispose]();
    this.#stores.length = 0;
  }

  #folderOf(index: number): string {
    const steps = `${this.path}/${STEPS}`;
    return index === 0 ? steps : `${steps}/volume-${index}`;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
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
