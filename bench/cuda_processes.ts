/**
 * Two commands at once, each told by CUDA_VISIBLE_DEVICES which device it may see: their reports say which one they used and how many bytes they held on it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { writeImage } from "../tests/helpers/images.ts";
import type { Shape3 } from "../src/volume.ts";

const SCRIPT = new URL("../scripts/correct_bias_field.ts", import.meta.url).pathname;

/** What one of the processes reported. */
export interface ProcessReport {
  /** What CUDA_VISIBLE_DEVICES said. */
  readonly visible: string;
  /** Name and UUID of the device. */
  readonly device: string;
  /** Bytes predicted from the plan, bytes free before, bytes held at most. */
  readonly predictedBytes: number;
  readonly freeBytes?: number;
  readonly peakBytes: number;
}

/**
 * Runs a correction on each of the first two devices, or twice on the only one, at once.
 *
 * @throws {Error} when a command fails, or equal devices write different bytes.
 */
export async function correctOnTwo(
  { devices, shape, library }: { readonly devices: number; readonly shape: Shape3; readonly library?: string },
): Promise<ProcessReport[]> {
  const folder = await Deno.makeTempDir({ prefix: "n4_cuda_two_" });
  try {
    const input = await writeImage(`${folder}/in.nii`, { shape });
    const reports = await Promise.all([0, 1].map((turn) => {
      const visible = `${Math.min(turn, devices - 1)}`;
      return correct(input, `${folder}/${turn}`, {
        CUDA_VISIBLE_DEVICES: visible,
        ...(library ? { N4_CUDA_LIBRARY: library, N4_EMULATED_DEVICES: `${devices}` } : {}),
      });
    }));
    const [first, second] = await Promise.all([0, 1].map((turn) => Deno.readFile(`${folder}/${turn}.nii`)));
    if (devices === 1 || library) assert.deepEqual(first, second, "equal devices write the same bytes");
    return reports;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function correct(
  input: string,
  output: string,
  env: Readonly<Record<string, string>>,
): Promise<ProcessReport> {
  const flags = ["--allow-read", "--allow-write", "--allow-ffi", "--allow-env=N4_CUDA_LIBRARY"];
  const words = [input, `${output}.nii`, "--preset", "mri", "--backend", "cuda", "--report", `${output}.json`];
  const args = ["run", "--no-prompt", ...flags, SCRIPT, ...words, "--n-iterations", "5", "5"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, env, stdout: "null" }).output();
  if (!success) throw new Error(`Cannot go on as a correction must succeed: ${new TextDecoder().decode(stderr)}`);
  const { device, deviceMemory } = JSON.parse(await Deno.readTextFile(`${output}.json`));
  return {
    visible: env.CUDA_VISIBLE_DEVICES,
    device: device.name,
    predictedBytes: deviceMemory.predictedBytes,
    ...(deviceMemory.freeBytes === undefined ? {} : { freeBytes: deviceMemory.freeBytes }),
    peakBytes: device.peakBytes,
  };
}
