/** What a command tells: its log, events, the report, help; and what becomes of it when nobody listens. */

import assert from "node:assert/strict";
import type { RunReport } from "../../src/report/run_report.ts";
import { VERSION } from "../../src/version.ts";
import { commandOf, programs, run, runWell } from "../helpers/command.ts";
import { SHAPE, withHead } from "../helpers/heads.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** The stages of a head's correction as they start. */
const ORDER = [
  "opening",
  "planning",
  "beginning",
  "beginning",
  "range",
  "histogram",
  "global",
  "sample",
  "fit",
  "apply",
]
  .concat("finish", "rename");

/** The share of a run's time that its stages take. */
function shareInStages({ stages, seconds }: RunReport): number {
  return stages.reduce((sum, stage) => sum + stage.seconds, 0) / seconds;
}

programs.test(
  "what an OME-Zarr is taken for is told, unless the user said what it is",
  withHead(async (correct) => {
    const guess = /^Taken for a head \(preset mri\), as voxels are 1 x 1 x 1 mm; give '--n-serial-slices' for a stack/m;
    assert.match((await correct("out.nii", "--dry-run")).stderr, guess);
    for (const words of [["--preset", "oct"], ["--n-serial-slices", "2"]]) {
      assert.doesNotMatch((await correct("out.nii", "--dry-run", ...words)).stderr, guess);
    }
  }, "in.ome.zarr"),
);

programs.test(
  "the last lines tell few fits one by one, many by their range",
  withHead(async (correct) => {
    const few = await correct("few.nii");
    assert.match(few.stderr, /^Fitted \d+ samples in 4 \+ 3 iterations \(/m);
    const many = await correct("many.nii", "--mode", "two_pass", "--n-serial-slices", "6", "--mask-method", "none");
    assert.match(many.stderr, /^Fitted 160 to 960 samples in each of 7 fits, in 7 iterations \(/m);
  }),
);

programs.test(
  "sections of different thickness are a warning",
  withHead(async (correct) => {
    const words = ["--dry-run", "--mode", "per_section", "--n-serial-slices"];
    const uneven = `Warning: ${SHAPE[0]} planes are no multiple of '--n-serial-slices 5': sections have`;
    assert.ok((await correct("out.nii", ...words, "5")).stderr.includes(uneven));
    assert.doesNotMatch((await correct("out.nii", ...words, "2")).stderr, /no multiple/);
  }),
);

programs.test(
  "a quiet run says nothing",
  withHead(async (correct) => {
    const { stderr, stdout } = await correct("out.nii", "--quiet");
    assert.equal(stderr + stdout, "");
  }),
);

programs.test(
  "with --json every line is an event, and every stage that starts ends",
  withHead(async (correct) => {
    const { stderr, stdout } = await correct("out.nii", "--json");
    assert.equal(stdout, "");
    const events = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    const stages = (state: string) => events.filter((e) => e.event === "stage" && e.state === state).map((e) => e.name);
    assert.deepEqual(stages("started"), ORDER);
    assert.deepEqual(stages("finished").toSorted(), stages("started").toSorted());
    const fits = events.filter((e) => e.event === "fit");
    assert.deepEqual([fits.at(-1).done, fits.at(-1).planned], [7, 7]);
    const result = events.at(-1);
    assert.equal(result.event, "result", "the last event tells that the run is done");
    assert.equal(result.report.outputs.output, "out.nii");
  }),
);

programs.test("with --json a failure is an event too", () =>
  inFolder(async (folder) => {
    const { code, stderr } = await run(["correct_bias_field", "in.nii", "out.nii", "--json"], { cwd: folder });
    assert.equal(code, 1);
    const text = "Cannot read in.nii as there is no such file";
    assert.deepEqual(JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? ""), {
      event: "error",
      name: "InputError",
      text,
    });
  }));

programs.test(
  "the report says how the result came about",
  withHead(async (correct, folder) => {
    await correct("out.nii", "--report", "run.json", "--save-bias-field", "field.nii", "--fwhm", "0.2");
    const report: RunReport = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
    assert.equal(report.tool, "n4");
    assert.equal(report.version, VERSION);
    assert.match(report.command, /^correct_bias_field in.nii out.nii --report run.json/);
    assert.ok(Date.parse(report.finished) > 0 && report.seconds > 0 && report.peakMemoryBytes > 2 ** 24);
    assert.deepEqual(report.runtime.deno, Deno.version.deno);
    assert.equal(report.device.kind, "ts");
    assert.deepEqual(report.input, {
      path: "in.nii",
      format: "nifti",
      shape: [...SHAPE],
      voxelSizeMm: [1, 1, 1],
      dataType: "float32",
      volumes: 1,
      identity: report.input.identity,
    });
    assert.equal(report.input.identity?.bytes, (await Deno.stat(`${folder}/in.nii`)).size);
    assert.equal(report.input.identity?.metadata.length, 64);
    assert.deepEqual(report.outputs, { output: "out.nii", saveBiasField: "field.nii", report: "run.json" });
    assert.equal(report.options.fwhm, 0.2);
    assert.equal(report.options.preset, "mri");
    // A report is one of the outputs that get their names at last.
    const stages = ORDER.filter((name, i) => ORDER.indexOf(name) === i && name !== "rename");
    const names = stages.toSpliced(-1, 0, "bias field");
    assert.deepEqual(report.stages.map((stage) => stage.name), names);
    const bytes = Object.fromEntries(report.stages.map((stage) => [stage.name, stage.bytes]));
    const size = 4 * SHAPE[0] * SHAPE[1] * SHAPE[2];
    assert.deepEqual([bytes.fit, bytes.range, bytes["bias field"], bytes.apply], [0, size, size, 2 * size]);
    // How large it is depends on the machine; stages that overlapped would take more than all of it.
    const share = shareInStages(report);
    assert.ok(share > 0 && share <= 1, `stages take ${share} of the time`);
    const [quality] = report.quality ?? [];
    assert.ok(quality.maskFraction > 0.1 && quality.maskFraction < 1);
    assert.ok((quality.after?.samples ?? 1) < (quality.before?.samples ?? 0), "the samples are more even than before");
    assert.equal(quality.after?.sections, 0);
    const [fit] = report.fits;
    assert.deepEqual(fit.levels.map((level) => level.iterations), [4, 3]);
    for (const level of fit.levels) {
      assert.ok(level.convergence.length === level.iterations && level.convergence.every((c) => c > 0));
    }
    assert.deepEqual([fit.sampleGrid, fit.shrinkFactors], [[6, 8, 10], [2, 2, 2]]);
    assert.equal(fit.samples.used + fit.samples.nonPositive + fit.samples.outside, 480);
  }),
);

for (const stream of ["stdout", "stderr"] as const) {
  programs.test(
    `a reader of ${stream} that goes away is no failure`,
    withHead(async (_, folder) => {
      const words = stream === "stdout" ? ["info", "in.nii"] : ["correct", "in.nii", "out.nii", "--verbose"];
      const child = commandOf(["n4", ...words], { cwd: folder }).spawn();
      const other = stream === "stdout" ? child.stderr : child.stdout;
      const [told, { code }] = await Promise.all([new Response(other).text(), child.status, child[stream].cancel()]);
      assert.deepEqual([code, told], [0, ""]);
      if (stream === "stderr") assert.ok((await Deno.stat(`${folder}/out.nii`)).isFile);
    }),
  );
}

programs.test("help goes to standard output with every option, and ends well", async () => {
  const help = await runWell(["correct_bias_field", "--help-all"], { permissions: [] });
  for (
    const flag of [
      "--n-iterations <n...|auto>",
      "--mask <path>",
      "--rescale <none|mean|median|minmax|range>",
      "--dry-run",
    ]
  ) {
    assert.ok(help.stdout.includes(flag), flag);
  }
  assert.equal(help.stderr, "");
  assert.equal((await runWell(["n4", "--version"], { permissions: [] })).stdout, `${VERSION}\n`);
  assert.match(
    (await runWell(["n4", "--help"], { permissions: [] })).stdout,
    /correct [^]*apply [^]*info [^]*doctor /,
  );
});

programs.test(
  "the log tells the preset and what was given; every value that is used with --verbose",
  withHead(async (_correct, folder) => {
    const plan = async (...words: string[]) =>
      (await run(["correct_bias_field", "in.nii", "out.nii", "--dry-run", "--fwhm", "0.2", ...words], { cwd: folder }))
        .stderr;
    assert.match(await plan(), /^Preset mri with fwhm 0.2, dry-run\.$/m);
    assert.match(
      await plan("--verbose"),
      /^Preset mri with .*n-iterations 200 100 50 50, .*fwhm 0.2, wiener-noise 0.01, /m,
    );
  }),
);
