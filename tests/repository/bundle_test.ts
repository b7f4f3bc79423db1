/** One file that holds everything: it corrects as the sources do, with leave for nothing but its input and output. */

import assert from "node:assert/strict";
import { unpackLibrary } from "../../ffi/unpack.ts";
import { GRAPHICS } from "../../src/backends/webgpu/adapter.ts";
import { WORKER_SCRIPTS } from "../../scripts/bundle.ts";
import { contents, programs, ROOT, runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";

const SHAPE = [12, 40, 44] as const;
const WORDS = ["correct", "in.ome.zarr", "out.ome.zarr", "--preset", "oct", "--n-serial-slices", "2", "--quiet"];

/** Runs Deno in a folder. @returns its two streams. */
async function deno(cwd: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...GRAPHICS, TMPDIR: cwd };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, err);
  return { stdout: out, stderr: err };
}

function bundle(folder: string, ...words: string[]): Promise<unknown> {
  const permissions = ["--allow-read", `--allow-write=${folder}`, "--allow-run=deno"];
  return deno(folder, "run", "--no-prompt", ...permissions, `${ROOT}scripts/bundle.ts`, "--output", "n4.js", ...words);
}

/** Bundles any program by the same way as n4. */
function bundleEntry(folder: string, entry: string): Promise<unknown> {
  const script = `import { bundleProgram } from "${ROOT}scripts/bundle.ts";
    await bundleProgram({ entry: "${folder}/${entry}", output: "${folder}/bundled.js" });`;
  return deno(folder, "eval", `--config=${ROOT}deno.json`, script);
}

programs.test("a bundle corrects to the bytes that the sources give, with worker threads, reading and writing its folder alone", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/in.ome.zarr`, {
      shape: SHAPE,
      volumes: [octStack({ shape: SHAPE, seed: 3, sections: 2 })],
    });
    await bundle(folder);
    const workers = ["--backend", "ts", "--n-processes", "2"];
    await runWell(["n4", ...WORDS, ...workers], { cwd: folder });
    const expected = await contents(`${folder}/out.ome.zarr`);
    await Deno.remove(`${folder}/out.ome.zarr`, { recursive: true });
    await deno(folder, "run", "--no-prompt", "--allow-read=.", "--allow-write=.", "n4.js", ...WORDS, ...workers);
    assert.deepEqual(await contents(`${folder}/out.ome.zarr`), expected);
    const { stdout } = await deno(folder, "run", "--no-prompt", "n4.js", "doctor");
    assert.match(stdout, /^ts +available: \d+ worker thread/m);
  }));

programs.test("a bundle that carries the CUDA library unpacks it, asks it what it is, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    await bundle(folder, "--cuda");
    const before = Object.keys(await contents(folder));
    const run = (...permissions: string[]) =>
      deno(folder, "run", "--no-prompt", ...permissions, "n4.js", "doctor", "--json");
    const reason = async (...permissions: string[]) => {
      const { backends } = JSON.parse((await run(...permissions)).stdout);
      return backends.find((backend: { kind: string }) => backend.kind === "cuda").reason;
    };
    assert.match(await reason(), /must be unpacked .*: it takes --allow-read, --allow-write and --allow-ffi for that/);
    const files = ["--allow-read", "--allow-write"];
    assert.ok((await reason(...files)).includes(`the flag --allow-ffi=${folder} (or --allow-ffi) must be given`));
    const loaded = await reason(...files, "--allow-ffi") ?? "a GPU";
    assert.doesNotMatch(loaded, /unpacked|must load|--allow/, "the library itself answered");
    assert.deepEqual(Object.keys(await contents(folder)), before, "the folder of temporary files is as it was");
  }));

Deno.test("an unpacked library lies where nobody else may look, until it is loaded", () => {
  let folder = "";
  {
    using library = unpackLibrary(new Uint8Array([1, 2, 3]), (path) => {
      folder = path;
      assert.deepEqual([...Deno.readDirSync(path)], [], "what may throw is asked before anything is written");
    });
    assert.equal((Deno.lstatSync(folder).mode ?? 0) & 0o777, 0o700);
    assert.equal((Deno.lstatSync(library.path).mode ?? 0) & 0o777, 0o500);
    assert.deepEqual(Deno.readFileSync(library.path), new Uint8Array([1, 2, 3]));
  }
  assert.throws(() => Deno.lstatSync(folder), Deno.errors.NotFound);
  const refuse = (path: string) => {
    folder = path;
    throw new RangeError("refused");
  };
  assert.throws(() => unpackLibrary(new Uint8Array(1), refuse), /refused/);
  assert.throws(() => Deno.lstatSync(folder), Deno.errors.NotFound);
});

programs.test("fonts and WebAssembly are inside: a figure is drawn without permission to read anything, with the same pixels", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/draw.ts`,
      `import { rasterise } from "${ROOT}src/figure/rasterise.ts";
       const text = '<text x="4" y="20" font-size="16" font-family="Inter">n4 0.5 mm</text>';
       const page = '<rect width="90" height="30" fill="white"/>';
       const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30">' + page + text + "</svg>";
       console.log((await rasterise(svg)).toBase64());`,
    );
    await bundleEntry(folder, "draw.ts");
    const expected = await deno(folder, "run", "--no-prompt", `--config=${ROOT}deno.json`, "--allow-read", "draw.ts");
    const drawn = await deno(folder, "run", "--no-prompt", "bundled.js");
    assert.ok(expected.stdout.length > 500, "letters were drawn");
    assert.equal(drawn.stdout, expected.stdout);
  }));

Deno.test("a bundle carries the script of every worker that the sources start", async () => {
  const started: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
      if (isDirectory) await look(`${folder}${name}/`);
      else if (/new (Worker|ThreadPool)\(/.test(await Deno.readTextFile(`${ROOT}${folder}${name}`))) {
        started.push(folder + name);
      }
    }
  };
  await look("src/");
  const packed = started.map(async (file) => {
    const script = /packedScript\("(.+?)"\)/.exec(await Deno.readTextFile(ROOT + file))?.[1];
    assert.ok(script, `${file} starts a worker that a bundle would not have`);
    return script;
  });
  assert.deepEqual((await Promise.all(packed)).toSorted(), [...WORKER_SCRIPTS].toSorted());
});

programs.test("a program is compiled as far as Deno's runtime, in whose place its own executable stands here", () =>
  inFolder(async (folder) => {
    const permissions = ["--allow-read", `--allow-write=${folder}`, "--allow-run=deno"];
    const target = "x86_64-unknown-linux-gnu";
    const words = [`${ROOT}scripts/compile.ts`, "--output", ".", "--target", target];
    const args = ["run", "--no-prompt", ...permissions, ...words];
    const env = { NO_COLOR: "1", DENORT_BIN: Deno.execPath() };
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.deepEqual(Object.keys(await contents(folder)), [`n4-${target}`]);
    const program = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/n4-${target}`));
    assert.ok(program.includes('globalThis[Symbol.for("n4 packed files")]'), "the bundle is inside");
    assert.ok(program.includes('"ffi/prebuilt/linux-x64/libn4_cuda.so":"'), "with the CUDA library");
  }));
