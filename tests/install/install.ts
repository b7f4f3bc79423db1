/**
 * n4 as users get it: packed, installed into an empty environment by pip, by npm and by Deno, and run on a head and a
 * stack from a folder of their own: `deno task suite install`. Needs Python, Node, the registries and Debian's
 * mricron-data; prints how long it took from the install line to the first corrected head. With `--keep` the walks of
 * docs/walks.md are recorded anew.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { VERSION } from "../../src/version.ts";
import { ROOT } from "../helpers/command.ts";
import { withServer } from "../helpers/file_server.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { print } from "../helpers/print.ts";
import { readPage, shellCommands } from "../docs/pages.ts";
import { type Environment, installByNpm, installByPip, shellIn, succeed } from "./environments.ts";
import { takeWalks } from "./walk.ts";

const HEAD = "/usr/share/mricron/templates/ch2better.nii.gz";
const PACKAGES = { pip: `n4-${VERSION}-py3-none-any.whl`, npm: `n4-${VERSION}.tgz` };

/** What Deno prints of itself, and the libraries that look for a GPU. */
const RUNTIME_MESSAGE = /^error|XDG_RUNTIME_DIR|^Download|new release of Deno|experimental/im;

/** Digests of what each installation made of the head: they must agree. */
const heads = new Map<string, string>();

Deno.test("the same sources give the same bytes, wherever they lie and whatever the time zone", () =>
  inFolder(async (folder) => {
    const listed = await succeed("git", ["ls-files", "--cached", "--others", "--exclude-standard"]);
    const files = listed.trim().split("\n").filter((path) =>
      /^(?!tests\/(?!deno.lock)|docs|bench|workflows)/.test(path)
    );
    const copy = `${folder}/in/another place`;
    await Deno.mkdir(copy, { recursive: true });
    await succeed("cp", ["--parents", ...files, copy]);
    const pack = ["TZ=Asia/Tokyo", "deno", "task", "--quiet", "pack"];
    await succeed("env", pack.slice(1));
    await succeed("env", pack, copy);
    for (const name of Object.values(PACKAGES)) {
      assert.equal(await digest(`${ROOT}dist/${name}`), await digest(`${copy}/dist/${name}`), name);
    }
    assert.ok(!(await Deno.readTextFile(`${ROOT}dist/n4.js`)).includes(ROOT), "nothing points to the sources");
  }));

Deno.test("the wheel runs from a new virtual environment", () =>
  inFolder(async (folder) => {
    const installed = await installByPip(folder, `${ROOT}dist/${PACKAGES.pip}`);
    await correctsImages("pip", installed);
    const site = (await Array.fromAsync(Deno.readDir(`${folder}/venv/lib`)))[0].name;
    const launcher = `${folder}/venv/lib/${site}/site-packages/n4/__init__.py`;
    demandFlags(await Deno.readTextFile(launcher));
    await takeWalks(installed, HEAD, Deno.args.includes("--keep"));
    await runsByBoutiques(installed);
  }));

Deno.test("the tarball runs from a new prefix of npm", () =>
  inFolder(async (folder) => {
    const installed = await installByNpm(folder, `${ROOT}dist/${PACKAGES.npm}`);
    await correctsImages("npm", installed);
    demandFlags(await Deno.readTextFile(`${folder}/prefix/lib/node_modules/n4/launch.js`));
    await endsBySignal(installed);
  }));

Deno.test("the bundle runs by the lines of docs/install.md for Deno", () =>
  inFolder(async (folder) => {
    const lines = shellCommands(await readPage("docs/install.md")).filter((line) => line.startsWith("deno install "));
    assert.equal(lines.length, 2);
    await Deno.mkdir(`${folder}/home`);
    for (const line of lines) {
      demandFlags(line);
      await succeed("env", [`DENO_INSTALL_ROOT=${folder}`, "/bin/sh", "-c", line]);
    }
    await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
    await correctsImages("deno", { home: `${folder}/home`, path: `${folder}/bin`, begun: performance.now() });
  }));

/** Corrects a head, a stack, and a head as ANTs would, and says how long the first took since installing began. */
async function correctsImages(installer: string, installed: Environment): Promise<void> {
  const { home, begun } = installed;
  await Deno.copyFile(HEAD, `${home}/head.nii.gz`);
  const run = async (line: string): Promise<string> => {
    const { success, stdout, stderr } = await shellIn(installed, line).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, `${line}: ${err}`);
    assert.doesNotMatch(err, RUNTIME_MESSAGE, line);
    return out + err;
  };
  await run("n4 correct head.nii.gz out.nii.gz");
  print(`${installer}: ${((performance.now() - begun) / 1000).toFixed(1)} s to the first corrected head`);
  heads.set(installer, await digest(`${home}/out.nii.gz`));
  assert.equal(new Set(heads.values()).size, 1, "every installation gives the same bytes");

  assert.equal(await run("n4 --version"), `${VERSION}\n`);
  const cuda = (await run("n4 doctor")).match(/^cuda .*$/m)?.[0] ?? "";
  assert.doesNotMatch(cuda, /--allow|must load|No such file/, "the library itself answers");
  await run("n4 phantom stack.ome.zarr --shape 32 96 96 --n-serial-slices 8");
  await run("n4 correct stack.ome.zarr even.ome.zarr --n-serial-slices 8");
  await Deno.stat(`${home}/even.ome.zarr/zarr.json`);
  assert.match(await run("N4BiasFieldCorrection --version"), /^ANTs Version: /);
  assert.equal(await run("N4BiasFieldCorrection -d 3 -i head.nii.gz -s 8 -o [ants.nii.gz,field.nii.gz]"), "");
  await Deno.stat(`${home}/field.nii.gz`);
  // What 'deno install' makes has the permissions of its line alone.
  if (installer === "deno") return;
  await withServer(home, {}, async (address) => {
    assert.match(await run(`n4 info ${address}/head.nii.gz`), /^format +nifti$/m);
  });
}

/** The descriptor holds to the schema of Boutiques, whose program starts n4 by it. */
async function runsByBoutiques({ home, path }: Environment): Promise<void> {
  const descriptor = `${ROOT}packaging/n4.boutiques.json`;
  await succeed(`${path}/python`, ["-m", "pip", "install", "--quiet", "boutiques==0.5.33"]);
  await succeed(`${path}/bosh`, ["validate", descriptor]);
  const values = {
    IN: "head.nii.gz",
    OUT: "bosh.nii.gz",
    shrinkFactor: [8],
    // A text, as it may be 'auto'.
    nIterations: ["5", "3"],
    saveMask: "mask.nii.gz",
  };
  await Deno.writeTextFile(`${home}/values.json`, JSON.stringify(values));
  const bosh = `PATH=${path}:$PATH; cd ${home} && bosh exec launch ${descriptor} values.json`;
  await succeed("/bin/sh", ["-c", bosh]);
  await Deno.stat(`${home}/bosh.nii.gz`);
  await Deno.stat(`${home}/mask.nii.gz`);
}

/** A launcher that stays hands a signal on, and ends as n4 does. */
async function endsBySignal(installed: Environment): Promise<void> {
  const child = shellIn(installed, "exec n4 correct head.nii.gz late.nii.gz").spawn();
  let text = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    if (text === "") child.kill("SIGTERM");
    text += part;
  }
  const { code } = await child.status;
  // Where this machine was so busy that the head was done by then, nothing was interrupted.
  if (code !== 0) assert.deepEqual([code, /n4: Interrupted/.test(text)], [143, true], text);
}

/** Reading, writing, one library and variables by name: no prompt, no other programs; the network for named servers. */
function demandFlags(text: string): void {
  assert.match(text, /--no-prompt.*--allow-ffi=/s);
  assert.match(text, /--allow-env=[A-Z0-9_,]+/);
  // The hosts that a command line names stand behind the sign.
  assert.doesNotMatch(text.replaceAll("--allow-net=", ""), /--allow-(all|net|run|sys|import)|"-A"| -A /);
}

async function digest(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}
