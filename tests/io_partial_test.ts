/** Outputs under a temporary name: what is refused before any work, and what a commit or a failure leaves behind. */
import assert from "node:assert/strict";
import { createPartial } from "../src/io/files/partial.ts";
import { programTest } from "./helpers/command.ts";
import { inFolder } from "./helpers/nifti_files.ts";

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
    await Deno.writeTextFile(output.partialPath, "new");
    assert.deepEqual(namesIn(folder), ["a.nii.partial"]);
    await output.commit();
    assert.deepEqual(namesIn(folder), ["a.nii"]);
    assert.equal(await Deno.readTextFile(`${folder}/a.nii`), "new");
    await assert.rejects(output.commit(), refusal("was committed or discarded before"));
  }));

Deno.test("disposal without a commit leaves nothing, and the old output as it was", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.nii`, "old");
    for (const kind of ["file", "directory"] as const) {
      const output = await createPartial(`${folder}/a.nii`, { kind, overwrite: true, inputs: [] });
      if (kind === "directory") await Deno.writeTextFile(`${output.partialPath}/chunk`, "half");
      await output[Symbol.asyncDispose]();
      await output[Symbol.asyncDispose]();
    }
    assert.deepEqual(namesIn(folder), ["a.nii"]);
    assert.equal(await Deno.readTextFile(`${folder}/a.nii`), "old");
  }));

Deno.test("an existing output is refused without overwrite, before and after the work", () =>
  inFolder(async (folder) => {
    await using late = await createPartial(`${folder}/late`, FILE);
    await Deno.mkdir(`${folder}/late`);
    await assert.rejects(late.commit(), refusal("exists already"));
    await assert.rejects(createPartial(`${folder}/late/`, DIRECTORY), refusal("give --overwrite"));
    await Deno.symlink("nowhere", `${folder}/dangling`);
    await assert.rejects(createPartial(`${folder}/dangling`, FILE), refusal("give --overwrite"));
  }));

for (
  const [before, after] of [["file", "file"], ["directory", "directory"], ["file", "directory"], ["directory", "file"]]
) {
  Deno.test(`with overwrite a ${after} replaces a ${before} and nothing else stays`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/out`;
      if (before === "file") await Deno.writeTextFile(path, "old");
      else {
        await Deno.mkdir(path);
        await Deno.writeTextFile(`${path}/old`, "old");
      }
      await using output = await createPartial(path, { kind: after as "file", overwrite: true, inputs: [] });
      await Deno.writeTextFile(after === "file" ? output.partialPath : `${output.partialPath}/new`, "new");
      await output.commit();
      assert.deepEqual(namesIn(folder), ["out"]);
      assert.equal(await Deno.readTextFile(after === "file" ? path : `${path}/new`), "new");
    }));
}

Deno.test("when the new directory cannot be renamed into place the old one comes back", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/out/old`, "old");
    await using output = await createPartial(`${folder}/out`, { ...DIRECTORY, overwrite: true });
    await Deno.remove(output.partialPath);
    await assert.rejects(output.commit(), refusal(`Cannot write ${folder}/out`));
    assert.deepEqual(namesIn(folder), ["out"]);
    assert.deepEqual(namesIn(`${folder}/out`), ["old"]);
  }));

Deno.test("the remains of an earlier run are removed", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out.partial/deep`, { recursive: true });
    await Deno.mkdir(`${folder}/out.replaced`);
    await Deno.mkdir(`${folder}/out`);
    await using output = await createPartial(`${folder}/out`, { ...DIRECTORY, overwrite: true });
    assert.deepEqual(namesIn(output.partialPath), []);
    await output.commit();
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("a link at the output is replaced, and what it points to stays", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/target`);
    await Deno.writeTextFile(`${folder}/target/kept`, "kept");
    for (const kind of ["file", "directory"] as const) {
      await Deno.symlink(`${folder}/target`, `${folder}/out`);
      await using output = await createPartial(`${folder}/out`, { kind, overwrite: true, inputs: [] });
      await output.commit();
      const entry = await Deno.lstat(`${folder}/out`);
      assert.equal(entry.isSymlink, false);
      assert.equal(entry.isDirectory, kind === "directory");
      assert.deepEqual(namesIn(folder), ["out", "target"]);
      assert.deepEqual(namesIn(`${folder}/target`), ["kept"]);
      await Deno.remove(`${folder}/out`);
    }
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
    for (const [kind, inputs] of [["file", [link]], ["directory", [`${folder}/store/in.nii`]]] as const) {
      await Deno.symlink("store/in.nii", link);
      const options = { kind, overwrite: true, inputs };
      await assert.rejects(createPartial(link, { ...options, overwrite: false }), refusal("give --overwrite"));
      await using output = await createPartial(link, options);
      await output.commit();
      assert.equal((await Deno.lstat(link)).isSymlink, false);
      assert.deepEqual(namesIn(folder), ["in.nii", "store"]);
      assert.equal(await Deno.readTextFile(`${folder}/store/in.nii`), "precious");
      await Deno.remove(link);
    }
  }));

Deno.test("a partial output that is to be gone on with stays, with what is in it", () =>
  inFolder(async (folder) => {
    for (const [kind, made] of [["file", ""], ["directory", "/chunk"]] as const) {
      const out = `${folder}/${kind}`;
      const first = await createPartial(out, { ...DIRECTORY, kind });
      await Deno.writeTextFile(`${first.partialPath}${made}`, "half");
      first.keep();
      await first[Symbol.asyncDispose]();
      await using again = await createPartial(out, { ...DIRECTORY, kind, resume: true });
      assert.equal(await Deno.readTextFile(`${again.partialPath}${made}`), "half");
      await using anew = await createPartial(out, { ...DIRECTORY, kind });
      assert.equal((await Deno.stat(anew.partialPath)).isDirectory, kind === "directory");
      assert.equal(kind === "file" ? await Deno.readTextFile(anew.partialPath) : namesIn(anew.partialPath).join(), "");
    }
  }));

Deno.test("an output in a folder of its own is renamed out of it, and the folder removed", () =>
  inFolder(async (folder) => {
    for (const kind of ["file", "directory"] as const) {
      const out = `${folder}/${kind}`;
      await using output = await createPartial(out, { ...DIRECTORY, kind, folder: true });
      const made = `${output.partialPath}/image`;
      if (kind === "file") await Deno.writeTextFile(made, "new");
      else await Deno.mkdir(made);
      await output.commit(made);
      assert.equal((await Deno.lstat(out)).isFile, kind === "file");
    }
    assert.deepEqual(namesIn(folder), ["directory", "file"]);
  }));

Deno.test("an input that bears the name of the partial output is never removed", () =>
  inFolder(async (folder) => {
    for (const suffix of ["partial", "replaced"]) {
      const input = `${folder}/out.${suffix}`;
      await Deno.writeTextFile(input, "precious");
      await assert.rejects(createPartial(`${folder}/out`, { ...FILE, inputs: [input] }), refusal("an input"));
      assert.equal(await Deno.readTextFile(input), "precious");
    }
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

programTest(
  "permission for the output's own names is enough, and a missing one is named before any work",
  () =>
    inFolder(async (folder) => {
      const script = `${folder}/script.ts`;
      await Deno.writeTextFile(
        script,
        `import { createPartial } from ${JSON.stringify(new URL("../src/io/files/partial.ts", import.meta.url).href)};
       try {
         const output = await createPartial(Deno.args[0], { kind: "directory", overwrite: true, inputs: [] });
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
      assert.match(await run(names), /--allow-write=.*out,.*out\.partial,.*out\.replaced/);
      assert.equal(await run([...names, `${out}.replaced`]), "committed");
    }),
);
