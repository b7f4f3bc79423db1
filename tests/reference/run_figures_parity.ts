/**
 * Compares the figures of `n4 compare` and `n4 benchmark` with NumPy and SciPy, the SimpleITK contestant with our own fit, and runs both tools on a head:
 * `deno task suite reference:figures`.
 *
 * @module
 */

import { agreementOf, qualityOf } from "../../src/evaluate/benchmark/figures.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { backendContestant } from "../../src/evaluate/contestants/backend.ts";
import { differenceHistograms, logIntensityHistograms } from "../../src/evaluate/compare/plots.ts";
import type { Contestant, CorrectionWork } from "../../src/evaluate/contestants/contestant.ts";
import { metricsOf, sharedMask } from "../../src/evaluate/compare/metrics.ts";
import type { Side } from "../../src/evaluate/compare/result.ts";
import { scheduleFor } from "../../src/evaluate/contestants/schedule.ts";
import { simpleitkContestant } from "../../src/evaluate/contestants/simpleitk.ts";
import { percentileMask } from "../../src/evaluate/slab.ts";
import { countInside, pearson } from "../../src/intensity/count/statistics.ts";
import { spherePhantom } from "../../src/phantom/sphere.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";
import { print } from "../helpers/print.ts";
import { Random } from "../helpers/random.ts";
import { randomVolume, smoothLogField } from "../helpers/volumes.ts";
import { makeWorkFolder, referencePython } from "./environment.ts";
import { benchmarkHead, compareHead } from "./head_comparison.ts";
import { runPython } from "./itk.ts";

/** Largest difference of a figure, of its size or of 1 where it is smaller. */
const GATE = 1e-6;

/** Voxels whose bin may differ, as their float32 value was rounded on another way. */
const BIN_GATE = 1e-3;

/** Largest 1 - r of the fields of SimpleITK and our own on the same samples at full resolution; 1e-12 was measured. */
const FIELD_GATE = 1e-9;

interface Case {
  readonly name: string;
  readonly shape: Shape3;
  readonly input: Float32Array;
  readonly mask: Uint8Array;
  readonly sides: readonly [Side, Side];
  readonly truth: Float32Array;
}

function side(name: string, corrected: Float32Array, field: Float32Array): Side {
  return { name, label: name, kind: "result", corrected, field, levels: [] };
}

/** Two corrections of a random volume that are a little apart; some voxels of one have no field, some intensities are 0. */
function makeCase(shape: Shape3, seed: number): Case {
  const random = new Random(seed);
  const { intensity: input } = randomVolume({ shape, seed });
  for (let i = 0; i < input.length; i += 11) input[i] = 0;
  const truth = Float32Array.from(smoothLogField(shape, seed + 5, 0.4), Math.exp);
  const fieldOf = (spread: number, gain: number) =>
    truth.map((value) => gain * value * Math.exp(spread * (random.uniform() - 0.5)));
  const [first, second] = [fieldOf(0.1, 1), fieldOf(0.3, 1.7)];
  const correctedBy = (field: Float32Array) => input.map((value, i) => value / field[i]);
  const [a, b] = [side("a", correctedBy(first), first), side("b", correctedBy(second), second)];
  for (let i = 0; i < voxelCount(shape); i += 7) b.field[i] = NaN;
  return {
    name: `${shape.join(" x ")}, seed ${seed}`,
    shape,
    input,
    mask: percentileMask(input),
    sides: [a, b],
    truth,
  };
}

function ourFigures({ input, mask: given, sides, truth }: Case): Record<string, number> {
  const mask = sharedMask({ mask: given, sides });
  const [a, b] = sides;
  const metrics = Object.fromEntries(metricsOf({ input, mask, sides }).map(({ key, value }) => [key, value]));
  const { fieldCorrelation, medianError, p95Error } = agreementOf(b, a, mask);
  const { truthVariation, maskVariation } = qualityOf(b, { mask, field: truth });
  const same = medianError === metrics.medianError && p95Error === metrics.p95Error;
  return {
    ...metrics,
    "benchmark:fieldCorrelation": fieldCorrelation ?? NaN,
    "benchmark:truthVariation": same && maskVariation === metrics["maskVariation:b"] ? truthVariation ?? NaN : NaN,
  };
}

/** What peer_figures.py answers. */
interface Answers {
  readonly versions: Readonly<Record<string, string>>;
  readonly answers: readonly {
    readonly figures: Readonly<Record<string, number>>;
    readonly counts: readonly (readonly number[])[];
    readonly made: number;
  }[];
}

async function askPeer(cases: readonly Case[], folder: string): Promise<Answers> {
  const jobs = [];
  for (const [i, { input, mask: given, sides, truth }] of cases.entries()) {
    const write = async (name: string, array: Float32Array | Uint8Array) => {
      await Deno.writeFile(`${folder}/${i}.${name}`, new Uint8Array(array.slice().buffer));
      return `${folder}/${i}.${name}`;
    };
    const [a, b] = sides;
    const mask = sharedMask({ mask: given, sides });
    jobs.push({
      input: await write("input", input),
      mask: await write("mask", given),
      corrected: [await write("a", a.corrected), await write("b", b.corrected)],
      field: [await write("fa", a.field), await write("fb", b.field)],
      truth: await write("truth", truth),
      logEdges: Array.from(logIntensityHistograms(input, sides, mask).edges),
      differenceEdges: Array.from(differenceHistograms(sides, mask).edges),
    });
  }
  await Deno.writeTextFile(`${folder}/cases.json`, JSON.stringify(jobs));
  return JSON.parse(await runPython("peer_figures.py", [`${folder}/cases.json`]));
}

async function compareFigures(): Promise<boolean> {
  const cases = [makeCase([9, 30, 40], 1), makeCase([20, 64, 50], 2), makeCase([1, 90, 80], 3)];
  const folder = await makeWorkFolder();
  try {
    const { versions, answers } = await askPeer(cases, folder);
    print(Object.entries(versions).map(([name, value]) => `${name} ${value}`).join(", "));
    return cases.map((one, i) => compareCase(one, answers[i])).every((holds) => holds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function compareCase(one: Case, answer: Answers["answers"][number]): boolean {
  const ours = ourFigures(one);
  const mask = sharedMask(one);
  let holds = true;
  const check = (name: string, apart: number, gate: number) => {
    const fits = apart <= gate;
    holds &&= fits;
    print(`${fits ? "holds" : "FAILS"} ${apart.toExponential(1).padStart(8)} of ${gate}: ${name}, ${one.name}`);
  };
  for (const [key, theirs] of Object.entries(answer.figures)) {
    check(key, Math.abs(ours[key] - theirs) / Math.max(1, Math.abs(theirs)), GATE);
  }
  check("every figure is compared", Object.keys(ours).filter((key) => !(key in answer.figures)).length, 0);
  check("voxels of the mask by the 5th percentile", Math.abs(countInside(one.mask) - answer.made), 0);
  const histograms = [logIntensityHistograms(one.input, one.sides, mask), differenceHistograms(one.sides, mask)];
  histograms.flatMap(({ series }) => series).forEach(({ name, counts, total }, i) => {
    const moved = counts.reduce((sum, count, bin) => sum + Math.abs(count - answer.counts[i][bin]), 0);
    check(`histogram of ${name}`, moved / total, BIN_GATE);
  });
  return holds;
}

/** SimpleITK and our own fit give the same field where the samples are all voxels, and both tell their course. */
async function compareContestants(): Promise<boolean> {
  const { shape, intensity, mask } = spherePhantom([24, 40, 48], 3);
  const voxelSize = [1, 1, 1] as const;
  const request = {
    iterations: [4, 3],
    splineDistance: 20,
    coarsen: false,
    shrinkFactors: [1, 1, 1] as const,
    convergenceThreshold: 0,
  };
  const work: CorrectionWork = {
    shape,
    voxelSize,
    intensity,
    mask,
    schedule: scheduleFor({ shape, voxelSize }, request),
  };
  await using theirs = await simpleitkContestant(await referencePython());
  await using ours = backendContestant(openTsBackend({ workers: 0 }));
  const fields: Float32Array[] = [];
  let whole = true;
  for (const contestant of [theirs, ours] as readonly Contestant[]) {
    await contestant.load(work);
    const { field, levels, times, corrected } = await contestant.correct();
    fields.push(field);
    whole &&= levels.map(({ convergence }) => convergence.length).join() === "4,3" && times.seconds > 0 &&
      corrected.every((value, i) => Math.abs(value * field[i] - intensity[i]) <= 1e-5 * Math.abs(intensity[i]));
  }
  const apart = 1 - pearson(fields[0], fields[1], mask);
  const memory = theirs.peakBytes ?? 0;
  const holds = whole && apart <= FIELD_GATE && memory > 2 ** 20;
  print(
    `${holds ? "holds" : "FAILS"} ${
      apart.toExponential(1).padStart(8)
    } of ${FIELD_GATE}: 1 - r of the fields of ${theirs.label} and ${ours.label}`,
  );
  return holds;
}

if (import.meta.main) {
  const folder = await makeWorkFolder();
  const holds = [
    await compareFigures(),
    await compareContestants(),
    await compareHead(folder),
    await benchmarkHead(folder),
  ];
  await Deno.remove(folder, { recursive: true });
  if (!holds.every((one) => one)) Deno.exit(1);
}
