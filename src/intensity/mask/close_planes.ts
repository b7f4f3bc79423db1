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
import { countLost, type Outside, PlaneMorphology } from "./morphology.ts";

/** A packed plane. */
interface PlaneRequest {
  /** Its bits, changed in place. */
  readonly words: Uint32Array;
  /** Rows and columns. */
  readonly rows: number;
  readonly columns: number;
  readonly shape: ClosingShape;
}

/** What closing does to a plane. */
export interface ClosingShape {
  /** Radius in voxels of the disk that closes gaps, 0 for none. */
  readonly radius: number;
  /** Regions of fewer voxels are taken out first; left out: none. */
  readonly specks?: number;
  /** What lies beyond the plane's border for the erosion; left out: background. */
  readonly outside?: Outside;
}

/** Takes specks out of a plane, fills its holes, then closes its gaps; how many voxels but specks it has taken away. */
export const CLOSE_PLANE: Job<PlaneRequest, number> = {
  name: "close plane",
  work({ words, rows, columns, shape: { radius, specks = 0, outside } }) {
    const morphology = new PlaneMorphology(rows, columns);
    morphology.removeSpecks(words, specks);
    const before = words.slice();
    morphology.fillHoles(words);
    morphology.closeDisk(words, radius, outside);
    return countLost(before, words);
  },
};

/**
 * Bytes of a plane while it is closed: packed, before, scratch, and numbers and sizes of regions (half the voxels at
 * most).
 */
export function closingMemory([, ny, nx]: Shape3): number {
  return 3 * 4 * ny * wordsPerRow(nx) + 4 * ny * nx;
}

/** How planes are closed. */
interface Closing extends ClosingShape {
  /** Which planes. */
  readonly planes: readonly number[];
  /** Whether a plane is closed; others are taken as they are. */
  readonly closes: (z: number) => boolean;
  /** Planes at once, >= 1. */
  readonly atOnce: number;
  /** Who does it; left out: the calling thread. */
  readonly threads?: Threads;
  /** Ends the work between two planes. */
  readonly signal?: AbortSignal;
}

/**
 * Fills holes and closes gaps of planes of `bits`; `from` says which bits a plane has at first.
 *
 * @returns how many voxels, specks aside, were inside and are no more.
 */
export async function closePlanes(bits: BitVolume, from: (z: number) => BitVolume, closing: Closing): Promise<number> {
  const { closes, radius, specks, outside, atOnce, threads, signal } = closing;
  const shape = { radius, specks, outside };
  let lost = 0;
  const planes = closing.planes.filter((z) => closes(z) || from(z) !== bits);
  const [, rows, columns] = bits.shape;
  await forEachBounded(planes, Math.min(atOnce, Math.max(1, planes.length)), async (z) => {
    signal?.throwIfAborted();
    const buffer = takeBuffer(4 * bits.planeWords);
    const words = new Uint32Array(buffer, 0, bits.planeWords);
    try {
      await from(z).readPacked(z, words);
      if (closes(z)) lost += await threadsFor(threads, words).run(CLOSE_PLANE, { words, rows, columns, shape });
      await bits.writePacked(z, words);
    } finally {
      giveBackBuffers([buffer]);
    }
  });
  return lost;
}
