/**
 * Times of the CUDA backend: the six phantoms that linumpy measures itself on and a head of two million masked voxels; the fit alone, the whole call with its
 * transfers, and the floor, which is the bytes that an iteration must move over the measured rate of a copy.
 *
 * @module
 */

import { type CudaBackend, openCudaBackend } from "../src/backends/cuda/cuda_backend.ts";
import type { FitSamples } from "../src/backends/backend.ts";
import { splineRows3, zeroLattice } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS, fitBiasField, type FitOptions } from "../src/n4/fit.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { sampleGrid } from "../src/n4/shrink.ts";
import { type Shape3, type Triple, voxelCount } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";
import { forEachVoxel } from "../tests/helpers/volumes.ts";

/** A volume to fit, 1 mm a voxel. */
interface Subject {
  readonly name: string;
  readonly shape: Shape3;
  /** Distance between samples, voxels. */
  readonly shrink: number;
  /** Radius of the mask; 1 is a third of the shape. */
  readonly radius: number;
  readonly options: Partial<FitOptions>;
}

/** linumpy's benchmark: 20 mm between control points, never refined. */
function phantom(shape: Shape3, shrink: number): Subject {
  const controlPoints = shape.map((n) => Math.max(4, Math.round(n / 20))) as unknown as Triple;
  const options = { iterations: [25, 25, 25], controlPoints, lattice: "fixed" } as const;
  return { name: `phantom ${shape.join("x")} / ${shrink}`, shape, shrink, radius: 1.2, options };
}

const SUBJECTS: readonly Subject[] = [
  phantom([64, 128, 128], 2),
  phantom([128, 256, 256], 2),
  phantom([128, 512, 512], 2),
  phantom([256, 512, 512], 2),
  phantom([128, 1024, 1024], 4),
  phantom([128, 1536, 1536], 4),
  { name: "head", shape: [256, 176, 256], shrink: 1, radius: 1.04, options: { iterations: [50, 50, 50, 50] } },
];

/** Bytes that one iteration must read and write for a sample: u four times (once written), its column twice. */
const BYTES_PER_SAMPLE = 4 * 4 + 2 * 2;

/** Copies long enough for the rate that large arrays reach. */
const COPY_BYTES = 2 ** 29;

/** One line of the results. */
export interface CudaTiming {
  readonly name: string;
  readonly samples: number;
  readonly iterations: number;
  /** Upload, levels and iterations, lattice back: best and median of the rounds, ms. */
  readonly wholeMs: readonly [min: number, median: number];
  /** One iteration of the last level, samples resident: best and median, microseconds. */
  readonly iterationUs: readonly [min: number, median: number];
  /** What an iteration would take if it were but its bytes, microseconds. */
  readonly floorUs: number;
}

/** The phantom of linumpy's benchmark as samples: bright inside the unit radius, dark around it, under a plane and a wave, with noise. */
function samplesOf({ shape, shrink, radius }: Subject): FitSamples {
  const random = new Random(1);
  const positions = sampleGrid(shape, [shrink, shrink, shrink], "stride").map((axis) => axis.positions);
  const [z, y, x] = positions;
  const grid: Shape3 = [z.length, y.length, x.length];
  const intensity = new Float32Array(voxelCount(grid)).fill(NaN);
  forEachVoxel(grid, (i, iz, iy, ix) => {
    const [a, b, c] = [z[iz] / shape[0] - 0.5, y[iy] / shape[1] - 0.5, x[ix] / shape[2] - 0.5];
    const r = 3 * Math.hypot(a, b, c);
    if (r > radius) return;
    const bias = 1 + 0.5 * (a + b / 2 - c / 2) + 0.25 * Math.cos(Math.PI * a) * Math.cos(Math.PI * b);
    const tissue = (r < 1 ? 1 : 0.3) + 0.02 * random.normal();
    intensity[i] = Math.max(tissue, 0.01) * Math.min(Math.max(bias, 0.4), 2.5);
  });
  return compactSamples({ positions: [z, y, x], intensity }, "exclude").samples;
}

/** Times `work`, once to warm up. */
async function time(rounds: number, work: () => Promise<unknown>): Promise<[min: number, median: number]> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return [times[0], times[times.length >> 1]];
}

async function timeSubject(backend: CudaBackend, subject: Subject, rate: number): Promise<CudaTiming> {
  const { name, shape } = subject;
  const samples = samplesOf(subject);
  const options: FitOptions = { ...FIT_DEFAULTS, convergenceThreshold: 0, ...subject.options };
  const domain = { shape, voxelSize: [1, 1, 1] } as const;
  const { lattice } = await fitBiasField(backend, samples, domain, options);
  const wholeMs = await time(5, () => fitBiasField(backend, samples, domain, options));
  await using session = await backend.openFit(samples);
  const rows = splineRows3([samples.z, samples.y, samples.x], shape, lattice.points);
  await session.beginLevel({ rows, lattice: zeroLattice(lattice.points) });
  const count = 50;
  const [min, median] = await time(5, () => session.iterate({ ...options, count, threshold: 0 }));
  return {
    name,
    samples: samples.value.length,
    iterations: options.iterations.reduce((sum, n) => sum + n, 0),
    wholeMs,
    iterationUs: [(1000 * min) / count, (1000 * median) / count],
    floorUs: (1e6 * BYTES_PER_SAMPLE * samples.value.length) / rate,
  };
}

/** Times every subject; `only` by name, for a try. */
export async function benchmarkCuda(only?: string): Promise<Readonly<Record<string, unknown>>> {
  await using backend = await openCudaBackend({ allowEmulator: only !== undefined });
  const rate = await backend.copyRate(only === undefined ? COPY_BYTES : 2 ** 20);
  const timings: CudaTiming[] = [];
  for (const subject of SUBJECTS.filter(({ name }) => only === undefined || name === only)) {
    timings.push(await timeSubject(backend, subject, rate));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    command: "deno task verify:cuda",
    deno: Deno.version.deno,
    device: backend.device,
    copyGBs: rate / 1e9,
    peakBytes: backend.peakBytes(),
    timings,
  };
}
