/**
 * The WebGPU backend for tests: on a software adapter where there is no GPU, skipped where there is neither unless
 * `N4_REQUIRE` names `webgpu`.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import type { WebGpuOptions } from "../../src/backends/webgpu/adapter.ts";
import { openWebGpuBackend } from "../../src/backends/webgpu/webgpu_backend.ts";

/** Opens the backend. */
export function openWebGpu(options: WebGpuOptions = {}): Promise<N4Backend> {
  return openWebGpuBackend({ allowSoftware: true, ...options });
}

/** Why it cannot be tested here; undefined where it can, or must. */
export const webGpuMissing: string | undefined = await whyMissing();

/** Registers a test over an open backend, skipped where there is none. */
export function webGpuTest(name: string, work: (backend: N4Backend) => Promise<void>, options?: WebGpuOptions): void {
  Deno.test({
    name: webGpuMissing ? `webgpu: ${name} (skipped: ${webGpuMissing})` : `webgpu: ${name}`,
    ignore: webGpuMissing !== undefined,
    fn: async () => {
      await using backend = await openWebGpu(options);
      await work(backend);
    },
  });
}

async function whyMissing(): Promise<string | undefined> {
  if (Deno.env.get("N4_REQUIRE")?.split(",").includes("webgpu")) return undefined;
  try {
    await using _backend = await openWebGpu();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
