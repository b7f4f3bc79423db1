/** What fuzzing (`deno task suite fuzz`) once found, kept found: each broke a promise of a reader before. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { describeFile } from "../../src/commands/info.ts";
import { decodeBlosc } from "../../src/io/codecs/blosc.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { programs, run } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { change, expectRefusal, type ImageFiles, plainImage, withImage } from "../helpers/ome_zarr_images.ts";
import { gzipMembers, inFolder, niftiBytes, openBytes, readBox } from "../helpers/nifti_files.ts";

Deno.test("zeros after a gzip end it, and nobody waits for more", () =>
  inFolder(async (folder) => {
    const plain = niftiBytes({});
    for (const packed of [gzipSync(plain), gzipMembers(plain, 3)]) {
      for (const zeros of [1, 24, 40000]) {
        const bytes = new Uint8Array([...packed, ...new Uint8Array(zeros)]);
        await using image = await openBytes(folder, bytes, "in.nii.gz");
        await using whole = await openBytes(folder, plain, "plain.nii");
        assert.deepEqual(await readBox(image.volume(0)), await readBox(whole.volume(0)));
      }
    }
    const early = new Uint8Array([...gzipSync(plain.subarray(0, 100)), ...new Uint8Array(24), ...gzipSync(plain)]);
    await assert.rejects(openBytes(folder, early, "in.nii.gz"), /header ends early: expected 348 bytes, found 100/);
  }));

Deno.test("names that a file makes up do not flood the message about them", async () => {
  const long = "z".repeat(70000);
  await expectRefusal(change(plainImage(), "0/zarr.json", [long], {}), /zarr.json' z+\.\.\. must be absent/);
  const path = ["attributes", "ome", "multiscales", 0, "datasets", 0, "path"];
  await expectRefusal(change(plainImage(), "zarr.json", path, long), /at most 200 characters/);
});

Deno.test("a Blosc block longer than its data, a value of no bytes, and a format of its streams that is not known are refused", () => {
  const container = new Uint8Array(16 + 4 + 4 + 8);
  const view = new DataView(container.buffer);
  container.set([2, 1, 16 | 1 << 5, 1]);
  for (const [at, value] of [[4, 8], [8, 9], [12, 32], [16, 20], [20, 8]]) view.setUint32(at, value, true);
  assert.throws(() => decodeBlosc(container, 8), /block size must be from 1 to 8: current value is 9/);
  view.setUint32(8, 8, true);
  assert.deepEqual(decodeBlosc(container, 8), new Uint8Array(8));
  assert.throws(() => decodeBlosc(container.with(1, 5), 8), /compressor's version must be 1: current value is 5/);
  assert.throws(() => decodeBlosc(container.with(3, 0), 8), /values must be 1 to 255 bytes long: current length is 0/);
});

/** Clears a terminal, names its window, returns, turns the direction of writing, begins markup and a line of n4's. */
const STEERING = "\x1b[2J\x1b]0;x\x07\r\u202e\u200f\u009b\u2028<script>alert(1)<svg onload=alert(2)>\nn4: Wrote OUT";

/** Control characters but line feeds, and what turns the direction of writing. */
// deno-lint-ignore no-control-regex
const STEERS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A stack whose every text steers; its first axis is of channels with a unit. */
function steeringImage(): ImageFiles {
  const files = plainImage();
  const spatial = ["z", "y", "x"].map((name) => ({ name, type: "space", unit: "millimeter" }));
  const ome = {
    version: "0.5",
    omero: { name: STEERING, channels: [{ label: STEERING, color: STEERING }] },
    multiscales: [{
      name: STEERING,
      type: STEERING,
      axes: [{ name: "c", type: "channel", unit: STEERING }, ...spatial],
      datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1, 1] }] }],
    }],
  };
  change(files, "zarr.json", ["attributes"], { ome, [STEERING]: STEERING });
  change(files, "0/zarr.json", ["shape"], [1, 8, 8, 8]);
  change(files, "0/zarr.json", ["dimension_names"], ["c", "z", "y", STEERING]);
  change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], [1, 8, 8, 8]);
  const chunk = Uint8Array.from({ length: 512 }, (_, i) => 50 + 10 * (i % 7));
  return { ...files, chunks: { "0/c/0/0/0/0": chunk } };
}

programs.test("whatever texts a file holds, none steers the terminal, fakes a line, or becomes part of a page", () =>
  withImage(steeringImage(), async (plain) => {
    const folder = plain.slice(0, plain.lastIndexOf("/"));
    const path = `${folder}/${STEERING.replaceAll("/", "")}.ome.zarr`;
    await Deno.rename(plain, path);
    const fast = ["--preset", "mri", "--n-iterations", "2", "--backend", "ts"];
    const out = `${folder}/out`;
    const commands = [
      ["n4", "info", path, "--range"],
      ["n4", "info", path, "--json"],
      ["n4", "info", `${path}.gone`],
      ["n4", "correct", path, `${path}.xyz`],
      ["n4", "correct", path, `${path}.xyz`, "--json"],
      ["n4", "correct", path, `${out}.nii`, ...fast, "-v", "--html", `${out}.html`, "--report", `${out}.json`],
      ["n4", "correct", path, `${out}.ome.zarr`, ...fast, "--json"],
      ["n4", "correct", path, "--output-folder", out, ...fast],
      ["n4", "plan", path, `${path}.planned.ome.zarr`, ...fast, "--json"],
      ["n4", "ants", "-i", path, "-o", `${out}.gz`],
      ["n4", STEERING],
      ["n4", "correct", "--preset", STEERING, path, `${out}.2.nii`],
    ];
    for (const words of commands) {
      const { stdout, stderr } = await run(words);
      for (const text of [stdout, stderr]) {
        assert.doesNotMatch(text, STEERS, words.join(" "));
        assert.doesNotMatch(text, /^n4: Wrote OUT/m, words.join(" "));
      }
      if (words.includes("--json")) {
        const text = words[1] === "correct" ? stderr.trim().split("\n").at(-1) : stdout;
        assert.ok(JSON.stringify(JSON.parse(text ?? "")).includes(JSON.stringify(STEERING).slice(1, -1)), text);
      }
    }
    for (const page of [`${out}.html`, `${out}/index.html`]) {
      assert.doesNotMatch(await Deno.readTextFile(page), /<script>alert|<svg onload/, page);
    }
    const kept = JSON.parse(await Deno.readTextFile(`${out}.ome.zarr/zarr.json`)).attributes;
    assert.equal(kept[STEERING], STEERING, "attributes are data, and stay as they are");
  }));

Deno.test("JSON that is nested too deep to be written again is refused as it is opened", async () => {
  const deep = JSON.parse("[".repeat(1200) + "]".repeat(1200));
  const rule = /'zarr.json' must be valid JSON: it is nested 120\d deep, at most 1000 are read/;
  await expectRefusal(change(plainImage(), "zarr.json", ["attributes", "other"], deep), rule);
  const fine = change(
    plainImage(),
    "zarr.json",
    ["attributes", "other"],
    JSON.parse("[".repeat(900) + "]".repeat(900)),
  );
  await withImage(change(fine, "zarr.json", ["attributes", "text"], '"[\\"['.repeat(2000)), async (path) => {
    await describeFile(path, {}, new AbortController().signal);
  });
});

Deno.test("names that objects of JavaScript have of their own are names like others; of two equal ones the last counts", () =>
  withImage(plainImage(), async (path) => {
    const own = '"__proto__": {"version": "9", "z": 1}, "constructor": 1, "hasOwnProperty": 2, "toString": null';
    const text = (await Deno.readTextFile(`${path}/zarr.json`))
      .replace('"version":', `${own},"version":"8","version":`)
      .replace('"attributes":{', `"attributes":{${own},"twice":1,"twice":2,`);
    await Deno.writeTextFile(`${path}/zarr.json`, text);
    const output = `${path}.out.ome.zarr`;
    await correctFile({ input: path, output, options: { ...QUICK, shrinkFactor: [1, 1, 1] } });
    const { n4: _, ome, ...attributes } = JSON.parse(await Deno.readTextFile(`${output}/zarr.json`)).attributes;
    assert.equal(ome.version, "0.5");
    assert.deepEqual(attributes, JSON.parse(`{${own}, "twice": 2}`));
    assert.equal(({} as Record<string, unknown>).version, undefined);
  }));

Deno.test("looking for the range of an image that claims more voxels than anyone can read heeds an interrupt", async () => {
  const files = plainImage();
  change(files, "0/zarr.json", ["shape"], [2, 2 ** 31, 2]);
  await withImage(files, async (path) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await assert.rejects(describeFile(path, { range: true }, controller.signal), /enough/);
  });
});
