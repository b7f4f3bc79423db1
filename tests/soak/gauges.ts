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

/**
 * Readings of which the least counts: a thread that was told to end takes a while, with its memory and the files that it
 * waits by; longer on a busy machine. Deno's pool for calls that block may have a thread more or less.
 */
const READINGS = 5;
const MOST_READINGS = 100;
const BETWEEN_READINGS = 40;
const POOL_THREADS = 1;

/** Reads the gauges. @param objects of other devices. @param before what was read before, whose threads are waited for. */
export async function readGauges(objects: number, before: readonly Reading[]): Promise<Reading> {
  let [memory, files, threads] = [Infinity, Infinity, Infinity];
  const usual = Math.min(...before.map(({ threads }) => threads)) + POOL_THREADS;
  for (let i = 0; i < READINGS || threads > usual && i < MOST_READINGS; i++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_READINGS));
    // What an array held is given back some time after it is collected.
    (globalThis as unknown as { gc(): void }).gc();
    memory = Math.min(memory, Deno.memoryUsage().rss);
    files = Math.min(files, entriesOf("fd"));
    threads = Math.min(threads, entriesOf("task"));
  }
  return { memory, files, threads, deviceBuffers: gpuBuffers + objects };
}

/** Entries of a folder of the system's that tells about this process; Deno itself lets nobody look there. */
function entriesOf(folder: string): number {
  const { stdout, success } = new Deno.Command("ls", { args: [`/proc/${Deno.pid}/${folder}`] }).outputSync();
  if (!success) throw new Error(`/proc tells nothing about ${folder}`);
  return new TextDecoder().decode(stdout).trim().split("\n").length;
}
