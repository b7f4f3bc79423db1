/**
 * Where the steps of a correction leave their results for those that follow: small records with arrays, and masks of
 * one bit a voxel. Every step reads what it needs from here and writes what it finds to here, so that all of them may
 * run in one process or each in one of its own.
 *
 * @module
 */

import { type BitVolume, HeldBits } from "../intensity/mask/bit_volume.ts";
import type { Shape3 } from "../volume.ts";

/** The arrays that a checkpoint can hold. */
export type CheckpointArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** The result of a step. */
export interface Checkpoint {
  /** Anything that JSON can hold; numbers must be finite, others belong into an array. */
  readonly record: Readonly<Record<string, unknown>>;
  /** Arrays by name. */
  readonly arrays: Readonly<Record<string, CheckpointArray>>;
}

/** A result that is being written: arrays that are left out may be named. */
export interface NewCheckpoint extends Omit<Checkpoint, "arrays"> {
  /** Arrays by name. */
  readonly arrays: Readonly<Record<string, CheckpointArray | undefined>>;
}

/** The arrays of a result that there are. */
export function arraysOf({ arrays }: NewCheckpoint): [name: string, array: CheckpointArray][] {
  return Object.entries(arrays).flatMap(([name, array]) => array ? [[name, array]] : []);
}

/** Mask bits that are being written. */
export interface BitsDraft extends Disposable {
  /** The bits, 0 at first. */
  readonly bits: BitVolume;
  /** Whether they are those of the mask that was to be taken over; left out: all are 0. */
  readonly takenOver?: boolean;
  /** Gives them their name: from then on others see them, whole. */
  keep(): Promise<void>;
}

/** Results by name. Two writers of one name are harmless, as the same step finds the same. */
export interface RunStore {
  /** Whether there is a result of that name. */
  has(name: string): Promise<boolean>;
  /** A result; `undefined` where there is none. @throws {CorruptDataError} where it is damaged. */
  read(name: string): Promise<Checkpoint | undefined>;
  /** Keeps a result; whoever sees its name sees all of it. */
  write(name: string, checkpoint: NewCheckpoint): Promise<void>;
  /**
   * Begins a mask of one bit a voxel.
   *
   * @param instead a kept mask of the same shape that nobody will ask for again once this one is kept; it may be taken
   * over, bits and all.
   */
  createBits(name: string, shape: Shape3, instead?: string): Promise<BitsDraft>;
  /**
   * A mask that was kept; `undefined` where there is none. The store closes it.
   *
   * @throws {CorruptDataError} where it is damaged; so do reads of it.
   */
  openBits(name: string, shape: Shape3): Promise<BitVolume | undefined>;
}

/** Results in memory, for the time of one process. */
export class MemoryStore implements RunStore {
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #bits = new Map<string, BitVolume>();

  has(name: string): Promise<boolean> {
    return Promise.resolve(this.#checkpoints.has(name));
  }

  read(name: string): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#checkpoints.get(name));
  }

  write(name: string, checkpoint: NewCheckpoint): Promise<void> {
    this.#checkpoints.set(name, { record: checkpoint.record, arrays: Object.fromEntries(arraysOf(checkpoint)) });
    return Promise.resolve();
  }

  createBits(name: string, shape: Shape3, instead = ""): Promise<BitsDraft> {
    const before = this.#bits.get(instead);
    const bits = before ?? new HeldBits(shape);
    this.#bits.delete(instead);
    const keep = () => {
      this.#bits.set(name, bits);
      return Promise.resolve();
    };
    return Promise.resolve({ bits, takenOver: before !== undefined, keep, [Symbol.dispose]: () => {} });
  }

  openBits(name: string): Promise<BitVolume | undefined> {
    return Promise.resolve(this.#bits.get(name));
  }
}
