/**
 * The smoothing of boxes on a CUDA device.
 *
 * @module
 */

import type { SmoothSession, SmoothSpec } from "../backend.ts";
import { type Box, perAxis } from "../../volume.ts";
import { gaussianRadius, gaussianTaps, smoothHalo } from "../../n4/gaussian.ts";
import { boxNumbers, requireLength } from "./apply_session.ts";
import type { CudaCalls } from "./calls.ts";

/** Prepares a smoothing on a device. */
export async function openCudaSmooth(calls: CudaCalls, device: number, spec: SmoothSpec): Promise<SmoothSession> {
  const radius = perAxis((a) => gaussianRadius(spec.sigma[a], spec.truncate));
  const taps = Float64Array.from(radius.flatMap((r, a) => Array.from(gaussianTaps(spec.sigma[a], r))));
  const id = new BigUint64Array(1);
  await calls.make((symbols, ...message) =>
    symbols.n4_smooth_open(device, ...spec.volume, ...radius, taps, id, ...message)
  );
  return new CudaSmoothSession(calls, id[0], smoothHalo(spec));
}

class CudaSmoothSession implements SmoothSession {
  readonly halo: readonly [z: number, y: number, x: number];
  readonly #calls: CudaCalls;
  readonly #id: bigint;
  readonly #close: () => Promise<void>;

  constructor(calls: CudaCalls, id: bigint, halo: readonly [z: number, y: number, x: number]) {
    this.halo = halo;
    this.#calls = calls;
    this.#id = id;
    this.#close = calls.adopt((symbols, ...message) => symbols.n4_smooth_close(id, ...message));
  }

  async smooth(box: Box, padded: Box, data: Float32Array, out: Float32Array): Promise<void> {
    requireLength("smooth the box", "data", data.length, padded);
    requireLength("smooth the box", "out", out.length, box);
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_smooth_box(
        this.#id,
        boxNumbers(box),
        boxNumbers(padded),
        data as Float32Array<ArrayBuffer>,
        out as Float32Array<ArrayBuffer>,
        ...message,
      )
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
