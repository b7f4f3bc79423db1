/**
 * One comparison: fits a case on both sides and judges the difference.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import { compareFields } from "../helpers/fields.ts";
import { type DenseFitResult, fitDense } from "../helpers/fits.ts";
import { maskedIntensity, voxelPositions } from "../helpers/volumes.ts";
import { caseTitle, type Gate, gateOf, holds, type ReferenceCase } from "./cases.ts";
import { explainStop } from "./explain_stop.ts";
import { type ItkResult, type ItkRun, runItk } from "./itk.ts";
import { prepareCase } from "./prepare.ts";

/** How far a backend may be from the TypeScript one, log bias; added to the gates of the others. */
const BETWEEN_BACKENDS = 1e-4;

/** One row of the table. */
export interface Comparison {
  /** Volume and what is special about it. */
  readonly title: string;
  /** Voxels that take part. */
  readonly voxels: number;
  /** Largest |difference of log bias| over them; means removed where a threshold ends levels. */
  readonly max: number;
  /** Root mean square of it. */
  readonly rms: number;
  /** Correlation of the log fields. */
  readonly r: number;
  /** Whether ITK ran on its own number of threads, where seconds may be compared, or on many, where its sums are exact. */
  readonly itkThreads: "default" | "many";
  /** Seconds of ITK's fit. */
  readonly itkSeconds: number;
  /** Seconds of ours. */
  readonly seconds: number;
  /** Iterations of each level, ITK's. */
  readonly itkIterations: readonly number[];
  /** Iterations of each level, ours. */
  readonly iterations: readonly number[];
  /** What `max` must not pass, or `r` not fall below. */
  readonly gate: Gate;
  /** Whether it holds. */
  readonly passed: boolean;
  /** Whether a threshold ends the levels. */
  readonly stops: boolean;
  /** Why levels end elsewhere, where they do. */
  readonly explanation?: string;
}

/** Compares cases; ITK does them in one process, after which ours run. */
export async function compareCases(
  backend: N4Backend,
  cases: readonly ReferenceCase[],
): Promise<{ comparisons: Comparison[]; versions: Readonly<Record<string, string>> }> {
  const runs: ItkRun[] = [];
  for (const reference of cases) runs.push(await prepareCase(reference));
  const results = await runItk(runs);
  const comparisons: Comparison[] = [];
  for (const [i, reference] of cases.entries()) {
    const ours = await fitOurs(backend, runs[i]);
    const slack = backend.device.kind === "ts" ? 0 : BETWEEN_BACKENDS;
    comparisons.push(await judge(reference, runs[i], results[i], ours, slack));
  }
  return { comparisons, versions: Object.assign({}, ...results.map((result) => result.versions)) };
}

function fitOurs(backend: N4Backend, run: ItkRun): Promise<DenseFitResult> {
  const { shape, voxelSize, weight, options } = run;
  const dense = { positions: voxelPositions(shape), intensity: maskedIntensity(run), ...(weight ? { weight } : {}) };
  return fitDense(backend, { dense, domain: shape, voxelSize, options, nonPositive: "itk" });
}

async function judge(
  reference: ReferenceCase,
  run: ItkRun,
  itk: ItkResult,
  ours: DenseFitResult,
  slack: number,
): Promise<Comparison> {
  const stops = run.options.convergenceThreshold > 0;
  const inside = (i: number) => (run.mask ? run.mask[i] === 1 : true);
  const { max, rms, r } = compareFields(ours.logField, itk.logField, inside, stops);
  const gate = withSlack(gateOf(ours.used, run.threads ?? "many", stops), slack);
  const iterations = ours.levels.map((level) => level.convergence.length);
  const itkIterations = stops ? itk.measures.map((measures) => measures.length) : run.options.iterations;
  const explanation = stops ? await explainStop(run, itk, ours) : undefined;
  return {
    title: caseTitle(reference),
    voxels: ours.used,
    max,
    rms,
    r,
    itkThreads: run.threads ?? "many",
    itkSeconds: itk.seconds,
    seconds: ours.seconds,
    itkIterations,
    iterations,
    gate,
    stops,
    passed: holds(gate, max, r),
    ...(explanation ? { explanation } : {}),
  };
}

function withSlack(gate: Gate, slack: number): Gate {
  return "max" in gate ? { max: gate.max + slack } : gate;
}
