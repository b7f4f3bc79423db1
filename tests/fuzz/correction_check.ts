/**
 * Whole corrections with a damaged file in one of the roles that files have: nothing is left behind by a failure, and an output is whole and readable.
 *
 * @module
 */

import { applyFile } from "../../src/commands/apply.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { describeFile } from "../../src/commands/info.ts";
import { openImage } from "../../src/io/open.ts";
import { wholeBox } from "../../src/volume.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { Random } from "../helpers/random.ts";
import { pick } from "./case.ts";
import { BrokenPromise } from "./checks.ts";
import type { Job } from "./case_worker.ts";
import { MEMORY_LIMIT } from "./image_checks.ts";

/** Long work is no hang as long as it can be interrupted, ms. */
const PATIENCE = 1500;
/** The shape of most images that are damaged, so that they serve as masks. */
const MASKED_SHAPE = [5, 6, 7] as const;
/** Voxels of an output that is read back whole. */
const MOST_VOXELS = 2 ** 20;

/** The file takes the role of the image, the mask or the weights of a correction, or is described. */
export async function checkCorrection(job: Job): Promise<string> {
  const random = new Random(job.checkSeed);
  const damaged = `${job.input}/${job.open}`;
  const role = pick(random, ["image", "image", "mask", "weights", "info"] as const);
  const output = `${job.output}/corrected${pick(random, [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"])}`;
  if (role === "info") {
    return await withPatience(job, undefined, (signal) => describeFile(damaged, { range: true }, signal));
  }
  const input = role === "image" ? damaged : await writeImage(`${job.output}/in.nii`, { shape: MASKED_SHAPE });
  const options = {
    ...QUICK,
    memoryLimit: MEMORY_LIMIT,
    nIterations: [2],
    channel: "all" as const,
    ...(role === "mask" ? {} : { maskMethod: "none" as const }),
    ...(role === "image" ? {} : { [role]: damaged, ignoreGeometry: true }),
    saveBiasField: `${job.output}/field.nii`,
  };
  return await withPatience(job, output, (signal) => correctFile({ input, output, options, signal }));
}

/** Applies a model to a small image. */
export async function checkApplication(job: Job, model: string): Promise<string> {
  const input = await writeImage(`${job.output}/in.nii`, { shape: [6, 8, 9] });
  const output = `${job.output}/corrected.nii`;
  const options = { backend: "ts", nProcesses: 0, memoryLimit: MEMORY_LIMIT } as const;
  return await withPatience(job, output, (signal) => applyFile({ model, input, output, options, signal }));
}

/** Runs until it ends or patience does, and looks at what is there then. */
export async function withPatience(
  job: Job,
  output: string | undefined,
  run: (signal: AbortSignal) => Promise<unknown>,
): Promise<string> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new BrokenPromise("not interrupted")), PATIENCE);
  let ended = false;
  try {
    await run(controller.signal);
    ended = true;
    if (output === undefined) return "described";
    await checkOutput(output);
    return "corrected";
  } catch (error) {
    if (!controller.signal.aborted || error !== controller.signal.reason) throw error;
    return "long work, interrupted";
  } finally {
    clearTimeout(timer);
    await expectTidy(job.output, ended);
  }
}

async function checkOutput(path: string): Promise<void> {
  await using image = await openImage(path, { requireAllChunks: true });
  const [z, y, x] = image.shape;
  if (z * y * x > MOST_VOXELS) return;
  for (let index = 0; index < image.volumes; index++) {
    await image.volume(index).read(wholeBox(image.shape), new Float32Array(z * y * x));
  }
}

/**
 * Empties the folder.
 *
 * @throws {BrokenPromise} where a run that failed left anything but what `--resume` goes on with, or one that ended left a partial output.
 */
async function expectTidy(folder: string, ended: boolean): Promise<void> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  for (const name of names) await Deno.remove(`${folder}/${name}`, { recursive: true });
  const left = names.filter((name) => name !== "in.nii" && ended === name.endsWith(".partial"));
  if (left.length > 0) throw new BrokenPromise(`left behind: ${left}`);
}
