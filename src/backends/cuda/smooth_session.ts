/**
 * The smoothing of boxes on a CUDA device.
 *
 * @module
 */

import type { SmoothSession, SmoothSpec } from "../backend.ts";
import { perAxis } from "../../volume.ts";
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
  return {
    halo: smoothHalo(spec),
    async smooth(box, padded, data, out) {
      requireLength("smooth the box", "data", data.length, padded);
      requireLength("smooth the box", "out", out.length, box);
      const arrays = [data as Float32Array<ArrayBuffer>, out as Float32Array<ArrayBuffer>] as const;
      const boxes = [boxNumbers(box), boxNumbers(padded)] as const;
      await calls.make((symbols, ...message) => symbols.n4_smooth_box(id[0], ...boxes, ...arrays, ...message));
    },
    [Symbol.asyncDispose]: calls.adopt((symbols, ...message) => symbols.n4_smooth_close(id[0], ...message)),
  };
}
