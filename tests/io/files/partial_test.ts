/** Outputs under a temporary name: what is refused before any work, and what a commit or a failure leaves behind. */
import assert from "node:assert/strict";
import { levelsIn } from "../../../src/io/files/image_folder.ts";
import { createPartial } from "../../../src/io/files/partial.ts";
import { replaceText } from "../../../src/io/files/text_output.ts";
import { programs } from "../../helpers/command.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

const FILE = { kind: "file", overwrite: false, inputs: [] } as const;
const DIRECTORY = { kind: "directory", overwrite: false, inputs: [] } as const;

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
}

function refusal(text: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "WriteError");
    assert.ok(error.message.includes(text), error.message);
    return true;
  };
}

Deno.test("a file appears under its final name only when it is committed", () =>
  inFolder(async (folder) => {
    await using output = await createPartial(`${folder}/a.nii`, FILE);
    await Deno.writeTextFile(output.content, "new");
    assert.deepEqual(namesIn(folder), ["a.nii.partial"]);
    await output.commit();
    assert.deepEqual(namesIn(folder), ["a.nii"]);
    assert.equal(await Deno.readTextFile(`${folder}/a.nii`), "new");
    await assert.rejects(output.commit(), refusal("was committed or discarded before"));
  }));

Deno.test("no permission is requested that is there, as each slows down the next for the life of the process", () =>
  inFolder(async (folder) => {
    const { request } = Deno.permissions;
    Deno.permissions.request = () => Promise.reject(new Error("It was requested"));
    try {
      await using output = await createPartial(`${folder}/a.nii`, FILE);
      await output.write("new");
      await output.commit();
    } finally {
      Deno.permissions.request = request;
    }
    assert.deepEqual(namesIn(folder), ["a.nii"]);
  }));

Deno.test("disposal without a commit leaves nothing, and the old output as it was", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.nii`, "old");
    for (const name of ["a.nii", "b.zarr"]) {
      const kind = name === "a.nii" ? "file" : "directory";
      const output = await createPartial(`${folder}/${name}`, { kind, overwrite: true, inputs: [] });
      await Deno.writeTextFile(`${output.partialPath}/image`, "half");
      await output[Symbol.asyncDispose]();
      await output[Symbol.asyncDispose]();
    }
    assert.deepEqual(namesIn(folder), ["a.nii"]);
    assert.equal(await Deno.readTextFile(`${folder}/a.nii`), "old");
  }));

Deno.test("an existing output is refused without overwrite, before and after the work", () =>
  inFolder(async (folder) => {
    await using late = await createPartial(`${folder}/late`, FILE);
    await Deno.writeTextFile(late.content, "new");
    await Deno.writeTextFile(`${folder}/late`, "another's");
    await assert.rejects(late.commit(), refusal("exists already"));
    assert.equal(await Deno.readTextFile(`${folder}/late`), "another's");
    await assert.rejects(createPartial(`${folder}/late/`, FILE), refusal("give option 'overwrite'"));
    await Deno.symlink("nowhere", `${folder}/dangling`);
    await assert.rejects(createPartial(`${folder}/dangling`, FILE), refusal("give option 'overwrite'"));
  }));

/** A folder that passes for an OME-Zarr image, with a file in it that tells it from others. */
async function makeImage(path: string, mark: string): Promise<void> {
  await Deno.mkdir(`${path}/0`, { recursive: true });
  await Deno.writeTextFile(
    `${path}/zarr.json`,
    JSON.stringify({ attributes: { ome: { multiscales: [{ datasets: [{ path: "0" }] }] } }, mark }),
  );
  await Deno.writeTextFile(`${path}/0/zarr.json`, "{}");
}

async function markOf(path: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${path}/zarr.json`)).mark;
}

Deno.test("with overwrite a file replaces a file and an image an image, and nothing else stays", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "old");
    await makeImage(`${folder}/image`, "old");
    await using file = await createPartial(`${folder}/file`, { ...FILE, overwrite: true });
    await Deno.writeTextFile(file.content, "new");
    await file.commit();
    await using image = await createPartial(`${folder}/image`, { ...DIRECTORY, overwrite: true });
    await makeImage(`${image.partialPath}/image`, "new");
    await image.commit(`${image.partialPath}/image`);
    assert.deepEqual(namesIn(folder), ["file", "image"]);
    assert.equal(await Deno.readTextFile(`${folder}/file`), "new");
    assert.equal(await markOf(`${folder}/image`), "new");
  }));

Deno.test("what replaces something has its mode, and is not read by others while it is made", () =>
  inFolder(async (folder) => {
    const modeOf = async (name: string) => ((await Deno.stat(`${folder}/${name}`)).mode ?? 0) & 0o7777;
    for (const mode of [0o600, 0o640, 0o664, 0o755]) {
      await Deno.writeTextFile(`${folder}/file`, "old");
      await Deno.writeTextFile(`${folder}/text`, "old");
      await makeImage(`${folder}/image`, "old");
      for (const name of ["file", "text", "image"]) await Deno.chmod(`${folder}/${name}`, mode | 0o100);
      await Deno.symlink("text", `${folder}/link`);
      for (const name of ["file", "image", "link"]) {
        const kind = name === "image" ? "directory" : "file";
        await using output = await createPartial(`${folder}/${name}`, { kind, overwrite: true, inputs: [] });
        if (mode % 8 === 0) assert.equal(await modeOf(`${name}.partial`) % 8, 0, "seen by others");
        if (kind === "file") await output.write("new");
        else await makeImage(output.content, "new");
        await output.commit();
        assert.equal(await modeOf(name), mode | 0o100, name);
      }
      await replaceText(`${folder}/text`, "new");
      assert.equal(await modeOf("text"), mode | 0o100);
      assert.equal(await Deno.readTextFile(`${folder}/text`), "new");
      for (const name of ["file", "text", "image", "link"]) await Deno.remove(`${folder}/${name}`, { recursive: true });
    }
  }));

programs.test("nothing but an output of the same kind is replaced, links looked through", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/results`);
    await Deno.writeTextFile(`${folder}/results/precious`, "1");
    await Deno.writeTextFile(`${folder}/file`, "2");
    await Deno.mkdir(`${folder}/empty`);
    await makeImage(`${folder}/image`, "3");
    await makeImage(`${folder}/noted`, "4");
    await Deno.writeTextFile(`${folder}/noted/notes.txt`, "5");
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    for (const name of ["results", "file", "pipe"]) await Deno.symlink(name, `${folder}/to_${name}`);
    await Deno.symlink("/dev/null", `${folder}/to_null`);
    const before = namesIn(folder);
    const never = ["results", "empty", "noted", "pipe", "to_results", "to_pipe", "to_null", "results/..", "results/."];
    const refused = { file: [...never, "image"], directory: [...never, "file", "to_file"] };
    for (const kind of ["file", "directory"] as const) {
      for (const name of refused[kind]) {
        const options = { kind, overwrite: true, inputs: [] };
        await assert.rejects(
          createPartial(`${folder}/${name}`, options),
          refusal("and nothing else"),
          `${kind} ${name}`,
        );
      }
    }
    assert.deepEqual(namesIn(folder), before);
    assert.deepEqual(namesIn(`${folder}/results`), ["precious"]);
    assert.deepEqual(namesIn(`${folder}/noted`), ["0", "notes.txt", "zarr.json"]);
  }));

Deno.test("when the new directory cannot be renamed into place the old one comes back", () =>
  inFolder(async (folder) => {
    await makeImage(`${folder}/out`, "old");
    await using output = await createPartial(`${folder}/out`, { ...DIRECTORY, overwrite: true });
    await Deno.mkdir(`${output.partialPath}/image`);
    const rename = Deno.rename;
    try {
      Deno.rename = (from, to) =>
        String(from).endsWith("/image") ? Promise.reject(new Deno.errors.PermissionDenied("no")) : rename(from, to);
      await assert.rejects(output.commit(`${output.partialPath}/image`), refusal(`Cannot write ${folder}/out`));
    } finally {
      Deno.rename = rename;
    }
    assert.equal(await markOf(`${folder}/out`), "old");
    await output[Symbol.asyncDispose]();
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("an old output that a process set aside and died comes back", () =>
  inFolder(async (folder) => {
    const died = await createPartial(`${folder}/out`, DIRECTORY);
    await makeImage(`${died.partialPath}/replaced`, "old");
    died.keep();
    await died[Symbol.asyncDispose]();
    await assert.rejects(createPartial(`${folder}/out`, DIRECTORY), refusal("exists already"));
    assert.equal(await markOf(`${folder}/out`), "old");
    {
      await using _ = await createPartial(`${folder}/out`, { ...DIRECTORY, overwrite: true });
    }
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("the remains of an earlier process are removed, but nothing of anybody else's", () =>
  inFolder(async (folder) => {
    const out = `${folder}/out`;
    const died = await createPartial(out, DIRECTORY);
    await makeImage(`${died.partialPath}/image`, "half");
    died.keep();
    await died[Symbol.asyncDispose]();
    await Deno.writeTextFile(`${out}.partial/notes.txt`, "precious");
    await assert.rejects(createPartial(out, { ...DIRECTORY, overwrite: true }), refusal("'notes.txt'"));
    assert.deepEqual(namesIn(`${out}.partial`), ["image", "lock", "notes.txt"]);
    await Deno.remove(`${out}.partial/notes.txt`);
    await using output = await createPartial(out, DIRECTORY);
    assert.deepEqual(namesIn(output.partialPath), ["lock"]);
    await Deno.writeTextFile(`${out}.partial/notes.txt`, "precious");
    await makeImage(`${output.partialPath}/image`, "new");
    await output.commit(`${output.partialPath}/image`);
    assert.deepEqual(namesIn(`${out}.partial`), ["notes.txt"]);
  }));

Deno.test("what is at OUT.partial and no partial output of n4 is in the way, and stays", () =>
  inFolder(async (folder) => {
    const partial = `${folder}/out.partial`;
    const make = [
      () => Deno.writeTextFile(partial, "precious"),
      () => Deno.mkdir(`${partial}/image`, { recursive: true }),
      () => Deno.mkdir(partial).then(() => Deno.writeTextFile(`${partial}/lock`, "another's")),
      () => Deno.symlink("elsewhere", partial),
      () => Deno.mkdir(`${folder}/elsewhere`).then(() => Deno.symlink("elsewhere", partial)),
    ];
    for (const [i, there] of make.entries()) {
      await there();
      const before = namesIn(folder);
      for (const kind of ["file", "directory"] as const) {
        const options = { kind, overwrite: true, inputs: [], resume: i % 2 === 0 };
        await assert.rejects(createPartial(`${folder}/out`, options), refusal("must be missing, or hold nothing but"));
      }
      assert.deepEqual(namesIn(folder), before);
      await Deno.remove(partial, { recursive: true });
    }
  }));

Deno.test("an output that is being written is refused to others, and one that waits for its run as well", () =>
  inFolder(async (folder) => {
    const field = `${folder}/field`;
    await using run = await createPartial(`${folder}/out`, FILE);
    {
      await using _ = await createPartial(field, { ...FILE, owner: run.partialPath });
      await assert.rejects(createPartial(field, { ...FILE, overwrite: true }), refusal("another run is at work"));
      _.keep();
    }
    await assert.rejects(createPartial(field, { ...FILE, overwrite: true }), refusal("belongs to the unfinished run"));
    await using again = await createPartial(field, { ...FILE, owner: run.partialPath });
    again.keep();
    await again[Symbol.asyncDispose]();
    await run[Symbol.asyncDispose]();
    await using anew = await createPartial(field, FILE);
    assert.deepEqual(namesIn(anew.partialPath), ["lock"]);
  }));

Deno.test("an unfinished run is not lost to another output of its name", () =>
  inFolder(async (folder) => {
    const run = await createPartial(`${folder}/out`, FILE);
    await Deno.mkdir(`${run.partialPath}/steps`);
    await Deno.writeTextFile(`${run.partialPath}/steps/range.0`, "done");
    run.keep();
    await run[Symbol.asyncDispose]();
    await assert.rejects(createPartial(`${folder}/out`, FILE), refusal("holds an unfinished run"));
    await using anew = await createPartial(`${folder}/out`, { ...FILE, overwrite: true });
    assert.deepEqual(namesIn(anew.partialPath), ["lock"]);
  }));

Deno.test("what is protected from being written to is not replaced, but a link to it is", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "kept");
    await makeImage(`${folder}/image`, "kept");
    await Deno.chmod(`${folder}/file`, 0o444);
    await Deno.chmod(`${folder}/image`, 0o555);
    for (const [name, how] of [["file", FILE], ["image", DIRECTORY]] as const) {
      await assert.rejects(
        createPartial(`${folder}/${name}`, { ...how, overwrite: true }),
        refusal("is protected from"),
      );
    }
    await Deno.symlink("file", `${folder}/link`);
    await using link = await createPartial(`${folder}/link`, { ...FILE, overwrite: true });
    await Deno.writeTextFile(link.content, "new");
    await link.commit();
    assert.equal(await Deno.readTextFile(`${folder}/file`), "kept");
  }));

Deno.test("a link at the output is replaced, and what it leads to stays", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/target`, "kept");
    await Deno.symlink("target", `${folder}/out`);
    await using file = await createPartial(`${folder}/out`, { ...FILE, overwrite: true });
    await Deno.writeTextFile(file.content, "new");
    await file.commit();
    assert.equal((await Deno.lstat(`${folder}/out`)).isFile, true);
    assert.equal(await Deno.readTextFile(`${folder}/target`), "kept");
    await makeImage(`${folder}/store`, "kept");
    await Deno.symlink("store", `${folder}/image`);
    await using image = await createPartial(`${folder}/image`, { ...DIRECTORY, overwrite: true });
    await makeImage(`${image.partialPath}/image`, "new");
    await image.commit(`${image.partialPath}/image`);
    assert.equal((await Deno.lstat(`${folder}/image`)).isDirectory, true);
    assert.equal(await markOf(`${folder}/store`), "kept");
    assert.deepEqual(namesIn(folder), ["image", "out", "store", "target"]);
  }));

Deno.test("an output that is an input, by name or hard link, is refused and the input untouched", () =>
  inFolder(async (folder) => {
    const input = `${folder}/in.nii`;
    await Deno.writeTextFile(input, "precious");
    await Deno.symlink("in.nii", `${folder}/soft`);
    await Deno.link(input, `${folder}/hard`);
    const before = namesIn(folder);
    for (const out of ["in.nii", "hard", "../" + folder.split("/").at(-1) + "/in.nii"]) {
      await assert.rejects(
        createPartial(`${folder}/${out}`, { ...FILE, overwrite: true, inputs: [input] }),
        refusal("must not be, contain or lie inside an input"),
      );
      assert.deepEqual(namesIn(folder), before);
    }
    await assert.rejects(
      createPartial(input, { ...FILE, overwrite: true, inputs: [`${folder}/soft`] }),
      refusal("input"),
    );
    assert.equal(await Deno.readTextFile(input), "precious");
  }));

Deno.test("a link to the input at the output is replaced where that is allowed, and the input stays", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/store`);
    await Deno.writeTextFile(`${folder}/store/in.nii`, "precious");
    const link = `${folder}/in.nii`;
    for (const inputs of [[link], [`${folder}/store/in.nii`]]) {
      await Deno.symlink("store/in.nii", link);
      await assert.rejects(createPartial(link, { ...FILE, inputs }), refusal("give option 'overwrite'"));
      await using output = await createPartial(link, { ...FILE, overwrite: true, inputs });
      await Deno.writeTextFile(output.content, "new");
      await output.commit();
      assert.equal((await Deno.lstat(link)).isSymlink, false);
      assert.deepEqual(namesIn(folder), ["in.nii", "store"]);
      assert.equal(await Deno.readTextFile(`${folder}/store/in.nii`), "precious");
      await Deno.remove(link);
    }
  }));

Deno.test("a partial output that is resumed stays, with what is in it", () =>
  inFolder(async (folder) => {
    const out = `${folder}/out`;
    const first = await createPartial(out, DIRECTORY);
    for (const name of ["image", "run.json"]) await Deno.writeTextFile(`${first.partialPath}/${name}`, "half");
    first.keep();
    await first[Symbol.asyncDispose]();
    {
      await using again = await createPartial(out, { ...DIRECTORY, resume: true });
      assert.deepEqual(namesIn(again.partialPath), ["image", "lock", "run.json"]);
      again.keep();
    }
    await using anew = await createPartial(out, DIRECTORY);
    assert.deepEqual(namesIn(anew.partialPath), ["lock"]);
  }));

Deno.test("an input that bears the name of the partial output is never removed", () =>
  inFolder(async (folder) => {
    const input = `${folder}/out.partial`;
    await Deno.writeTextFile(input, "precious");
    await assert.rejects(createPartial(`${folder}/out`, { ...FILE, inputs: [input] }), refusal("an input"));
    assert.equal(await Deno.readTextFile(input), "precious");
  }));

Deno.test("an output inside an input or around it is refused, also through a linked folder", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in.zarr/0`, { recursive: true });
    await Deno.symlink("in.zarr", `${folder}/alias`);
    const inputs = [`${folder}/in.zarr`];
    for (const out of [folder, `${folder}/in.zarr/0`, `${folder}/in.zarr/new`, `${folder}/alias/new`]) {
      await assert.rejects(createPartial(out, { ...DIRECTORY, overwrite: true, inputs }), refusal("an input"));
      assert.deepEqual(namesIn(`${folder}/in.zarr`), ["0"]);
    }
    await using sibling = await createPartial(`${folder}/in.zarr2`, { ...DIRECTORY, inputs });
    assert.equal(sibling.path, `${folder}/in.zarr2`);
  }));

Deno.test("a missing folder and a file in place of a folder are told apart", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const kind of ["file", "directory"] as const) {
      const options = { kind, overwrite: false, inputs: [] };
      await assert.rejects(createPartial(`${folder}/none/out`, options), refusal("its folder does not exist"));
      await assert.rejects(createPartial(`${folder}/file/out`, options), refusal("is a file, not a folder"));
    }
  }));

programs.test("permission for the output's own names is enough, and a missing one is named before any work", () =>
  inFolder(async (folder) => {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(
      script,
      `import { createPartial } from ${
        JSON.stringify(new URL("../../../src/io/files/partial.ts", import.meta.url).href)
      };
       try {
         const output = await createPartial(Deno.args[0], { kind: "file", overwrite: true, inputs: [] });
         await Deno.writeTextFile(output.content, "new");
         await output.commit();
         console.log("committed");
       } catch (error) {
         console.log(String(error));
       }`,
    );
    const out = `${folder}/out`;
    const run = async (names: string[]): Promise<string> => {
      const args = ["run", "--quiet", "--no-prompt", "--no-check", `--allow-read=${names}`, `--allow-write=${names}`];
      const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...args, script, out] }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    const names = [out, `${out}.partial`];
    assert.match(await run([out]), /--allow-write=.*out,.*out\.partial$/);
    assert.equal(await run(names), "committed");
    assert.equal(await run(names), "committed");
  }));

Deno.test("what replaces a link to what is protected may be written to by its owner", () =>
  inFolder(async (folder) => {
    const modeOf = async (name: string) => ((await Deno.lstat(`${folder}/${name}`)).mode ?? 0) & 0o7777;
    await Deno.writeTextFile(`${folder}/object`, "old");
    await makeImage(`${folder}/objects`, "old");
    for (const [name, kind, mode] of [["object", "file", 0o444], ["objects", "directory", 0o555]] as const) {
      await Deno.chmod(`${folder}/${name}`, mode);
      await Deno.symlink(name, `${folder}/link`);
      await using output = await createPartial(`${folder}/link`, { kind, overwrite: true, inputs: [] });
      if (kind === "file") await output.write("new");
      else await makeImage(output.content, "new");
      await output.commit();
      assert.equal(await modeOf("link"), kind === "file" ? 0o644 : 0o755);
      assert.equal(await modeOf(name), mode, "what the link led to stays as it was");
      await Deno.remove(`${folder}/link`, { recursive: true });
    }
  }));

Deno.test("a group of several images is none that one image may replace", () => {
  const [one, other] = ["0", "other"].map((path) => ({ datasets: [{ path }] }));
  for (const group of [{ multiscales: [one] }, { attributes: { ome: { multiscales: [one] } } }]) {
    assert.deepEqual(levelsIn(JSON.stringify(group)), ["0"]);
  }
  assert.equal(levelsIn(JSON.stringify({ multiscales: [one, other] })), undefined);
});
