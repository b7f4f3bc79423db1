/**
 * Going on with a run whose folder is damaged: it is refused and nothing carries a final name, or it ends in the files of an undisturbed run.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import { stepFile } from "../../src/commands/step.ts";
import type { RunRecord } from "../../src/store/run_record.ts";
import { Random } from "../helpers/random.ts";
import type { Files } from "./case.ts";
import type { Job } from "./case_worker.ts";
import { BrokenPromise } from "./checks.ts";
import { emptyFolder, readTree, writeTree } from "./folders.ts";
import { CHANGED, doStage, type EndedRun, endedRun, INPUT, jobOf } from "./known_runs.ts";

/** Goes on with the run that lies in `run` beside the files `wanted` of an undisturbed one. */
export async function checkRunFolder(job: Job): Promise<string> {
  return await goOn(job, await readTree(`${job.input}/run`), await readTree(`${job.input}/wanted`));
}

/** What of a case says how it is gone on with. */
export type GoingOn = Pick<Job, "checkSeed" | "seedName" | "valid" | "output">;

/** Goes on with a run, by `--resume` or step by step. */
export async function goOn(job: GoingOn, run: Files, wanted: Files): Promise<string> {
  const ended = endedRun(job.seedName);
  if (ended === undefined) throw new BrokenPromise(`there is no run '${job.seedName}'`);
  await writeTree(job.output, run);
  await Deno.utime(`${job.output}/${INPUT}`, CHANGED, CHANGED);
  const bySteps = new Random(job.checkSeed).uniform() < 0.5;
  try {
    if (bySteps) await doSteps(job, ended);
    else await resume(job, ended);
    expectSame(await readTree(job.output, (path) => path !== INPUT), wanted);
    return `the files of an undisturbed run, ${bySteps ? "by steps" : "by --resume"}`;
  } catch (error) {
    await expectUnfinished(job, ended);
    throw error;
  } finally {
    await emptyFolder(job.output);
  }
}

async function resume({ output }: GoingOn, { run }: EndedRun): Promise<void> {
  const job = jobOf(run, output);
  await correctFile({ ...job, options: { ...job.options, resume: true } });
}

/** Does the steps that an undamaged record tells of, from the stage on that comes next. */
async function doSteps({ output, valid }: GoingOn, { run, next }: EndedRun): Promise<void> {
  const folder = `${output}/${run.output}.partial`;
  const { stages }: RunRecord = JSON.parse(new TextDecoder().decode(valid));
  const first = stages.findIndex(({ name }) => name === next.split(", ")[0]);
  for (const stage of stages.slice(first)) if (stage.name !== "finish") await doStage(folder, stage);
  await stepFile({ stage: "finish", folder, options: { nProcesses: 0 } });
}

function expectSame(found: Files, wanted: Files): void {
  const names = [...wanted.keys()];
  if (names.join() !== [...found.keys()].join()) throw new BrokenPromise(`other files: ${[...found.keys()]}`);
  const other = names.filter((name) => !sameBytes(found.get(name), wanted.get(name)));
  if (other.length > 0) throw new BrokenPromise(`other bytes than those of an undisturbed run: ${other}`);
}

function sameBytes(a?: Uint8Array, b?: Uint8Array): boolean {
  return a !== undefined && a.length === b?.length && a.every((byte, i) => byte === b[i]);
}

/** A run that was refused has given nothing its name. */
async function expectUnfinished({ output }: GoingOn, { run }: EndedRun): Promise<void> {
  for (const name of [run.output, run.field]) {
    const made = await Deno.lstat(`${output}/${name}`).catch(() => undefined);
    if (made) throw new BrokenPromise(`a run that failed has left ${name}`);
  }
}
