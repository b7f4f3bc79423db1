/**
 * A ring of slots for boxes on their way through the device: each has its own buffers, so that one box is uploaded
 * while another one is computed and a third one read back. A readback costs 10 ms whatever its size; several in flight
 * cost 10 ms together.
 *
 * @module
 */

import { Buffers } from "./buffers.ts";
import type { Gpu } from "./gpu.ts";

/** Slots; with four of them the three ways of a box overlap and one is spare. */
export const SLOTS = 4;

/** The buffers of one box on its way, kept for the next one. */
export class Slot implements Disposable {
  readonly #buffers: Buffers;
  readonly #named = new Map<string, GPUBuffer>();

  constructor(gpu: Gpu) {
    this.#buffers = new Buffers(gpu);
  }

  /** A buffer of at least so many bytes; what it holds is not defined. */
  take(name: string, bytes: number, kind: "storage" | "staging" | "parameters"): GPUBuffer {
    const kept = this.#named.get(name);
    if (kept && kept.size >= bytes) return kept;
    if (kept) this.#buffers.free(kept);
    const made = this.#buffers[kind](name, bytes);
    this.#named.set(name, made);
    return made;
  }

  [Symbol.dispose](): void {
    this.#buffers[Symbol.dispose]();
  }
}

/** Hands slots out, in turn. */
export class Ring implements Disposable {
  readonly #slots: readonly Slot[];
  readonly #free: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor(gpu: Gpu) {
    this.#slots = Array.from({ length: SLOTS }, () => new Slot(gpu));
    this.#free = [...this.#slots];
  }

  /** Works on each item with a slot. Once all are done, throws what the first that failed has thrown. */
  async forEach<T>(items: readonly T[], work: (slot: Slot, item: T) => Promise<void>): Promise<void> {
    const done = await Promise.allSettled(items.map((item) => this.#use((slot) => work(slot, item))));
    const failed = done.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Waits for a slot and works with it. */
  async #use(work: (slot: Slot) => Promise<void>): Promise<void> {
    const slot = this.#free.pop() ?? await new Promise<Slot>((resolve) => this.#waiting.push(resolve));
    try {
      await work(slot);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(slot);
      else this.#free.push(slot);
    }
  }

  [Symbol.dispose](): void {
    for (const slot of this.#slots) slot[Symbol.dispose]();
  }
}
