/** What goes wrong between two steps: the sentence, what is kept, and that going on afterwards gives the same files. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { correctFile } from "../../src/commands/correct.ts";
import { CorruptDataError } from "../../src/errors.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { planFile } from "../../src/commands/plan.ts";
import { stepFile } from "../../src/commands/step.ts";
import { createImage } from "../../src/io/open.ts";
import { giveNames, keepEnding, readEnding } from "../../src/store/ending.ts";
import type { RunRecord } from "../../src/store/run_record.ts";
import { lockFolder } from "../../src/io/files/lock.ts";
import { type Shape3, wholeBox } from "../../src/volume.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [8, 10, 12];
const OPTIONS: CorrectOptions = { ...QUICK, nLevels: 0, chunkShape: [4, 5, 6] };
const OWN = { nProcesses: 0 } as const;
const CHUNK = "0/c/1/0/0";

/** Does every step of a run but the last ones. */
async function stepsBefore(last: string, folder: string): Promise<void> {
  const { stages } = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
  for (const { name, tasks, gather } of stages) {
    if (name === last) return;
    for (let task = 0; task < tasks; task++) await stepFile({ stage: name, folder, options: { ...OWN, task } });
    if (gather) await stepFile({ stage: "gather", folder, options: { ...OWN, of: name } });
  }
}

for (const compressor of ["zstd", "gzip", "blosc"] as const) {
  Deno.test(`a chunk that is damaged (${compressor}) or gone when it is applied is named, and put back it is gone on with`, () =>
    inFolder(async (folder) => {
      const input = `${folder}/in.ome.zarr`;
      const spec = { shape: SHAPE, voxelSize: [1, 1, 1] as const, dataType: "float32" as const, volumes: 1 };
      await using image = await createImage(input, spec, { chunk: [4, 5, 6], compression: { compressor } });
      const { intensity } = randomVolume({ shape: SHAPE, seed: 1 });
      await image.volume(0).write(wholeBox(SHAPE), intensity);
      await image.commit();
      const options = { ...OPTIONS, requireAllChunks: true };
      await correctFile({ input, output: `${folder}/wanted.ome.zarr`, options });
      const { folder: run } = await planFile({ input, output: `${folder}/out.ome.zarr`, options });
      await stepsBefore("apply", run);

      const chunk = `${input}/${CHUNK}`;
      const [bytes, { mtime }] = [await Deno.readFile(chunk), await Deno.stat(chunk)];
      // A disk that fails changes no time; a chunk that another program wrote anew would be refused by its time.
      const put = async (content: Uint8Array) => {
        await Deno.writeFile(chunk, content);
        await Deno.utime(chunk, mtime ?? 0, mtime ?? 0);
      };
      const apply = () => stepFile({ stage: "apply", folder: run, options: { ...OWN, task: 0 } });
      await put(bytes.map((byte, i) => i < 12 ? ~byte : byte));
      await assert.rejects(apply(), (error: unknown) => {
        assert.ok(error instanceof CorruptDataError, String(error));
        assert.match(error.message, /^Cannot read chunk '0\/c\/1\/0\/0' of '.*in.ome.zarr' as /);
        return true;
      });
      await Deno.remove(chunk);
      await assert.rejects(apply(), /^WriteError: Cannot go on with the run .*: input had 8 chunks and has 7 \(/);
      await put(bytes);
      await correctFile({ input, output: `${folder}/out.ome.zarr`, options: { ...options, resume: true } });
      assert.deepEqual(await contents(`${folder}/out.ome.zarr`), await contents(`${folder}/wanted.ome.zarr`));
    }));
}

Deno.test("two runs into one output: the second is refused while the first is at work, and leaves it alone", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: SHAPE });
    const { folder: run } = await planFile({ input, output: `${folder}/out.nii`, options: QUICK });
    const job = { input, output: `${folder}/out.nii`, options: { ...QUICK, resume: true } };
    {
      using _first = await lockFolder(run, "first", true);
      await assert.rejects(correctFile(job), /another run is at work in .*out.nii.partial/);
      await assert.rejects(
        stepFile({ stage: "range", folder: run, options: { ...OWN, task: 0 } }),
        /another run is at work/,
      );
    }
    {
      using _step = await lockFolder(run, "step", false);
      await stepFile({ stage: "range", folder: run, options: { ...OWN, task: 0 } });
      await assert.rejects(stepFile({ stage: "finish", folder: run, options: OWN }), /another run is at work/);
    }
    assert.ok("steps/range.0" in await contents(run), "what was done is still there");
    await correctFile(job);
    assert.ok((await Deno.stat(`${folder}/out.nii`)).isFile);
  }));

Deno.test("names are given from wherever a process died among them", () =>
  inFolder(async (folder) => {
    const outputs = ["field.nii", "mask.zarr", "out.zarr"];
    const folders = new Set(["mask.zarr", "out.zarr"]);
    const made = async (path: string, text: string, folder: boolean) => {
      await Deno.mkdir(folder ? path : dirname(path), { recursive: true });
      if (folder) await Deno.writeTextFile(`${path}/zarr.json`, `{"multiscales": [], "mark": "${text}"}`);
      else await Deno.writeTextFile(path, text);
    };
    for (let died = 0; died <= 2 * outputs.length; died++) {
      const at = `${folder}/${died}`;
      await Deno.mkdir(`${at}/out.zarr.partial`, { recursive: true });
      const placements = outputs.map((name) => {
        const from = `${at}/${name}.partial/${folders.has(name) ? "image" : "content"}`;
        return { from, to: `${at}/${name}` };
      });
      for (const [i, { from, to }] of placements.entries()) {
        await made(to, "old", folders.has(outputs[i]));
        await made(from, "new", folders.has(outputs[i]));
      }
      const run = { path: `${at}/out.zarr.partial` } as Parameters<typeof keepEnding>[0];
      await keepEnding(run, { placements, overwrite: true, record: {} as RunRecord, report: {} });
      // Each name takes two renames where a folder is replaced: the old one aside, the new one in place.
      for (let rename = 0; rename < died; rename++) {
        const { from, to } = placements[rename >> 1];
        if (rename % 2 === 0 && folders.has(outputs[rename >> 1])) await Deno.rename(to, `${to}.partial/replaced`);
        if (rename % 2 === 1) await Deno.rename(from, to);
      }
      const ending = await readEnding(run);
      assert.ok(ending);
      await giveNames(ending, run.path);
      await giveNames(ending, run.path);
      for (const [i, { to }] of placements.entries()) {
        const text = await Deno.readTextFile(folders.has(outputs[i]) ? `${to}/zarr.json` : to);
        assert.ok(text.includes("new"), `died at ${died}`);
      }
      const left = Object.keys(await contents(at)).filter((name) => !name.includes("/"));
      assert.deepEqual(left.toSorted(), ["field.nii", "mask.zarr", "out.zarr", "out.zarr.partial"], `died at ${died}`);
    }
  }));
