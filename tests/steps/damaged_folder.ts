/** A damaged file in the folder of a run: it is refused in one sentence, or what it held is made again; never another result. */

import assert from "node:assert/strict";
import { CorruptDataError, N4Error } from "../../src/errors.ts";
import type { Files, Seed } from "../fuzz/case.ts";
import * as check from "../fuzz/run_folder_check.ts";
import { isOfRun, RUN_FOLDER_TARGET } from "../fuzz/run_folder_target.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** What is done to one of the files; `others` are those beside it. */
type Damage = (files: Files, path: string, others: readonly string[]) => void;

const DAMAGES: Readonly<Record<string, Damage>> = {
  "one bit in the middle flipped": (files, path) => {
    const bytes = files.get(path)?.slice() ?? new Uint8Array(0);
    if (bytes.length > 0) bytes[bytes.length >> 1] ^= 1;
    files.set(path, bytes);
  },
  "cut to a half": (files, path) => {
    const bytes = files.get(path) ?? new Uint8Array(0);
    files.set(path, bytes.slice(0, bytes.length >> 1));
  },
  "one byte longer": (files, path) => void files.set(path, Uint8Array.of(...files.get(path) ?? [], 10)),
  "the content of the next file": (files, path, others) => {
    const next = others[(others.indexOf(path) + 1) % others.length];
    files.set(path, files.get(next) ?? new Uint8Array(0));
  },
  "gone": (files, path) => void files.delete(path),
  "a folder": (files, path) => {
    files.delete(path);
    files.set(`${path}/`, new Uint8Array(0));
  },
};

/** A seed with which a check goes on by `--resume`. */
const RESUMES = 1;

/** A folder of a run that has begun to write, in `folder`. */
async function begunRun(folder: string): Promise<Seed> {
  await Deno.mkdir(`${folder}/out`);
  const seeds = await RUN_FOLDER_TARGET.seeds(`${folder}/out`, "sections in two tasks; apply, begun");
  assert.equal(seeds.length, 1);
  return seeds[0];
}

/** Goes on with a run whose files were damaged. @throws what the run throws, or where its files are others than an undisturbed run's. */
async function goOn(folder: string, seed: Seed, damaged: Files, checkSeed: number): Promise<void> {
  const { open, name: seedName, files } = seed;
  const valid = files.get(open) ?? new Uint8Array(0);
  const below = (prefix: string) =>
    new Map(
      [...damaged].filter(([path]) => path.startsWith(prefix)).map(([path, it]) => [path.slice(prefix.length), it]),
    );
  await check.goOn({ checkSeed, seedName, valid, output: `${folder}/out` }, below("run/"), below("wanted/"));
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`each file of a run's folder in turn, ${what}: a sentence or the files of an undisturbed run`, () =>
    inFolder(async (folder) => {
      const seed = await begunRun(folder);
      const { files } = seed;
      const others = [...files.keys()].filter(isOfRun);
      assert.ok(others.length > 15, `${others}`);
      const ends = { refused: 0, same: 0 };
      for (const [at, path] of others.entries()) {
        const damaged: Files = new Map(files);
        damage(damaged, path, others);
        try {
          await goOn(folder, seed, damaged, at);
          ends.same++;
        } catch (error) {
          assert.ok(error instanceof N4Error, `${path}: ${error instanceof Error ? error.stack : error}`);
          assert.match(error.message, /^Cannot /);
          ends.refused++;
        }
      }
      assert.ok(ends.refused > 2 && ends.same > 2, JSON.stringify(ends));
    }));
}

Deno.test("a record that would cut the run into other tasks is refused: its results would be added up twice", () =>
  inFolder(async (folder) => {
    const seed = await begunRun(folder);
    const text = new TextDecoder().decode(seed.files.get(seed.open));
    assert.match(text, /^ {2}"tasks": 2,$/m);
    for (const lie of [`"tasks": 1,`, `"tasks": 3,`, `"tasks": -1,`, `"tasks": "2",`]) {
      const damaged = text.replace(/(?<=^ {2})"tasks": 2,$/m, lie);
      const files = new Map([...seed.files, [seed.open, new TextEncoder().encode(damaged)] as const]);
      for (const checkSeed of [1, 2, 3]) {
        await assert.rejects(
          goOn(folder, seed, files, checkSeed),
          /run\.json' as its checksum must hold: .*option 'overwrite'/,
        );
      }
    }
  }));

Deno.test("the journal of one image under the name of another's is not believed", () =>
  inFolder(async (folder) => {
    const seed = await begunRun(folder);
    const journals = [...seed.files].filter(([path]) => path.includes("/field.0.0.journal."));
    assert.equal(journals.length, 1);
    const [[path, bytes]] = journals;
    assert.ok(new TextDecoder().decode(bytes).split("\n").length > 2, "it tells of a box");
    for (const name of ["/corrected.0.0.", "/corrected.0.1."].map((other) => path.replace("/field.0.0.", other))) {
      // Nothing of the corrected image has been written yet, so that a box that is passed by is missed.
      const left = [...seed.files].filter(([path]) => !/\/corrected\.0\.|\/apply\.0$|^run\/out.*\/c\//.test(path));
      await goOn(folder, seed, new Map([...left, [name, bytes]]), RESUMES);
    }
  }));

Deno.test("what the sentence about a damaged checkpoint says to remove is what must be removed", () =>
  inFolder(async (folder) => {
    const seed = await begunRun(folder);
    const flip = DAMAGES["one bit in the middle flipped"];
    let mended = 0;
    for (const path of [...seed.files.keys()].filter(isOfRun)) {
      const files: Files = new Map(seed.files);
      flip(files, path, []);
      try {
        await goOn(folder, seed, files, RESUMES);
      } catch (error) {
        if (!(error instanceof CorruptDataError)) continue;
        const named = /remove '(.*)' and the step/.exec(error.message)?.[1] ?? error.path;
        files.delete(named.replace(`${folder}/out/`, "run/"));
        await goOn(folder, seed, files, RESUMES);
        mended++;
      }
    }
    assert.ok(mended > 4, `${mended}`);
  }));
