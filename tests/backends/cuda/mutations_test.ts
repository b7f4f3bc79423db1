/**
 * Every barrier, fence, shuffle's mask and atomic addition of the CUDA kernels is left out in turn, over the emulator
 * that looks for races (`N4_CUDA_EMULATOR=watched`): it must report a race, or the result must change. So what the
 * other tests pass on that emulator they would not pass without one of them.
 */
import assert from "node:assert/strict";
import type { FitSamples, Lattice } from "../../../src/backends/backend.ts";
import type { CudaBackend } from "../../../src/backends/cuda/cuda_backend.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { type Shape3, type Triple, wholeBox } from "../../../src/volume.ts";
import { fitInputs } from "../../contract/fit_inputs.ts";
import { emulate, emulatorTest, looksForRaces, openEmulator } from "../../helpers/cuda.ts";
import { voxelPositions } from "../../helpers/volumes.ts";

const KERNELS = new URL("../../../kernels/cuda/", import.meta.url);

/** What orders threads, or adds between them. */
const ORDERING = /__sync(threads|warp)\(|__threadfence\(|__shfl_xor_sync\(|atomicAdd\(/;

/** A line of a kernel that orders threads. */
interface Site {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

async function findSites(): Promise<Site[]> {
  const sites: Site[] = [];
  for await (const { name: file } of Deno.readDir(KERNELS)) {
    if (!file.endsWith(".cuh")) continue;
    const lines = (await Deno.readTextFile(new URL(file, KERNELS))).split("\n");
    lines.forEach((text, i) => ORDERING.test(text) && sites.push({ file, line: i + 1, text: text.trim() }));
  }
  return sites;
}

/** As `siteHash` of ffi/emulator/machine.h. */
function siteHash({ file, line }: Site): number {
  return Array.from(file).reduce((hash, letter) => (hash * 31) % 1_000_000_007 + letter.charCodeAt(0), line);
}

/** One iteration. */
async function fit(backend: CudaBackend, samples: FitSamples, domain: Shape3, points: Triple, bins: number) {
  await using session = await backend.openFit(samples);
  const rows = splineRows3([samples.z, samples.y, samples.x], domain, points);
  await session.beginLevel({ rows, lattice: zeroLattice(points) });
  const result = await session.iterate({ count: 1, threshold: 0, bins, fwhm: 0.15, wienerNoise: 0.01 });
  return [result, await session.lattice()];
}

/** The first `each` samples of each row. */
function rowsFit(backend: CudaBackend, shape: Shape3, each: number, points: Triple) {
  const [z, y, x] = voxelPositions(shape);
  const rows = shape[0] * shape[1];
  const samples = {
    rowStart: Uint32Array.from({ length: rows + 1 }, (_, row) => each * row),
    xIndex: Uint16Array.from({ length: each * rows }, (_, i) => i % each),
    value: Float32Array.from({ length: each * rows }, (_, i) => (i * 7919 % 1009) / 1009),
  };
  return fit(backend, { z, y, x, ...samples }, shape, points, 16);
}

const LATTICE: Lattice = { points: [4, 4, 5], values: Float64Array.from({ length: 80 }, (_, i) => i % 7 / 10) };

async function correction(backend: CudaBackend) {
  const volume: Shape3 = [2, 3, 40];
  const rules = { strength: 1, scale: 1, zeroOutside: false, floor: 1e-6 };
  await using session = await backend.openApply({ volume, sections: [], global: LATTICE, ...rules });
  const data = new Float32Array(240).fill(1);
  await session.correct(wholeBox(volume), data);
  return data;
}

/** Calls that meet every kernel with barriers, those that take seconds last. */
const CALLS: readonly ((backend: CudaBackend) => Promise<unknown>)[] = [
  (backend) => {
    const { samples, domain } = fitInputs()[1];
    return fit(backend, samples, domain, [4, 6, 5], 33);
  },
  correction,
  // More bins than shared memory has counters for.
  (backend) => {
    const { samples, domain } = fitInputs()[0];
    return fit(backend, samples, domain, [4, 4, 4], 3000);
  },
  // Several blocks of the histogram.
  (backend) => rowsFit(backend, [1, 10, 900], 900, [4, 4, 4]),
  // Several passes of a block over its rows: of the contraction, and of a warp of `subtract`.
  (backend) => rowsFit(backend, [1, 2100, 4], 1, [4, 4, 259]),
  (backend) => rowsFit(backend, [1, 32_800, 4], 1, [4, 4, 4]),
];

if (looksForRaces) {
  emulatorTest("each barrier, fence, mask and atomic addition that is left out is noticed", async () => {
    await using backend = await openEmulator();
    const expected: unknown[] = [];
    for (const call of CALLS) expected.push(await call(backend));
    const unnoticed: string[] = [];
    const sites = await findSites();
    for (const site of sites) {
      emulate("leaveOut", siteHash(site));
      if (await isSame(backend, expected)) unnoticed.push(`${site.file}:${site.line}: ${site.text}`);
    }
    emulate("leaveOut", 0);
    assert.ok(await isSame(backend, expected), "nothing left out");
    assert.ok(sites.length >= 25, `${sites.length} places`);
    assert.deepEqual(unnoticed, []);
  });
}

/** Whether every call comes out as expected, without a refusal. */
async function isSame(backend: CudaBackend, expected: readonly unknown[]): Promise<boolean> {
  for (const [i, call] of CALLS.entries()) {
    try {
      assert.deepEqual(await call(backend), expected[i]);
    } catch {
      return false;
    }
  }
  return true;
}
