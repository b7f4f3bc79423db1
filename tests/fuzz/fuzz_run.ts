/**
 * Runs cases one after the other: writes the files, hands them to the worker under watch, and holds time, memory and what is left behind to their bounds.
 *
 * @module
 */

import type { Case } from "./case.ts";
import { writeTree } from "./folders.ts";
import { type Watched, WatchedWorker } from "./watched_worker.ts";

/** Longest time that a case may take, ms. */
const MOST_TIME = 5000;
/** Largest single array that any case may ask for: what the memory limit of its plan leaves beside the program itself, bytes. */
const MOST_ALLOCATION = 2 ** 27;

/** What a case came to. */
export interface CaseResult extends Watched {
  /** What is wrong; left out: nothing. */
  readonly problem?: string;
}

/** A run over a folder of its own. */
export class FuzzRun {
  readonly #input: string;
  /** Folder that cases may write, empty between them. */
  readonly output: string;
  readonly #worker: WatchedWorker;

  /** `folder` is empty and may be written. */
  constructor(folder: string, mostTime = MOST_TIME) {
    this.#input = `${folder}/in`;
    this.output = `${folder}/out`;
    Deno.mkdirSync(this.output);
    const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    this.#worker = new WatchedWorker(this.#input, this.output, cache, mostTime);
  }

  /** Whether a case has taken the worker with it: a thread that is busy cannot be ended, so that no more cases should run beside it. */
  get lost(): boolean {
    return this.#worker.lost;
  }

  /** Runs a case. */
  async run({ files, seed, check, checkSeed }: Case): Promise<CaseResult> {
    await writeTree(this.#input, files);
    const { open, name: seedName } = seed;
    const valid = seed.files.get(open) ?? new Uint8Array(0);
    const job = { check, checkSeed, open, seedName, valid, input: this.#input, output: this.output };
    const result = await this.#worker.run(job);
    await Deno.remove(this.#input, { recursive: true });
    const left = [...Deno.readDirSync(this.output)].map(({ name }) => name);
    for (const name of left) await Deno.remove(`${this.output}/${name}`, { recursive: true });
    const problem = problemOf(result, left);
    return problem === undefined ? result : { ...result, problem };
  }

  /** Ends the worker. */
  close(): void {
    this.#worker.close();
  }
}

function problemOf({ outcome, kind, text, largestAllocation }: Watched, left: readonly string[]) {
  if (outcome === "failed") return `${kind}: ${text}`;
  if (largestAllocation > MOST_ALLOCATION) return `it asked for an array of ${largestAllocation} bytes`;
  return left.length > 0 ? `it left ${left} behind` : undefined;
}
