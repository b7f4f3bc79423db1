/**
 * Times of the CUDA backend on one subject: the fit alone, samples resident; the whole call, from arrays to a corrected array; one iteration; and the floors of each,
 * which are the bytes that must move over the measured rates of copies.
 *
 * @module
 */

import type { CudaBackend } from "../src/backends/cuda/cuda_backend.ts";
import type { FitSamples, FitSession, Lattice, N4Backend } from "../src/backends/backend.ts";
import { splineRows3, zeroLattice } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS, fitBiasField, type FitOptions } from "../src/n4/fit.ts";
import { planBoxes } from "../src/io/flow/boxes.ts";
import { boxVoxels, voxelCount } from "../src/volume.ts";
import { samplesOf, type Subject, type SubjectVolume } from "./cuda_subjects.ts";
import { summarise, type Summary } from "./measure.ts";

/** Measured rates of copies, bytes a second. */
export interface CopyRates {
  /** Within the device's memory, read and written together. */
  readonly within: number;
  /** From pinned host memory. */
  readonly in: number;
  /** To pinned host memory. */
  readonly out: number;
}

/** Bytes that one iteration must read and write for a sample: u four times (once written), its column twice. */
const ITERATION_BYTES = 4 * 4 + 2 * 2;

/** Bytes of a sample that go up: value, column. */
const SAMPLE_BYTES = 4 + 2;

/** Voxels of a box of the correction. */
const BOX_VOXELS = 2 ** 24;

/** Iterations that are timed together. */
const ITERATIONS = 50;

/** One line of the results; times in ms. */
export interface CudaTiming {
  readonly name: string;
  readonly samples: number;
  readonly voxels: number;
  readonly iterations: number;
  /** Levels and iterations with the samples on the device. */
  readonly fitMs: Summary;
  /** Samples up, fit, volume up, corrected volume down. */
  readonly wholeMs: Summary;
  /** One iteration of the last level. */
  readonly iterationMs: Summary;
  /** Device memory predicted for the fit. */
  readonly fitBytes: number;
}

/** The floors of a subject, in ms. */
export interface CudaFloors {
  /** What an iteration would take if it were but its bytes, and how many times that it takes. */
  readonly iterationFloorMs: number;
  readonly timesFloor: number;
  /** What the transfers of the whole call would take at the rates of pinned copies. */
  readonly transferFloorMs: number;
}

/** Works the floors out. */
export function floorsOf({ samples, voxels, iterationMs }: CudaTiming, rates: CopyRates): CudaFloors {
  const iterationFloorMs = (1000 * ITERATION_BYTES * samples) / rates.within;
  return {
    iterationFloorMs,
    timesFloor: iterationMs.median / iterationFloorMs,
    transferFloorMs: 1000 * ((SAMPLE_BYTES * samples + 4 * voxels) / rates.in + (4 * voxels) / rates.out),
  };
}

/** The options of a subject's fit: every iteration runs. */
export function optionsOf(subject: Subject): FitOptions {
  return { ...FIT_DEFAULTS, convergenceThreshold: 0, ...subject.options };
}

/** Times a subject; `rounds` each after one to warm up. */
export async function timeSubject(
  backend: CudaBackend,
  subject: Subject,
  volume: SubjectVolume,
  rounds: number,
): Promise<CudaTiming & { readonly lattice: Lattice }> {
  const samples = samplesOf(subject, volume);
  const options = optionsOf(subject);
  const domain = { shape: subject.shape, voxelSize: [1, 1, 1] } as const;
  const count = samples.value.length;
  const output = volume.intensity.slice();
  const wholeMs = await time(rounds, () => correctWhole(backend, subject, samples, output));
  await using session = await backend.openFit(samples);
  const resident = residentFit(backend, session);
  const { lattice } = await fitBiasField(resident, samples, domain, options);
  const fitMs = await time(rounds, () => fitBiasField(resident, samples, domain, options));
  const rows = splineRows3([samples.z, samples.y, samples.x], subject.shape, lattice.points);
  await session.beginLevel({ rows, lattice: zeroLattice(lattice.points) });
  const many = await time(rounds, () => session.iterate({ ...options, count: ITERATIONS, threshold: 0 }));
  const iterationMs = { median: many.median / ITERATIONS, min: many.min / ITERATIONS, max: many.max / ITERATIONS };
  return {
    name: subject.name,
    samples: count,
    voxels: voxelCount(subject.shape),
    iterations: options.iterations.reduce((sum, n) => sum + n, 0),
    fitMs,
    wholeMs,
    iterationMs,
    fitBytes: backend.fitBytes(samples, lattice.points, options.bins),
    lattice,
  };
}

async function time(rounds: number, work: () => Promise<unknown>): Promise<Summary> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return summarise(times);
}

/** A backend whose fits run in a session that is open already. */
function residentFit(backend: CudaBackend, session: FitSession): N4Backend {
  const kept: FitSession = {
    beginLevel: (start) => session.beginLevel(start),
    iterate: (request) => session.iterate(request),
    lattice: () => session.lattice(),
    values: (out) => session.values(out),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return {
    device: backend.device,
    checkMemory: (work) => backend.checkMemory(work),
    openFit: () => Promise.resolve(kept),
    openApply: (spec) => backend.openApply(spec),
    openSmooth: (spec) => backend.openSmooth(spec),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Fits the samples and corrects the volume in place; again and again, since what it holds changes no time. */
async function correctWhole(
  backend: CudaBackend,
  subject: Subject,
  samples: FitSamples,
  output: Float32Array,
): Promise<void> {
  const { shape } = subject;
  const { lattice } = await fitBiasField(backend, samples, { shape, voxelSize: [1, 1, 1] }, optionsOf(subject));
  const spec = { volume: shape, sections: [], global: lattice, strength: 1, scale: 1, zeroOutside: false, floor: 1e-6 };
  await using session = await backend.openApply(spec);
  let at = 0;
  const boxes = planBoxes(shape, [1, shape[1], shape[2]], BOX_VOXELS).values();
  // Two at a time, as in a command.
  const work = async () => {
    for (const box of boxes) await session.correct(box, output.subarray(at, at += boxVoxels(box)));
  };
  await Promise.all([work(), work()]);
}
