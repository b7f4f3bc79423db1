/**
 * The contract over the CUDA backend on a GPU: skipped where there is none, unless `N4_REQUIRE` names `cuda`. `deno
 * task verify:cuda` runs it.
 */
import assert from "node:assert/strict";
import { type CudaBackend, openCudaBackend } from "../../src/backends/cuda/cuda_backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { fitBiasField } from "../../src/n4/fit.ts";
import { compactSamples } from "../../src/n4/samples.ts";
import type { FitSamples, Lattice, N4Backend } from "../../src/backends/backend.ts";
import type { Shape3 } from "../../src/volume.ts";
import { contractSuite } from "../contract/suite.ts";
import { compareFields, logFieldOn } from "../helpers/fields.ts";
import { fullOptions } from "../helpers/fits.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../helpers/volumes.ts";

/** Opens the backend on a GPU; the emulator will not do. */
const open = (): Promise<CudaBackend> => openCudaBackend();
const missing = await whyMissing();

contractSuite({
  name: "cuda",
  open,
  skip: missing,
  tolerances: { fit: "fitCudaHardware", apply: "applyCuda", smooth: "smoothCuda" },
});

const SHAPE: Shape3 = [60, 70, 80];

function samplesOfHead(): FitSamples {
  const intensity = maskedIntensity(randomVolume({ shape: SHAPE, seed: 3, masked: true }));
  return compactSamples({ positions: voxelPositions(SHAPE), intensity }, "exclude").samples;
}

async function fit(backend: N4Backend, samples: FitSamples): Promise<Lattice> {
  const options = fullOptions({ iterations: [50, 50, 50, 50] });
  return (await fitBiasField(backend, samples, { shape: SHAPE, voxelSize: [1, 1, 1] }, options)).lattice;
}

Deno.test({
  name: `cuda: 200 iterations over 150,000 samples come out as the TypeScript backend's, three times the same bits${
    missing ? ` (skipped: ${missing})` : ""
  }`,
  ignore: missing !== undefined,
  fn: async () => {
    await using backend = await open();
    await using twin = openTsBackend();
    const samples = samplesOfHead();
    const [lattice, expected] = [await fit(backend, samples), await fit(twin, samples)];
    const on = voxelPositions(SHAPE);
    const difference = compareFields(logFieldOn(lattice, on, SHAPE), logFieldOn(expected, on, SHAPE), () => true);
    assertWithin(difference.max, "fitCudaHardware");
    for (let i = 0; i < 2; i++) assert.deepEqual(await fit(backend, samples), lattice);
  },
});

async function whyMissing(): Promise<string | undefined> {
  if (Deno.env.get("N4_REQUIRE")?.split(",").includes("cuda")) return undefined;
  try {
    await using _backend = await open();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
