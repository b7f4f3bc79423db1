/**
 * Finds the GPU: an adapter, its limits asked for by name, a device.
 *
 * @module
 */

import type { DeviceInfo } from "../backend.ts";
import { Gpu, webgpuError } from "./gpu.ts";

/** How a device is chosen. */
export interface WebGpuOptions {
  /** Whether a processor may stand in for a GPU; left out: it may not. */
  readonly allowSoftware?: boolean;
  /** Bytes of the largest buffer that is used; left out: what the device allows. For tests of the cutting. */
  readonly largestBinding?: number;
}

/** Storage buffers of the kernel that has most, `apply` and `subtract`. */
const STORAGE_BUFFERS = 8;

/** Opens a device. @throws {BackendError} that says why there is none. */
export async function openGpu(options: WebGpuOptions): Promise<{ gpu: Gpu; info: DeviceInfo }> {
  settleGraphics(options.allowSoftware ?? false);
  const adapter = await requestAdapter();
  const software = isSoftware(adapter.info);
  if (software && !options.allowSoftware) {
    const text = "as its adapter must be a GPU unless option 'backend: webgpu' asks for it";
    throw webgpuError(
      `Cannot open the WebGPU backend ${text}: current adapter is ${adapterName(adapter.info)}, software`,
    );
  }
  const gpu = new Gpu(await requestDevice(adapter), options.largestBinding);
  const info: DeviceInfo = {
    kind: "webgpu",
    name: adapterName(adapter.info),
    driver: driverName(adapter.info),
    largestBuffer: gpu.largestBinding,
    software,
    workers: 1,
    get peakBytes() {
      return gpu.peakBytes;
    },
  };
  return { gpu, info };
}

/** What the drivers that show an adapter take of the process: 62 MiB measured of Mesa's. */
const DRIVER_BYTES = 64 * 2 ** 20;

let isLoaded = false;

/** Bytes that graphics drivers hold in this process, be the adapter that they show used or not. */
export function driverMemory(): number {
  return isLoaded ? DRIVER_BYTES : 0;
}

async function requestAdapter(): Promise<GPUAdapter> {
  const api = typeof navigator === "undefined" ? undefined : navigator.gpu as GPU | undefined;
  if (!api) throw webgpuError("Cannot open the WebGPU backend as this runtime must have 'navigator.gpu': it has none");
  let adapter: GPUAdapter | null;
  try {
    adapter = await api.requestAdapter({ powerPreference: "high-performance" });
  } catch (cause) {
    throw webgpuError(`Cannot open the WebGPU backend as an adapter must be found: ${String(cause)}`, cause);
  }
  isLoaded ||= adapter !== null;
  if (!adapter) {
    throw webgpuError(
      "Cannot open the WebGPU backend as a GPU with a Vulkan, Metal or DirectX 12 driver must be here: none was found",
    );
  }
  return adapter;
}

/**
 * Asks for the adapter's own limits of what the kernels use, by name.
 *
 * @throws {BackendError} when the adapter has less than they need.
 */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  if (limits.maxStorageBuffersPerShaderStage < STORAGE_BUFFERS) {
    const text = `as the adapter must bind ${STORAGE_BUFFERS} storage buffers at once`;
    throw webgpuError(`Cannot open the WebGPU backend ${text}: it binds ${limits.maxStorageBuffersPerShaderStage}`);
  }
  const requiredLimits = {
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage: STORAGE_BUFFERS,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
  };
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (cause) {
    throw webgpuError(`Cannot open the WebGPU backend as the adapter must give its device: ${String(cause)}`, cause);
  }
}

/**
 * What is set on Linux before Deno looks for an adapter, where nobody has set it. OpenGL is left out: the kernels run
 * on Vulkan, and its libraries, loaded beside, crashed as the process ended, one run in a hundred (in libEGL, Mesa
 * 22.3.6). They also complain on standard error where no session has set the second one.
 */
export const GRAPHICS = { DENO_WEBGPU_BACKEND: "vulkan", XDG_RUNTIME_DIR: "/tmp" };

/**
 * @param regardless whether to look for an adapter even where OpenGL cannot be left out.
 * @throws {BackendError} where the permission for that lacks.
 */
function settleGraphics(regardless: boolean): void {
  if (typeof Deno === "undefined" || Deno.build.os !== "linux") return;
  for (const [variable, value] of Object.entries(GRAPHICS)) {
    const { state } = Deno.permissions.querySync({ name: "env", variable });
    if (state === "granted") {
      if (Deno.env.get(variable) === undefined) Deno.env.set(variable, value);
    } else if (!regardless) {
      const flag = `the flag --allow-env=${Object.keys(GRAPHICS)} must be given`;
      throw webgpuError(`Cannot open the WebGPU backend as ${flag}: current permission is ${state}`);
    }
  }
}

/** Whether a processor stands in for a GPU: the adapter says so, or its name is one of a software driver. */
function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|basic render|software/i.test(adapterName(info));
}

/** Browsers leave the description out. */
function adapterName({ description, vendor, architecture, device }: GPUAdapterInfo): string {
  return description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed adapter";
}

function driverName({ vendor, architecture }: GPUAdapterInfo): string {
  const runtime = typeof Deno === "undefined" ? "browser" : `deno ${Deno.version.deno}`;
  const maker = /^\d+$/.test(vendor) ? `0x${Number(vendor).toString(16)}` : vendor;
  return [`WebGPU of ${runtime}`, maker && `vendor ${maker}`, architecture].filter(Boolean).join(", ");
}
