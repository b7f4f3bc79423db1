/**
 * The team: worker threads that either all do one call together (a fit) or each take one box (apply, smooth). Without threads a
 * single member on the calling thread does everything.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { BackendError } from "../../errors.ts";
import { packedScript } from "../../bundled.ts";
import { Barrier } from "./barrier.ts";
import { type Call, Member, type Reply } from "./member.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Who carries out calls. */
export interface Team extends AsyncDisposable {
  /** Members that work at once; 1 without threads. */
  readonly members: number;
  /** `true` when arrays over shared memory reach the members without a copy. */
  readonly threaded: boolean;
  /** All members do the same call together; member 0's reply. */
  together(call: Call): Promise<Reply>;
  /** The next free member does the call. */
  alone(call: Call): Promise<Reply>;
}

/** One member on the calling thread: for pages without shared memory, and for debugging. */
export class InlineTeam implements Team {
  readonly members = 1;
  readonly threaded = false;
  readonly #member = new Member(0, 1);
  #closed = false;

  together(call: Call): Promise<Reply> {
    return this.alone(call);
  }

  async alone(call: Call): Promise<Reply> {
    // The calling thread gets a turn between two calls, or it would not hear of an interrupt before the end.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.#closed) throw closedError();
    return this.#member.handle(call);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Deno lets a worker load modules from disk only where the program may read them. @throws {BackendError} naming the flag. */
function demandSources(): void {
  const sources = new URL("../../", import.meta.url);
  if (typeof Deno === "undefined" || sources.protocol !== "file:") return;
  if (Deno.permissions.requestSync({ name: "read", path: sources }).state === "granted") return;
  const text = "Cannot start worker threads as the program was started without permission to read its own modules";
  throw new BackendError(
    "ts",
    `${text}: run it with --allow-read=${fileURLToPath(sources).slice(0, -1)}, or with '--n-processes 0'`,
  );
}

/** Worker threads over shared memory. */
export class ThreadTeam implements Team {
  readonly members: number;
  readonly threaded = true;
  readonly #workers: readonly Worker[];
  readonly #pending: readonly Map<number, Pending>[];
  /** Of every fit that is open, where its members wait for each other. */
  readonly #barriers = new Map<number, Barrier>();
  #calls = 0;
  #failure: BackendError | undefined;

  /** @throws {BackendError} when a worker cannot be started. */
  constructor(members: number) {
    this.members = members;
    const packed = packedScript("src/backends/ts/worker.ts");
    if (packed === undefined) demandSources();
    const url = packed ?? new URL("./worker.ts", import.meta.url);
    this.#workers = Array.from({ length: members }, () => new Worker(url, { type: "module" }));
    this.#pending = this.#workers.map(() => new Map());
    this.#workers.forEach((worker, member) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#settle(member, data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#fail(new BackendError("ts", `Cannot go on as worker ${member} has failed: ${event.message}`));
      };
      worker.postMessage({ member, members } satisfies ToWorker);
    });
  }

  async together(call: Call): Promise<Reply> {
    if (call.does === "open-fit") this.#barriers.set(call.session, new Barrier(call.memory.barrier, this.members));
    const replies = await Promise.allSettled(this.#workers.map((_, member) => this.#post(member, call)));
    if (call.does === "close") this.#barriers.delete(call.session);
    const failed = replies.find((reply) => reply.status === "rejected");
    // What a lost team had open is closed; why it was lost the call before has told.
    if (failed && !(call.does === "close" && failed.reason === this.#failure)) throw failed.reason;
    return replies[0].status === "fulfilled" ? replies[0].value : undefined;
  }

  alone(call: Call): Promise<Reply> {
    const loads = this.#pending.map((calls) => calls.size);
    return this.#post(loads.indexOf(Math.min(...loads)), call);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#fail(closedError());
    return Promise.resolve();
  }

  #post(member: number, call: Call): Promise<Reply> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#pending[member].set(id, { resolve, reject });
      this.#workers[member].postMessage({ id, call } satisfies ToWorker);
    });
  }

  #settle(member: number, answer: FromWorker): void {
    const pending = this.#pending[member].get(answer.id);
    this.#pending[member].delete(answer.id);
    if ("error" in answer) pending?.reject(answer.error);
    else pending?.resolve(answer.reply);
  }

  /** Ends the threads and refuses everything from now on: members that wait for a lost one would wait for ever, as a thread that waits cannot be ended. */
  #fail(error: BackendError): void {
    this.#failure ??= error;
    for (const barrier of this.#barriers.values()) barrier.break();
    this.#barriers.clear();
    for (const worker of this.#workers) worker.terminate();
    for (const calls of this.#pending) {
      for (const { reject } of calls.values()) reject(this.#failure);
      calls.clear();
    }
  }
}

function closedError(): BackendError {
  return new BackendError("ts", "Cannot go on as the backend must be open: current state is closed");
}
