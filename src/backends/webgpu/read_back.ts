/**
 * Reading a device's buffer of float32.
 *
 * @module
 */

import { Buffers } from "./buffers.ts";
import { type Gpu, submit } from "./gpu.ts";

/** Bytes read at once. */
const READ_BYTES = 16 * 2 ** 20;

/** Reads `out.length` values from the start of a buffer, in parts. @throws {BackendError} */
export async function readBack(gpu: Gpu, from: GPUBuffer, out: Float32Array): Promise<void> {
  using staging = new Buffers(gpu);
  for (let at = 0; at < out.length; at += READ_BYTES / 4) {
    const part = out.subarray(at, at + READ_BYTES / 4);
    const target = await gpu.guarded("read results back", () => {
      const buffer = staging.staging("results", part.byteLength);
      submit(gpu, [], [[from, 4 * at, buffer, 0, part.byteLength]]);
      return buffer;
    });
    await gpu.mapped(target, part.byteLength, (data) => part.set(new Float32Array(data)));
    staging.free(target);
  }
}
