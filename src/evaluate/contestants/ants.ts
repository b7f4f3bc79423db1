/**
 * ANTs' program N4BiasFieldCorrection as a contestant: images go to a folder, the program runs, its images come back.
 * Its times hold its start, its reading and its writing.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { writeFailure } from "../../io/files/file_errors.ts";
import { createImage, openImage } from "../../io/open.ts";
import { voxelCount, wholeBox } from "../../volume.ts";
import { startFailure } from "./child_pipe.ts";
import { type Contestant, type Correction, type CorrectionTimes, type CorrectionWork, loaded } from "./contestant.ts";

/** How ANTs takes part. */
interface AntsOptions {
  /** The program: a path, or a name on the PATH. */
  readonly program: string;
  /** Folder for its images; made, and removed at the end. */
  readonly folder: string;
  /** Ends a correction. */
  readonly signal?: AbortSignal;
}

const ROLE = "the reference ants";

/** Looks for ANTs. @throws {InputError} when it does not run. @throws {WriteError} when the folder cannot be made. */
export async function antsContestant(options: AntsOptions): Promise<Contestant> {
  const text = await runProgram(options, ["--version"]);
  const version = /version:?\s*v?(\S+)/i.exec(text)?.[1] ?? "of unknown version";
  try {
    await Deno.mkdir(options.folder);
  } catch (cause) {
    throw writeFailure(options.folder, [options.folder], cause);
  }
  return new Ants(options, version);
}

class Ants implements Contestant {
  readonly name = "ants";
  readonly kind = "reference";
  readonly label: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly #options: AntsOptions;
  #work: CorrectionWork | undefined;

  constructor(options: AntsOptions, version: string) {
    this.#options = options;
    this.versions = { ANTs: version };
    this.label = `ANTs ${version}`;
  }

  /** @throws {InputError} when axes are shrunk by different factors, which the program cannot do. */
  async load(work: CorrectionWork): Promise<void> {
    const factors = work.schedule.grid.map(({ factor }) => factor);
    if (factors.some((factor) => factor !== factors[0])) {
      const text = `Cannot use ${ROLE} as it shrinks every axis by the same factor`;
      throw new InputError(this.#options.program, `${text}: current factors are ${factors.join(" ")}`);
    }
    this.#work = work;
    await this.#write("input", work.intensity);
    await this.#write("mask", Float32Array.from(work.mask));
  }

  async time(): Promise<CorrectionTimes> {
    const start = performance.now();
    await runProgram(this.#options, this.#arguments());
    return { seconds: (performance.now() - start) / 1000 };
  }

  async correct(): Promise<Correction> {
    const times = await this.time();
    const [corrected, field] = [await this.#read("corrected"), await this.#read("field")];
    const levels = loaded(this.#work).schedule.levels.map(({ controlPoints }) => ({ controlPoints, convergence: [] }));
    return { corrected, field, times, levels };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#options.folder, { recursive: true });
  }

  #path(name: string): string {
    return `${this.#options.folder}/${name}.nii`;
  }

  /** The program's arguments; its axes are x, y, z, its mesh is counted in spans. */
  #arguments(): string[] {
    const { fit, grid } = loaded(this.#work).schedule;
    const spans = fit.controlPoints.map((points) => points - 3).reverse();
    return [
      ...["-d", "3", "-i", this.#path("input"), "-x", this.#path("mask"), "-r", "0"],
      ...["-s", `${grid[0].factor}`, "-b", `[${spans.join("x")},3]`],
      ...["-c", `[${fit.iterations.join("x")},${fit.convergenceThreshold}]`],
      ...["-t", `[${fit.fwhm},${fit.wienerNoise},${fit.bins}]`],
      ...["-o", `[${this.#path("corrected")},${this.#path("field")}]`],
    ];
  }

  async #write(name: string, data: Float32Array): Promise<void> {
    const { shape, voxelSize } = loaded(this.#work);
    const spec = { shape, voxelSize, dataType: "float32", volumes: 1 } as const;
    await using image = await createImage(this.#path(name), spec, { overwrite: true });
    await image.volume(0).write(wholeBox(shape), data);
    await image.commit();
  }

  async #read(name: string): Promise<Float32Array> {
    await using image = await openImage(this.#path(name));
    const data = new Float32Array(voxelCount(image.shape));
    await image.volume(0).read(wholeBox(image.shape), data);
    return data;
  }
}

/** Runs the program to its end. @returns what it printed. @throws {InputError} when it fails. */
async function runProgram({ program, signal }: AntsOptions, args: readonly string[]): Promise<string> {
  const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args: [...args], ...pipes, signal }).output();
  } catch (cause) {
    throw startFailure({ program, role: ROLE }, cause);
  }
  const text = new TextDecoder().decode(output.stdout);
  if (output.success) return text;
  const last = `${text}\n${new TextDecoder().decode(output.stderr)}`.trim().split("\n").at(-1);
  throw new InputError(
    program,
    `Cannot use ${ROLE} as '${program}' must end with exit code 0: current code is ${output.code}, and it says '${last}'`,
  );
}
