/**
 * A disk that is full at any moment of a run: the sentence, what is left, and that the run can be gone on with once there is room. `deno task suite faults`.
 *
 * The disk is as large as each share of what the run takes at most, so that write after write is the first to fail; then it has room for each number of files, so that
 * each file is the first that cannot be made.
 */

import assert from "node:assert/strict";
import { applyFile } from "../../src/commands/apply.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { WriteError } from "../../src/errors.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { contents } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { diskMissing, type DiskRoom, SmallDisk } from "./small_disk.ts";

const SHAPE = [12, 24, 32] as const;

/** How many sizes of the disk are tried; of numbers of files, every one. */
const ROOMS = 32;

/** A page of the file system. */
const PAGE = 4096;

/** Final names; nothing else may be there but what the sentence names, and `.partial` beside final names. */
const NAMES = ["out", "field", "mask", "model.json", "run.json", "page.html"];

/** Every write, by its first letters without the ending of the format; `steps/mask.` are the bits of the mask. */
const STEPS = ["range", "histogram", "mask.", "profile", "section", "global", "field.0.0.journal", "apply"];
const WRITES = [
  ...NAMES,
  ...["run.json", "ending.json"].concat(STEPS.map((name) => `steps/${name}`)).map((name) => `out.partial/${name}`),
];

/** A correction with everything that can be written. */
function jobOf(
  input: string,
  folder: string,
  ends: string,
): { input: string; output: string; options: CorrectOptions } {
  const levels = ends.includes("zarr") ? { nLevels: 1, chunkShape: [4, 16, 16] as const } : {};
  const [saveBiasField, saveMask] = [`${folder}/field${ends}`, `${folder}/mask${ends}`];
  const texts = { saveBiasModel: `${folder}/model.json`, report: `${folder}/run.json`, html: `${folder}/page.html` };
  const fit = { nSerialSlices: 2, shrinkFactor: [2, 2, 2], nIterations: [2], globalNIterations: [2] } as const;
  const options = { preset: "oct", histogramMatch: true, backend: "ts", nProcesses: 0, ...fit, ...levels } as const;
  return { input, output: `${folder}/out${ends}`, options: { ...options, saveBiasField, saveMask, ...texts } };
}

/** What is compared: all but the report and the page, which tell times; of those that they are there. */
function outputsIn(all: Record<string, string>): Record<string, string> {
  return { ...all, "run.json": typeof all["run.json"], "page.html": typeof all["page.html"] };
}

/** Rooms from none to as much as a run has taken at most, and beyond. */
async function roomsOf(disk: SmallDisk, run: () => Promise<unknown>): Promise<DiskRoom[]> {
  const rooms: DiskRoom[] = [];
  const peak = async (roomOf: (size: number) => DiskRoom, unit: number) => {
    for (let size = unit;; size *= 2) {
      await disk.clear(roomOf(size));
      if (await run().then(() => true, () => false)) return size;
    }
  };
  const bytes = await peak((bytes) => ({ bytes }), PAGE);
  const step = PAGE * Math.ceil(bytes / ROOMS / PAGE);
  for (let room = PAGE; room <= bytes; room += step) rooms.push({ bytes: room });
  const files = await peak((files) => ({ files }), 2);
  for (let room = 2; room <= files; room++) rooms.push({ files: room });
  return rooms;
}

/** The error of a run on a full disk; `undefined` where there was room enough. */
async function expectFull(disk: SmallDisk, job: ReturnType<typeof jobOf>): Promise<WriteError | undefined> {
  let kept: string | undefined;
  const error: unknown = await correctFile({ ...job, onKept: (path) => kept = path }).then(() => undefined, (it) => it);
  if (error === undefined) return undefined;
  assert.ok(error instanceof WriteError, String(error));
  assert.match(error.message, /^Cannot write \S+ as its disk has no space left$/);
  const left = Object.keys(await contents(disk.path));
  const beside = left.filter((name) => !name.includes("/"));
  const named = beside.filter((name) => !name.endsWith(".partial"));
  if (named.length > 0) {
    // The end was written down and every name given; only the page or the report is missing.
    assert.match(error.path, /page\.html$|run\.json$/);
    assert.ok(kept !== undefined && named.length >= 4, `${named}`);
  }
  if (kept === undefined) assert.deepEqual(left, [], "nothing is kept");
  assert.deepEqual(left.filter((name) => name.endsWith(".tmp")), [], "no temporary file");
  for (const name of beside) assert.ok(NAMES.some((known) => name.startsWith(known)), name);
  return error;
}

Deno.test({
  name: "a full disk at any write is told, looks never finished, and can be gone on from",
  ignore: diskMissing !== undefined,
  fn: async (t) => {
    const failed = new Set<string>();
    for (const ends of [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"]) {
      await t.step(`on the way into ${ends}`, () =>
        inFolder(async (folder) => {
          const stack = octStack({ shape: SHAPE, seed: 4, sections: 2 });
          const grid = { shape: SHAPE, chunk: [4, 16, 16] as const, voxelSize: [0.02, 0.02, 0.02] as const };
          const input = await writeImage(`${folder}/in.ome.zarr`, { ...grid, volumes: [stack] });
          await using disk = await SmallDisk.mount();
          const job = jobOf(input, disk.path, ends);
          const rooms = await roomsOf(disk, () => correctFile(job));
          await disk.clear();
          await correctFile(job);
          const wanted = outputsIn(await contents(disk.path));
          for (const room of rooms) {
            await disk.clear(room);
            const error = await expectFull(disk, job);
            await disk.resize({});
            if (error === undefined) continue;
            failed.add(error.path.slice(disk.path.length + 1).replace(ends, ""));
            await correctFile({ ...job, options: { ...job.options, resume: true } });
            assert.deepEqual(outputsIn(await contents(disk.path)), wanted, JSON.stringify(room));
          }
        }));
    }
    const missed = WRITES.filter((name) => ![...failed].some((path) => path.startsWith(name)));
    assert.deepEqual(missed, [], `each of these must have been what failed: ${[...failed]}`);
  },
});

Deno.test({
  name: "an application that finds the disk full at any write tells, looks never finished, and is resumed",
  ignore: diskMissing !== undefined,
  fn: () =>
    inFolder(async (folder) => {
      const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, chunk: [4, 16, 16] });
      const model = `${folder}/model.json`;
      const fit = { shrinkFactor: [2, 2, 2], nIterations: [2], saveBiasModel: model } as const;
      await correctFile({ input, output: `${folder}/out.nii`, options: { backend: "ts", nProcesses: 0, ...fit } });
      await using disk = await SmallDisk.mount();
      for (const ends of [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"]) {
        const [saveBiasField, report] = [`${disk.path}/field${ends}`, `${disk.path}/run.json`];
        const options = { backend: "ts", nProcesses: 0, saveBiasField, report } as const;
        const apply = () => applyFile({ model, input, output: `${disk.path}/out${ends}`, options });
        let failures = 0;
        for (const room of await roomsOf(disk, apply)) {
          await disk.clear(room);
          const error: unknown = await apply().then(() => undefined, (thrown) => thrown);
          if (error === undefined) continue;
          failures++;
          assert.ok(error instanceof WriteError, String(error));
          assert.match(error.message, /^Cannot write \S+ as its disk has no space left$/);
          const left = Object.keys(await contents(disk.path));
          assert.ok(left.every((name) => /^[^/]*\.partial(\/|$)/.test(name) && !name.endsWith(".tmp")), `${left}`);
          await disk.resize({});
          await applyFile({ model, input, output: `${disk.path}/out${ends}`, options: { ...options, resume: true } });
        }
        assert.ok(failures > 10, `${failures} failures on the way into ${ends}`);
      }
    }),
});
