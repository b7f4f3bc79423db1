/**
 * The contract of a fit.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FitSession, IterateRequest, Lattice, N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { evaluateAt, splineRows3, zeroLattice } from "../../src/n4/bspline.ts";
import { fitBiasField } from "../../src/n4/fit.ts";
import { compareFields, logFieldOn } from "../helpers/fields.ts";
import { fullOptions } from "../helpers/fits.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin, type ToleranceName } from "../helpers/tolerances.ts";
import { voxelPositions } from "../helpers/volumes.ts";
import { type FitInput, fitInputs } from "./fit_inputs.ts";
import type { ContractTest } from "./suite.ts";

const REQUEST: IterateRequest = { count: 3, threshold: 0, bins: 200, fwhm: 0.15, wienerNoise: 0.01 };

const [MASKED, WEIGHTED] = fitInputs();

async function fit(backend: N4Backend, { samples, domain, controlPoints, iterations }: FitInput): Promise<Lattice> {
  const options = fullOptions({ controlPoints, iterations });
  return (await fitBiasField(backend, samples, { shape: domain, voxelSize: [1, 1, 1] }, options)).lattice;
}

/** Opens a fit and begins a level with a lattice of zeros, or a given one. */
async function begin(
  backend: N4Backend,
  { samples, domain, controlPoints }: FitInput,
  lattice?: Lattice,
): Promise<FitSession> {
  const session = await backend.openFit(samples);
  const rows = splineRows3([samples.z, samples.y, samples.x], domain, controlPoints);
  await session.beginLevel({ rows, lattice: lattice ?? zeroLattice(controlPoints) });
  return session;
}

/** v - field of every sample, by 64 control points each, rounded to float32. */
function correctedValues({ samples, domain, controlPoints }: FitInput, lattice: Lattice): Float32Array {
  const rows = splineRows3([samples.z, samples.y, samples.x], domain, controlPoints);
  const ny = samples.y.length;
  const out = new Float32Array(samples.value.length);
  for (let r = 0; r + 1 < samples.rowStart.length; r++) {
    for (let i = samples.rowStart[r]; i < samples.rowStart[r + 1]; i++) {
      out[i] = samples.value[i] - evaluateAt(lattice, rows, Math.floor(r / ny), r % ny, samples.xIndex[i]);
    }
  }
  return out;
}

async function assertValues(session: FitSession, expected: Float32Array): Promise<void> {
  const values = new Float32Array(expected.length);
  await session.values(values);
  assertWithin(compareFields(values, expected, () => true).max, "fitValues");
}

/** Registers the tests. */
export function fitContract(test: ContractTest, tolerance: ToleranceName | "exact"): void {
  for (const input of fitInputs()) {
    test(`fits ${input.name} as its twin does, and the same bits again`, async (backend) => {
      const lattice = await fit(backend, input);
      await using twin = openTsBackend({ workers: 0 });
      const expected = await fit(twin, input);
      assert.deepEqual(await fit(backend, input), lattice);
      if (tolerance === "exact") assert.deepEqual(lattice, expected);
      const on = voxelPositions(input.domain);
      const difference = compareFields(
        logFieldOn(lattice, on, input.domain),
        logFieldOn(expected, on, input.domain),
        () => true,
      );
      if (tolerance !== "exact") assertWithin(difference.max, tolerance, input.name);
    });
  }

  test("the split of iterations over calls changes no bit", async (backend) => {
    await using whole = await begin(backend, WEIGHTED);
    await using split = await begin(backend, WEIGHTED);
    const { convergence } = await whole.iterate({ ...REQUEST, count: 5 });
    const parts = [];
    for (const count of [1, 3, 1]) parts.push(...(await split.iterate({ ...REQUEST, count })).convergence);
    assert.deepEqual(parts, convergence);
    assert.deepEqual(await split.lattice(), await whole.lattice());
  });

  test("values are v less the field, from the start of a level and after iterations", async (backend) => {
    await using session = await begin(backend, MASKED);
    await assertValues(session, MASKED.samples.value);
    await session.iterate(REQUEST);
    await assertValues(session, correctedValues(MASKED, await session.lattice()));
  });

  test("a level starts from the lattice it is given, with u anew from the stored v", async (backend) => {
    const random = new Random(4);
    const { points, values } = zeroLattice(WEIGHTED.controlPoints);
    const lattice = { points, values: values.map(() => Math.fround(random.between(-0.2, 0.2))) };
    await using session = await begin(backend, WEIGHTED, lattice);
    assert.deepEqual(await session.lattice(), lattice);
    await assertValues(session, correctedValues(WEIGHTED, lattice));
    await session.iterate(REQUEST);
    const rows = splineRows3([WEIGHTED.samples.z, WEIGHTED.samples.y, WEIGHTED.samples.x], WEIGHTED.domain, points);
    await session.beginLevel({ rows, lattice });
    await assertValues(session, correctedValues(WEIGHTED, lattice));
  });

  test("iterations end at the first measure that meets the threshold", async (backend) => {
    await using free = await begin(backend, MASKED);
    const { convergence, stopped } = await free.iterate({ ...REQUEST, count: 12 });
    assert.equal(convergence.length, 12);
    assert.equal(stopped, false);
    const threshold = convergence[6];
    const end = convergence.findIndex((measure) => measure <= threshold) + 1;
    await using held = await begin(backend, MASKED);
    assert.deepEqual(await held.iterate({ ...REQUEST, count: 12, threshold }), {
      convergence: convergence.slice(0, end),
      stopped: true,
    });
  });

  test("a constant image stops before the first measure and adds nothing", async (backend) => {
    const samples = { ...MASKED.samples, value: MASKED.samples.value.map(() => 4.5) };
    await using session = await begin(backend, { ...MASKED, samples });
    assert.deepEqual(await session.iterate(REQUEST), { convergence: [], stopped: true });
    assert.ok((await session.lattice()).values.every((value) => value === 0));
  });

  test("two fits that are open together do not disturb each other", async (backend) => {
    const alone = [];
    for (const input of [MASKED, WEIGHTED]) {
      await using session = await begin(backend, input);
      await session.iterate({ ...REQUEST, count: 2 });
      alone.push(await session.lattice());
    }
    await using first = await begin(backend, MASKED);
    await using second = await begin(backend, WEIGHTED);
    for (let i = 0; i < 2; i++) {
      await first.iterate({ ...REQUEST, count: 1 });
      await second.iterate({ ...REQUEST, count: 1 });
    }
    assert.deepEqual([await first.lattice(), await second.lattice()], alone);
  });

  test("few bins and many are taken", async (backend) => {
    await using twin = openTsBackend({ workers: 0 });
    for (const bins of [2, 3, 64, 256, 1000]) {
      await using session = await begin(backend, MASKED);
      await using expected = await begin(twin, MASKED);
      await session.iterate({ ...REQUEST, bins });
      await expected.iterate({ ...REQUEST, bins });
      const [ours, theirs] = [await session.lattice(), await expected.lattice()];
      if (tolerance === "exact") assert.deepEqual(ours, theirs);
      else assertWithin(compareFields(ours.values, theirs.values, () => true).max, tolerance, `${bins} bins`);
    }
  });
}
