/**
 * The real command, ended by SIGKILL in each of its stages at seeded moments, and gone on with: every file must be that of an undisturbed run. `deno task suite kills`.
 *
 * A stage is hit by waiting for its event and a share of the time that it took undisturbed. The last renames take microseconds; they are hit since an old output of many files is
 * removed between and after them.
 */

import assert from "node:assert/strict";
import { commandOf, contents, runWell } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { writeImage } from "../helpers/images.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { Random } from "../helpers/random.ts";
import type { Shape3 } from "../../src/volume.ts";

const SHAPE: Shape3 = [32, 96, 112];

/** Every stage that leaves something on the disk, and how often each is to be hit. */
const STAGES = [
  "beginning",
  "range",
  "histogram",
  "mask",
  "profile",
  "section",
  "global",
  "apply",
  "pyramid",
  "finish",
  "rename",
];
const HITS = 3;

/** Attempts to hit one stage before the test gives up. */
const MOST_ATTEMPTS = 12;

/** Files of the old outputs that are replaced: their removal is what makes renames last. */
const OLD_FILES = 1500;

const WORDS = ["n4", "correct", "in.ome.zarr", "out.ome.zarr", "--json", "--preset", "oct", "--n-serial-slices", "3"]
  .concat(["--histogram-match", "--shrink-factor", "2", "--chunk-shape", "16", "32", "32", "--n-levels", "2"])
  .concat(["--save-bias-field", "field.nii", "--save-mask", "mask.ome.zarr", "--save-bias-model", "model.json"])
  .concat(["--n-iterations", "40", "40", "--convergence-threshold", "0", "--overwrite", "--backend", "ts"])
  .concat(["--n-processes", "1", "--resume"]);

const OUTPUTS = ["out.ome.zarr", "field.nii", "mask.ome.zarr", "model.json"];

/** A stage event of the command. */
interface StageEvent {
  readonly event: string;
  readonly name: string;
  readonly state: "started" | "finished";
  /** Seconds since the run began. */
  readonly seconds: number;
}

/** Starts the command; `seen` is told of every stage event while it runs. */
async function follow(folder: string, seen: (event: StageEvent, kill: () => void) => void): Promise<boolean> {
  const child = commandOf(WORDS, { cwd: folder }).spawn();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended before.
    }
  };
  let rest = "";
  const drained = child.stdout.cancel();
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      const event: StageEvent = JSON.parse(line);
      if (event.event === "stage") seen(event, kill);
    }
  }
  await drained;
  return (await child.status).signal === null;
}

/** Removes outputs, and puts old ones in place where there shall be something to replace. */
async function clear(folder: string, replaced: boolean): Promise<void> {
  for (const name of Object.keys(await contents(folder)).filter((name) => !name.includes("/"))) {
    if (name !== "in.ome.zarr") await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
  for (const name of replaced ? ["out.ome.zarr", "mask.ome.zarr"] : []) {
    await Deno.mkdir(`${folder}/${name}/old`, { recursive: true });
    // Nothing but an OME-Zarr image is replaced.
    const multiscales = [{ datasets: [{ path: "old" }] }];
    await Deno.writeTextFile(`${folder}/${name}/zarr.json`, JSON.stringify({ attributes: { ome: { multiscales } } }));
    await Deno.writeTextFile(`${folder}/${name}/old/zarr.json`, "{}");
    for (let i = 0; i < OLD_FILES; i++) Deno.writeTextFileSync(`${folder}/${name}/old/${i}`, "");
  }
}

/** What stages take undisturbed, seconds. */
async function undisturbed(folder: string): Promise<Map<string, number>> {
  const started = new Map<string, number>();
  const took = new Map<string, number>();
  await clear(folder, true);
  const ended = await follow(folder, ({ name, state, seconds }) => {
    if (state === "started") started.set(name, seconds);
    else took.set(name, seconds - (started.get(name) ?? 0));
  });
  assert.ok(ended);
  return took;
}

/** Runs the command and kills it in a stage; returns whether that stage was hit. */
async function killIn(folder: string, stage: string, seconds: number): Promise<boolean> {
  let [inside, hit] = [false, false];
  await clear(folder, stage === "rename");
  const ended = await follow(folder, ({ name, state }, kill) => {
    if (name !== stage) return;
    inside = state === "started";
    if (!inside) return;
    setTimeout(() => {
      hit = inside;
      kill();
    }, 1000 * seconds);
  });
  return hit && !ended;
}

Deno.test("a run that is killed in any stage is gone on with to the same files", (t) =>
  inFolder(async (folder) => {
    const random = new Random(20);
    const stack = octStack({ shape: SHAPE, seed: 4, sections: 3 });
    stack[1000] = NaN;
    const grid = { shape: SHAPE, chunk: [16, 32, 32] as const, voxelSize: [0.02, 0.02, 0.02] as const };
    await writeImage(`${folder}/in.ome.zarr`, { ...grid, volumes: [stack] });
    const took = await undisturbed(folder);
    const wanted = await contents(folder);
    for (const name of OUTPUTS) assert.ok(name in wanted, name);
    for (const stage of STAGES) {
      await t.step(`killed ${HITS} times in stage '${stage}'`, async () => {
        for (let attempt = 0, hits = 0; hits < HITS; attempt++) {
          assert.ok(attempt < MOST_ATTEMPTS, `stage '${stage}' must be hit ${HITS} times: current count is ${hits}`);
          const share = random.between(0, 0.9) / (1 + attempt / 4);
          if (!await killIn(folder, stage, share * (took.get(stage) ?? 0))) continue;
          hits++;
          const left = Object.keys(await contents(folder)).filter((name) => !name.includes("/"));
          await runWell(WORDS, { cwd: folder });
          assert.deepEqual(await contents(folder), wanted, `after kill ${hits}, which left ${left.join(" ")}`);
        }
      });
    }
  }));
