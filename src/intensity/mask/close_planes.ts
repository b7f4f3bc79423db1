/**
 * Holes filled and gaps closed in packed planes, a job a plane, several planes at once.
 *
 * @module
 */

import { forEachBounded } from "../../io/flow/bounded.ts";
import { giveBackBuffers, takeBuffer } from "../../io/flow/slots.ts";
import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import type { Shape3 } from "../../volume.ts";
import { type BitVolume, wordsPerRow } from "./bit_volume.ts";
import { PlaneMorphology } from "./morphology.ts";

/** A packed plane. */
interface PlaneRequest {
  /** Its bits, changed in place. */
  readonly words: Uint32Array;
  /** Rows and columns. */
  readonly rows: number;
  readonly columns: number;
  /** Radius in voxels of the disk that closes gaps, 0 for none. */
  readonly radius: number;
}

/** Fills the holes of a plane, then closes its gaps. */
export const CLOSE_PLANE: Job<PlaneRequest, void> = {
  name: "close plane",
  work({ words, rows, columns, radius }) {
    const morphology = new PlaneMorphology(rows, columns);
    morphology.fillHoles(words);
    morphology.closeDisk(words, radius);
  },
};

/** Bytes of a plane while it is closed: packed, scratch, numbers of background regions (half the voxels at most). */
export function closingMemory([, ny, nx]: Shape3): number {
  return 2 * 4 * ny * wordsPerRow(nx) + 2 * ny * nx;
}

/** How planes are closed. */
interface Closing {
  /** Which planes. */
  readonly planes: readonly number[];
  /** Whether a plane is closed; others are taken as they are. */
  readonly closes: (z: number) => boolean;
  /** Radius in voxels of the disk that closes gaps, 0 for none. */
  readonly radius: number;
  /** Planes at once, >= 1. */
  readonly atOnce: number;
  /** Who does it; left out: the calling thread. */
  readonly threads?: Threads;
  /** Ends the work between two planes. */
  readonly signal?: AbortSignal;
}

/** Fills holes and closes gaps of planes of `bits`; `from` tells which bits a plane has at first. */
export async function closePlanes(bits: BitVolume, from: (z: number) => BitVolume, closing: Closing): Promise<void> {
  const { closes, radius, atOnce, threads, signal } = closing;
  const planes = closing.planes.filter((z) => closes(z) || from(z) !== bits);
  const [, rows, columns] = bits.shape;
  await forEachBounded(planes, Math.min(atOnce, Math.max(1, planes.length)), async (z) => {
    signal?.throwIfAborted();
    const buffer = takeBuffer(4 * bits.planeWords);
    const words = new Uint32Array(buffer, 0, bits.planeWords);
    try {
      await from(z).readPacked(z, words);
      if (closes(z)) await threadsFor(threads, words).run(CLOSE_PLANE, { words, rows, columns, radius });
      await bits.writePacked(z, words);
    } finally {
      giveBackBuffers([buffer]);
    }
  });
}
