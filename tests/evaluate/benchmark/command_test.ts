/** `n4 benchmark`: equal work, figures against the truth, tables and plots; one sentence for what cannot be. */

import assert from "node:assert/strict";
import type { BenchmarkResult } from "../../../src/evaluate/benchmark/result.ts";
import { spherePhantom } from "../../../src/phantom/sphere.ts";
import { contents, programs, ROOT, run, runWell } from "../../helpers/command.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { correlation } from "../../helpers/pictures.ts";
import { ZIPS } from "../../helpers/zip_files.ts";

const SMALL = "--backends ts --n-processes 0 --phantom-shapes 16x24x28 --n-iterations 5 --shrink-factor 2".split(" ");
const FILES = ["n4_benchmark.json", "n4_benchmark.md", "n4_benchmark_accuracy.svg", "n4_benchmark_time.svg"];

async function resultIn(folder: string): Promise<BenchmarkResult> {
  return JSON.parse(await Deno.readTextFile(`${folder}/n4_benchmark.json`));
}

programs.test("a sweep of phantoms: a case for each shape and seed, in the order given, with its schedule and its times", () =>
  inFolder(async (folder) => {
    const shapes = ["--phantom-shapes", "12x20x24", "16x24x28", "--seeds", "0", "5"];
    const words = [...SMALL, ...shapes, "--repeats", "2", "--warm-ups", "2", "--quiet"];
    await runWell(["benchmark_n4", "--output", `${folder}/deep/bench`, ...words]);
    assert.deepEqual(Object.keys(await contents(`${folder}/deep/bench`)).toSorted(), FILES);
    const { cases, base, contestants, definitions } = await resultIn(`${folder}/deep/bench`);
    assert.deepEqual([base, contestants.map(({ name }) => name)], ["ts", ["ts"]]);
    assert.deepEqual(
      cases.map(({ label }) => label),
      ["12x20x24_seed0", "12x20x24_seed5", "16x24x28_seed0", "16x24x28_seed5"].map((name) => `phantom_${name}`),
    );
    for (const { measured: [one], schedule, shape, samples, maskVoxels } of cases) {
      assert.deepEqual(schedule.grid.map(({ factor }) => factor), [2, 2, 2]);
      assert.deepEqual(schedule.fit.iterations, [5]);
      assert.deepEqual([one.warmUp.length, one.seconds.each.length, one.levels[0].convergence.length], [2, 2, 5]);
      assert.ok(one.seconds.min <= one.seconds.median && one.seconds.median <= one.seconds.max);
      assert.deepEqual([one.speedUp, one.fieldCorrelation, one.medianError, one.peakMemoryBytes], [
        1,
        null,
        null,
        null,
      ]);
      assert.ok(samples < maskVoxels && samples > maskVoxels / 12, `${shape}`);
    }
    assert.ok(Object.keys(definitions).includes("truthVariation"));
  }));

programs.test("the CV against the truth is that of the field that 'n4 correct' finds with the same numbers", () =>
  inFolder(async (folder) => {
    await runWell([
      "n4",
      "benchmark",
      "--output",
      `${folder}/b`,
      ...SMALL,
      "--repeats",
      "1",
      "--warm-ups",
      "0",
      "--quiet",
    ]);
    const [{ measured: [one], schedule }] = (await resultIn(`${folder}/b`)).cases;
    const { intensity, mask, field } = spherePhantom([16, 24, 28], 0);
    await writeImage(`${folder}/in.nii`, { shape: [16, 24, 28], volumes: [intensity] });
    await writeImage(`${folder}/mask.nii`, { shape: [16, 24, 28], volumes: [Array.from(mask)], dataType: "uint8" });
    const points = schedule.fit.controlPoints.map(String);
    const options = [
      "--shrink-factor",
      "2",
      "--n-iterations",
      "5",
      "--control-points",
      ...points,
      "--convergence-threshold",
      "0",
    ];
    const files = [
      "--mask",
      `${folder}/mask.nii`,
      "--save-bias-field",
      `${folder}/field.nii`,
      "--backend",
      "ts",
      "--quiet",
    ];
    await runWell(["n4", "correct", `${folder}/in.nii`, `${folder}/out.nii`, ...options, ...files]);
    const found = await readImage(`${folder}/field.nii`);
    const ratio = Array.from(found, (value, i) => value / field[i]).filter((_, i) => mask[i] === 1);
    const mean = ratio.reduce((sum, value) => sum + value, 0) / ratio.length;
    const deviation = Math.sqrt(ratio.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ratio.length);
    assert.ok(Math.abs((one.truthVariation ?? NaN) - deviation / mean) < 1e-6);
    assert.ok((one.truthVariation ?? NaN) < 0.1, "linumpy's gate");
  }));

Deno.test("the phantom is linumpy's: a bright ellipsoid in a dim shell, noise of 0.02, a bias with its slopes and its wave", () => {
  const shape = [30, 36, 42] as const;
  const { intensity, field, mask } = spherePhantom(shape, 7);
  const classes = [[], []] as number[][];
  intensity.forEach((value, i) => {
    const [w, v, u] = [Math.floor(i / (36 * 42)) / 30 - 0.5, Math.floor(i / 42) % 36 / 36 - 0.5, i % 42 / 42 - 0.5];
    const bias = 1 + 0.5 * (w + v / 2 - u / 2) + 0.25 * Math.cos(Math.PI * w) * Math.cos(Math.PI * v);
    assert.ok(Math.abs(field[i] - Math.min(2.5, Math.max(0.4, bias))) < 1e-6);
    const r = 3 * Math.hypot(w, v, u);
    assert.equal(mask[i], r < 1.2 ? 1 : 0);
    classes[r < 1 ? 0 : 1].push(value / field[i]);
  });
  for (const [i, level] of [1, 0.3].entries()) {
    const mean = classes[i].reduce((sum, value) => sum + value, 0) / classes[i].length;
    const deviation = Math.sqrt(classes[i].reduce((sum, value) => sum + (value - mean) ** 2, 0) / classes[i].length);
    assert.ok(Math.abs(mean - level) < 0.001 && Math.abs(deviation - 0.02) < 0.001, `${mean}, ${deviation}`);
  }
  assert.ok(Math.abs(correlation(intensity, spherePhantom(shape, 8).intensity) - 1) < 0.05);
  assert.notDeepEqual(intensity, spherePhantom(shape, 8).intensity);
});

programs.test("a live volume: the section, the origin and the crop that are asked for, from a NIfTI, an OME-Zarr level and zips", () =>
  inFolder(async (folder) => {
    const { intensity } = spherePhantom([40, 24, 28], 1);
    await writeImage(`${folder}/in.nii.gz`, { shape: [40, 24, 28], volumes: [intensity] });
    await Deno.writeFile(`${folder}/z.ome.zarr.zip`, ZIPS.get("zip -r, top folder, deflated") ?? new Uint8Array());
    await Deno.writeFile(`${folder}/s.ome.zarr.zip`, ZIPS.get("zarr ZipStore, stored") ?? new Uint8Array());
    const live = async (name: string, words: string) => {
      const options =
        `--backends ts --n-processes 0 --skip-phantoms --repeats 1 --live-n-iterations 2 --quiet --overwrite ${words}`;
      await runWell([
        "benchmark_n4",
        "--output",
        `${folder}/b`,
        "--live-zarr",
        `${folder}/${name}`,
        ...options.split(" "),
      ]);
      const { cases: [one] } = await resultIn(`${folder}/b`);
      return { label: one.label, shape: one.shape, source: one.source, truth: one.measured[0].truthVariation };
    };
    const place = (name: string, origin: number[]) => ({ kind: "live", path: `${folder}/${name}`, level: 0, origin });
    const section = "--live-slice-index 1 --n-serial-slices 4 --max-live-shape 8 16 20 --live-origin 1 2 3";
    assert.deepEqual(await live("in.nii.gz", section), {
      label: "live_slice1",
      shape: [8, 16, 20],
      source: place("in.nii.gz", [11, 2, 3]),
      truth: null,
    });
    const guessed = await live("in.nii.gz", "--live-slice-index 1");
    assert.deepEqual([guessed.shape, guessed.source], [[8, 24, 28], place("in.nii.gz", [32, 0, 0])]);
    for (const name of ["z.ome.zarr.zip", "s.ome.zarr.zip"]) {
      assert.deepEqual((await live(name, "--live-spline-distance-mm 1")).shape, [3, 4, 5], name);
    }
  }));

programs.test("peak memory is that of a process of its own, and grows with the volume", () =>
  inFolder(async (folder) => {
    const permissions = [`--allow-read=${ROOT},${folder}`, `--allow-write=${folder}`, "--allow-run=deno"];
    const shapes = ["--phantom-shapes", "8x16x16", "64x128x128"];
    const words = [...SMALL, ...shapes, "--repeats", "1", "--warm-ups", "0", "--peak-memory", "--quiet"];
    await runWell(["benchmark_n4", "--output", `${folder}/b`, ...words], { permissions });
    const peaks = (await resultIn(`${folder}/b`)).cases.map(({ measured: [one] }) => one.peakMemoryBytes ?? NaN);
    // Intensities, corrected voxels and two masks, as bytes and as float32, of a million voxels: 13 MiB at least.
    assert.ok(peaks[1] - peaks[0] > 13 * 2 ** 20 && peaks[0] > 2 ** 25 && peaks[1] < 2 ** 30, `${peaks}`);
  }));

programs.test("the table and the plots show what the JSON holds, and the last event of --json is the result", () =>
  inFolder(async (folder) => {
    const { stderr } = await runWell(["benchmark_n4", "--output", `${folder}/b`, ...SMALL, "--repeats", "2", "--json"]);
    const events = stderr.trim().split("\n").map((line) => JSON.parse(line));
    const result = await resultIn(`${folder}/b`);
    const { outputs, ...told } = events.at(-1).report;
    assert.deepEqual(told, result);
    assert.equal(outputs.markdown, `${folder}/b/n4_benchmark.md`);
    const [{ measured: [one] }] = result.cases;
    const table = await Deno.readTextFile(`${folder}/b/n4_benchmark.md`);
    assert.ok(table.includes(`| ${one.seconds.median.toPrecision(3)} (`), table);
    assert.ok(table.includes(`| ${(100 * (one.truthVariation ?? NaN)).toPrecision(3)} % |`));
    for (const text of Object.values(result.definitions)) assert.ok(table.includes(text));
    for (const name of ["time", "accuracy"]) {
      const svg = await Deno.readTextFile(`${folder}/b/n4_benchmark_${name}.svg`);
      assert.match(
        svg,
        /^<svg [\s\S]*prefers-color-scheme: dark[\s\S]*>n4 \(TypeScript\)<[\s\S]*<g class="tone0">.*<circle class="mark"[\s\S]*<\/svg>\n$/,
      );
    }
  }));

const REFUSED: readonly (readonly [words: string, code: number, sentence: RegExp])[] = [
  ["--backends ts", 2, /'--output' must name a folder/],
  ["--output b --backends ts cpu", 2, /each backend must take part once: current choice comes down to ts twice/],
  ["--output b --backends ts fast", 2, /too many arguments|'--backends' as it must be one of/],
  ["--output b --backends ts ts", 2, /'--backends' as it must be words of which each comes once/],
  ["--output b --backends ts --reference simpleitk", 2, /'simpleitk' as it needs '--python'/],
  ["--output b --backends ts --base cuda", 2, /'--base' as it must be one of ts: current value is 'cuda'/],
  ["--output b --backends ts --skip-phantoms", 2, /'--skip-phantoms' needs '--live-zarr'/],
  [
    "--output b --backends ts --phantom-shapes 4x4",
    2,
    /'--phantom-shapes' as it must be shapes such as 64x128x128: current value is '4x4'/,
  ],
  [
    "--output b --backends ts --skip-phantoms --live-zarr none.nii",
    1,
    /Cannot read none\.nii as there is no such file/,
  ],
  [
    "--output b --backends ts --skip-phantoms --live-zarr in.nii --live-slice-index 1",
    2,
    /must be below the 1 sections of 12 planes/,
  ],
  [
    "--output b --backends ts --skip-phantoms --live-zarr in.nii --live-origin 0 20 0",
    2,
    /before the end of axis y, 20 long/,
  ],
  [
    "--output b --backends ts --phantom-shapes 12x20x24 --spline-distance-mm 0.1",
    1,
    /'--spline-distance-mm' \(and levels, '--n-iterations'\) must give at most/,
  ],
  ["--output in.nii --backends ts --phantom-shapes 12x20x24", 1, /in\.nii/],
];

programs.test("what cannot be measured is refused in one sentence, and nothing is left behind", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: [12, 20, 24] });
    const before = await contents(folder);
    for (const [words, code, sentence] of REFUSED) {
      const ended = await run(["benchmark_n4", ...words.split(" ")], { cwd: folder });
      const last = ended.stderr.trimEnd().split("\n").at(-1) ?? "";
      assert.match(last, sentence);
      assert.equal(ended.code, code, last);
      assert.deepEqual(await contents(folder), before, words);
    }
    const dry = await runWell(["benchmark_n4", "--output", "b", ...SMALL, "--dry-run"], { cwd: folder });
    assert.match(dry.stderr, /phantom_16x24x28: 16 24 28 voxels \(Z Y X\)/);
    assert.match(dry.stderr, /Base: n4 \(TypeScript\); against it: nobody else\./);
    assert.deepEqual(await contents(folder), before);
  }));

programs.test("an existing table is kept unless it may be replaced", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/b`);
    await Deno.writeTextFile(`${folder}/b/n4_benchmark.md`, "mine");
    const before = await contents(folder);
    const { code, stderr } = await run(["benchmark_n4", "--output", `${folder}/b`, ...SMALL]);
    assert.equal(code, 1);
    assert.match(stderr, /n4_benchmark\.md as it exists already: remove it or give '--overwrite'/);
    assert.deepEqual(await contents(folder), before);
  }));
