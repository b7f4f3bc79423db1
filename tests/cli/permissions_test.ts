/** Every documented command runs with exactly the permissions that its help names; without one of them it says which flag is missing. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { applyCommand } from "../../src/cli/apply_command.ts";
import { benchmarkCommand } from "../../src/cli/benchmark_command.ts";
import { compareCommand } from "../../src/cli/compare_command.ts";
import { correctCommand } from "../../src/cli/correct_command.ts";
import { doctorCommand } from "../../src/cli/doctor_command.ts";
import { infoCommand } from "../../src/cli/info_command.ts";
import { normalizeCommand } from "../../src/cli/normalize_command.ts";
import { phantomCommand } from "../../src/cli/phantom_command.ts";
import { FIGURE_FILES } from "../../src/figure/rasterise.ts";
import { formatBiasModel } from "../../src/n4/bias_model.ts";
import { zeroLattice } from "../../src/n4/bspline.ts";
import type { Shape3 } from "../../src/volume.ts";
import { contents, programs, ROOT, run, runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";

/** n4's own modules, which worker threads read. */
const OWN = `${ROOT}src`;
const SHAPE: Shape3 = [8, 10, 12];

/** Deno's cache, which holds the renderer of pictures and its font. */
const CACHE = fileURLToPath(import.meta.resolve(FIGURE_FILES[0])).replace(/\/npm\/.*/s, "/npm");

/** A command and what its help says that it needs. */
interface Documented {
  readonly line: string;
  /** Paths that are read only. */
  readonly read: readonly string[];
  /** Paths that are written, and so read too. */
  readonly write: readonly string[];
  /** Whether each path that is written is taken away once as well. */
  readonly everyWrite?: boolean;
}

/** The names under which an output comes into being. */
function output(...paths: readonly string[]): string[] {
  return paths.flatMap((path) => [path, `${path}.partial`]);
}

const COMMANDS: readonly Documented[] = [
  { line: "correct_bias_field in.nii out.nii", read: ["in.nii", OWN], write: output("out.nii"), everyWrite: true },
  { line: "correct_bias_field in.nii.gz out.nii.gz --dry-run", read: ["in.nii.gz", OWN], write: [] },
  {
    line: "n4 correct in.ome.zarr out.ome.zarr --preset mri",
    read: ["in.ome.zarr", OWN],
    write: output("out.ome.zarr"),
  },
  {
    line: "n4 correct in.ome.zarr.zip in2.ome.zarr.zip --preset mri --overwrite --n-processes 0",
    read: ["in.ome.zarr.zip"],
    write: output("in2.ome.zarr.zip"),
    everyWrite: true,
  },
  {
    line: "n4 correct in.ome.zarr in2.ome.zarr --preset mri --overwrite --n-processes 0",
    read: ["in.ome.zarr"],
    write: output("in2.ome.zarr"),
    everyWrite: true,
  },
  {
    line: "n4 correct in.nii out.nii.gz --mask mask.nii --weights in.nii.gz --initial-model model.json " +
      "--save-bias-field f.nii --save-bias-model m.json --save-mask s.nii --report r.json --html p.html",
    read: ["in.nii", "mask.nii", "in.nii.gz", "model.json", OWN],
    write: output("out.nii.gz", "f.nii", "m.json", "s.nii", "r.json", "p.html"),
  },
  {
    line: "n4 correct in.ome.zarr out.ome.zarr --preset mri --mask mask.nii --weights in2.ome.zarr.zip " +
      "--save-bias-field f.ome.zarr --save-bias-model m.json --save-mask s.ome.zarr.zip --report r.json",
    read: ["in.ome.zarr", "mask.nii", "in2.ome.zarr.zip", OWN],
    write: output("out.ome.zarr", "f.ome.zarr", "m.json", "s.ome.zarr.zip", "r.json"),
    everyWrite: true,
  },
  {
    line: "n4 apply model.json in.nii out.nii --save-bias-field f.nii --report r.json",
    read: ["model.json", "in.nii", OWN],
    write: output("out.nii", "f.nii", "r.json"),
    everyWrite: true,
  },
  {
    line: "n4 normalize stack.ome.zarr out.ome.zarr --report r.json",
    read: ["stack.ome.zarr", OWN],
    write: output("out.ome.zarr", "r.json"),
    everyWrite: true,
  },
  {
    line: "n4 phantom p.nii --shape 16 --with-truth --overwrite",
    read: [],
    write: output("p.nii", "p_truth.nii", "p_field.nii", "p_mask.nii", "p_labels.nii"),
    everyWrite: true,
  },
  {
    line: "n4 compare --zarr in.nii --second ts --mask mask.nii --output p.png --json-file p.json",
    read: ["in.nii", "mask.nii", OWN, CACHE],
    write: output(
      ...["p.png", "p_input.png", "p_ts.png", "p_ts_field.png", "p_difference.png"],
      ...["p_histograms.svg", "p_histograms.png", "p.json"],
    ),
  },
  {
    line: "n4_visual_compare --zarr in.ome.zarr --first in2.ome.zarr.zip --second in2.ome.zarr --output pictures/p.png",
    read: ["in.ome.zarr", "in2.ome.zarr.zip", "in2.ome.zarr", CACHE],
    write: ["pictures"],
  },
  {
    line: "benchmark_n4 --output bench --backends ts --phantom-shapes 8x10x12 --live-zarr in.nii",
    read: ["in.nii", OWN],
    write: ["bench"],
    everyWrite: true,
  },
  {
    line: "n4 benchmark --output pictures/bench --backends ts --n-processes 0 --phantom-shapes 8x10x12",
    read: [],
    write: ["pictures/bench"],
  },
  { line: "n4 info in.nii.gz --range", read: ["in.nii.gz"], write: [] },
  { line: "n4 info in.ome.zarr --range", read: ["in.ome.zarr"], write: [] },
];

/** A folder with everything that the commands read. */
async function prepare(folder: string): Promise<void> {
  for (
    const name of [
      "in.nii",
      "in.nii.gz",
      "in.ome.zarr",
      "in2.ome.zarr",
      "in.ome.zarr.zip",
      "in2.ome.zarr.zip",
      "mask.nii",
    ]
  ) {
    await writeImage(`${folder}/${name}`, { shape: SHAPE });
  }
  const stack = octStack({ shape: [8, 40, 44], seed: 2, sections: 2 });
  await writeImage(`${folder}/stack.ome.zarr`, { shape: [8, 40, 44], volumes: [stack] });
  const model = { shape: SHAPE, voxelSize: [1, 1, 1] as const, sections: [], global: zeroLattice([4, 4, 4]), scale: 1 };
  await Deno.mkdir(`${folder}/pictures`);
  await Deno.writeTextFile(`${folder}/model.json`, formatBiasModel(model));
}

function flags(read: readonly string[], write: readonly string[]): string[] {
  const list = (name: string, paths: readonly string[]) =>
    paths.length > 0 ? [`--allow-${name}=${paths.join(",")}`] : [];
  return [...list("read", [...read, ...write]), ...list("write", write)];
}

for (const { line, read, write, everyWrite } of COMMANDS) {
  programs.test(`exactly the documented permissions do for: ${line}`, () =>
    inFolder(async (folder) => {
      await prepare(folder);
      const before = Object.keys(await contents(folder));
      const words = line.split(" ");
      for (const missing of read) {
        const permissions = flags(read.filter((path) => path !== missing), write);
        const { code, stderr } = await run(words, { cwd: folder, permissions });
        assert.equal(code, 1, `without reading ${missing}: ${stderr}`);
        const sentence = stderr.trimEnd().split("\n").at(-1) ?? "";
        assert.match(sentence, /^n4: Cannot .* as the program was started without permission to .*: run it with /);
        assert.ok(sentence.includes(`--allow-read=${missing}`), sentence);
        assert.equal(sentence.split("Cannot ").length, 2, "the one reason alone");
      }
      for (const missing of everyWrite ? write : []) {
        const permissions = flags([...read, missing], write.filter((path) => path !== missing));
        const { code, stderr } = await run(words, { cwd: folder, permissions });
        assert.equal(code, 1, `without writing ${missing}: ${stderr}`);
        assert.match(stderr, /n4: Cannot write .*: run it with --allow-read=.* and --allow-write=/);
        assert.ok(stderr.includes(missing), stderr);
      }
      assert.deepEqual(Object.keys(await contents(folder)), before, "a command that lacks a permission leaves nothing");
      await runWell(words, { cwd: folder, permissions: flags(read, write) });
    }));
}

programs.test("doctor needs to read its own modules, and says so where it may not", async () => {
  const told = await runWell(["n4", "doctor"], { permissions: [`--allow-read=${OWN}`] });
  assert.match(told.stdout, /^ts +available: \d+ worker thread/m);
  assert.match((await runWell(["doctor"], { permissions: [] })).stdout, /^ts +not available: .*--allow-read=.*src/m);
});

/** Scripts that are n4's own commands; the demo, the bundle and the compiled programs start Deno. */
const COMMAND_SCRIPTS = /scripts\/(correct_bias_field|normalize|n4|doctor|n4_visual_compare|benchmark_n4)\.ts/;

Deno.test("no documented command is given more than files, CUDA's library and single variables", async () => {
  const pages = ["README.md"];
  for await (const { name } of Deno.readDir(`${ROOT}docs`)) if (name.endsWith(".md")) pages.push(`docs/${name}`);
  let commands = 0;
  for (const page of pages) {
    const text = (await Deno.readTextFile(ROOT + page)).replaceAll("\\\n", " ");
    for (const [line] of text.matchAll(/^.*\bdeno run .*$/gm)) {
      if (!COMMAND_SCRIPTS.test(line)) continue;
      commands++;
      assert.doesNotMatch(line, / -A\b|--allow-(all|net|sys|import)\b|--allow-(env|run)(?!=)/, `${page}: ${line}`);
      // A comparison may start the one program that it compares with.
      if (line.includes("--allow-run=")) assert.match(line, /(n4_visual_compare|benchmark_n4)\.ts/, `${page}: ${line}`);
      assert.match(line, /--allow-read|run PERMISSIONS/, `${page}: ${line}`);
    }
  }
  assert.ok(commands >= 5, `the pages name ${commands} commands`);
});

programs.test("a dry run, the help and the version need no more than they read", async () => {
  await runWell(["n4", "--version"], { permissions: [] });
  await runWell(["correct_bias_field", "--help"], { permissions: [] });
  await runWell(["normalize", "--help"], { permissions: [] });
  const { code, stderr } = await run(["n4", "correct", "in.nii", "out.nii"], { permissions: [] });
  assert.equal(code, 1);
  assert.match(stderr, /^n4: Cannot .*--allow-read=/m);
});

const COMMANDS_WITH_HELP = [
  correctCommand,
  compareCommand,
  benchmarkCommand,
  applyCommand,
  normalizeCommand,
  phantomCommand,
  infoCommand,
  doctorCommand,
];

programs.test("the help of every command names its permissions", async () => {
  for (const command of COMMANDS_WITH_HELP) {
    assert.match(command.footer, /Permissions of 'deno run': read/);
    assert.ok(command.footer.split("\n").every((line) => line.length <= 120), command.name);
  }
  const { stdout } = await runWell(["n4", "info", "--help"], { permissions: [] });
  assert.ok(stdout.includes(infoCommand.footer));
});
