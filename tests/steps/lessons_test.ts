/** What the predecessor learnt the hard way, held here for good. */

import assert from "node:assert/strict";
import type { FitSamples, FitSession, IterateRequest, LevelStart, N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { correct } from "../../src/steps/correct.ts";
import { HeldBits } from "../../src/intensity/mask/bit_volume.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { PRESETS } from "../../src/options/presets.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import type { CorrectSettings } from "../../src/plan/settings.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";
import { octStack } from "../helpers/oct_stack.ts";

const SHAPE: Shape3 = [32, 40, 44];
const SECTIONS = 4;

/** What a run asked of its backend. */
interface Asked {
  open: number;
  mostOpen: number;
  samples: number[];
  levels: number;
  requests: IterateRequest[];
}

/** A backend that counts what is asked of another one. */
function counting(backend: N4Backend, asked: Asked): N4Backend {
  const watch = (session: FitSession): FitSession => ({
    beginLevel(start: LevelStart) {
      asked.levels++;
      return session.beginLevel(start);
    },
    iterate(request: IterateRequest) {
      asked.requests.push(request);
      return session.iterate(request);
    },
    lattice: () => session.lattice(),
    values: (out) => session.values(out),
    async [Symbol.asyncDispose]() {
      asked.open--;
      await session[Symbol.asyncDispose]();
    },
  });
  return {
    device: backend.device,
    checkMemory: (work) => backend.checkMemory(work),
    async openFit(samples: FitSamples) {
      asked.samples.push(samples.value.length);
      asked.mostOpen = Math.max(asked.mostOpen, ++asked.open);
      return watch(await backend.openFit(samples));
    },
    openApply: (spec) => backend.openApply(spec),
    openSmooth: (spec) => backend.openSmooth(spec),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

async function run(settings: CorrectSettings): Promise<{ asked: Asked; output: Float32Array }> {
  const input = new ArrayVolume(octStack({ shape: SHAPE, seed: 4, sections: SECTIONS }), SHAPE);
  const output = ArrayVolume.zeros(SHAPE);
  const asked: Asked = { open: 0, mostOpen: 0, samples: [], levels: 0, requests: [] };
  await using backend = counting(openTsBackend({ workers: 0 }), asked);
  await correct({ input, settings, backend, log: new RunLog() }, output);
  return { asked, output: output.data };
}

const OCT = settingsOf(resolveOptions({ preset: "oct", nSerialSlices: SECTIONS, shrinkFactor: [2, 2, 2] }, "nifti"));

Deno.test("lesson 1: what is kept of the mask through the fits is one bit a voxel", () => {
  const shape: Shape3 = [50, 1000, 1000];
  const bits = new HeldBits(shape);
  assert.ok(shape[0] * bits.planeWords * 4 <= 1.03 * voxelCount(shape) / 8);
});

Deno.test("lesson 2: a fit runs the iterations of its preset, on whatever backend", async () => {
  const { asked } = await run(OCT);
  const most = new Set(asked.requests.map(({ count }) => count));
  assert.deepEqual([...most], [PRESETS.oct.nIterations[0]]);
  const { nIterations, globalNIterations } = PRESETS.oct;
  assert.equal(asked.levels, SECTIONS * nIterations.length + globalNIterations.length);
});

Deno.test("lesson 4: of a section only its field and thinned samples are kept: one fit is open at a time", async () => {
  const { asked } = await run({ ...OCT, globalFit: { ...OCT.globalFit, shrinkFactors: [4, 4, 4] } });
  assert.equal(asked.samples.length, SECTIONS + 1);
  assert.equal(asked.mostOpen, 1);
  assert.equal(asked.open, 0, "every session is closed");
  const sections = asked.samples.slice(0, SECTIONS).reduce((sum, count) => sum + count, 0);
  assert.ok(asked.samples[SECTIONS] < sections / 4, `${asked.samples}`);
});

Deno.test("lessons 5 and 6: tables go to the device once a level, and the host reads back once a call", async () => {
  const { asked } = await run({ ...OCT, mode: "global" });
  const levels = OCT.globalFit.fit.iterations.length;
  assert.equal(asked.levels, levels, "rows and lattice are sent once a level");
  assert.equal(asked.requests.length, levels, "unwatched, a level is one call");
});

Deno.test("lesson 7: a box is corrected in the buffer that it came in", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const spec = { volume: [1, 1, 4] as const, sections: [], strength: 1, scale: 2, zeroOutside: false, floor: 1e-6 };
  await using session = await backend.openApply(spec);
  const data = Float32Array.of(1, 2, 3, 4);
  await session.correct({ z0: 0, z1: 1, y0: 0, y1: 1, x0: 0, x1: 4 }, data);
  assert.deepEqual([...data], [2, 4, 6, 8]);
});
