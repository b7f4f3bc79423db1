/** The kernels of WebGPU in Chromium's compiler, within the limits that every adapter has. */
import assert from "node:assert/strict";
import { type KernelName, KERNELS, kernelSource } from "../../src/backends/webgpu/kernels.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { HUNG, WAYS } from "../helpers/web_page.ts";

/** A kernel with its constants, on a device that has so much memory a workgroup; left out: the 16 KiB of every one. */
interface Compiled {
  readonly name: string;
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly storage?: number;
}

function kernel(name: KernelName, constants: Compiled["constants"] = {}, storage?: number): Compiled {
  return { name, code: kernelSource(name), constants, storage };
}

browserTest(
  "every kernel compiles without a message with the least limits: 1024 bins fit 16 KiB, 2048 fit 32 KiB",
  async (browser) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(HUNG.timeout);
    // WebGPU is for pages that are secure, as those of the disk are.
    await page.goto(import.meta.url);
    const compiled = [
      ...(Object.keys(KERNELS) as KernelName[]).map((name) => kernel(name)),
      kernel("sharpen", { bins: 1024, padded: 2048 }),
      kernel("histogram", { bins: 1024 }),
      kernel("sharpen", { bins: 2048, padded: 4096 }, 2 ** 15),
      kernel("sharpen", { bins: 2048, padded: 4096 }),
    ];
    const found = await page.evaluate(`Promise.all(${JSON.stringify(compiled)}.map(async (kernel) => {
      const adapter = await navigator.gpu.requestAdapter();
      const requiredLimits = kernel.storage ? { maxComputeWorkgroupStorageSize: kernel.storage } : {};
      const device = await adapter.requestDevice({ requiredLimits });
      const module = device.createShaderModule({ code: kernel.code });
      const { messages } = await module.getCompilationInfo();
      const { constants } = kernel;
      const failure = await device.createComputePipelineAsync({ layout: "auto", compute: { module, constants } })
        .then(() => "", ({ message }) => message);
      device.destroy();
      return [...messages.map(({ message }) => message), failure].join("");
    }))`) as string[];
    assert.match(
      found.pop() ?? "",
      /workgroup storage \(32768 bytes\) is larger than the maximum allowed \(16384 bytes\)/,
    );
    assert.deepEqual(found, found.map(() => ""));
  },
  WAYS[0][2],
);
