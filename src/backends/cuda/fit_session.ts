/**
 * A fit on a CUDA device.
 *
 * @module
 */

import { INSPECT } from "../../../ffi/symbols.ts";
import type {
  FitSamples,
  FitSession,
  IterateRequest,
  IterateResult,
  Lattice,
  LevelStart,
  SplineRows,
} from "../backend.ts";
import { type Triple, voxelCount } from "../../volume.ts";
import type { CudaCalls } from "./calls.ts";

/** Opens a fit on a device. @throws {BackendError} when the device has too little memory for it. */
export async function openCudaFit(calls: CudaCalls, device: number, samples: FitSamples): Promise<CudaFitSession> {
  const { rowStart, xIndex, value, weight, z, y, x } = samples;
  const id = new BigUint64Array(1);
  await calls.make((symbols, ...message) =>
    symbols.n4_fit_open(
      device,
      rowStart as Uint32Array<ArrayBuffer>,
      xIndex as Uint16Array<ArrayBuffer>,
      value as Float32Array<ArrayBuffer>,
      (weight ?? null) as Float32Array<ArrayBuffer> | null,
      BigInt(value.length),
      z.length,
      y.length,
      x.length,
      id,
      ...message,
    )
  );
  return new CudaFitSession(calls, id[0]);
}

/** A fit; its number is that of the library's session. */
export class CudaFitSession implements FitSession {
  readonly #calls: CudaCalls;
  readonly #id: bigint;
  readonly #close: () => Promise<void>;
  #points: Triple | undefined;

  /** Takes charge of the library's session `id`. */
  constructor(calls: CudaCalls, id: bigint) {
    this.#calls = calls;
    this.#id = id;
    this.#close = calls.adopt((symbols, ...message) => symbols.n4_fit_close(id, ...message));
  }

  async beginLevel({ rows, lattice }: LevelStart): Promise<void> {
    const [z, y, x] = rows;
    const [rowsZ, rowsY, rowsX] = rows.map(packed);
    this.#points = undefined;
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_fit_begin_level(
        this.#id,
        ...lattice.points,
        z.first as Int32Array<ArrayBuffer>,
        rowsZ,
        y.first as Int32Array<ArrayBuffer>,
        rowsY,
        x.first as Int32Array<ArrayBuffer>,
        rowsX,
        lattice.values as Float64Array<ArrayBuffer>,
        ...message,
      )
    );
    this.#points = lattice.points;
  }

  async iterate({ count, threshold, bins, fwhm, wienerNoise }: IterateRequest): Promise<IterateResult> {
    const convergence = new Float64Array(count);
    const outcome = new Int32Array(2);
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_fit_iterate(this.#id, count, threshold, bins, fwhm, wienerNoise, convergence, outcome, ...message)
    );
    return { convergence: Array.from(convergence.subarray(0, outcome[0])), stopped: outcome[1] !== 0 };
  }

  async lattice(): Promise<Lattice> {
    const points = this.#begunPoints("read the lattice");
    const values = new Float64Array(voxelCount(points));
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_fit_lattice(this.#id, values, BigInt(values.length), ...message)
    );
    return { points, values };
  }

  async values(out: Float32Array): Promise<void> {
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_fit_values(this.#id, out as Float32Array<ArrayBuffer>, BigInt(out.length), ...message)
    );
  }

  /** Reads an intermediate result of the last iteration, for tests; `length` as the library lays it out. */
  async inspect(what: keyof typeof INSPECT, length: number): Promise<Float64Array> {
    const values = new Float64Array(length);
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_fit_inspect(this.#id, INSPECT[what], values, BigInt(length), ...message)
    );
    return values;
  }

  #begunPoints(action: string): Triple {
    if (this.#points) return this.#points;
    throw new RangeError(`Cannot ${action} as a level must be begun first: current level is none`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** The rows of an axis one after the other, as the library takes them. */
function packed({ evaluate, omega, delta }: SplineRows): Float64Array<ArrayBuffer> {
  const rows = new Float64Array(evaluate.length * 3);
  rows.set(evaluate);
  rows.set(omega, evaluate.length);
  rows.set(delta, 2 * evaluate.length);
  return rows;
}
