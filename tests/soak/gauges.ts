/**
 * What a process holds, in numbers that must not grow with the work it has done.
 *
 * @module
 */

/** What is held at one time. */
export interface Reading {
  /** Resident memory of the process, bytes, once garbage is collected. */
  readonly memory: number;
  /** Open file descriptors. */
  readonly files: number;
  /** Threads. */
  readonly threads: number;
  /** Buffers of GPU devices that were made and not destroyed. */
  readonly deviceBuffers: number;
}

/** The names of what is read. */
export const GAUGES = ["memory", "files", "threads", "deviceBuffers"] as const;

let gpuBuffers = 0;

/** Counts the buffers of WebGPU devices from now on. */
export function countGpuBuffers(): void {
  if (typeof GPUDevice === "undefined") return;
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const live = new WeakSet<GPUBuffer>();
  GPUDevice.prototype.createBuffer = function (descriptor: GPUBufferDescriptor) {
    const buffer = createBuffer.call(this, descriptor);
    live.add(buffer);
    gpuBuffers++;
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (live.delete(this)) gpuBuffers--;
    return destroy.call(this);
  };
}

/** Readings of which the least counts: a thread that was told to end takes a while, with the files that it waits by. */
const READINGS = 4;
const BETWEEN_READINGS = 40;

/** Reads the gauges. @param objects of other devices. */
export async function readGauges(objects: number): Promise<Reading> {
  let [files, threads] = [Infinity, Infinity];
  for (let i = 0; i < READINGS; i++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_READINGS));
    files = Math.min(files, entriesOf("fd"));
    threads = Math.min(threads, entriesOf("task"));
  }
  (globalThis as unknown as { gc(): void }).gc();
  return { memory: Deno.memoryUsage().rss, files, threads, deviceBuffers: gpuBuffers + objects };
}

/** Entries of a folder of the system's that tells about this process; Deno itself lets nobody look there. */
function entriesOf(folder: string): number {
  const { stdout, success } = new Deno.Command("ls", { args: [`/proc/${Deno.pid}/${folder}`] }).outputSync();
  if (!success) throw new Error(`/proc tells nothing about ${folder}`);
  return new TextDecoder().decode(stdout).trim().split("\n").length;
}

/** Growth per reading: the slope of the straight line that fits best (least squares). */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  values.forEach((value, i) => {
    above += (i - middle) * (value - mean);
    below += (i - middle) ** 2;
  });
  return above / below;
}
