/** What the WebGPU backend refuses and how it fails: tagged errors, one sentence each. */
import assert from "node:assert/strict";
import { openBackend, probeBackends } from "../../../src/backends/open.ts";
import { openGpu } from "../../../src/backends/webgpu/adapter.ts";
import { Buffers } from "../../../src/backends/webgpu/buffers.ts";
import { openWebGpuFit } from "../../../src/backends/webgpu/fit_session.ts";
import { openWebGpuBackend } from "../../../src/backends/webgpu/webgpu_backend.ts";
import { openChosenBackend } from "../../../src/run/device.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { RunLog } from "../../../src/run_log.ts";
import { fitInputs } from "../../contract/fit_inputs.ts";
import { webGpuMissing, webGpuTest } from "../../helpers/webgpu.ts";

const REQUEST = { count: 2, threshold: 0, bins: 64, fwhm: 0.15, wienerNoise: 0.01 };
const [{ samples, domain }] = fitInputs();
const LEVEL = {
  rows: splineRows3([samples.z, samples.y, samples.x], domain, [4, 4, 4]),
  lattice: zeroLattice([4, 4, 4]),
};

function gpuTest(name: string, work: () => Promise<void>): void {
  Deno.test({ name: `webgpu: ${name}`, ignore: webGpuMissing !== undefined, fn: work });
}

gpuTest("a lost device is a tagged error, from then on", async () => {
  const { gpu } = await openGpu({ allowSoftware: true });
  await using session = await openWebGpuFit(gpu, samples);
  await session.beginLevel(LEVEL);
  await session.iterate(REQUEST);
  gpu.device.destroy();
  await gpu.device.lost;
  const lost = { name: "BackendError", message: /^Cannot go on as the WebGPU device must be there: it was lost/ };
  await assert.rejects(session.iterate(REQUEST), lost);
  await assert.rejects(session.lattice(), lost);
  await assert.rejects(openWebGpuFit(gpu, samples), lost);
});

gpuTest("a device asked for on worker threads is told of; threads serve every backend", async () => {
  const warningsOf = async (options: Parameters<typeof openChosenBackend>[0]) => {
    const log = new RunLog();
    await using _backend = await openChosenBackend(options, log);
    return log.warnings.filter((text) => text.includes("is for the backend"));
  };
  assert.deepEqual(await warningsOf({ backend: "webgpu", nProcesses: 1 }), []);
  assert.deepEqual(await warningsOf({ backend: "webgpu" }), []);
  assert.deepEqual(await warningsOf({ backend: "ts", nProcesses: 1 }), []);
  assert.deepEqual(await warningsOf({ backend: "ts", nProcesses: 1, device: 0 }), [
    "Option 'device' is for the backend cuda: the current one is ts.",
  ]);
});

gpuTest("validation errors and lack of memory are tagged errors with their cause", async () => {
  const { gpu } = await openGpu({ allowSoftware: true });
  const wrong = { size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE };
  await assert.rejects(gpu.guarded("try", () => gpu.device.createBuffer(wrong)), (error: Error) => {
    assert.equal(error.name, "BackendError");
    assert.match(error.message, /^Cannot try as the WebGPU device must accept it: /);
    assert.ok(error.cause instanceof GPUValidationError);
    return true;
  });
  const fail = () => {
    throw new GPUOutOfMemoryError("no more");
  };
  await assert.rejects(gpu.guarded("try", fail), {
    name: "BackendError",
    message: "Cannot try as the WebGPU device must have memory left: no more",
  });
  gpu.close();
});

gpuTest("a buffer above the largest binding is refused before it is made", async () => {
  const { gpu } = await openGpu({ allowSoftware: true, largestBinding: 1024 });
  using buffers = new Buffers(gpu);
  assert.throws(() => buffers.storage("lattice", 2000), {
    name: "BackendError",
    message: "Cannot hold the lattice as a buffer must have at most 1024 bytes on this WebGPU device: it needs 2000",
  });
  gpu.close();
});

webGpuTest("more bins than a workgroup's memory holds are refused", async (backend) => {
  await using session = await backend.openFit(samples);
  await session.beginLevel(LEVEL);
  await assert.rejects(session.iterate({ ...REQUEST, bins: 60_000 }), {
    name: "BackendError",
    message: /^Cannot sharpen as 'bins' must be at most \d+ on this WebGPU device: current value is 60000$/,
  });
  assert.equal((await session.iterate(REQUEST)).convergence.length, 2);
});

webGpuTest("samples of which none takes part have nothing to fit", async (backend) => {
  const none = {
    ...samples,
    rowStart: samples.rowStart.map(() => 0),
    xIndex: new Uint16Array(0),
    value: new Float32Array(0),
  };
  await using session = await backend.openFit(none);
  await session.beginLevel(LEVEL);
  assert.deepEqual(await session.iterate(REQUEST), { convergence: [], stopped: true });
  assert.deepEqual((await session.lattice()).values, LEVEL.lattice.values);
});

webGpuTest("a processor in place of a GPU is only taken by name", async ({ device }) => {
  if (!device.software) return;
  const refusal = {
    name: "BackendError",
    message: /must be a GPU unless option 'backend: webgpu' asks for it: .*software$/,
  };
  await assert.rejects(openWebGpuBackend(), refusal);
  const reasons: string[] = [];
  await using chosen = await openBackend("auto", { workers: 0 }, (reason) => reasons.push(reason));
  assert.notEqual(chosen.device.kind, "webgpu");
  assert.ok(reasons.some((reason) => refusal.message.test(reason)));
  await using named = await openBackend("webgpu");
  assert.equal(named.device.kind, "webgpu");
  const found = (await probeBackends({ workers: 0 })).find(({ kind }) => kind === "webgpu");
  assert.ok(found?.available && found.device.software && found.device.largestBuffer >= 2 ** 27);
});
