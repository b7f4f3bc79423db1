/**
 * The corrections that a soak repeats: each backend that is here, from file to file.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import { correct } from "../../src/steps/correct.ts";
import { createImage, openImage } from "../../src/io/open.ts";
import { DEFAULT_SETTINGS } from "../../src/options/resolve.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { RunLog } from "../../src/run_log.ts";
import { emulate, emulatorMissing, openEmulator } from "../helpers/cuda.ts";
import { QUICK } from "../helpers/corrections.ts";
import { openWebGpu, webGpuMissing } from "../helpers/webgpu.ts";

/** One kind of correction. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  /** Corrects `input` into `output`, which is new. */
  run(input: string, output: string): Promise<void>;
}

/** Objects that the emulated CUDA device holds. */
export function emulatedObjects(): number {
  return emulatorMissing ? 0 : emulate("objects");
}

/** Those whose backend is here; or, with a number, so many corrections at once alone. */
export async function openSubjects(together?: number): Promise<Subject[]> {
  if (together !== undefined) return [atOnce(together)];
  return [
    byCommand("ts, 2 worker threads", { nProcesses: 2 }),
    byCommand("ts, calling thread", { nProcesses: 0, rescale: "mean" }),
    ...(emulatorMissing ? [] : [overEmulator()]),
    ...(webGpuMissing ? [] : [await overWebGpu()]),
  ];
}

/** A correction that opens and closes its own backend, as the command does. */
function byCommand(name: string, more: CorrectOptions): Subject {
  return {
    name,
    async run(input, output) {
      await correctFile({ input, output, options: { ...QUICK, ...more } });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Some corrections at once, each with a worker thread of its own. */
function atOnce(count: number): Subject {
  return {
    name: `ts, ${count} at once`,
    async run(input, output) {
      const slash = output.lastIndexOf("/") + 1;
      const others = Array.from(
        { length: count - 1 },
        (_, i) => `${output.slice(0, slash)}${i}_${output.slice(slash)}`,
      );
      const options = { ...QUICK, nProcesses: 1 };
      await Promise.all([output, ...others].map((output) => correctFile({ input, output, options })));
      for (const path of others) await Deno.remove(path, { recursive: true });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The CUDA backend over its emulator, opened anew for every correction. */
function overEmulator(): Subject {
  return {
    name: "cuda, emulated",
    async run(input, output) {
      await using backend = await openEmulator();
      await correctOn(backend, input, output);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** One WebGPU device for all corrections: probing the software driver again and again has crashed it as the process ended. */
async function overWebGpu(): Promise<Subject> {
  const backend = await openWebGpu();
  return {
    name: "webgpu, one device",
    run: (input, output) => correctOn(backend, input, output),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

async function correctOn(
  backend: Awaited<ReturnType<typeof openWebGpu>>,
  input: string,
  output: string,
): Promise<void> {
  const { globalFit } = DEFAULT_SETTINGS;
  const fit = { ...globalFit.fit, iterations: [4, 3], convergenceThreshold: 0 };
  const settings = { ...DEFAULT_SETTINGS, globalFit: { ...globalFit, fit, shrinkFactors: [2, 2, 2] as const } };
  await using image = await openImage(input);
  const { shape, voxelSize } = image;
  await using corrected = await createImage(output, { shape, voxelSize, dataType: "float32", volumes: 1 });
  await correct({ input: image.volume(0), settings, backend, log: new RunLog() }, corrected.volume(0));
  await corrected.commit();
}
