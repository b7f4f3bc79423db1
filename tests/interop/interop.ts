/**
 * OME-Zarr both ways: n4 reads what zarr-python, ome-zarr-py and ngff-zarr write, to the bit; they read what n4 writes, to the bit, and ome-zarr-models finds nothing to object to.
 * `deno task suite interop`, after `deno task suite interop:setup`.
 */

import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { openImage } from "../../src/io/open.ts";
import { openOmeZarr } from "../../src/io/ome_zarr/read.ts";
import { boxVoxels, type DataType, wholeBox } from "../../src/volume.ts";
import { runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { runTool } from "./environment.ts";
import { pattern, type WrittenStores } from "./pattern.ts";

Deno.test("images of zarr-python, ome-zarr-py and ngff-zarr are read as they were written", async (t) => {
  await inFolder(async (folder) => {
    await runTool("write_stores.py", [folder]);
    const { shape, stores } = JSON.parse(await Deno.readTextFile(`${folder}/stores.json`)) as WrittenStores;
    assert.ok(stores.length >= 30);
    for (const { path, dataType, channels, unit, scale } of stores) {
      await t.step(path, async () => {
        await using image = await openImage(`${folder}/${path}`);
        assert.deepEqual(image.shape, shape);
        assert.equal(image.dataType, dataType);
        assert.equal(image.volumes, channels);
        const millimetres = scale.map((edge) => (unit === "micrometer" ? edge / 1000 : edge));
        image.voxelSize.forEach((edge, a) => assert.ok(Math.abs(edge / millimetres[a] - 1) < 1e-12, `${edge}`));
        for (let channel = 0; channel < channels; channel++) {
          const values = new Float32Array(boxVoxels(wholeBox(shape)));
          await image.volume(channel).read(wholeBox(shape), values);
          assert.deepEqual(values, pattern(dataType, channel, shape));
        }
      });
    }
  });
});

/** What the tools say of one level. */
interface SeenLevel {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly crc: number;
  readonly scale?: readonly number[];
  readonly unit?: string;
}

const TOOLS = ["zarr", "ome-zarr-py", "ngff-zarr", "ome-zarr-models"];

/** Storage options of `n4 correct`, by the name of the output. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "plain.ome.zarr": [],
  "pyramid.ome.zarr": ["--n-levels", "2", "--pyramid-translation"],
  "resolutions.ome.zarr": ["--pyramid-resolutions", "40", "80"],
  "sharded.ome.zarr": ["--chunk-shape", "8", "--shard-shape", "16", "--n-levels", "1"],
  "gzip.ome.zarr": ["--compressor", "gzip"],
  "blosc.ome.zarr": ["--compressor", "blosc", "--output-type", "input"],
  "raw.ome.zarr": ["--compressor", "none", "--chunk-shape", "5", "7", "9"],
  "zipped.ome.zarr.zip": ["--n-levels", "1"],
  "single.ozx": ["--n-levels", "1", "--shard-shape", "16", "--chunk-shape", "8"],
  "other.ome.zarr": ["--n-levels", "1", "--ome-version", "0.4"],
  "newer.ome.zarr": ["--n-levels", "1", "--ome-version", "0.5"],
};

Deno.test("images of n4 are read by the others as by n4, and are valid", async (t) => {
  await inFolder(async (folder) => {
    await runTool("write_stores.py", [folder]);
    for (const input of ["v2-micrometre.zarr", "v3-uint8-channels.zarr"]) {
      const channels = input.includes("channels") ? ["--channel", "all"] : [];
      const words = ["--preset", "mri", "--n-iterations", "2", "--backend", "ts", "--n-processes", "0", ...channels];
      const paths: string[] = [];
      for (const [name, storage] of Object.entries(OUTPUTS)) {
        const path = `${folder}/${input.slice(0, 2)}-${name}`;
        await runWell(["n4", "correct", `${folder}/${input}`, path, ...words, ...storage]);
        paths.push(path);
      }
      const seen = JSON.parse(await runTool("read_stores.py", paths)) as Record<string, Record<string, unknown>>;
      for (const path of paths) {
        const unit = input.includes("micrometre") ? "micrometer" : "millimeter";
        await t.step(`${input} as ${path.slice(folder.length + 4)}`, () => compare(path, unit, seen[path]));
      }
    }
  });
});

async function compare(path: string, unit: string, seen: Record<string, unknown>): Promise<void> {
  const tools = path.endsWith(".zip") ? ["zarr"] : path.endsWith(".ozx") ? ["zarr", "ngff-zarr"] : TOOLS;
  assert.deepEqual(Object.keys(seen), tools);
  for (const [tool, found] of Object.entries(seen)) assert.notEqual(typeof found, "string", `${tool}: ${found}`);
  const own = await levelsOf(path, (seen.zarr as SeenLevel[]).length);
  for (const tool of tools.filter((name) => name !== "ome-zarr-models")) {
    const levels = seen[tool] as SeenLevel[];
    assert.equal(levels.length, own.length, tool);
    own.forEach((level, i) => {
      assert.deepEqual(levels[i].shape, level.shape, `${tool}, level ${i}`);
      assert.equal(levels[i].dtype, level.dtype);
      assert.equal(levels[i].crc, level.crc, `${tool}, level ${i}: other voxels`);
      const millimetres = levels[i].scale?.slice(-3).map((edge) => unit === "micrometer" ? edge / 1000 : edge);
      millimetres?.forEach((edge, a) => assert.ok(Math.abs(edge / (level.scale?.[a] ?? NaN) - 1) < 1e-12, `${edge}`));
      if ("unit" in levels[i]) assert.equal(levels[i].unit, unit);
    });
  }
}

/** The levels of an image as n4 reads them. */
async function levelsOf(path: string, count: number): Promise<SeenLevel[]> {
  const levels: SeenLevel[] = [];
  for (let level = 0; level < count; level++) {
    await using image = await openOmeZarr(path, { level });
    let crc = 0;
    for (let volume = 0; volume < image.volumes; volume++) {
      const values = new Float32Array(boxVoxels(wholeBox(image.shape)));
      await image.volume(volume).read(wholeBox(image.shape), values);
      crc = crc32(storedBytes(values, image.dataType), crc);
    }
    const shape = image.volumes > 1 ? [image.volumes, ...image.shape] : image.shape;
    levels.push({ shape, dtype: image.dataType, crc, scale: image.voxelSize });
  }
  return levels;
}

function storedBytes(values: Float32Array, dataType: DataType): Uint8Array {
  if (dataType === "uint8") return Uint8Array.from(values);
  assert.equal(dataType, "float32");
  return new Uint8Array(values.buffer);
}

Deno.test("a head's place and orientation reach ngff-zarr as ITK has them", () =>
  inFolder(async (folder) => {
    const affine = [-2, 0, 0, 40, 0, -2, 0, 36, 0, 0, 3, -30, 0, 0, 0, 1];
    await writeImage(`${folder}/head.nii`, { shape: [8, 10, 12], voxelSize: [3, 2, 2], affine });
    const words = ["--n-iterations", "2", "--backend", "ts", "--n-processes", "0"];
    await runWell(["n4", "correct", `${folder}/head.nii`, `${folder}/head.ome.zarr`, ...words]);
    const seen = JSON.parse(await runTool("read_stores.py", [`${folder}/head.ome.zarr`]));
    const [{ "ngff-zarr": [level] }] = Object.values(seen) as Record<string, Record<string, unknown>[]>[];
    assert.deepEqual(level.translation, [-30, -36, -40]);
    assert.deepEqual(level.orientation, ["inferior-to-superior", "anterior-to-posterior", "right-to-left"]);
  }));

Deno.test("a head goes to nifti-zarr and comes from it with its header, its place and its intensities", () =>
  inFolder(async (folder) => {
    await runTool("write_stores.py", [folder]);
    const words = ["--n-iterations", "2", "--backend", "ts", "--n-processes", "0"];
    await runWell(["n4", "correct", `${folder}/head.nii`, `${folder}/own.nii`, ...words]);
    const own = await Deno.readFile(`${folder}/own.nii`);
    const paths: string[] = [];
    for (const version of [2, 3]) {
      const [input, output] = [`${folder}/head-v${version}.nii.zarr`, `${folder}/own-v${version}`];
      await runWell(["n4", "correct", input, `${output}.nii`, ...words]);
      assert.deepEqual(await Deno.readFile(`${output}.nii`), own, input);
      await runWell(["n4", "correct", `${folder}/head.nii`, `${output}.nii.zarr`, ...words]);
      paths.push(`${output}.nii.zarr`);
    }
    await using image = await openImage(`${folder}/own.nii`);
    const values = new Float32Array(boxVoxels(wholeBox(image.shape)));
    await image.volume(0).read(wholeBox(image.shape), values);
    const crc = crc32(new Uint8Array(values.buffer));
    const seen = JSON.parse(await runTool("read_stores.py", paths)) as Record<string, Record<string, unknown>>;
    for (const path of paths) {
      const expected = { affine: image.affine, shape: image.shape.toReversed(), crc };
      assert.deepEqual(seen[path]["nifti-zarr"], expected);
      assert.equal((seen[path]["ome-zarr-models"] as { version: string }).version, "0.5");
    }
  }));

Deno.test("the table of the documentation names the versions of this run", async () => {
  const requirements = await Deno.readTextFile(new URL("requirements.txt", import.meta.url));
  const page = await Deno.readTextFile(new URL("../../docs/formats.md", import.meta.url));
  for (
    const [package_, name] of [["zarr", "zarr-python"], ["ome-zarr", "ome-zarr-py"], ["ngff-zarr", "ngff-zarr"], [
      "ome-zarr-models",
      "ome-zarr-models",
    ], ["nifti-zarr", "nifti-zarr"]]
  ) {
    const [, version] = new RegExp(`^${package_}(?:\\[.*\\])?==(\\S+)$`, "m").exec(requirements) ?? [];
    assert.match(page, new RegExp(`^\\| ${name} ${version} +\\|`, "m"), name);
  }
});
