/**
 * Times the parts of a GPU backend on samples that are made in no time: opening a fit, beginning a level, an iteration,
 * copies and the correction of boxes. Prints a line of JSON for each.
 *
 *   deno run -A bench/hardware/profile.ts            CUDA; the library that N4_CUDA_LIBRARY names, else the packaged one
 *   deno run -A bench/hardware/profile.ts --webgpu   WebGPU
 *   deno run -A bench/hardware/profile.ts --small    a tiny fit, to try it over the emulator
 *   deno run -A bench/hardware/profile.ts --once     two iterations of one fit, for a profiler of kernels
 *
 * @module
 */

import type { FitSamples, N4Backend } from "../../src/backends/backend.ts";
import { type CudaBackend, openCudaBackend } from "../../src/backends/cuda/cuda_backend.ts";
import { openWebGpuBackend } from "../../src/backends/webgpu/webgpu_backend.ts";
import { splineRows3, zeroLattice } from "../../src/n4/bspline.ts";
import type { Shape3 } from "../../src/volume.ts";
import { print } from "../../tests/helpers/print.ts";
import { Random } from "../../tests/helpers/random.ts";
import { summarise } from "../measure.ts";

const REQUEST = { threshold: 0, bins: 200, fwhm: 0.15, wienerNoise: 0.01 };

/** A fit: samples on a whole grid or in a ball of it, over a lattice of control points. */
interface Case {
  readonly name: string;
  readonly shape: Shape3;
  readonly ball: boolean;
  readonly points: Shape3;
}

const CASES: readonly Case[] = [
  { name: "0.28 M, 8x15x15", shape: [64, 128, 128], ball: true, points: [8, 15, 15] },
  { name: "2 M, 4x4x4", shape: [128, 176, 176], ball: true, points: [4, 4, 4] },
  { name: "2 M, 11x11x11", shape: [128, 176, 176], ball: true, points: [11, 11, 11] },
  { name: "4.7 M, 4x11x11", shape: [32, 384, 384], ball: false, points: [4, 11, 11] },
  { name: "4.7 M, 6x77x77", shape: [32, 384, 384], ball: false, points: [6, 77, 77] },
  { name: "38 M, 11x11x11", shape: [128, 544, 544], ball: false, points: [11, 11, 11] },
];
const SMALL: Case = { name: "small", shape: [6, 20, 24], ball: false, points: [4, 4, 5] };

function say(line: object): void {
  print(JSON.stringify(line));
}

/** Two tissues with noise under a smooth bias. */
function samplesOf({ shape: [nz, ny, nx], ball }: Case): FitSamples {
  const rowStart = new Uint32Array(nz * ny + 1);
  const half = (z: number, y: number) => {
    const square = ball ? 1 - (2 * z / nz - 1) ** 2 - (2 * y / ny - 1) ** 2 : 1;
    return Math.floor(nx / 2 * Math.sqrt(Math.max(0, square)));
  };
  for (let row = 0; row < nz * ny; row++) rowStart[row + 1] = rowStart[row] + 2 * half(Math.floor(row / ny), row % ny);
  const count = rowStart[nz * ny];
  const [xIndex, value] = [new Uint16Array(count), new Float32Array(count)];
  const random = new Random(1);
  for (let row = 0; row < nz * ny; row++) {
    const [z, y] = [Math.floor(row / ny), row % ny];
    const first = (nx - (rowStart[row + 1] - rowStart[row])) / 2;
    for (let i = rowStart[row]; i < rowStart[row + 1]; i++) {
      const x = xIndex[i] = first + i - rowStart[row];
      const tissue = ((x >> 4) + (y >> 4) + (z >> 3)) % 3 === 0 ? 4.6 : 5.3;
      const bias = 0.3 * Math.sin(2 * x / nx) * Math.cos(3 * y / ny) + 0.2 * z / nz;
      value[i] = tissue + bias + random.between(-0.05, 0.05);
    }
  }
  const axis = (length: number) => Float64Array.from({ length }, (_, i) => i);
  return { z: axis(nz), y: axis(ny), x: axis(nx), rowStart, xIndex, value };
}

/** Milliseconds that some work takes. */
async function timed<T>(work: () => Promise<T>): Promise<[result: T, ms: number]> {
  const begin = performance.now();
  const result = await work();
  return [result, performance.now() - begin];
}

async function profileFit(backend: N4Backend, each: Case, iterations: number): Promise<void> {
  const samples = samplesOf(each);
  const rows = splineRows3([samples.z, samples.y, samples.x], each.shape, each.points);
  const level = { rows, lattice: zeroLattice(each.points) };
  const [session, openMs] = await timed(() => backend.openFit(samples));
  await using _ = session;
  const [, firstLevelMs] = await timed(() => session.beginLevel(level));
  const { convergence: first } = await session.iterate({ ...REQUEST, count: 3 });
  await session.iterate({ ...REQUEST, count: iterations });
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const [, ms] = await timed(() => session.iterate({ ...REQUEST, count: iterations }));
    times.push(1000 * ms / iterations);
  }
  const [, levelMs] = await timed(() => session.beginLevel(level));
  const again = (await session.iterate({ ...REQUEST, count: 3 })).convergence;
  const sameBits = again.every((value, i) => value === first[i]);
  const counts = { name: each.name, samples: samples.value.length };
  say({ ...counts, iterationUs: summarise(times), openMs, firstLevelMs, levelMs, sameBits });
}

/** Two iterations, so that a profiler sees each kernel twice. */
async function fitOnce(backend: N4Backend, each: Case): Promise<void> {
  const samples = samplesOf(each);
  await using session = await backend.openFit(samples);
  const rows = splineRows3([samples.z, samples.y, samples.x], each.shape, each.points);
  await session.beginLevel({ rows, lattice: zeroLattice(each.points) });
  await session.iterate({ ...REQUEST, count: 2 });
}

/** Corrects boxes of a volume by 1, 2 and 4 calls at once. */
async function profileApply(backend: N4Backend, small: boolean): Promise<void> {
  const shape: Shape3 = small ? [4, 16, 16] : [64, 1024, 1024];
  const global = zeroLattice(small ? [4, 4, 4] : [6, 54, 54]);
  for (let i = 0; i < global.values.length; i++) global.values[i] = 0.2 * Math.sin(i);
  const spec = { volume: shape, sections: [], global, strength: 1, scale: 1, zeroOutside: false, floor: 1e-6 };
  await using session = await backend.openApply(spec);
  const planes = small ? 1 : 4;
  const plane = shape[1] * shape[2];
  const data = new Float32Array(shape[0] * plane).fill(100);
  const boxes = Array.from({ length: shape[0] / planes }, (_, i) => i * planes);
  for (const atOnce of [1, 2, 4]) {
    const pass = async () => {
      const left = boxes.values();
      await Promise.all(Array.from({ length: atOnce }, async () => {
        for (const z0 of left) {
          const box = { z0, z1: z0 + planes, y0: 0, y1: shape[1], x0: 0, x1: shape[2] };
          await session.correct(box, data.subarray(z0 * plane, (z0 + planes) * plane));
        }
      }));
    };
    await pass();
    const [, ms] = await timed(pass);
    say({ apply: `boxes of ${planes * plane} voxels`, atOnce, gigavoxelsPerSecond: data.length / ms / 1e6 });
  }
}

async function profileCopies(backend: CudaBackend, bytes: number): Promise<void> {
  const gigabytes = async (way: "within" | "in" | "out") => await backend.copyRate(way, bytes) / 1e9;
  const [within, into, out] = [await gigabytes("within"), await gigabytes("in"), await gigabytes("out")];
  say({ copyGigabytesPerSecond: { within, in: into, out } });
}

async function main(): Promise<void> {
  const [small, once, webgpu] = ["--small", "--once", "--webgpu"].map((flag) => Deno.args.includes(flag));
  const cuda = webgpu ? undefined : await openCudaBackend({ allowEmulator: true });
  await using backend = cuda ?? await openWebGpuBackend({ allowSoftware: true });
  say({ device: backend.device, deno: Deno.version.deno });
  const cases = small ? [SMALL] : CASES;
  if (once) return await fitOnce(backend, small ? SMALL : CASES[4]);
  if (cuda) await profileCopies(cuda, small ? 2 ** 16 : 2 ** 29);
  for (const each of cases) await profileFit(backend, each, small ? 2 : 50);
  await profileApply(backend, small);
}

if (import.meta.main) await main();
