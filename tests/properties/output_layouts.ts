/**
 * Outputs in random layouts of files, folders, links, pipes and remains of earlier runs: whatever a command is asked to write, nothing is removed or written
 * over but an output of the same kind that it was told to replace.
 *
 * @module
 */

import assert from "node:assert/strict";
import { N4Error } from "../../src/errors.ts";
import { demandDistinct } from "../../src/io/files/output_guard.ts";
import { createPartial, type PartialOutput } from "../../src/io/files/partial.ts";
import { contents } from "../helpers/command.ts";
import { Random } from "../helpers/random.ts";

/** Names that things get; some are names of outputs, some those of their partial outputs. */
const NAMES = ["a.nii", "A.nii", "a.nii.partial", "b.zarr", "b.zarr.partial", "c", "c.partial", "replaced", "lock"];

/** Folders in which they are. */
const FOLDERS = ["", "d/", "d/e/", "alias/", "b.zarr/", "a.nii.partial/", "d/../", "./"];

/** Makes something at a path, as far as it can be made there. */
async function plant(random: Random, path: string): Promise<void> {
  const text = `precious ${random.uniform()}`;
  const make = [
    () => Deno.writeTextFile(path, text, { createNew: true }),
    () => Deno.mkdir(path),
    async () => {
      await Deno.mkdir(path);
      await Deno.writeTextFile(`${path}/zarr.json`, `{"multiscales": [], "mark": "${text}"}`);
    },
    () => Deno.symlink(["d", "a.nii", "nowhere", "b.zarr", "/dev/null", "."][random.integer(0, 5)], path),
    async () => {
      await using remains = await createPartial(path, { kind: "file", overwrite: false, inputs: [] });
      remains.keep();
    },
  ];
  await make[random.integer(0, make.length - 1)]().catch(() => {});
}

function pathIn(random: Random, folder: string): string {
  const [from, name] = [FOLDERS[random.integer(0, FOLDERS.length - 1)], NAMES[random.integer(0, NAMES.length - 1)]];
  return `${folder}/${from}${name}${random.uniform() < 0.1 ? "/" : ""}`;
}

/** What an output is to be. */
interface Planned {
  readonly path: string;
  readonly kind: "file" | "directory";
}

/** Creates all outputs and gives them their names, or refuses. */
async function write(outputs: readonly Planned[], input: string, overwrite: boolean, fails: boolean): Promise<void> {
  demandDistinct({ input }, Object.fromEntries(outputs.map(({ path }, i) => [`output ${i}`, path])));
  await using stack = new AsyncDisposableStack();
  const made: PartialOutput[] = [];
  for (const { path, kind } of outputs) {
    made.push(stack.use(await createPartial(path, { kind, overwrite, inputs: [input] })));
  }
  for (const [i, { kind }] of outputs.entries()) {
    if (kind === "directory") await Deno.mkdir(`${made[i].partialPath}/image`);
    const file = kind === "file" ? made[i].content : `${made[i].partialPath}/image/zarr.json`;
    await Deno.writeTextFile(file, `{"multiscales": [], "mark": "made ${i}"}`);
  }
  if (fails) return;
  for (const [i, { kind }] of outputs.entries()) {
    await made[i].commit(kind === "file" ? undefined : `${made[i].partialPath}/image`);
  }
}

/** Where an output would be, links in its folder resolved; nothing where its folder is missing. */
async function placeOf(path: string): Promise<string | undefined> {
  const [, folder, name] = /^(.*)\/([^/]+)\/*$/.exec(path) ?? [];
  return await Deno.realPath(folder).then((real) => `${real}/${name}`, () => undefined);
}

/** One layout. @returns whether its outputs were written. */
export async function checkLayout(seed: number): Promise<boolean> {
  const random = new Random(seed);
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/d/e`, { recursive: true });
    await Deno.symlink("d", `${folder}/alias`);
    const input = `${folder}/${["in.nii", "d/in.nii", "a.nii", "b.zarr/in.nii"][random.integer(0, 3)]}`;
    await Deno.mkdir(`${folder}/b.zarr`).catch(() => {});
    await Deno.writeTextFile(input, "the input", { createNew: true });
    for (let i = random.integer(0, 8); i > 0; i--) await plant(random, pathIn(random, folder));
    const outputs = Array.from({ length: random.integer(1, 3) }, (): Planned => ({
      path: pathIn(random, folder),
      kind: random.uniform() < 0.6 ? "file" : "directory",
    }));
    const [overwrite, fails] = [random.uniform() < 0.7, random.uniform() < 0.3];
    const places = await Promise.all(outputs.map(({ path }) => placeOf(path)));
    const before = await contents(folder);
    let refusal: unknown;
    await write(outputs, input, overwrite, fails).catch((error) => refusal = error);
    if (refusal !== undefined) assert.ok(refusal instanceof N4Error, `seed ${seed}: ${refusal}`);
    assert.equal(await Deno.readTextFile(input), "the input", `seed ${seed}: the input`);
    checkNothingLost(seed, before, await contents(folder), { folder, places, overwrite, written: !refusal && !fails });
    return refusal === undefined && !fails;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a layout's outputs were allowed to do. */
interface Allowed {
  readonly folder: string;
  readonly places: readonly (string | undefined)[];
  readonly overwrite: boolean;
  readonly written: boolean;
}

function checkNothingLost(
  seed: number,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  { folder, places, overwrite, written }: Allowed,
): void {
  for (const [name, was] of Object.entries(before)) {
    if (after[name] === was) continue;
    const path = `${folder}/${name}`;
    const isOutput = places.some((place) => place !== undefined && (path === place || path.startsWith(`${place}/`)));
    // What an earlier process had left unfinished: a folder with nothing but a lock, or nothing yet.
    const partial = name.replace(/\/lock$/, "");
    const inside = Object.keys(before).filter((other) => other.startsWith(`${partial}/`));
    const isRemnant = partial.endsWith(".partial") && before[partial] === "folder" &&
      inside.every((other) => other === `${partial}/lock`);
    // An old output that a process had set aside before it died comes back.
    const isBack = after[name.replace(/\.partial\/replaced(?=\/|$)/, "")] === was;
    assert.ok(isRemnant || isBack || isOutput && overwrite, `seed ${seed}: ${name} was ${was} and is ${after[name]}`);
  }
  const isLeft = (name: string) =>
    name.endsWith(".partial") && before[name] === undefined && !places.includes(`${folder}/${name}`);
  assert.deepEqual(Object.keys(after).filter(isLeft), [], `seed ${seed}: partial outputs are left`);
  for (const place of written ? places : []) {
    assert.ok(after[(place ?? "").slice(folder.length + 1)] !== undefined, `seed ${seed}: ${place} was not written`);
  }
}
