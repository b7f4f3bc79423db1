/** Going on with another backend where a device fails and nothing is lost. */
import assert from "node:assert/strict";
import type { DeviceInfo, FitSession, N4Backend } from "../../src/backends/backend.ts";
import { FallbackBackend } from "../../src/backends/fallback.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { BackendError } from "../../src/errors.ts";
import { fitBiasField } from "../../src/n4/fit.ts";
import { fitInputs } from "../contract/fit_inputs.ts";
import { fullOptions } from "../helpers/fits.ts";

const [{ samples, domain, controlPoints }] = fitInputs();
const APPLY = { volume: [2, 3, 4], sections: [], strength: 1, scale: 2, zeroOutside: false, floor: 1e-6 } as const;
const DEVICE: DeviceInfo = {
  kind: "webgpu",
  name: "failing",
  driver: "none",
  largestBuffer: 1,
  software: true,
  workers: 1,
};

/** A device that does what the TypeScript backend does, until it has been called so many times. */
class Failing implements N4Backend {
  readonly device = DEVICE;
  readonly #twin = openTsBackend({ workers: 0 });
  #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  count(): void {
    if (this.#left-- <= 0) throw new BackendError("webgpu", "Cannot go on as the device must be there: it was lost");
  }

  checkMemory(): Promise<undefined> {
    this.count();
    return Promise.resolve(undefined);
  }

  async openFit(): Promise<FitSession> {
    this.count();
    const session = await this.#twin.openFit(samples);
    const counted = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
      this.count();
      return await call(...args);
    };
    return {
      beginLevel: counted((start) => session.beginLevel(start)),
      iterate: counted((request) => session.iterate(request)),
      lattice: counted(() => session.lattice()),
      values: counted((out) => session.values(out)),
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }

  openApply(): ReturnType<N4Backend["openApply"]> {
    return Promise.resolve().then(() => {
      this.count();
      return this.#twin.openApply(APPLY);
    });
  }

  openSmooth(): ReturnType<N4Backend["openSmooth"]> {
    return Promise.reject(new TypeError("not a failure of the device"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#twin[Symbol.asyncDispose]();
  }
}

function open(left: number): { backend: N4Backend; reasons: string[] } {
  const reasons: string[] = [];
  const backend = new FallbackBackend({
    first: new Failing(left),
    openNext: () => Promise.resolve(openTsBackend({ workers: 0 })),
    onFallback: (reason) => reasons.push(reason),
  });
  return { backend, reasons };
}

async function fit(backend: N4Backend): Promise<unknown> {
  const options = fullOptions({ controlPoints, iterations: [3, 4] });
  const corrected = new Float32Array(samples.value.length);
  const control = { batch: 2, corrected };
  return [await fitBiasField(backend, samples, { shape: domain, voxelSize: [1, 1, 1] }, options, control), corrected];
}

Deno.test("a fit goes on wherever its device fails, as if nothing had been", async () => {
  await using twin = openTsBackend({ workers: 0 });
  const expected = await fit(twin);
  for (let left = 0; left <= 10; left++) {
    const { backend, reasons } = open(left);
    await using _ = backend;
    assert.deepEqual(await fit(backend), expected, `fails at call ${left}`);
    assert.equal(backend.device.kind, left < 10 ? "ts" : "webgpu");
    const reason = "Cannot go on as the device must be there: it was lost. Going on with the TypeScript backend.";
    assert.deepEqual(reasons, left < 10 ? [reason] : []);
  }
});

Deno.test("a plan that does not fit the device is taken elsewhere before any work", async () => {
  const { backend, reasons } = open(0);
  await using _ = backend;
  const work = { volume: [1, 1, 1], fits: [], fields: { count: 0, points: [4, 4, 4] }, boxVoxels: 1 } as const;
  assert.equal(await backend.checkMemory(work), undefined);
  assert.equal(backend.device.kind, "ts");
  assert.equal(reasons.length, 1);
});

Deno.test("a correction that cannot be opened is opened elsewhere", async () => {
  const { backend, reasons } = open(0);
  await using _ = backend;
  await using session = await backend.openApply(APPLY);
  const data = new Float32Array(24).fill(3);
  await session.correct({ z0: 0, z1: 2, y0: 0, y1: 3, x0: 0, x1: 4 }, data);
  assert.ok(data.every((value) => value === 6));
  assert.equal(reasons.length, 1);
});

Deno.test("what is no failure of the device is not hidden", async () => {
  const { backend, reasons } = open(5);
  await using _ = backend;
  await assert.rejects(backend.openSmooth({ volume: [1, 1, 1], sigma: [0, 0, 0], truncate: 4 }), TypeError);
  assert.deepEqual(reasons, []);
});

Deno.test("a closed backend opens no other one", async () => {
  const { backend, reasons } = open(0);
  await backend[Symbol.asyncDispose]();
  await assert.rejects(backend.openFit(samples), { name: "BackendError" });
  assert.deepEqual(reasons, []);
});
