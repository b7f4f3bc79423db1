/**
 * The folders of runs that were ended at some stage: records that lie, checkpoints and journals that are cut, flipped, exchanged or gone.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import { planFile } from "../../src/commands/plan.ts";
import type { RunEvent } from "../../src/run_log.ts";
import { writeImage } from "../helpers/images.ts";
import type { Random } from "../helpers/random.ts";
import { randomVolume } from "../helpers/volumes.ts";
import { changeBytes, joined, moveFiles, pickPath } from "./byte_mutations.ts";
import { type Files, type Mutate, pick, type Seed, type Target } from "./case.ts";
import { emptyFolder, readTree } from "./folders.ts";
import { changeJson, changeJsonText } from "./json_mutations.ts";
import { CHANGED, doStage, INPUT, jobOf, type KnownRun, RUNS, seedName, SHAPE } from "./known_runs.ts";

/** Boxes after which a run that has begun to write is ended. */
const BOXES = 2;

/** Makes a folder for each stage at which a run is ended, or for the one of this name alone, beside the files of an undisturbed run. */
async function makeSeeds(folder: string, only?: string): Promise<Seed[]> {
  const seeds: Seed[] = [];
  const wants = (run: KnownRun, next: string) => only === undefined || only === seedName(run, next);
  for (const run of RUNS.filter((run) => run.ends.some((next) => wants(run, next)))) {
    await writeInput(run, folder);
    await correctFile(jobOf(run, folder));
    const wanted = prefixed("wanted/", await readTree(folder, (path) => path !== INPUT));
    for (const next of run.ends.filter((next) => wants(run, next))) {
      await emptyFolder(folder);
      await writeInput(run, folder);
      await endBefore(next, run, folder);
      const files = new Map([...wanted, ...prefixed("run/", await readTree(folder))]);
      seeds.push({ name: seedName(run, next), files, open: `run/${run.output}.partial/run.json` });
    }
    await emptyFolder(folder);
  }
  return seeds;
}

async function writeInput({ volumes }: KnownRun, folder: string): Promise<void> {
  const intensities = Array.from({ length: volumes }, (_, i) => randomVolume({ shape: SHAPE, seed: i + 1 }).intensity);
  const path = await writeImage(`${folder}/${INPUT}`, { shape: SHAPE, volumes: intensities });
  await Deno.utime(path, CHANGED, CHANGED);
}

/** Leaves a run as one is that was ended there. */
async function endBefore(next: string, run: KnownRun, folder: string): Promise<void> {
  const job = jobOf(run, folder);
  const { folder: partial, record } = await planFile({ ...job, options: { ...job.options, tasks: run.tasks } });
  const [last, begun] = next.split(", ");
  for (const stage of record.stages) {
    if (stage.name === last) break;
    await doStage(partial, stage);
  }
  if (begun !== undefined) await beginToApply(job);
}

async function beginToApply(job: ReturnType<typeof jobOf>): Promise<void> {
  const controller = new AbortController();
  let boxes = 0;
  const listener = (event: RunEvent) => {
    if (event.event === "boxes" && event.done > 0 && ++boxes === BOXES) controller.abort(new Error("ended"));
  };
  const options = { ...job.options, resume: true };
  const ended = await correctFile({ ...job, options, listener, signal: controller.signal }).catch((error) => error);
  if (ended !== controller.signal.reason) throw new Error("a run must end while it writes", { cause: ended });
}

function prefixed(prefix: string, files: Files): Files {
  return new Map([...files].map(([path, bytes]) => [prefix + path, bytes]));
}

function isRecord(path: string): boolean {
  return /^run\/.*\.partial\/run\.json$/.test(path);
}

function isStep(path: string): boolean {
  return /^run\/.*\.partial\/steps\//.test(path);
}

function isJournal(path: string): boolean {
  return isStep(path) && path.includes(".journal.");
}

/** Whether a file of a case belongs to the folder of the run, its image left out. */
export function isOfRun(path: string): boolean {
  return isRecord(path) || isStep(path) || /^run\/.*\.partial\/lock$/.test(path);
}

/** Bytes before the length of a checkpoint's head. */
const MAGIC_BYTES = 16;

/** Changes the record and the list of arrays of a checkpoint, whose length is made to agree. */
function lieInHead(files: Files, random: Random): string {
  const path = pickPath(files, random, (path) => isStep(path) && !/journal|bits/.test(path));
  const bytes = path === undefined ? undefined : files.get(path);
  if (path === undefined || bytes === undefined || bytes.length < MAGIC_BYTES + 4) return "no checkpoint";
  const start = MAGIC_BYTES + 4;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC_BYTES, true);
  const [changed, how] = changeJsonText(new TextDecoder().decode(bytes.subarray(start, start + length)), random);
  const head = new TextEncoder().encode(changed);
  const size = new Uint8Array(Uint32Array.of(head.length).buffer);
  files.set(path, joined(bytes.slice(0, MAGIC_BYTES), size, head, bytes.slice(start + length)));
  return `${path}: head, ${how}`;
}

/** Changes, drops, doubles or exchanges lines of a journal. */
function lieInJournal(files: Files, random: Random): string {
  const path = pickPath(files, random, isJournal);
  if (path === undefined) return "no journal";
  const lines = new TextDecoder().decode(files.get(path)).split("\n");
  const [at, other] = [random.integer(0, lines.length - 1), random.integer(0, lines.length - 1)];
  const way = pick(random, ["changed", "number changed", "dropped", "doubled", "exchanged"] as const);
  if (way === "changed") lines[at] = changeJsonText(lines[at], random)[0];
  if (way === "number changed") lines[at] = lines[at].replace(/\d+/g, (n) => random.uniform() < 0.3 ? `${+n + 1}` : n);
  if (way === "dropped") lines.splice(at, 1);
  if (way === "doubled") lines.splice(other, 0, lines[at]);
  if (way === "exchanged") [lines[at], lines[other]] = [lines[other], lines[at]];
  files.set(path, new TextEncoder().encode(lines.join("\n")));
  return `${path}: line ${at} ${way}`;
}

const MUTATIONS: readonly Mutate[] = [
  changeJson(isRecord),
  changeBytes(isRecord),
  ...Array<Mutate>(5).fill(changeBytes(isStep)),
  ...Array<Mutate>(2).fill(changeBytes(isJournal)),
  ...Array<Mutate>(2).fill(lieInHead),
  ...Array<Mutate>(3).fill(lieInJournal),
  ...Array<Mutate>(2).fill(moveFiles(isStep)),
  moveFiles(isOfRun),
];

/** Folders of runs; their seeds hold paths in the folder in which they are made. */
export const RUN_FOLDER_TARGET: Omit<Target, "seeds"> & { seeds: typeof makeSeeds } = {
  name: "run folder",
  share: 4,
  seeds: makeSeeds,
  mutations: MUTATIONS,
  checks: ["run folder"],
};
