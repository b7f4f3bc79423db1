/** Odd but honest requests: nothing of the user's is removed or written over, and what cannot go well is refused before any work. */
import assert from "node:assert/strict";
import { applyFile } from "../../src/commands/apply.ts";
import { correctMany } from "../../src/commands/batch.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { normalizeFile } from "../../src/commands/normalize.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { planFile } from "../../src/commands/plan.ts";
import { stepFile } from "../../src/commands/step.ts";
import { repeatReport } from "../../src/report/repeat_report.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { contents, programs, ROOT } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { refused, SHAPE, withPrecious } from "../helpers/precious.ts";
import { makeZip } from "../helpers/zip_files.ts";

const TEXTS = ["report", "html", "saveBiasModel"] as const;

function correct(folder: string, options: CorrectOptions, output = `${folder}/out.nii`): Promise<unknown> {
  return correctFile({ input: `${folder}/in.nii`, output, options: { ...QUICK, ...options } });
}

programs.test(
  "a folder is never replaced by a file, nor a device, a pipe or a link to one",
  withPrecious(async (folder) => {
    // Beside the folder whose content is compared, as reading it would wait for ever.
    const pipe = `${folder}-pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await Deno.symlink(pipe, `${folder}/pipe`);
    await Deno.symlink("/dev/null", `${folder}/null`);
    for (
      const [name, says] of [["results/", /is a folder/], ["pipe", /is a device, pipe/], [
        "null",
        /is a device, pipe/,
      ]] as const
    ) {
      for (const option of TEXTS) {
        const options = { [option]: `${folder}/${name}`, overwrite: true };
        await refused(folder, () => correct(folder, options), says);
      }
    }
    const job = { overwrite: true, report: pipe };
    await refused(folder, () => correct(folder, job), /is a device, pipe/);
    await Deno.remove(pipe);
  }),
);

Deno.test(
  "an image replaces nothing but an image of its kind",
  withPrecious(async (folder) => {
    for (const name of ["o.nii", "o.ome.zarr"]) {
      await Deno.rename(`${folder}/results`, `${folder}/${name}`);
      await refused(folder, () => correct(folder, { overwrite: true }, `${folder}/${name}`), /and nothing else/);
      const saved = { saveBiasField: `${folder}/${name}`, overwrite: true };
      await refused(folder, () => correct(folder, saved), /and nothing else/);
      await Deno.rename(`${folder}/${name}`, `${folder}/results`);
    }
  }),
);

Deno.test(
  "an image in which another lies is not replaced",
  withPrecious(async (folder) => {
    const output = `${folder}/o.ome.zarr`;
    await writeImage(output, { shape: SHAPE });
    await writeImage(`${output}/other.ome.zarr`, { shape: SHAPE });
    const again = () => correct(folder, { overwrite: true }, output);
    await refused(folder, again, /'other\.ome\.zarr' in it, which is no part of an image/);
    await Deno.remove(`${output}/other.ome.zarr`, { recursive: true });
    await again();
  }),
);

programs.test(
  "what lies in an image and is no part of it, or is protected, stays",
  withPrecious(async (folder) => {
    const output = `${folder}/o.ome.zarr`;
    const again = () => correct(folder, { overwrite: true }, output);
    await again();
    for (const name of ["0/notes.txt", "0/c/0/notes.txt", "0/c/notes/1", "labels/notes.txt", "OME/notes.txt"]) {
      await Deno.mkdir(`${output}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${output}/${name}`, "years of work");
      await refused(
        folder,
        again,
        /'(0\/notes\.txt|0\/c\/0\/notes\.txt|0\/c\/notes|labels\/notes.txt|OME\/notes.txt)'/,
      );
      await Deno.remove(`${output}/${name}`);
      if (name.includes("notes/")) await Deno.remove(`${output}/0/c/notes`);
    }
    await new Deno.Command("mkfifo", { args: [`${output}/0/c/1`] }).output();
    await assert.rejects(again, /'0\/c\/1' in it, which is a device, pipe or socket/);
    await Deno.remove(`${output}/0/c/1`);
    for (const name of ["0/c", "0", "0/zarr.json"]) {
      const { mode } = await Deno.stat(`${output}/${name}`);
      await Deno.chmod(`${output}/${name}`, 0o555);
      await refused(folder, again, new RegExp(`'${name}' in it, which is protected from being written to`));
      await Deno.chmod(`${output}/${name}`, (mode ?? 0) & 0o777);
    }
    await again();
    const zip = `${folder}/o.ome.zarr.zip`;
    const entry = (name: string) => ({ name, bytes: new TextEncoder().encode("{}") });
    for (
      const [names, says] of [[["thesis.txt"], /one holds 'thesis.txt' \(remove it/], [
        ["a/zarr.json", "b/zarr.json"],
        /cannot be read: .* one image/,
      ]] as const
    ) {
      await Deno.writeFile(zip, makeZip(names.map(entry)));
      await refused(folder, () => correct(folder, { overwrite: true }, zip), says);
    }
  }),
);

Deno.test(
  "no output may be an input, whichever option names it",
  withPrecious(async (folder) => {
    const mask = `${folder}/mask.nii`;
    for (const output of [...TEXTS, "saveMask", "saveBiasField"] as const) {
      for (const input of ["mask", "weights"] as const) {
        const options = { ...QUICK, [input]: mask, [output]: mask, overwrite: true };
        const job = { input: `${folder}/in.nii`, output: `${folder}/out.nii`, options };
        await refused(folder, () => correctFile(job), /must not be, hold or lie inside option '(mask|weights)'/);
        if (output !== "html") await refused(folder, () => planFile(job), /must not be, hold or lie inside/);
      }
    }
    // As ANTs has it the image may be corrected in place; a mask may not be lost to it.
    const place = {
      input: `${folder}/in.nii`,
      output: mask,
      options: { ...QUICK, mask, overwrite: true },
      inPlace: true,
    };
    await refused(folder, () => correctFile(place), /Cannot write output to .* lie inside option 'mask'/);
    const report = `${folder}/run.json`;
    await correct(folder, { report });
    const { options } = await repeatReport(report, { options: {} });
    const again = { ...options, fromReport: report, report, overwrite: true };
    await refused(folder, () => correct(folder, again), /lie inside option 'fromReport'/);
  }),
);

Deno.test(
  "neither file of a pair is an output",
  withPrecious(async (folder) => {
    for (const name of ["a.hdr", "a.img"]) await Deno.copyFile(`${folder}/in.nii`, `${folder}/${name}`);
    for (const [input, report] of [["a.hdr", "a.img"], ["a.img", "a.hdr"]]) {
      const options = { ...QUICK, report: `${folder}/${report}`, overwrite: true };
      const job = { input: `${folder}/${input}`, output: `${folder}/out.nii`, options };
      await refused(folder, () => correctFile(job), /'report' to '\S+' as it must not be, .* inside the pair of input/);
    }
  }),
);

/** The words of a command that mounts one folder over another, where nobody else sees it, and goes on with the rest. */
const MOUNTED = ["-rm", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh"];

/** Why nothing can be mounted here; undefined where it can, or must, as `N4_REQUIRE` names `mount`. */
async function mountMissing(): Promise<string | undefined> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return "no program may be started";
  if (Deno.env.get("N4_REQUIRE")?.split(",").includes("mount")) return undefined;
  try {
    const { success, stderr } = await new Deno.Command("unshare", { args: [...MOUNTED, ROOT, ROOT, "true"] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return String(error);
  }
}

const noMount = await mountMissing();

Deno.test({
  name: `an output inside an input is refused where a mount hides it${noMount ? ` (${noMount})` : ""}`,
  ignore: noMount !== undefined,
  fn: withPrecious(async (folder) => {
    const image = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE });
    await Deno.mkdir(`${folder}/mounted`);
    const before = await contents(folder);
    const command = [Deno.execPath(), "run", "-A", `${ROOT}scripts/n4.ts`, "correct", image];
    const args = [...MOUNTED, image, `${folder}/mounted`, ...command];
    const out = `${folder}/mounted/x.ome.zarr`;
    const { stderr } = await new Deno.Command("unshare", { args: [...args, out, "--n-processes", "0"] }).output();
    const text = new TextDecoder().decode(stderr);
    assert.match(text, /an output must not be, contain or lie inside an input/);
    assert.deepEqual(await contents(folder), before);
  }),
});

Deno.test(
  "what lies beside many images is written over only where n4 has written it",
  withPrecious(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    const many = (more: CorrectOptions = {}) =>
      correctMany({
        inputs: [`${folder}/in.nii`],
        options: { ...QUICK, ...more, outputFolder: `${folder}/out` },
        describe: String,
      });
    for (const [name, mark] of [["index.html", /generator/], ["n4_summary.csv", /^input,output/]] as const) {
      await Deno.writeTextFile(`${folder}/out/${name}`, "of the user");
      await refused(folder, many, /Cannot write .* as something else is there: option 'overwrite' replaces it/);
      await Deno.remove(`${folder}/out/${name}`);
      await Deno.symlink("../results/precious.txt", `${folder}/out/${name}`);
      await refused(folder, many, /something else is there/);
      await many({ overwrite: true });
      assert.match(await Deno.readTextFile(`${folder}/out/${name}`), mark);
      assert.equal(await Deno.readTextFile(`${folder}/results/precious.txt`), "years of work");
      await many({ resume: true });
    }
  }),
);

Deno.test(
  "two of many images do not write one file",
  withPrecious(async (folder) => {
    await writeImage(`${folder}/in.nii.gz`, { shape: SHAPE });
    const inputs = [`${folder}/in.nii`, `${folder}/in.nii.gz`];
    const options = { ...QUICK, outputFolder: `${folder}/out`, saveBiasField: "field.nii", overwrite: true };
    const says = /names of outputs must differ: '.*in_field.nii' would be that of '.*in.nii' and of '.*in.nii.gz'/;
    await refused(folder, () => correctMany({ inputs, options, describe: String }), says);
  }),
);

Deno.test(
  "outputs do not meet in the folder of another's unfinished output, nor through links",
  withPrecious(async (folder) => {
    const meets = /must not be, hold or lie inside/;
    await refused(folder, () => correct(folder, { saveBiasField: `${folder}/out.nii.partial/f.nii` }), meets);
    await refused(folder, () => correct(folder, { report: `${folder}/out.nii.partial` }), meets);
    await Deno.mkdir(`${folder}/d`);
    await Deno.symlink("d", `${folder}/e`);
    const saved = { saveBiasField: `${folder}/e/o.nii` };
    await refused(folder, () => correct(folder, saved, `${folder}/d/o.nii`), meets);
    const through = { saveBiasField: `${folder}/d/../d/o.nii` };
    await refused(folder, () => correct(folder, through, `${folder}/d/o.nii`), meets);
  }),
);

Deno.test(
  "apply, normalize and phantom leave a run that is unfinished or at work alone",
  withPrecious(async (folder) => {
    const [input, output, model] = [`${folder}/in.nii`, `${folder}/out.nii`, `${folder}/model.json`];
    await correct(folder, { saveBiasModel: model }, `${folder}/first.nii`);
    const { folder: run } = await planFile({ input, output, options: QUICK });
    const others = [
      () => applyFile({ model, input, output, options: {} }),
      () => normalizeFile({ input, output, options: {} }),
      () => phantomFile({ output, options: { shape: [8, 8, 8], nSerialSlices: 1 } }),
    ];
    await stepFile({ stage: "range", folder: run, options: { task: 0, nProcesses: 0 } });
    for (const other of others) await refused(folder, other, /holds an unfinished run/);
    using lock = await Deno.open(`${run}/lock`, { read: true, write: true });
    await lock.lock(true);
    for (const other of others) await refused(folder, other, /another run is at work/);
  }),
);

Deno.test(
  "a plan that is made anew leaves nothing of the one before it",
  withPrecious(async (folder) => {
    const job = { input: `${folder}/in.nii`, output: `${folder}/out.nii` };
    const plan = async (more: CorrectOptions) => {
      await planFile({ ...job, options: { ...QUICK, ...more } });
      return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".partial")).sort();
    };
    const beside = { saveMask: `${folder}/m.nii`, saveBiasField: `${folder}/f.nii` };
    assert.deepEqual(await plan(beside), ["f.nii.partial", "m.nii.partial", "out.nii.partial"]);
    assert.deepEqual(await plan({ saveMask: beside.saveMask }), ["m.nii.partial", "out.nii.partial"]);
    await Deno.writeTextFile(`${folder}/m.nii.partial/notes.txt`, "years of work");
    assert.deepEqual(await plan({}), ["m.nii.partial", "out.nii.partial"]);
    assert.deepEqual([...Deno.readDirSync(`${folder}/m.nii.partial`)].map(({ name }) => name), ["notes.txt"]);
  }),
);

Deno.test(
  "a second run with an output of the first is refused at its beginning, also while the first waits to be resumed",
  withPrecious(async (folder) => {
    const saveBiasField = `${folder}/field.nii`;
    const job = { input: `${folder}/in.nii`, output: `${folder}/out.nii`, options: { ...QUICK, saveBiasField } };
    const { folder: run } = await planFile(job);
    await stepFile({ stage: "range", folder: run, options: { task: 0, nProcesses: 0 } });
    for (const overwrite of [false, true]) {
      const second = () => correct(folder, { saveBiasField, overwrite }, `${folder}/second.nii`);
      await refused(folder, second, /field.nii.partial belongs to the unfinished run in .*out.nii.partial/);
    }
    await correctFile({ ...job, options: { ...job.options, resume: true } });
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(),
      ["field.nii", "in.nii", "mask.nii", "out.nii", "results"],
    );
  }),
);
