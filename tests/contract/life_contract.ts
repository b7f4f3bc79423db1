/**
 * The contract of opening and closing: what a device says of itself, and what closed sessions do.
 *
 * @module
 */

import assert from "node:assert/strict";
import { splineRows3, zeroLattice } from "../../src/n4/bspline.ts";
import { wholeBox } from "../../src/volume.ts";
import { fitInputs } from "./fit_inputs.ts";
import type { ContractTest } from "./suite.ts";

const REQUEST = { count: 1, threshold: 0, bins: 64, fwhm: 0.15, wienerNoise: 0.01 };

const APPLY = {
  volume: [2, 3, 4],
  sections: [],
  strength: 1,
  scale: 1,
  zeroOutside: false,
  floor: 1e-6,
} as const;

/** Registers the tests. */
export function lifeContract(test: ContractTest): void {
  test("the device says what it is", ({ device }) => {
    assert.ok(["cuda", "webgpu", "ts"].includes(device.kind));
    assert.ok(device.name.length > 0 && device.driver.length > 0);
    assert.ok(device.largestBuffer > 0);
    assert.ok(Number.isInteger(device.workers) && device.workers >= 1);
    return Promise.resolve();
  });

  test("iterating and reading the lattice are refused before a level has begun", async (backend) => {
    await using session = await backend.openFit(fitInputs()[0].samples);
    await assert.rejects(session.iterate(REQUEST), Error);
    await assert.rejects(session.lattice(), Error);
  });

  test("a closed fit refuses to go on, and others go on", async (backend) => {
    const { samples, domain } = fitInputs()[0];
    const level = {
      rows: splineRows3([samples.z, samples.y, samples.x], domain, [4, 4, 4]),
      lattice: zeroLattice([4, 4, 4]),
    };
    const closed = await backend.openFit(samples);
    await closed.beginLevel(level);
    await closed[Symbol.asyncDispose]();
    await assert.rejects(closed.beginLevel(level), Error);
    await assert.rejects(closed.iterate(REQUEST), Error);
    await using other = await backend.openFit(samples);
    await other.beginLevel(level);
    assert.equal((await other.iterate(REQUEST)).convergence.length, 1);
  });

  test("a closed correction refuses to go on", async (backend) => {
    const closed = await backend.openApply(APPLY);
    await closed[Symbol.asyncDispose]();
    await assert.rejects(closed.correct(wholeBox(APPLY.volume), new Float32Array(24)), Error);
    await assert.rejects(closed.field(wholeBox(APPLY.volume), new Float32Array(24)), Error);
  });

  test("a closed backend refuses everything", async (backend) => {
    const session = await backend.openFit(fitInputs()[0].samples);
    await backend[Symbol.asyncDispose]();
    await assert.rejects(session.iterate(REQUEST), Error);
    await assert.rejects(backend.openFit(fitInputs()[0].samples), { name: "BackendError" });
    await assert.rejects(backend.openApply(APPLY), { name: "BackendError" });
  });

  test("closing twice does no harm", async (backend) => {
    const fit = await backend.openFit(fitInputs()[0].samples);
    await fit[Symbol.asyncDispose]();
    await fit[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });
}
