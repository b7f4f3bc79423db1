/**
 * Hostile input: `deno task suite fuzz --cases 100000 --seed 1`. Every case is a valid file or folder with a few changes; each must end within 5 s, within memory, in one
 * of n4's errors or in values that an independent decoder agrees with, and without a write outside of the output folder.
 *
 * `--case N` runs one case of the seed again, leaves out every change that it fails without, and keeps its files in `--keep FOLDER`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { print } from "../helpers/print.ts";
import { type Case, makeCase, planCase, type Target } from "./case.ts";
import { writeTree } from "./folders.ts";
import { FuzzRun } from "./fuzz_run.ts";
import { NIFTI_TARGET } from "./nifti_target.ts";
import { MODEL_TARGET, OPTION_TARGET } from "./text_targets.ts";
import { plantedCase, timeFor } from "./planted.ts";
import { REPORT_TARGET } from "./report_target.ts";
import { RUN_FOLDER_TARGET } from "./run_folder_target.ts";
import { Tally } from "./tally.ts";
import { ZARR_TARGET } from "./zarr_target.ts";
import { ZIP_TARGET } from "./zip_target.ts";

const TARGETS: readonly Target[] = [NIFTI_TARGET, ZARR_TARGET, ZIP_TARGET, MODEL_TARGET, OPTION_TARGET];
/** Formats whose files hold the paths of a run, which must be known when they are made. */
const PLACED_TARGETS = [REPORT_TARGET, RUN_FOLDER_TARGET];
/** Cases between two signs of life. */
const STRIDE = 10000;
/** Failures after which a run ends: more say nothing new. */
const MOST_FAILURES = 25;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "5000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      case: { type: "string" },
      keep: { type: "string" },
      target: { type: "string" },
      planted: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const run = new FuzzRun(folder, values.planted === undefined ? undefined : timeFor(values.planted));
  const wanted = ({ name }: Pick<Target, "name">) => values.target === undefined || name === values.target;
  try {
    if (values.planted !== undefined) return await runOne(run, plantedCase(values.planted), undefined);
    const targets = TARGETS.filter(wanted);
    // One after the other: all are made in the same folder.
    for (const target of PLACED_TARGETS.filter(wanted)) {
      targets.push({ ...target, seeds: await target.seeds(run.output) });
    }
    if (values.case === undefined) return await runMany(run, targets, seed, Number(values.from), Number(values.cases));
    return await runOne(run, makeCase(planCase(targets, seed, Number(values.case))), values.keep);
  } finally {
    run.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function runMany(run: FuzzRun, targets: readonly Target[], seed: number, from: number, count: number) {
  print(`${count} cases of seed ${seed}, from ${from} on`);
  const tally = new Tally();
  for (let number = from; number < from + count && tally.failures < MOST_FAILURES && !run.lost; number++) {
    const made = makeCase(planCase(targets, seed, number));
    const result = await run.run(made);
    tally.add(made, result);
    if (number % STRIDE === STRIDE - 1) print(`${number + 1 - from} cases done, ${tally.failures} failed`);
    if (result.problem === undefined) continue;
    const { target, seed: valid, changes, check } = made;
    print(`FAILED --seed ${seed} --case ${number}: ${target.name}, ${valid.name}, ${check}\n  ${changes.join("\n  ")}`);
    print(`  ${result.problem.replaceAll("\n", "\n  ")}`);
  }
  print(tally.report());
  return tally.failures > 0 ? 1 : 0;
}

/** Runs one case, and again without each of its changes in turn, as long as it fails. */
async function runOne(run: FuzzRun, made: Case, keep: string | undefined): Promise<number> {
  let result = await run.run(made);
  print(`${made.target.name}, ${made.seed.name}, ${made.check}\n  ${made.changes.join("\n  ")}`);
  let smallest = made;
  for (let i = 0; result.problem !== undefined && i < smallest.mutations.length && !run.lost;) {
    const fewer = makeCase({ ...smallest, mutations: smallest.mutations.filter((_, index) => index !== i) });
    const again = await run.run(fewer);
    if (again.problem === undefined) i++;
    else [smallest, result] = [fewer, again];
  }
  if (keep !== undefined) await writeTree(keep, smallest.files);
  if (result.problem === undefined) {
    print(`${result.outcome}: ${result.kind} ${result.text}`);
    return 0;
  }
  const found = run.lost
    ? "It took the worker with it, so that no fewer changes were tried"
    : "It fails with these changes alone";
  print(`${found}:\n  ${smallest.changes.join("\n  ")}\n${result.problem}`);
  return 1;
}

// A worker that hangs cannot be ended, and would keep the process.
if (import.meta.main) Deno.exit(await main());
