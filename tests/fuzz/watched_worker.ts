/**
 * A worker thread under watch: from outside, since a thread that hangs cannot say so. While it works this thread looks at the clock and at the memory of the
 * process. A busy thread does not heed `terminate` (Deno 2.9.6), so that the process must end once one is lost.
 *
 * @module
 */

import process from "node:process";
import { ROOT } from "../helpers/command.ts";
import type { Answer, Job } from "./case_worker.ts";

/** Most memory of the process, bytes: this thread, the worker and its plan's 256 MiB, twice, since freed memory is
 * given back late; less than the heap limit of the task. */
const MOST_MEMORY = 768 * 2 ** 20;
/** How many times as long as it may work a case may wait. */
const WAITS = 20;
/** How often time and memory are looked at while a case runs, ms. */
const GLANCE = 10;

/** What a case came to, seen from outside. */
export interface Watched extends Answer {
  /** How long it took, ms. */
  readonly time: number;
  /** Most memory of the whole process that was seen meanwhile, bytes. */
  readonly memory: number;
}

/** A worker, and whether it still answers. */
export class WatchedWorker {
  readonly #input: string;
  readonly #output: string;
  readonly #cache: string;
  readonly #mostTime: number;
  #worker: Worker | undefined;
  /** Whether it hangs, has taken too much, or has thrown outside of a case. */
  lost = false;

  /** @param cache Deno's own folder, from which modules are loaded. @param mostTime most processor time that a case may take, ms. */
  constructor(input: string, output: string, cache: string, mostTime: number) {
    [this.#input, this.#output, this.#cache, this.#mostTime] = [input, output, cache, mostTime];
  }

  /** Runs a case. */
  async run(job: Job): Promise<Watched> {
    const worker = this.#worker ??= await this.#start();
    const [start, used] = [performance.now(), process.cpuUsage()];
    let memory = Deno.memoryUsage().rss;
    let glance: ReturnType<typeof setInterval> | undefined;
    const answer = await new Promise<Answer>((resolve) => {
      const lost = (kind: string, text: string) => {
        this.lost = true;
        this.close();
        resolve({ outcome: "failed", kind, text, largestAllocation: 0 });
      };
      glance = setInterval(() => {
        memory = Math.max(memory, Deno.memoryUsage().rss);
        // Ended before the engine runs out and takes the process with it.
        if (memory > MOST_MEMORY) lost("memory", `The process grew to ${memory} bytes`);
        // Processor time: a case waits for its turn on a machine that others use too.
        const { user, system } = process.cpuUsage(used);
        if (Math.max((user + system) / 1000, (performance.now() - start) / WAITS) > this.#mostTime) {
          lost("hang", `It took more than ${this.#mostTime} ms`);
        }
      }, GLANCE);
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        lost("lost worker", event.message);
      };
      worker.postMessage(job);
    });
    clearInterval(glance);
    return { ...answer, time: performance.now() - start, memory: Math.max(memory, Deno.memoryUsage().rss) };
  }

  /** Ends the worker. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** Starts one that may read the case's folders and the program, and write the output folder. */
  async #start(): Promise<Worker> {
    const permissions: Deno.PermissionOptionsObject = {
      read: [this.#input, this.#output, ROOT, this.#cache],
      write: [this.#output],
      env: false,
      net: false,
      run: false,
      ffi: false,
      sys: false,
    };
    const worker = new Worker(new URL("./case_worker.ts", import.meta.url), { type: "module", deno: { permissions } });
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (event) => reject(new Error(event.message));
    });
    return worker;
  }
}
