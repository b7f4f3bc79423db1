/**
 * Loaded before a command, as `deno run --preload=lost_worker.ts?/threads/worker.ts#12`: after so many messages to the workers of that script, one is sent what ends it with
 * an error that nobody catches, as a defect or a lack of memory in it would.
 *
 * @module
 */

const { search, hash } = new URL(import.meta.url);

/** Messages that workers get before one is lost. */
let left = Number(hash.slice(1));

class LosingWorker extends Worker {
  readonly #lost: boolean;

  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    this.#lost = String(url).endsWith(search.slice(1));
  }

  override postMessage(message: unknown, options?: StructuredSerializeOptions | Transferable[]): void {
    if (this.#lost && left-- === 0) super.postMessage(null);
    super.postMessage(message, options as Transferable[]);
  }
}

// Threads load it too, and start none.
if (typeof Worker !== "undefined") globalThis.Worker = LosingWorker;
