/** How a command runs: workers, dry runs, repeating a report, overwriting. */

import assert from "node:assert/strict";
import { contents, programs, run } from "../helpers/command.ts";
import { withHead } from "../helpers/heads.ts";

for (const out of ["out.nii", "out.nii.gz", "out.ome.zarr"]) {
  programs.test(
    `every file of ${out} has the same bytes with 0, 1, 2 and 3 worker threads`,
    withHead(async (correct, folder) => {
      const results: Record<string, string>[] = [];
      for (const workers of ["0", "1", "2", "3"]) {
        await correct(`${workers}.${out}`, "--n-processes", workers, "--save-bias-model", `${workers}.json`);
        const all = Object.entries(await contents(folder)).filter(([path]) => path.startsWith(`${workers}.`));
        results.push(Object.fromEntries(all.map(([path, digest]) => [path.slice(1), digest])));
      }
      for (const result of results) assert.deepEqual(result, results[0]);
    }, "in.ome.zarr"),
  );
}

programs.test(
  "a dry run prints the plan, opens every input and writes nothing",
  withHead(async (correct, folder) => {
    const before = await contents(folder);
    const { stderr, stdout } = await correct("out.nii", "--dry-run", "--report", "run.json", "--save-mask", "mask.nii");
    for (
      const line of [
        /Volume 12 16 20/,
        /samples on a grid of 6 8 10/,
        /Level 2: 5 5 5/,
        /Boxes of up to .*; about \d+ MiB of memory in all/,
      ]
    ) {
      assert.match(stderr, line);
    }
    assert.equal(stdout, "");
    assert.deepEqual(await contents(folder), before);
    assert.doesNotMatch(stderr, /exists already/);
    await Deno.writeTextFile(`${folder}/taken.nii`, "");
    assert.match(
      (await correct("taken.nii", "--dry-run")).stderr,
      /taken.nii exists already: a run needs '--overwrite'/,
    );
    assert.doesNotMatch((await correct("taken.nii", "--dry-run", "--overwrite")).stderr, /exists already/);
    await assert.rejects(
      correct("none/out.nii", "--dry-run"),
      /Cannot write none\/out.nii as its folder does not exist/,
    );
  }),
);

programs.test(
  "a report repeats its run, into another output and with other options where they are given",
  withHead(async (correct, folder) => {
    const written = ["--report", "run.json", "--save-bias-model", "model.json"];
    await correct("out.ome.zarr", ...written, "--strength", "0.5", "--no-isotropic");
    const repeat = (...words: string[]) =>
      run(["correct_bias_field", "--from-report", "run.json", ...words], { cwd: folder });
    assert.match((await repeat()).stderr, /n4: Cannot write out.ome.zarr as it exists already/);
    assert.equal((await repeat("in.nii", "again.ome.zarr")).code, 0);
    const files = async (name: string) =>
      Object.entries(await contents(folder)).filter(([path]) => path.startsWith(`${name}/`))
        .map(([path, digest]) => [path.slice(name.length), digest]);
    assert.deepEqual(await files("again.ome.zarr"), await files("out.ome.zarr"));
    await repeat("in.nii", "full.ome.zarr", "--strength", "1");
    assert.notDeepEqual(await files("full.ome.zarr"), await files("out.ome.zarr"));
    const report = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
    for (
      const [change, says] of [
        [{ version: "99.0.0" }, /it must be of version 0 of n4: current version is 99.0.0/],
        [{ tool: "other" }, /it must be a report that n4 has written/],
        [{ given: { fwhm: -1 } }, /Cannot use '--fwhm' as it must be a number > 0: current value is '-1'/],
        [{ given: { sharpness: 1 } }, /'--sharpness' as there must be one of that name/],
        [{ given: undefined }, /it must name input, output and options/],
      ] as const
    ) {
      await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify({ ...report, ...change }));
      const { code, stderr } = await repeat("in.nii", "never.nii");
      assert.ok(code === 1 || code === 2, stderr);
      assert.match(stderr, says);
    }
  }),
);

programs.test(
  "a report is repeated with a warning of each input that has changed, by its name, but not of one that is given anew",
  withHead(async (correct, folder) => {
    for (const name of ["mask", "weights"]) await Deno.copyFile(`${folder}/in.nii`, `${folder}/${name}.nii`);
    await correct("out.nii", "--report", "run.json", "--mask", "mask.nii", "--weights", "weights.nii");
    const warned = async (...words: string[]) => {
      const { stderr } = await run(["n4", "correct", "--from-report", "run.json", ...words], { cwd: folder });
      return stderr.split("\n").filter((line) => line.includes("since the run")).join("\n");
    };
    assert.equal(await warned("in.nii", "same.nii"), "");
    await Deno.utime(`${folder}/mask.nii`, 1, 1);
    const text = "Warning: 'mask.nii' of '--mask' has changed since the run that is repeated by '--from-report'.";
    assert.equal(await warned("in.nii", "a.nii"), text);
    await Deno.copyFile(`${folder}/mask.nii`, `${folder}/other.nii`);
    assert.equal(await warned("in.nii", "b.nii", "--mask", "other.nii"), "");
    await Deno.copyFile(`${folder}/in.nii`, `${folder}/another.nii`);
    assert.equal(await warned("another.nii", "c.nii"), text);
    await Deno.utime(`${folder}/in.nii`, 1, 1);
    assert.equal(await warned("--overwrite"), `${text.replace("mask.nii' of '--mask'", "in.nii'")}\n${text}`);
  }),
);

for (const out of ["out.nii.gz", "out.ome.zarr"]) {
  programs.test(
    `--overwrite replaces ${out} whole, and leaves nothing beside it`,
    withHead(async (correct, folder) => {
      await correct("other.ome.zarr", "--strength", "0.5");
      await correct(out);
      const wanted = await contents(folder);
      await Deno.remove(`${folder}/${out}`, { recursive: true });
      await correct(out, "--strength", "0.5");
      if (out.endsWith("zarr")) await Deno.writeTextFile(`${folder}/${out}/0/c/9`, "of the old one");
      await correct(out, "--overwrite");
      assert.deepEqual(await contents(folder), wanted);
    }),
  );
}
