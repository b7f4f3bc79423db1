/**
 * Everybody with their own defaults: how long a correction takes from array to array and what bias it leaves; then, with as small a share of their own iterations as
 * does, to the same bias left by all. Runs are taken in turns.
 *
 * @module
 */

import type { N4Backend } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { correct } from "../src/steps/correct.ts";
import { PRESETS } from "../src/options/presets.ts";
import { ArrayVolume } from "../src/io/array_volume.ts";
import { resolveOptions, settingsOf } from "../src/options/resolve.ts";
import { RunLog } from "../src/run_log.ts";
import { print } from "../tests/helpers/print.ts";
import { makeWorkFolder } from "../tests/reference/environment.ts";
import { biasLeft, type KnownBias } from "./known_bias.ts";
import { summarise, type Summary } from "./measure.ts";
import { PeerProcess } from "./peer_process.ts";

/** Shares of a program's own iterations that are tried. */
const BUDGETS = [0.05, 0.1, 0.2, 0.4, 0.7, 1] as const;

/** A run that takes longer is timed once where its field is what is wanted. */
const LONG_SECONDS = 20;

/** The bias that all must reach is the least that the one who can do least reaches, by so much. */
const SAME = 1.02;

/** A share of iterations, and what it left and took. */
export interface BudgetResult {
  /** Share of the program's own iterations. */
  readonly budget: number;
  /** Standard deviation of the log field's error in the mask. */
  readonly left: number;
  /** Seconds of each run, from array to array. */
  readonly seconds: readonly number[];
  /** Their summary. */
  readonly summary: Summary;
}

/** A share of iterations tried once. */
export interface CoursePoint extends Pick<BudgetResult, "budget" | "left"> {
  readonly seconds: number;
}

/** How one contestant did. */
export interface DefaultsResult {
  readonly name: string;
  /** With its own defaults. */
  readonly defaults?: BudgetResult;
  /** With the smallest share that leaves no more than {@linkcode DefaultsCase.common}. */
  readonly same?: BudgetResult;
  /** What each share left, and the seconds of that one run. */
  readonly course?: readonly CoursePoint[];
  /** Why it did not run. */
  readonly failure?: string;
}

/** One case. */
export interface DefaultsCase {
  readonly title: string;
  /** Voxels in the mask, and in all. */
  readonly samples: number;
  readonly voxels: number;
  /** The bias that all reach in the second comparison: the least that each of them leaves with some share of its iterations. */
  readonly common: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly DefaultsResult[];
}

/** Corrects once with a share of its own iterations; the log field is worked out where it is asked for. */
type Contestant = (budget: number, which: "biased" | "before", wanted: boolean) => Promise<Correction>;

interface Correction {
  readonly seconds: number;
  readonly field?: Float32Array;
}

/** Shrink factor of ours, by name; 0: as the preset has it. */
const OURS = { "n4": 0, "n4, shrink 4": 4 } as const;

/** The peers, by name. */
const PEERS = {
  "SimpleITK": "simpleitk-defaults",
  "SimpleITK, shrink 4": "simpleitk-shrunk-defaults",
  "ANTs (antspyx)": "ants-defaults",
  "n4ax, CPU": "n4ax-defaults",
  "linumpy's, NumPy": "linumpy-defaults",
} as const;

/** Runs a case: what each share leaves, then `rounds` of everybody in turns. */
export async function compareDefaults(known: KnownBias, rounds: number): Promise<DefaultsCase> {
  const folder = await makeWorkFolder();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const job = await writeJob(known, folder);
  const versions: Record<string, string> = {};
  const backend = stack.use(openTsBackend({ workers: navigator.hardwareConcurrency }));
  const contestants = new Map<string, Contestant>(
    Object.entries(OURS).map(([name, shrink]) => [name, oursOf(known, backend, shrink)]),
  );
  const results = new Map<string, DefaultsResult>();
  for (const [name, key] of Object.entries(PEERS)) {
    try {
      const peer = stack.use(await PeerProcess.start(key));
      Object.assign(versions, peer.versions);
      contestants.set(name, peerOf(peer, job, folder));
    } catch (error) {
      results.set(name, { name, failure: error instanceof Error ? error.message : String(error) });
    }
  }
  const courses = new Map<string, CoursePoint[]>();
  for (const [name, run] of contestants) courses.set(name, await courseOf(name, run, known));
  const best = [...courses.values()].map((course) => Math.min(...course.map(({ left }) => left)));
  const common = SAME * Math.max(...best);
  const runs: TimedRun[] = [...contestants].flatMap(([name, run]) => {
    const course = courses.get(name) ?? [];
    const enough = course.find(({ left }) => left <= common) ?? course[course.length - 1];
    return [course[course.length - 1], enough].map(({ budget, left }) => ({ name, run, budget, left, seconds: [] }));
  });
  await timeInTurns(runs, rounds, known.title);
  for (const [name, course] of courses) {
    const [defaults, same] = runs.filter((each) => each.name === name).map(summed);
    results.set(name, { name, defaults, same, course });
  }
  const order = [...Object.keys(OURS), ...Object.keys(PEERS)];
  return {
    title: known.title,
    samples: known.mask.reduce((sum, inside) => sum + inside, 0),
    voxels: known.mask.length,
    common,
    versions,
    results: order.flatMap((name) => results.get(name) ?? []),
  };
}

interface TimedRun {
  readonly name: string;
  readonly run: Contestant;
  readonly budget: number;
  readonly left: number;
  readonly seconds: number[];
}

function summed({ budget, left, seconds }: TimedRun): BudgetResult {
  return { budget, left, seconds, summary: summarise(seconds) };
}

async function timeInTurns(runs: readonly TimedRun[], rounds: number, title: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { run, budget, seconds } of runs) seconds.push((await run(budget, "biased", false)).seconds);
    print(
      `${title}, round ${round + 1} of ${rounds}: ${runs.map(({ seconds }) => seconds.at(-1)?.toFixed(2)).join(" ")}`,
    );
  }
}

/** What each share of its iterations leaves. */
async function courseOf(name: string, run: Contestant, known: KnownBias): Promise<CoursePoint[]> {
  const course: CoursePoint[] = [];
  for (const budget of BUDGETS) {
    const { field, seconds: first } = await run(budget, "biased", true);
    const own = known.before ? (await run(budget, "before", true)).field : undefined;
    if (!field) throw new Error(`Cannot compare '${name}' as it must give a field: it gave none`);
    // Once more, as the first run may compile; where that is long, it is not the compiler's doing.
    const seconds = first > LONG_SECONDS ? first : (await run(budget, "biased", false)).seconds;
    course.push({ budget, left: biasLeft(known, field, own), seconds });
    print(
      `${known.title}: ${name}, ${100 * budget} % of its iterations leave ${course[course.length - 1].left.toFixed(4)}`,
    );
  }
  return course;
}

function oursOf(
  { shape, voxelSize, mask, biased, before }: KnownBias,
  backend: N4Backend,
  shrink: number,
): Contestant {
  const shrinkFactor = shrink === 0 ? undefined : [shrink, shrink, shrink] as const;
  const options = resolveOptions({ preset: "mri", backend: "ts", shrinkFactor, memoryLimit: 2 ** 34 }, "nifti");
  const inside = new ArrayVolume(Float32Array.from(mask), shape, voxelSize);
  return async (budget, which, wanted) => {
    const nIterations = PRESETS.mri.nIterations.map((count) => Math.max(1, Math.round(count * budget)));
    const data = which === "before" && before ? before : biased;
    const input = new ArrayVolume(data, shape, voxelSize);
    const output = new ArrayVolume(new Float32Array(data.length), shape, voxelSize);
    const settings = settingsOf({ ...options, nIterations, globalNIterations: nIterations });
    const begin = performance.now();
    await correct({ input, settings, backend, log: new RunLog(), mask: { source: inside, name: "mask" } }, output);
    const seconds = (performance.now() - begin) / 1000;
    return {
      seconds,
      ...(wanted ? { field: data.map((value, i) => Math.log(value) - Math.log(output.data[i])) } : {}),
    };
  };
}

function peerOf(peer: PeerProcess, job: Readonly<Record<string, unknown>>, folder: string): Contestant {
  return async (budget, which, wanted) => {
    const field = wanted ? `${folder}/field` : null;
    const { seconds } = await peer.run({ ...job, intensity: `${folder}/${which}`, budget, field });
    return { seconds, ...(field ? { field: new Float32Array((await Deno.readFile(field)).buffer) } : {}) };
  };
}

async function writeJob(
  { shape, voxelSize, mask, biased, before }: KnownBias,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  await Deno.writeFile(`${folder}/biased`, new Uint8Array(biased.buffer));
  if (before) await Deno.writeFile(`${folder}/before`, new Uint8Array(before.buffer));
  await Deno.writeFile(`${folder}/mask`, mask);
  return { shape, spacing: voxelSize, mask: `${folder}/mask` };
}
