/** `n4 compare`: figures and plans that it tells, one sentence for what cannot be compared. */

import assert from "node:assert/strict";
import { compareFile } from "../../../src/evaluate/compare/compare.ts";
import { planPyramid } from "../../../src/io/pyramid/plan.ts";
import type { RunEvent } from "../../../src/run_log.ts";
import { contents, programs, run, runWell } from "../../helpers/command.ts";
import { FIT, phantomAt, PLANE, SHAPE } from "../../helpers/comparisons.ts";
import { writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

programs.test("it prints linumpy's figures, tells the result as an event with --json, and shows the plan alone with --dry-run", () =>
  inFolder(async (folder) => {
    await phantomAt(`${folder}/in.ome.zarr`);
    const words = ["n4", "compare", "--zarr", `${folder}/in.ome.zarr`, "--second", "ts", "--output", `${folder}/p.png`];
    const fit = FIT.filter((word) => word !== "--quiet");
    const before = await contents(folder);
    const dry = await runWell([...words, ...fit, "--dry-run"]);
    assert.deepEqual(await contents(folder), before);
    assert.match(dry.stderr, /Slab 12 40 44 .* level 0; voxels 1 1 1 mm/);
    assert.match(dry.stderr, /Samples on a grid of 6 20 22, every 2 2 2 voxels/);
    const told = await runWell([...words, ...fit]);
    assert.match(told.stdout, /^slab 12 x 40 x 44 {2}mask coverage \d/);
    for (
      const line of [
        "bias log-mean",
        "tissue log p90-p10 spread",
        "contrast ratio",
        "tissue log medians",
      ]
    ) {
      assert.ok(told.stdout.includes(line), line);
    }
    assert.ok(!told.stdout.includes("Pearson"), "an input has no field");
    const json = await runWell([...words, ...fit, "--overwrite", "--json"]);
    const events = json.stderr.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(events.at(-1).event, "result");
    assert.equal(events.at(-1).report.metrics[0].key, "maskCoverage");
    assert.ok(events.some(({ event }) => event === "fit"));
    assert.equal(json.stdout, "");
  }));

programs.test("a head is looked at in its middle, and a known field tells what is left of the bias", () =>
  inFolder(async (folder) => {
    await phantomAt(`${folder}/in.nii`);
    await writeImage(`${folder}/flat.nii`, { shape: SHAPE, volumes: [new Float32Array(12 * PLANE).fill(1)] });
    const words = [
      "n4",
      "compare",
      "--zarr",
      `${folder}/in.nii`,
      "--second",
      "ts",
      "--output",
      `${folder}/p.png`,
      ...FIT,
    ];
    const { stderr } = await runWell([...words.filter((word) => word !== "--quiet"), "--dz", "4", "--dry-run"]);
    assert.match(stderr, /^Slab 4 40 44 \(Z Y X\) from plane 4,/m);
    const told = await runWell([...words.filter((word) => word !== "--quiet"), "--truth", `${folder}/flat.nii`]);
    assert.match(told.stdout, /^ +bias left, by the truth +input=0.00 % +ts=[\d.]+ %$/m);
    const two = ["--first", `${folder}/flat.nii`, "--output", `${folder}/two.png`];
    const fitted = await runWell([...words.filter((word) => word !== "--quiet"), ...two]);
    assert.match(fitted.stdout, /^ +bias-field Pearson r \(ts vs flat\) += -?[\d.]+$/m);
  }));

Deno.test("an image with coarser levels is compared at one that the other has, and shapes before the place of the slab", () =>
  inFolder(async (folder) => {
    const geometry = { shape: [8, 16, 16], voxelSize: [1, 1, 1] } as const;
    const pyramid = planPyramid(geometry, { halvings: 1, isotropic: false, translation: false });
    const zarr = await writeImage(`${folder}/in.ome.zarr`, { ...geometry, pyramid });
    const again = await writeImage(`${folder}/again.ome.zarr`, { ...geometry, pyramid });
    const whole = await writeImage(`${folder}/whole.nii`, geometry);
    const half = await writeImage(`${folder}/half.nii`, { shape: [4, 8, 8] });
    for (const [second, slab] of [[again, "4 8 8"], [whole, "8 16 16"], [half, "4 8 8"]]) {
      const events: RunEvent[] = [];
      const listener = (event: RunEvent) => void events.push(event);
      await compareFile({ options: { zarr, second, output: `${folder}/p.png`, dryRun: true }, listener });
      assert.ok(JSON.stringify(events).includes(`Slab ${slab} (Z Y X)`), `${second}: ${JSON.stringify(events)}`);
    }
    const options = { zarr: whole, second: half, z0: 6, output: `${folder}/p.png` };
    await assert.rejects(compareFile({ options }), /'.*half\.nii' .* current shapes are 4 8 8 and 8 16 16$/);
  }));

const REFUSED: readonly (readonly [words: string, code: number, sentence: RegExp])[] = [
  ["--output p.png", 2, /'--zarr' must name an image/],
  ["--zarr in.nii", 2, /'--output' must name a picture/],
  ["--zarr in.nii --output p.jpg", 2, /'p\.jpg' as the name of a picture must end in \.png/],
  [
    "--zarr in.nii --output p.png --first ts --second ts",
    2,
    /'--first' and '--second' must differ: current value of both is 'ts'/,
  ],
  ["--zarr in.nii --output p.png --first ts --second cpu", 2, /comes down to the backend ts/],
  ["--zarr in.nii --output p.png --second simpleitk", 2, /'simpleitk' as it needs '--python'/],
  [
    "--zarr in.nii --output p.png --second simpleitk --python /nowhere/python",
    1,
    /Cannot start '\/nowhere\/python' .* no such program/,
  ],
  [
    "--zarr in.nii --output p.png --second simpleitk --python false",
    1,
    /'false' must run it: its process has ended with exit code 1/,
  ],
  ["--zarr in.nii --output p.png --second simpleitk --python echo", 1, /'echo' must run it: it answers '/],
  [
    "--zarr in.nii --output p.png --second ants --ants /nowhere/N4",
    1,
    /Cannot start '\/nowhere\/N4' for the reference ants/,
  ],
  ["--zarr in.nii --output p.png --second missing.nii", 1, /Cannot read missing\.nii as there is no such file/],
  [
    "--zarr in.nii --output p.png --second small.nii",
    1,
    /'small\.nii' as it must have the shape of the input's level 0/,
  ],
  [
    "--zarr in.nii --output p.png --second ts --z0 12",
    2,
    /must begin before the end of axis z, 12 long: current value is 12/,
  ],
  ["--zarr in.nii --output p.png --second ts --plane 12", 2, /'--plane' as it must be below the 12 planes/],
  [
    "--zarr in.nii --output p.png --second ts --shrink 0",
    2,
    /'--shrink' as it must be an integer >= 1: current value is '0'/,
  ],
  ["--zarr in.nii --output p.png --second ts --mask zero.nii", 1, /mask must hold at least one voxel > 0/],
  [
    "--zarr in.nii --output p.png --second ts --mask zero.nii --mask-method otsu",
    2,
    /'--mask' and '--mask-method' together/,
  ],
  [
    "--zarr in.nii --output p.png --second zero.nii",
    1,
    /Cannot compare input and zero as both must have a field in at least one voxel/,
  ],
  ["--zarr in.nii --output taken.png --second ts", 1, /taken\.png as it exists already/],
  ["--zarr in.nii --output none/p.png --second ts", 1, /its folder does not exist/],
  ["in.nii out.nii", 2, /too many arguments.*; give '--zarr IMAGE --second CORRECTED --output picture\.png'$/],
  ["--zarr in.nii --output p.png --second ts --json-file p.png", 2, /must not be, hold or lie inside/],
];

programs.test("what cannot be compared is refused in one sentence, and nothing is left behind", () =>
  inFolder(async (folder) => {
    await phantomAt(`${folder}/in.nii`);
    await writeImage(`${folder}/small.nii`, { shape: [12, 40, 43] });
    await writeImage(`${folder}/zero.nii`, { shape: SHAPE, volumes: [new Float32Array(12 * PLANE)] });
    await Deno.writeTextFile(`${folder}/taken.png`, "mine");
    const before = await contents(folder);
    for (const [words, code, sentence] of REFUSED) {
      const permissions = ["--allow-read", "--allow-write", "--allow-run"];
      const ended = await run(["n4_visual_compare", ...words.split(" "), "--n-processes", "0"], {
        cwd: folder,
        permissions,
      });
      assert.equal(ended.code, code, `${words}: ${ended.stderr}`);
      assert.match(ended.stderr.trimEnd().split("\n").at(-1) ?? "", sentence);
      assert.deepEqual(await contents(folder), before, words);
    }
  }));

programs.test("without permission to run a reference it says which flag is missing", () =>
  inFolder(async (folder) => {
    await phantomAt(`${folder}/in.nii`);
    const words = [
      "--zarr",
      `${folder}/in.nii`,
      "--output",
      `${folder}/p.png`,
      "--second",
      "simpleitk",
      "--python",
      "python3",
    ];
    const { code, stderr } = await run(["n4_visual_compare", ...words]);
    assert.equal(code, 1);
    assert.match(stderr, /was started without permission to run it: run it with --allow-run=python3\n$/);
  }));
