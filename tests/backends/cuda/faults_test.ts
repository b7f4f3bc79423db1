/**
 * Every call of the CUDA runtime fails once: the work is refused with a sentence, nothing stays allocated, and the next
 * try succeeds.
 */
import assert from "node:assert/strict";
import type { ApplySpec, SmoothSpec } from "../../../src/backends/backend.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { type Shape3, wholeBox } from "../../../src/volume.ts";
import { fitInputs } from "../../contract/fit_inputs.ts";
import { emulate, emulatorTest, openEmulator } from "../../helpers/cuda.ts";

/** Error codes of the runtime: out of memory, a kernel that failed. */
const CODES = [2, 719];

const VOLUME: Shape3 = [3, 4, 5];

/** What is done while a call fails. */
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  "a fit": async () => {
    const { samples, domain } = fitInputs()[5];
    await using backend = await openEmulator();
    await using session = await backend.openFit(samples);
    const lattice = zeroLattice([4, 4, 4]);
    await session.beginLevel({ rows: splineRows3([samples.z, samples.y, samples.x], domain, lattice.points), lattice });
    const result = await session.iterate({ count: 2, threshold: 0, bins: 8, fwhm: 0.15, wienerNoise: 0.01 });
    await session.values(new Float32Array(samples.value.length));
    return [result, await session.lattice()];
  },
  "a correction": async () => {
    const spec: ApplySpec = {
      volume: VOLUME,
      sections: [],
      global: zeroLattice([4, 4, 4]),
      zGain: Float32Array.of(1, 2, 3),
      strength: 1,
      scale: 1,
      zeroOutside: true,
      floor: 1e-6,
    };
    await using backend = await openEmulator();
    await using session = await backend.openApply(spec);
    const data = new Float32Array(60).fill(1);
    await session.correct(wholeBox(VOLUME), data, new Uint8Array(60).fill(1));
    await session.field(wholeBox(VOLUME), new Float32Array(60));
    return data;
  },
  "a smoothing": async () => {
    const spec: SmoothSpec = { volume: VOLUME, sigma: [1, 1, 1], truncate: 2 };
    await using backend = await openEmulator();
    await using session = await backend.openSmooth(spec);
    const out = new Float32Array(60);
    await session.smooth(wholeBox(VOLUME), wholeBox(VOLUME), Float32Array.from(out, (_, i) => i), out);
    return out;
  },
};

for (const [name, work] of Object.entries(WORK)) {
  emulatorTest(`${name} survives the failure of every call, one at a time`, async () => {
    const objects = emulate("objects");
    emulate("failAt", 0);
    const expected = await work();
    const calls = emulate("failAt", 0);
    assert.ok(calls > 10, `${calls} calls`);
    let refused = 0;
    for (const code of CODES) {
      emulate("failWith", code);
      for (let at = 1; at <= calls; at++) {
        emulate("failAt", at);
        try {
          assert.deepEqual(await work(), expected, `call ${at} failed without a refusal`);
        } catch (error) {
          assert.ok(error instanceof Error && error.name === "BackendError", `call ${at}: ${error}`);
          assert.match(error.message, /^Cannot [^]* as [^]*: /);
          refused++;
        }
        assert.equal(emulate("objects"), objects, `call ${at} left something allocated`);
      }
    }
    // Only calls whose failure changes nothing may pass: selecting a device and waiting for a stream while something is
    // closed.
    assert.ok(refused >= 2 * calls - 2 * 8, `${refused} of ${2 * calls} failures were refused`);
    emulate("failAt", 0);
    assert.deepEqual(await work(), expected);
  });
}
