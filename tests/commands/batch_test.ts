/** Many images in one process: the bytes of single runs, failures gone past, what is done skipped, all of it told. */

import assert from "node:assert/strict";
import { contents, programs, run, runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const QUICK = ["--shrink-factor", "2", "--n-iterations", "3", "--n-processes", "0"];
const NAMES = ["a.nii", "b.nii.gz", "c.ome.zarr"];

/** A folder with three images in `in`. */
function withImages(body: (folder: string) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/in`);
      for (const name of NAMES) await writeImage(`${folder}/in/${name}`, { shape: [8, 10, 12] });
      await body(folder);
    });
}

const summary = async (folder: string) => (await Deno.readTextFile(`${folder}/n4_summary.csv`)).trimEnd().split("\n");

programs.test(
  "many images become what each becomes by itself",
  withImages(async (folder) => {
    const paths = NAMES.map((name) => `in/${name}`);
    const beside = ["--save-mask", "mask.nii", "--html", "page.html", "--report", "report.json"];
    await runWell(["n4", "correct", ...paths, "--output-folder", "out", ...beside, ...QUICK], { cwd: folder });
    await Deno.mkdir(`${folder}/single`);
    for (const name of NAMES) {
      await runWell(["n4", "correct", `in/${name}`, `single/${name}`, ...QUICK], { cwd: folder });
    }
    const [many, single] = [await contents(`${folder}/out`), await contents(`${folder}/single`)];
    for (const [path, digest] of Object.entries(single)) {
      // An OME-Zarr tells its options, and the memory of two that run at once is half of it.
      if (!path.endsWith(".json")) assert.equal(many[path], digest, path);
    }
    for (const end of ["mask.nii", "page.html", "report.json"]) {
      for (const stem of ["a", "b", "c"]) assert.ok(`${stem}_${end}` in many, `${stem}_${end}`);
    }
    const page = await Deno.readTextFile(`${folder}/out/index.html`);
    for (const link of ["a_page.html", "c_page.html", "b.nii.gz"]) assert.ok(page.includes(`href="${link}"`), link);
    const [head, first, ...more] = await summary(`${folder}/out`);
    assert.match(
      head,
      /^input,output,state,seconds,shape_zyx,spacing_mm_zyx,iterations,mask_fraction,variation_before,/,
    );
    assert.match(first, /^in\/a.nii,out\/a.nii,corrected,[\d.]+,8 10 12,1 1 1,\d+,[\d.]+,[\d.]+,[\d.]+,/);
    assert.equal(more.length, 2);
    for (const path of paths) {
      await runWell(["n4", "correct", path, "--output-folder", "loop", "--html", "page.html", ...QUICK], {
        cwd: folder,
      });
    }
    const loop = (await summary(`${folder}/loop`)).map((line) => line.split(",")[0]);
    assert.deepEqual(loop, ["input", ...paths], "a run for each image keeps the rows of those before");
    assert.match(await Deno.readTextFile(`${folder}/loop/index.html`), /a_page\.html.*b_page\.html.*c_page\.html/s);
  }),
);

programs.test(
  "a failure is told and gone past, and a later run skips what is done",
  withImages(async (folder) => {
    await Deno.writeTextFile(`${folder}/in/broken.nii`, "no image");
    const words = ["n4", "correct", "in", "--output-folder", "out", "--html", "page.html", ...QUICK];
    const first = await run(words, { cwd: folder });
    assert.equal(first.code, 1);
    assert.match(first.stderr, /^broken.nii +Cannot read in\/broken.nii as its header ends early/m);
    assert.match(first.stderr, /^n4: Cannot correct 1 of 4 images: in\/broken.nii \(see out\/n4_summary.csv\)$/m);
    for (const name of NAMES) assert.ok(await Deno.stat(`${folder}/out/${name}`), name);

    const again = await run(words, { cwd: folder });
    assert.equal(again.code, 1, "as where the output of one image exists");
    assert.match(again.stderr, /3 of 4 outputs exist already: give '--resume' to skip what is done, or '--overwrite'/);

    const before = await summary(`${folder}/out`);
    await Deno.remove(`${folder}/in/broken.nii`);
    await writeImage(`${folder}/in/broken.nii`, { shape: [8, 10, 12] });
    const { stderr } = await runWell([...words, "--resume"], { cwd: folder });
    assert.match(stderr, /^a.nii +done before$/m);
    assert.match(stderr, /^Wrote 1 image into out, .*, 3 were done before.$/m);
    const after = await summary(`${folder}/out`);
    assert.deepEqual(
      after.filter((line) => !line.includes("broken")),
      before.filter((line) => !line.includes("broken")),
    );
    assert.match(after.find((line) => line.includes("broken")) ?? "", /,corrected,/);
    const page = await Deno.readTextFile(`${folder}/out/index.html`);
    assert.ok(page.includes('href="a_page.html"'), "what was done before has its link");
    assert.ok(page.includes(">verdict</th>"));
    assert.match(
      page,
      />done before<\/a><\/td><td>1 × 1 × 1<\/td><td class="number">\d+<\/td><td class="number">[\d.]+/,
    );

    const others = [["--shrink-factor", "1", "2 2 2 and is 1 1 1"], ["--save-mask", "m.nii", "left out and is m.nii"]];
    for (const [flag, value, change] of others) {
      const { code, stderr } = await run([...words, "--resume", flag, value], { cwd: folder });
      assert.equal(code, 1);
      const says = `: '${flag}' was ${change} ('--overwrite' corrects all of them anew)`;
      assert.ok(
        stderr.includes(`'--resume' as options must be those that 'in/a.nii' was corrected with${says}`),
        stderr,
      );
    }

    await Deno.mkdir(`${folder}/other`);
    await writeImage(`${folder}/other/a.nii`, { shape: [8, 10, 12] });
    await Deno.utime(`${folder}/in/c.ome.zarr/zarr.json`, 2e9, 2e9);
    await Deno.remove(`${folder}/out/b.nii.gz`);
    const made = await contents(`${folder}/out`);
    const inputs = [["other/a.nii", "in/a.nii', current input is 'other/a.nii'"], [
      "in",
      "in/c.ome.zarr', which has changed since",
    ]];
    for (const [input, says] of inputs) {
      const { code, stderr } = await run(words.map((word) => word === "in" ? input : word).concat("--resume"), {
        cwd: folder,
      });
      assert.match(stderr, / Cannot resume with out\/[ac]\S+ as it must be of the input as it is: it was made of 'in/);
      assert.ok(stderr.includes(`${says} (move away`), stderr);
      assert.match(stderr, /^n4: Cannot correct 1 of (1|4) images?: /m);
      assert.equal(code, 1);
    }
    const row = (await summary(`${folder}/out`)).find((line) => line.startsWith("in/c.ome.zarr"));
    assert.match(row ?? "", /^in\/c.ome.zarr,out\/c.ome.zarr,failed,/);
    const { "b.nii.gz": corrected, ...now } = await contents(`${folder}/out`);
    assert.ok(corrected, "the others are corrected all the same");
    for (const name of ["a.nii", "c.ome.zarr/zarr.json"]) assert.equal(now[name], made[name]);
  }),
);

programs.test(
  "a list names images, a dry run says where each would go, and JSON lines carry their image",
  withImages(async (folder) => {
    await Deno.writeTextFile(`${folder}/list.txt`, "\uFEFFin/b.nii.gz \r\n\r\nin/c.ome.zarr\n");
    const words = ["n4", "correct", "in/a.nii", "--list", "list.txt", "--output-folder", "out", ...QUICK];
    const { stderr } = await runWell([...words, "--dry-run", "--mask", "labels/tissue"], { cwd: folder });
    assert.deepEqual(stderr.trimEnd().split("\n"), NAMES.map((name) => `in/${name} -> out/${name}`));
    const told = (await runWell([...words, "--json"], { cwd: folder })).stderr.trimEnd().split("\n");
    const events = told.map((line) => JSON.parse(line));
    const images = events.filter(({ event }) => event === "image");
    assert.deepEqual(images.map(({ image }) => image).sort(), NAMES.map((name) => `in/${name}`));
    assert.ok(images.every(({ state, report }) => state === "corrected" && report.fits.length > 0));
    // Two run at once, each with half of the memory, which nobody gave.
    assert.ok(images.every(({ report }) => report.given.memoryLimit === undefined));
    assert.ok(events.every(({ text = "" }) => !text.includes("memory-limit")));
    assert.ok(events.some(({ event, image }) => event === "fit" && image === "in/a.nii"));
  }),
);

programs.test(
  "what cannot be meant is refused before any work",
  withImages(async (folder) => {
    await Deno.mkdir(`${folder}/other`);
    await Deno.mkdir(`${folder}/empty`);
    for (const name of ["a", "a_mask", "n4"]) await writeImage(`${folder}/other/${name}.nii`, { shape: [8, 10, 12] });
    const cases: readonly (readonly [words: string, says: RegExp])[] = [
      [
        "in/a.nii other/a.nii --output-folder out",
        /names of inputs must differ: current ones are 'in\/a.nii' and 'other\/a.nii'/,
      ],
      [
        "empty --output-folder out",
        /'empty' as an image must lie directly in it: .* 0; give the folder .* or '--list'$/m,
      ],
      [
        "in --output-folder out --report reports/run.json",
        /'--report' as with '--output-folder' it must be the end of a name/,
      ],
      ["in --output-folder out --from-report r.json", /'--from-report' and '--output-folder' together/],
      ["in/a.nii out.nii --list list.txt", /'--list' as it needs '--output-folder' as well/],
      ["in -o out --output-folder out", /'--output' does not go with '--output-folder'/],
      [
        "in/a.nii other/a_mask.nii --save-mask mask.nii --output-folder out",
        /names of outputs must differ: 'out\/a_mask.nii' would be that of 'in\/a.nii' and of 'other\/a_mask.nii'$/m,
      ],
      ["other/n4.nii --html summary.csv --output-folder out", /'out\/n4_summary.csv' would be that of 'out' and of /],
      ["--list in/a.nii --output-folder out", /Cannot open 'in\/a.nii' as it must be a text file/],
      ["in/a.nii in/a.nii --output-folder out", /names of inputs must differ: 'in\/a.nii' is given twice$/m],
      ["in --output-folder in", /'--output-folder' as it must be another folder than .* in, where 'in\/a.nii' is$/m],
      ["in --output-folder list.txt", /'--output-folder' as it must be a folder: current value is the file list.txt$/m],
    ];
    await Deno.writeTextFile(`${folder}/list.txt`, "in/a.nii\n");
    const before = await contents(folder);
    for (const [words, says] of cases) {
      const { code, stderr } = await run(["n4", "correct", ...words.split(" ")], { cwd: folder });
      assert.equal(code, words.startsWith("--list") ? 1 : 2, stderr);
      assert.match(stderr, says);
    }
    const several = ["in/a.nii other/a.nii out.nii", "--list list.txt", "in", "in out.nii", "in out", "in/a.nii out/"];
    for (const words of several) {
      const { stderr } = await run(["n4", "correct", ...words.split(" ")], { cwd: folder });
      assert.match(stderr, /^n4: Cannot .*; for several images give '--output-folder FOLDER'$/m, words);
    }
    for (const words of ["none in", "none.nii in", "in --mask none", "in --weights none", "in --initial-model none"]) {
      const { code, stderr } = await run(["n4", "correct", ...words.split(" "), "--output-folder", "out"], {
        cwd: folder,
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^n4: Cannot read none(\.nii)? as there is no such file$/m);
    }
    const meant = await run(["n4", "correct", "in/a.nii", "new.nii", "--output-folder", "out"], { cwd: folder });
    assert.match(
      meant.stderr,
      /read new.nii as there is no such file; with '--output-folder' every path is an input$/m,
    );
    assert.deepEqual(await contents(folder), before);
    await assert.rejects(Deno.stat(`${folder}/out`), Deno.errors.NotFound);
  }),
);

/** Refused with these words by a command in a folder, which stays as it was. */
async function refused(folder: string, words: string, says: RegExp): Promise<void> {
  const before = await contents(folder);
  const { code, stderr } = await run(["n4", "correct", ...words.split(" "), ...QUICK], { cwd: folder });
  assert.match(stderr, says, words);
  assert.ok(code === 1 || code === 2, stderr);
  assert.deepEqual(await contents(folder), before, words);
}

programs.test(
  "no output of any image may be an input of any, whatever it is called",
  withImages(async (folder) => {
    await Deno.mkdir(`${folder}/y`);
    await Deno.mkdir(`${folder}/z`);
    await Deno.symlink("in", `${folder}/linked`);
    await writeImage(`${folder}/z/a.nii`, { shape: [8, 10, 12] });
    await Deno.symlink("../z/a.nii", `${folder}/y/b.nii`);
    const says = (out: string, input: string) =>
      new RegExp(`^n4: Cannot write ${out} as an output must not be, .* lie inside an input: .* ${input}$`, "m");
    await refused(folder, "in/a.nii y/b.nii --output-folder z --overwrite", says("z/a.nii", "y/b.nii"));
    await Deno.remove(`${folder}/y/b.nii`);
    await Deno.link(`${folder}/z/a.nii`, `${folder}/y/b.nii`);
    await refused(folder, "in/a.nii y/b.nii --output-folder z --overwrite", says("z/a.nii", "y/b.nii"));
    await refused(folder, "in/a.nii --mask y/b.nii --output-folder z --overwrite", says("z/a.nii", "y/b.nii"));
    await Deno.link(`${folder}/z/a.nii`, `${folder}/z/c_mask.nii`);
    const beside = "in/c.ome.zarr y/b.nii --save-mask mask.nii --output-folder z --overwrite";
    await refused(folder, beside, says("z/c_mask.nii", "y/b.nii"));
    await refused(folder, "in/a.nii --output-folder linked --overwrite", says("linked/a.nii", "in/a.nii"));
    await refused(folder, "in/c.ome.zarr in/a.nii --output-folder in/c.ome.zarr/o", says("in/\\S+", "in/c.ome.zarr"));
    await Deno.writeTextFile(`${folder}/z/n4_summary.csv`, "in/a.nii\n");
    const table = says("z/n4_summary.csv", "z/n4_summary.csv");
    await refused(folder, "--list z/n4_summary.csv --output-folder z --overwrite", table);
  }),
);

programs.test(
  "a pipe or a folder where something is written beside images is refused at once",
  withImages(async (folder) => {
    await Deno.mkdir(`${folder}/out/index.html`, { recursive: true });
    for (const more of ["", " --overwrite", " --resume"]) {
      await refused(
        folder,
        `in/a.nii --output-folder out${more}`,
        /a file may replace a file and nothing else: .* folder$/m,
      );
    }
    await Deno.remove(`${folder}/out/index.html`);
    for (const name of ["n4_results.jsonl", "n4_summary.csv"]) {
      await new Deno.Command("mkfifo", { args: [`${folder}/out/${name}`] }).output();
      for (const more of [[], ["--overwrite"], ["--resume"]]) {
        const words = ["n4", "correct", "in/a.nii", "--output-folder", "out", ...more, ...QUICK];
        const { code, stderr } = await run(words, { cwd: folder });
        assert.equal(code, 1);
        assert.match(stderr, /a file may replace a file and nothing else: current entry is a device, pipe or socket$/m);
      }
      await Deno.remove(`${folder}/out/${name}`);
    }
    // A record that is somebody else's gives way where that is asked for; what a link leads to stays.
    await Deno.writeTextFile(`${folder}/notes`, "of the user");
    await Deno.symlink("../notes", `${folder}/out/n4_results.jsonl`);
    await runWell(["n4", "correct", "in/a.nii", "--output-folder", "out", "--overwrite", ...QUICK], { cwd: folder });
    assert.equal(await Deno.readTextFile(`${folder}/notes`), "of the user");
    assert.match(await Deno.readTextFile(`${folder}/out/n4_results.jsonl`), /^{"input":"in\/a.nii"/);
  }),
);

programs.test(
  "a later run skips what is as it was left, of inputs, masks and weights as they were, and nothing else",
  withImages(async (folder) => {
    await writeImage(`${folder}/weights.nii`, { shape: [8, 10, 12] });
    const words = "in/a.nii in/c.ome.zarr --output-folder out --weights weights.nii --save-mask mask.nii";
    await Deno.mkdir(`${folder}/out`);
    await Deno.copyFile(`${folder}/in/a.nii`, `${folder}/out/a.nii`);
    const again = (more = "") =>
      run(["n4", "correct", ...`${words}${more}`.split(" "), "--resume", ...QUICK], { cwd: folder });
    /** One image of two is gone past with these words, and the other is done. */
    const failed = async (says: RegExp) => {
      const before = await Deno.readFile(`${folder}/out/a.nii`);
      const { code, stderr } = await again();
      assert.match(stderr, says);
      assert.match(stderr, /^n4: Cannot correct 1 of 2 images: in\/[ac]/m);
      assert.equal(code, 1);
      assert.deepEqual(await Deno.readFile(`${folder}/out/a.nii`), before);
      assert.ok(await Deno.stat(`${folder}/out/c.ome.zarr`));
    };
    const unknown = "Cannot resume with out/a.nii as it must be as out/n4_results.jsonl has it: it is not in there";
    await failed(new RegExp(`^a.nii +${unknown} \\(move away .*'--overwrite'`, "m"));
    await Deno.remove(`${folder}/out/a.nii`);
    const done = async () =>
      assert.match((await again()).stderr, /^Wrote 0 images into out, .*, 2 were done before\.$/m);
    assert.match((await again()).stderr, /^Wrote 1 image into out, .*, 1 was done before\.$/m);
    const made = await contents(`${folder}/out`);
    await Deno.mkdir(`${folder}/out/a.nii.partial`);
    const beside = "out/a.nii is as it was before the run in out/a.nii.partial, which has not ended.";
    assert.ok((await again()).stderr.includes(`Warning: ${beside}`));
    await Deno.remove(`${folder}/out/a.nii.partial`);
    const since = /out\/n4_results.jsonl has it: it has changed since \(move away .*'--overwrite'/;
    for (const name of ["a.nii", "c.ome.zarr/zarr.json", "c_mask.nii"]) {
      const bytes = await Deno.readFile(`${folder}/out/${name}`);
      const { mtime } = await Deno.stat(`${folder}/out/${name}`);
      await Deno.writeTextFile(`${folder}/out/${name}`, "JUNK");
      await failed(since);
      await Deno.writeFile(`${folder}/out/${name}`, bytes);
      await Deno.utime(`${folder}/out/${name}`, mtime ?? 0, mtime ?? 0);
    }
    await done();
    // What is gone is made again in the place of what is left of it, which is as it was left.
    for (const gone of [["a_mask.nii"], ["a.nii"], ["a.nii", "c.ome.zarr"]]) {
      for (const name of gone) await Deno.remove(`${folder}/out/${name}`, { recursive: true });
      assert.match((await again()).stderr, new RegExp(`^Wrote ${gone.length} images? into out`, "m"));
      const { "n4_results.jsonl": _, "index.html": __, "n4_summary.csv": ___, ...now } = await contents(
        `${folder}/out`,
      );
      for (const [path, what] of Object.entries(now)) if (!path.endsWith("zarr.json")) assert.equal(what, made[path]);
    }
    const asked = await again(" --html page.html");
    assert.match(asked.stderr, /^Wrote 1 image into out, .*, 1 was done before/m, "a page is made, but of no folder");
    const mark = `${folder}/out/c.ome.zarr/labels/mine/zarr.json`;
    await Deno.mkdir(mark.slice(0, mark.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(mark, "drawn since");
    await Deno.rename(`${folder}/out/c_mask.nii`, `${folder}/c_mask.nii`);
    await failed(
      /c_mask.nii as it must be as .*: it is not there, and the image is a folder, which n4 does not replace/,
    );
    assert.equal(await Deno.readTextFile(mark), "drawn since");
    await Deno.remove(`${folder}/out/c.ome.zarr/labels`, { recursive: true });
    await Deno.rename(`${folder}/c_mask.nii`, `${folder}/out/c_mask.nii`);
    await Deno.writeTextFile(`${folder}/out/a_page.html`, "of the user");
    assert.match((await again(" --html page.html")).stderr, /2 were done before/, "a page may be edited");
    await Deno.remove(`${folder}/out/a_mask.nii`);
    const page = await again(" --html page.html");
    assert.match(page.stderr, /Cannot resume with out\/a_page.html as it must be as .*: it has changed since/);
    assert.equal(await Deno.readTextFile(`${folder}/out/a_page.html`), "of the user");
    assert.match((await again()).stderr, /^Wrote 1 image into out/m);
    await Deno.chmod(`${folder}/out/a.nii`, 0o444);
    const protectedOne = await run(["n4", "correct", ...words.split(" "), "--overwrite", ...QUICK], { cwd: folder });
    assert.match(protectedOne.stderr, /Cannot correct 1 of 2 images: in\/a.nii/);
    await Deno.chmod(`${folder}/out/a.nii`, 0o644);
    await done();
    await Deno.utime(`${folder}/weights.nii`, 2e9, 2e9);
    await refused(
      folder,
      `${words} --resume`,
      /Cannot resume with out\/a.nii as 'weights.nii' of '--weights' must be as it was .*: it has changed since \(move/,
    );
  }),
);

programs.test(
  "a run that ends between the name of an output and its record is known to the next one",
  withImages(async (folder) => {
    const words = ["n4", "correct", "in/a.nii", "--output-folder", "out", "--save-mask", "mask.nii", ...QUICK];
    const permissions = ["--allow-read", "--allow-write", "--deny-write=out/n4_results.jsonl"];
    const broken = await run(words, { cwd: folder, permissions });
    assert.match(broken.stderr, /Cannot write out\/n4_results.jsonl as .*permission/);
    assert.equal(broken.code, 1);
    const made = await contents(`${folder}/out`);
    assert.ok(made["a.nii"] && made["a_mask.nii"] && !made["n4_results.jsonl"]);
    const next = await runWell([...words, "--resume"], { cwd: folder });
    assert.match(next.stderr, /^Wrote 1 image into out/m);
    const now = await contents(`${folder}/out`);
    for (const name of ["a.nii", "a_mask.nii"]) assert.equal(now[name], made[name]);
    assert.ok(!now["a.nii.partial"]);
    assert.match((await runWell([...words, "--resume"], { cwd: folder })).stderr, /1 was done before/);
  }),
);

programs.test("a BIDS data set becomes one of derivatives", () =>
  inFolder(async (folder) => {
    const images = ["sub-01/anat/sub-01_T1w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T2w.nii.gz"];
    for (const image of [...images, "sub-01/func/sub-01_task-rest_bold.nii.gz", "sub-01/anat/sub-01_T1map.nii.gz"]) {
      await Deno.mkdir(`${folder}/bids/${image}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await writeImage(`${folder}/bids/${image}`, { shape: [8, 10, 12] });
    }
    await Deno.writeTextFile(`${folder}/bids/dataset_description.json`, '{"Name": "Heads", "BIDSVersion": "1.10.0"}');
    await Deno.symlink("bids", `${folder}/linked`);
    for (const own of ["bids", "bids/sub-01", "bids/sub-01/anat/new", "linked/sub-01", "linked"]) {
      const says = /BIDS data set into its own folder, .*: give '--output-folder bids\/derivatives\/n4'/;
      await refused(folder, `bids --output-folder ${own}`, says);
    }
    const parts = ["bids/sub-01", "bids/sub-01/anat/", "bids/sub-02", "bids/sub-02/ses-1"];
    for (const part of [...parts, ...parts.map((part) => part.slice("bids/".length))]) {
      const isWithin = !part.startsWith("bids/");
      const to = isWithin ? "derivatives/n4" : "bids/derivatives/n4";
      const { stderr } = await runWell(["n4", "correct", part, "--output-folder", to, "--dry-run"], {
        cwd: isWithin ? `${folder}/bids` : folder,
      });
      const subject = part.includes("sub-01") ? "sub-01" : "sub-02";
      const [image] = images.filter((image) => image.startsWith(subject));
      const output = image.replace(/_(T.w)/, "_desc-n4_$1");
      assert.equal(stderr, `${isWithin ? "" : "bids/"}${image} -> ${to}/${output}\n`);
    }
    const earlier = "bids/sub-01/anat/sub-01_desc-n4_T1w.nii.gz";
    await Deno.writeTextFile(`${folder}/${earlier}`, "corrected before");
    const words = ["bids", "--output-folder", "bids/derivatives/n4", "--save-mask", "mask.nii.gz", ...QUICK];
    const others = `${folder}/bids/derivatives/n4/sub-01/anat/sub-01_desc-n4_T1w.json`;
    await Deno.mkdir(others.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(others, "{}");
    const foreign = await run(["n4", "correct", ...words], { cwd: folder });
    assert.match(foreign.stderr, /Cannot write .*desc-n4_T1w.json as something else is there: '--overwrite' replaces/);
    await Deno.remove(others);
    for (const name of ["n4/dataset_description.json", "n4/.bidsignore", "n4/sub-01/anat/sub-01_desc-n4_T1w.json"]) {
      const pipe = `${folder}/bids/derivatives/${name}`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const piped = await run(["n4", "correct", ...words, "--overwrite"], { cwd: folder });
      assert.match(
        piped.stderr,
        /a file may replace a file and nothing else: current entry is a device, pipe or socket/,
      );
      await Deno.remove(pipe);
    }
    const twin = `${folder}/bids/sub-01/anat/sub-01_T1w.nii`;
    await writeImage(twin, { shape: [8, 10, 12] });
    const twins = await run(["n4", "correct", ...words], { cwd: folder });
    assert.match(twins.stderr, /names of outputs must differ: '\S+desc-n4_T1w.json' would be that of /);
    await Deno.remove(twin);
    await runWell(["n4", "correct", ...words], { cwd: folder });
    const made = Object.entries(await contents(`${folder}/bids/derivatives/n4`)).filter(([, what]) =>
      what !== "folder"
    );
    assert.deepEqual(made.map(([path]) => path).sort(), [
      ".bidsignore",
      "dataset_description.json",
      "index.html",
      "n4_results.jsonl",
      "n4_summary.csv",
      "sub-01/anat/sub-01_desc-n4T1w_mask.nii.gz",
      "sub-01/anat/sub-01_desc-n4_T1w.json",
      "sub-01/anat/sub-01_desc-n4_T1w.nii.gz",
      "sub-02/ses-1/anat/sub-02_ses-1_desc-n4T2w_mask.nii.gz",
      "sub-02/ses-1/anat/sub-02_ses-1_desc-n4_T2w.json",
      "sub-02/ses-1/anat/sub-02_ses-1_desc-n4_T2w.nii.gz",
    ]);
    const read = async (path: string) => JSON.parse(await Deno.readTextFile(`${folder}/bids/derivatives/n4/${path}`));
    const description = await read("dataset_description.json");
    assert.equal(description.DatasetType, "derivative");
    assert.deepEqual(description.DatasetLinks, { raw: "../.." });
    assert.equal(description.GeneratedBy[0].Name, "n4");
    const sidecar = await read("sub-02/ses-1/anat/sub-02_ses-1_desc-n4_T2w.json");
    assert.deepEqual(sidecar.Sources, ["bids:raw:sub-02/ses-1/anat/sub-02_ses-1_T2w.nii.gz"]);
    assert.deepEqual(sidecar.N4Options.nIterations, [3]);
    const described = `${folder}/bids/derivatives/n4/sub-01/anat/sub-01_desc-n4_T1w.json`;
    const text = await Deno.readTextFile(described);
    await Deno.remove(described);
    const again = [...words, "--resume", "--report", "run.json", "--html", "page.html"];
    await runWell(["n4", "correct", ...words, "--resume"], { cwd: folder });
    assert.equal(await Deno.readTextFile(described), text);
    await runWell(["n4", "correct", ...again], { cwd: folder });
    assert.deepEqual(
      (await Deno.readTextFile(`${folder}/bids/derivatives/n4/.bidsignore`)).split("\n"),
      ["index.html", "n4_summary.csv", "n4_results.jsonl", "*_run.json", "*_page.html", ""],
    );
    await Deno.writeTextFile(described, text.replace('"SkullStripped": false', '"SkullStripped": true'));
    const edited = await Deno.readTextFile(described);
    await Deno.remove(`${folder}/bids/derivatives/n4/sub-01/anat/sub-01_desc-n4T1w_page.html`);
    const changed = await run(["n4", "correct", ...again], { cwd: folder });
    assert.match(changed.stderr, /Cannot resume with \S+sub-01_desc-n4_T1w.json as .*: it has changed since/);
    assert.equal(await Deno.readTextFile(described), edited);
    await Deno.remove(described);
    await runWell(["n4", "correct", ...again], { cwd: folder });
    await Deno.mkdir(`${folder}/bids/sub-03/anat`, { recursive: true });
    await Deno.writeTextFile(`${folder}/bids/sub-03/anat/sub-03_T1w.nii.gz`, "no image");
    assert.equal((await run(["n4", "correct", ...again], { cwd: folder })).code, 1);
    await assert.rejects(Deno.stat(`${folder}/bids/derivatives/n4/sub-03`), Deno.errors.NotFound);
    const other = await run(["n4", "correct", ...again, "--save-mask", "m.nii"], { cwd: folder });
    assert.match(other.stderr, /: '--save-mask' was mask\.nii\.gz and is m\.nii \(/);
  }));

programs.test("subjects that are links are images of a BIDS data set, its derivatives are of it alone", () =>
  inFolder(async (folder) => {
    const names = ["sub-01_T1w.nii", "sub-01_part-phase_T2starw.nii", "sub-01_desc-preproc_T1w.nii"];
    for (const path of ["one/sub-01/anat", "two/sub-02/anat", "real/anat", "real/ses-1", "one/sub-07/anat"]) {
      await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    }
    for (const name of names) await writeImage(`${folder}/one/sub-01/anat/${name}`, { shape: [8, 10, 12] });
    await writeImage(`${folder}/two/sub-02/anat/sub-02_T1w.nii`, { shape: [8, 10, 12] });
    await writeImage(`${folder}/real/anat/sub-09_T1w.nii`, { shape: [8, 10, 12] });
    await Deno.symlink("../real", `${folder}/one/sub-09`);
    await Deno.symlink("..", `${folder}/real/ses-1/ses-2`);
    const describe = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}/dataset_description.json`, text);
    await describe("one", "{}");
    await describe("two", '{"Name": ');
    const words = ["n4", "correct", "--output-folder", "out", ...QUICK];
    const { stderr } = await runWell([...words, "one", "--dry-run"], { cwd: folder });
    assert.deepEqual(
      stderr.trimEnd().split("\n"),
      [
        "one/sub-01/anat/sub-01_T1w.nii -> out/sub-01/anat/sub-01_desc-n4_T1w.nii",
        "one/sub-01/anat/sub-01_desc-preproc_T1w.nii -> out/sub-01/anat/sub-01_desc-preprocn4_T1w.nii",
        "one/sub-09/anat/sub-09_T1w.nii -> out/sub-09/anat/sub-09_desc-n4_T1w.nii",
      ].sort(),
    );
    const says = async (given: string[], text: RegExp) =>
      assert.match((await run([...words, ...given], { cwd: folder })).stderr, text);
    await says(["one", "one/sub-07"], /Cannot correct 'one\/sub-07' into 'out' as there must be an image/);
    await says(["two"], /Cannot read two\/dataset_description.json as it must be valid JSON/);
    await assert.rejects(Deno.stat(`${folder}/out`), Deno.errors.NotFound);
    await describe("two", "{}");
    await says(["one", "two"], /several data sets into one folder .*: current ones are 'one' and 'two'$/m);
    await runWell([...words, "one"], { cwd: folder });
    const description = JSON.parse(await Deno.readTextFile(`${folder}/out/dataset_description.json`));
    assert.deepEqual([description.Name, description.DatasetLinks], [
      "one, corrected for intensity bias",
      { raw: "../one" },
    ]);
    await says(["two"], /Cannot correct 'two' into 'out' as derivatives of one data set must not lie among .*\/one'$/m);
  }));
