/**
 * Why a level of ITK ends at another iteration than ours: its measure, summed in float32. The measure is worked out again in float64 from ITK's own
 * fields before and after the iteration in question.
 *
 * @module
 */

import { compareFields } from "../helpers/fields.ts";
import type { DenseFitResult } from "../helpers/fits.ts";
import { type ItkResult, type ItkRun, runItk } from "./itk.ts";

/** The explanation, or nothing where all levels end alike. */
export async function explainStop(run: ItkRun, itk: ItkResult, ours: DenseFitResult): Promise<string | undefined> {
  const counts = ours.levels.map((level) => level.convergence.length);
  const level = counts.findIndex((count, i) => itk.measures[i]?.length !== count);
  if (level < 0) return undefined;
  const count = Math.min(counts[level], itk.measures[level].length);
  const own = ours.levels[level].convergence[count - 1];
  const reported = itk.measures[level][count - 1];
  const exact = await measureOfItkFields(run, counts.slice(0, level), count);
  const difference = await differenceAtCounts(run, counts, ours);
  const digits = (value: number) => value.toExponential(3);
  const sentences = [
    `level ${level + 1} ends after ${counts[level]} iterations here, after ${itk.measures[level].length} in ITK`,
    `At iteration ${count} ITK reports ${digits(reported)}; float64 over ITK's own fields gives ${digits(exact)}, ` +
    `ours is ${digits(own)}: ITK's sum is ${(reported / exact).toFixed(2)} times too large`,
    `Told to do our iterations, ITK differs by at most ${difference.toExponential(1)}`,
  ];
  return sentences.join(". ");
}

/** Largest difference of the log fields where ITK does a given number of iterations a level. */
async function differenceAtCounts(run: ItkRun, counts: readonly number[], ours: DenseFitResult): Promise<number> {
  const options = { ...run.options, iterations: counts, convergenceThreshold: 0 };
  const [{ logField }] = await runItk([{ ...run, options }]);
  return compareFields(ours.logField, logField, (i) => !run.mask || run.mask[i] === 1).max;
}

/** The measure of iteration `count` of the level after `before`, in float64 and two passes, from ITK's fields. */
async function measureOfItkFields(run: ItkRun, before: readonly number[], count: number): Promise<number> {
  const upTo = (iterations: readonly number[]): ItkRun => {
    return { ...run, options: { ...run.options, iterations, convergenceThreshold: 0 } };
  };
  const earlierIterations = count > 1 ? [...before, count - 1] : before;
  const earlierRuns = earlierIterations.length > 0 ? [upTo(earlierIterations)] : [];
  const results = await runItk([upTo([...before, count]), ...earlierRuns]);
  const after = results[0].logField;
  const earlier = results.at(1)?.logField ?? new Float32Array(after.length);
  const ratios: number[] = [];
  for (let i = 0; i < after.length; i++) {
    if (!run.mask || run.mask[i] === 1) ratios.push(Math.exp(earlier[i] - after[i]));
  }
  const mean = ratios.reduce((sum, e) => sum + e, 0) / ratios.length;
  const squares = ratios.reduce((sum, e) => sum + (e - mean) ** 2, 0);
  return Math.sqrt(squares / (ratios.length - 1)) / mean;
}
