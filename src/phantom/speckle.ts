/**
 * Speckle: the grain of coherent imaging, which multiplies the intensity. The mean of `looks` independent exponential
 * intensities follows a gamma distribution of mean 1 and standard deviation 1 / sqrt(looks) (Goodman 1976,
 * doi:10.1364/JOSA.66.001145): -log(product of `looks` numbers in (0, 1)) / looks.
 *
 * @module
 */

import { threadStages } from "../wasm/thread_stages.ts";
import { hash } from "./hash.ts";

/** Most looks: the product of so many numbers below 2^32 stays within float64. */
const MAX_LOOKS = 30;

/** Columns that the module is given at once, and how far its vectors reach beyond the last. */
const [PIECE, SPARE] = [8192, 4];

/**
 * Checks the number of looks.
 *
 * @throws {RangeError} when it is not an integer from 1 to 30.
 */
export function checkLooks(looks: number): void {
  if (Number.isInteger(looks) && looks >= 1 && looks <= MAX_LOOKS) return;
  throw new RangeError(
    `Cannot make speckle as 'looks' must be an integer from 1 to ${MAX_LOOKS}: current value is ${looks}`,
  );
}

/** Speckle as a function of place: look n of a voxel is drawn from the hash of its row and column, plus n. */
export class Speckle {
  readonly #seed: number;
  readonly #looks: number;
  readonly #columns: Uint32Array;

  /** @param looks 1 to 30. @param nx columns of the volume. */
  constructor(seed: number, looks: number, nx: number) {
    this.#seed = seed;
    this.#looks = looks;
    this.#columns = Uint32Array.from({ length: nx }, (_, x) => hash(seed, x));
  }

  /** Writes part of a row, voxels `x0 ...` of row `y` in plane `z`; all > 0. */
  fill(row: Float32Array, z: number, y: number, x0: number): void {
    const ofRow = hash(this.#seed, z, y);
    const { stages, arena } = threadStages();
    arena.release();
    const room = Math.min(PIECE, row.length) + SPARE;
    const [columns, out] = [arena.take(Uint32Array, room), arena.take(Float32Array, room)];
    for (let at = 0; at < row.length; at += PIECE) {
      const piece = row.subarray(at, at + PIECE);
      columns.set(this.#columns.subarray(x0 + at, x0 + at + piece.length));
      stages.speckle(columns.byteOffset, piece.length, ofRow, this.#looks, out.byteOffset);
      piece.set(out.subarray(0, piece.length));
    }
  }
}
