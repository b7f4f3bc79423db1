/**
 * Calls into the CUDA library: a message buffer for each, its status turned into an error, its arrays kept alive until
 * it is done, and an end that waits for whatever is under way.
 *
 * @module
 */

import { type CudaLibrary, TEXT_BYTES, textOf } from "../../../ffi/library.ts";
import { STATUS } from "../../../ffi/symbols.ts";
import { BackendError } from "../../errors.ts";

/** One call; the message is the last two parameters of every function. */
type Call = (
  symbols: CudaLibrary["symbols"],
  message: Uint8Array<ArrayBuffer>,
  messageSize: number,
) => number | Promise<number>;

/** The calls of one backend. */
export class CudaCalls {
  readonly #library: CudaLibrary;
  readonly #underWay = new Map<Call, Promise<number>>();
  readonly #sessions = new Set<() => Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(library: CudaLibrary) {
    this.#library = library;
  }

  /**
   * Makes a call.
   *
   * @throws {RangeError} where the library calls an argument wrong.
   * @throws {BackendError} where the device fails, has too little memory, or the backend is closed.
   */
  async make(call: Call): Promise<void> {
    if (this.#closed) {
      throw new BackendError("cuda", "Cannot go on as the backend must be open: current state is closed");
    }
    await this.#run(call);
  }

  /** Whether calls are refused. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Makes a call that does not wait for the device. */
  makeNow(call: (...parameters: Parameters<Call>) => number): void {
    const message = new Uint8Array(TEXT_BYTES);
    unwrap(call(this.#library.symbols, message, message.length), message);
  }

  /** Takes charge of a session; the function that comes back closes it, once however often it is called. */
  adopt(closeSession: Call): () => Promise<void> {
    let closed: Promise<void> | undefined;
    const close = () => {
      this.#sessions.delete(close);
      closed ??= this.#run(closeSession);
      return closed;
    };
    this.#sessions.add(close);
    return close;
  }

  /** Refuses calls from now on, lets those under way finish, closes every session and gives the library back. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
    await Promise.allSettled([...this.#sessions].map((close) => close()));
    this.#library.close();
  }

  async #run(call: Call): Promise<void> {
    const message = new Uint8Array(TEXT_BYTES);
    const pending = Promise.resolve(call(this.#library.symbols, message, message.length));
    // The map also holds what the call has captured: memory that the library works on must not be collected.
    this.#underWay.set(call, pending);
    try {
      unwrap(await pending, message);
    } finally {
      this.#underWay.delete(call);
    }
  }
}

function unwrap(status: number, message: Uint8Array): void {
  if (status === STATUS.ok) return;
  const text = textOf(message);
  throw status === STATUS.badArgument ? new RangeError(text) : new BackendError("cuda", text);
}
