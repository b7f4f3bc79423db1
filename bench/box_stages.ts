/**
 * The stages that work on boxes of voxels, and whole fits, as benches.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ApplySpec } from "../src/backends/backend.ts";
import { BoxCorrector } from "../src/backends/ts/loops/apply.ts";
import { smoothBox } from "../src/backends/ts/loops/smooth.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { WasmBoxCorrector } from "../src/backends/ts/wasm/apply.ts";
import { wasmSmooth } from "../src/backends/ts/wasm/smooth.ts";
import { evaluateAt, splineRows3 } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS, fitBiasField, type FitOptions } from "../src/n4/fit.ts";
import { gaussianRadius, gaussianTaps } from "../src/n4/gaussian.ts";
import { type Box, type Shape3, type Triple, voxelCount } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";
import { voxelPositions } from "../tests/helpers/volumes.ts";
import { type By, ellipsoidSamples } from "./fit_subject.ts";
import type { Bench, Prepared } from "./stage_table.ts";

/** Voxels checked by their plain definition. */
const CHECKED = 200;

/** Bytes that an iteration must move for a sample: u read three times and written once, its column read twice. */
const ITERATION_BYTES = 4 * 4 + 2 * 2;

function wholeBox([nz, ny, nx]: Shape3): Box {
  return { z0: 0, z1: nz, y0: 0, y1: ny, x0: 0, x1: nx };
}

function randomVoxels(shape: Shape3): Float32Array {
  const random = new Random(7);
  return Float32Array.from({ length: voxelCount(shape) }, () => random.between(1, 100));
}

/** Indices spread over a volume, edges included. */
function spreadVoxels(shape: Shape3): Triple[] {
  const random = new Random(8);
  const inner = Array.from({ length: CHECKED }, () => shape.map((n) => random.integer(0, n - 1)) as unknown as Triple);
  return [[0, 0, 0], [shape[0] - 1, shape[1] - 1, shape[2] - 1], ...inner];
}

function applyBench(n: number, by: By): Prepared {
  const shape: Shape3 = [n, n, n];
  const points: Triple = [11, 11, 11];
  const random = new Random(9);
  const lattice = { points, values: Float64Array.from({ length: 11 ** 3 }, () => random.between(-0.3, 0.3)) };
  const spec: ApplySpec = {
    volume: shape,
    sections: [],
    global: lattice,
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  };
  const corrector = by === "its twin" ? new BoxCorrector(spec) : new WasmBoxCorrector(spec);
  const source = randomVoxels(shape);
  const data = source.slice();
  const check = () => {
    const rows = splineRows3(voxelPositions(shape), shape, points);
    for (const [z, y, x] of spreadVoxels(shape)) {
      const at = (z * n + y) * n + x;
      const plain = source[at] / Math.exp(evaluateAt(lattice, rows, z, y, x));
      assert(Math.abs(data[at] - plain) < 1e-6 * plain);
    }
    data.fill(1);
  };
  const elements = data.length;
  return {
    elements,
    bytes: 8 * elements,
    check,
    work: () => corrector.correct(wholeBox(shape), data, undefined),
  };
}

function smoothBench(n: number, by: By): Prepared {
  const volume: Shape3 = [n, n, n];
  const sigma: Triple = [1, 2, 2];
  const data = randomVoxels(volume);
  const out = new Float32Array(data.length);
  const spec = { volume, sigma, truncate: 4 };
  const taps = sigma.map((s) => gaussianTaps(s, gaussianRadius(s, 4)));
  const mirrored = (i: number) => i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i;
  const check = () => {
    for (const [z, y, x] of spreadVoxels(volume)) {
      let sum = 0;
      for (const [a, wz] of taps[0].entries()) {
        for (const [b, wy] of taps[1].entries()) {
          for (const [c, wx] of taps[2].entries()) {
            const [iz, iy, ix] = [[z, a, 0], [y, b, 1], [x, c, 2]].map(([at, tap, axis]) =>
              mirrored(at + tap - (taps[axis].length >> 1))
            );
            sum += wz * wy * wx * data[(iz * n + iy) * n + ix];
          }
        }
      }
      assert(Math.abs(out[(z * n + y) * n + x] - sum) < 1e-4);
    }
  };
  const elements = data.length;
  const box = wholeBox(volume);
  const work = () => {
    const smooth = by === "its twin" ? smoothBox : wasmSmooth;
    smooth(spec, box, box, data, out);
  };
  return { elements, bytes: 8 * elements, check, work };
}

/** Four levels of five iterations; an element is a sample in an iteration. */
function fitBench(n: number, workers: number): Prepared {
  const samples = ellipsoidSamples(n);
  const options: FitOptions = { ...FIT_DEFAULTS, iterations: [5, 5, 5, 5], convergenceThreshold: 0 };
  const domain = { shape: [n, n, n], voxelSize: [1, 1, 1] } as const;
  const corrected = new Float32Array(samples.value.length);
  const backend = openTsBackend({ workers });
  addEventListener("unload", () => void backend[Symbol.asyncDispose]());
  let lattice: Awaited<ReturnType<typeof fitBiasField>>["lattice"] | undefined;
  const work = async () => {
    ({ lattice } = await fitBiasField(backend, samples, domain, options, { corrected }));
  };
  const check = () => {
    assert(lattice);
    const rows = splineRows3([samples.z, samples.y, samples.x], domain.shape, lattice.points);
    for (let r = 0; r + 1 < samples.rowStart.length; r += 31) {
      const i = samples.rowStart[r];
      if (i === samples.rowStart[r + 1]) continue;
      const field = evaluateAt(lattice, rows, Math.floor(r / n), r % n, samples.xIndex[i]);
      assert(Math.abs(samples.value[i] - field - corrected[i]) < 1e-5);
    }
  };
  const elements = samples.value.length * options.iterations.reduce((a, b) => a + b, 0);
  return { elements, bytes: ITERATION_BYTES * elements, check, work };
}

/** The stages of boxes, then fits on the calling thread and with one and two workers. */
export function boxBenches(sizes: readonly number[]): Bench[] {
  const fits = ([0, 1, 2] as const).flatMap((workers) =>
    sizes.map((n): Bench => ({
      name: `fit, ${workers === 0 ? "calling thread" : `${workers} worker${workers > 1 ? "s" : ""}`}`,
      size: `${n}^3`,
      unit: "sample iteration",
      prepare: () => fitBench(n, workers),
    }))
  );
  const both = (name: string, prepare: (n: number, by: By) => Prepared): Bench[] =>
    (["WebAssembly", "its twin"] as const).flatMap((by) =>
      sizes.map((n): Bench => {
        const title = by === "its twin" ? `${name}, ${by}` : name;
        return { name: title, size: `${n}^3`, unit: "voxel", prepare: () => prepare(n, by) };
      })
    );
  return [...both("apply", applyBench), ...both("smooth", smoothBench), ...fits];
}
