/**
 * SimpleITK as a contestant, in a Python process of its own (`simpleitk.py`).
 *
 * @module
 */

import { voxelCount } from "../../volume.ts";
import { ChildPipe } from "./child_pipe.ts";
import {
  type Contestant,
  type Correction,
  type CorrectionTimes,
  type CorrectionWork,
  type LevelCourse,
  loaded,
} from "./contestant.ts";
import PROGRAM from "./simpleitk.py" with { type: "text" };

/** What the program answers to a run. */
interface RunAnswer {
  readonly seconds: number;
  readonly fitSeconds: number;
  readonly measures: readonly (readonly number[])[];
  readonly peakBytes: number | null;
}

/**
 * Starts SimpleITK.
 *
 * @param python path of a Python that has it.
 * @param signal ends its process.
 * @throws {InputError} when it does not run.
 */
export async function simpleitkContestant(python: string, signal?: AbortSignal): Promise<Contestant> {
  const start = () => startProcess(python, signal);
  return new SimpleItk(await start(), start);
}

/** A process that is ready, and what it says of itself. */
interface Started {
  readonly pipe: ChildPipe;
  readonly versions: Readonly<Record<string, string>>;
}

async function startProcess(python: string, signal: AbortSignal | undefined): Promise<Started> {
  const pipe = new ChildPipe({ program: python, args: ["-c", PROGRAM], role: "the reference simpleitk", signal });
  try {
    const { versions, threads } = await pipe.receive() as { versions: Record<string, string>; threads: number };
    return { pipe, versions: { ...versions, threads: `${threads}` } };
  } catch (error) {
    await pipe[Symbol.asyncDispose]();
    throw error;
  }
}

class SimpleItk implements Contestant {
  readonly name = "simpleitk";
  readonly kind = "reference";
  readonly label: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly #start: () => Promise<Started>;
  #pipe: ChildPipe;
  #work: CorrectionWork | undefined;
  peakBytes?: number;

  constructor({ pipe, versions }: Started, start: () => Promise<Started>) {
    this.#pipe = pipe;
    this.#start = start;
    this.versions = versions;
    this.label = `SimpleITK ${versions.SimpleITK}`;
  }

  async load(work: CorrectionWork): Promise<void> {
    if (this.#work) {
      // A new process for new work, so that its peak memory is that of this work.
      await this.#pipe[Symbol.asyncDispose]();
      this.#pipe = (await this.#start()).pipe;
    }
    const { fit, grid } = work.schedule;
    const { iterations, controlPoints, convergenceThreshold: threshold, bins, fwhm, wienerNoise } = fit;
    const samples = grid.map(({ origin, factor, count }) => [origin, factor, count]);
    const job = { iterations, controlPoints, threshold, bins, fwhm, wienerNoise, grid: samples };
    const request = { command: "load", shape: work.shape, spacing: work.voxelSize, ...job };
    this.#work = work;
    await this.#pipe.send(request, work.intensity, work.mask);
    await this.#pipe.receive();
  }

  async time(): Promise<CorrectionTimes> {
    await this.#pipe.send({ command: "run", field: false });
    return this.#timesOf(await this.#pipe.receive() as unknown as RunAnswer);
  }

  async correct(): Promise<Correction> {
    const { shape, intensity, schedule } = loaded(this.#work);
    await this.#pipe.send({ command: "run", field: true });
    const answer = await this.#pipe.receive() as unknown as RunAnswer;
    const field = await this.#pipe.receiveFloats(voxelCount(shape));
    const corrected = intensity.map((value, i) => value / field[i]);
    const levels = schedule.levels.map(({ controlPoints }, i): LevelCourse => ({
      controlPoints,
      convergence: answer.measures[i],
    }));
    return { corrected, field, times: this.#timesOf(answer), levels };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pipe[Symbol.asyncDispose]();
  }

  #timesOf({ seconds, fitSeconds, peakBytes }: RunAnswer): CorrectionTimes {
    this.peakBytes = peakBytes ?? undefined;
    return { seconds, fitSeconds };
  }
}
