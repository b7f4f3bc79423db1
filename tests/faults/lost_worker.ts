/**
 * Loaded before a command, as `deno run --preload=lost_worker.ts?iterate|correct#12`: after so many messages with jobs
 * of such names, a worker gets what ends it in place of a job: an error that nobody catches, as a defect or a lack of
 * memory would.
 *
 * @module
 */

const { search, hash } = new URL(import.meta.url);

/** Names of the jobs that count. */
const counted = new RegExp(search.slice(1));

/** Such jobs that workers get before one is lost. */
let left = Number(hash.slice(1));

class LosingWorker extends Worker {
  override postMessage(message: { job: string }, options?: StructuredSerializeOptions | Transferable[]): void {
    const lost = counted.test(message.job) && left-- === 0;
    super.postMessage(lost ? null : message, options as Transferable[]);
  }
}

// Threads load it too, and start none.
if (typeof Worker !== "undefined") globalThis.Worker = LosingWorker;
