/**
 * ITK's N4 from TypeScript: arrays go to a temporary folder, run_itk.py does the fits, log fields come back.
 *
 * @module
 */

import type { FitOptions } from "../../src/n4/fit.ts";
import type { Shape3, Triple } from "../../src/volume.ts";
import { makeWorkFolder, referencePython } from "./environment.ts";

/** One fit that ITK shall do; everything is `[z, y, x]`. A shape `[1, ny, nx]` is given to it as a 2-D image. */
export interface ItkRun {
  /** Voxels. */
  readonly shape: Shape3;
  /** Voxel size in mm. */
  readonly voxelSize: Triple;
  /** Intensities, C order. */
  readonly intensity: Float32Array;
  /** 1 inside; left out: everywhere. */
  readonly mask?: Uint8Array;
  /** Confidences, which only the package itk takes, SimpleITK not. */
  readonly weight?: Float32Array;
  /** `"default"`: ITK's own number of threads, as its users have it; left out: as many as make its sums exact. */
  readonly threads?: "default";
  /** The fit's options; `lattice` must be `"refine"`, as ITK knows no other. */
  readonly options: FitOptions;
}

/**
 * Threads for ITK. Each sums its voxels in float32 before the sums are added up, so that many threads mean short sums: on 2e5 voxels and
 * [10, 10] iterations ITK differs from the float64 oracle by 5.6e-6 with 2 threads and by 5e-8 with 64. Never fewer than its own number:
 * it then leaves out points. 128 is the most that ITK takes.
 */
const THREADS = Math.min(128, Math.max(64, navigator.hardwareConcurrency));

/** What ITK found. */
export interface ItkResult {
  /** Log bias field at every voxel, float32, C order. */
  readonly logField: Float32Array;
  /** Seconds of the filter's own run. */
  readonly seconds: number;
  /** The convergence measures of each level that ITK reported; empty where they cannot be had (package itk). */
  readonly measures: readonly number[][];
  /** Versions of what ran. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What run_itk.py reads. */
interface ItkJob {
  readonly package: "simpleitk" | "itk";
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
  readonly intensity: string;
  readonly mask: string | null;
  readonly confidence: string | null;
  readonly controlPoints: readonly number[];
  readonly iterations: readonly number[];
  readonly bins: number;
  readonly fwhm: number;
  readonly wienerNoise: number;
  readonly threshold: number;
  readonly field: string;
}

/** What run_itk.py answers, per job. */
interface ItkAnswer {
  readonly seconds: number;
  /** `[level from 0, iteration from 1, measure]`. */
  readonly measures: readonly [level: number, iteration: number, measure: number][];
  readonly versions: Readonly<Record<string, string>>;
}

/** Runs the fits one after the other in one Python process, all with the first one's threads. @throws {Error} when ITK fails. */
export async function runItk(runs: readonly ItkRun[]): Promise<ItkResult[]> {
  const folder = await makeWorkFolder();
  try {
    const jobs: ItkJob[] = [];
    for (const [i, run] of runs.entries()) jobs.push(await writeJob(run, `${folder}/${i}`));
    await Deno.writeTextFile(`${folder}/jobs.json`, JSON.stringify(jobs));
    const env: Record<string, string> = runs[0].threads === "default"
      ? {}
      : { ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS: `${THREADS}` };
    const text = await runPython("run_itk.py", [`${folder}/jobs.json`], env);
    const answers = JSON.parse(text) as readonly ItkAnswer[];
    const results: ItkResult[] = [];
    for (const [i, { seconds, measures, versions }] of answers.entries()) {
      const logField = new Float32Array((await Deno.readFile(jobs[i].field)).buffer);
      results.push({ logField, seconds, versions, measures: measuresOfLevels(measures) });
    }
    return results;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a script of this folder and returns what it prints. @throws {Error} when it fails. */
export async function runPython(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const path = new URL(script, import.meta.url).pathname;
  const command = new Deno.Command(await referencePython(), { args: [path, ...args], env });
  const { success, stdout, stderr } = await command.output();
  const say = new TextDecoder();
  if (!success) throw new Error(`Cannot run the reference as ${script} must succeed: it says ${say.decode(stderr)}`);
  return say.decode(stdout);
}

async function writeJob(run: ItkRun, prefix: string): Promise<ItkJob> {
  const { shape, intensity, mask, weight, options } = run;
  const flat = shape[0] === 1 ? 1 : 0;
  const write = async (ending: string, array: Float32Array | Uint8Array | undefined) => {
    if (!array) return null;
    await Deno.writeFile(`${prefix}.${ending}`, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return `${prefix}.${ending}`;
  };
  await write("intensity", intensity);
  return {
    package: weight ? "itk" : "simpleitk",
    shape: shape.slice(flat),
    spacing: run.voxelSize.slice(flat),
    intensity: `${prefix}.intensity`,
    mask: await write("mask", mask),
    confidence: await write("confidence", weight),
    controlPoints: options.controlPoints.slice(flat),
    iterations: options.iterations,
    bins: options.bins,
    fwhm: options.fwhm,
    wienerNoise: options.wienerNoise,
    threshold: options.convergenceThreshold,
    field: `${prefix}.field`,
  };
}

function measuresOfLevels(events: ItkAnswer["measures"]): number[][] {
  const levels: number[][] = [];
  for (const [level, , measure] of events) (levels[level] ??= []).push(measure);
  return levels;
}
