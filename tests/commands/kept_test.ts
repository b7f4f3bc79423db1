/** What an output keeps of its input beside voxels: place, orientation, unit, name, version, labels; and what is told. */

import assert from "node:assert/strict";
import { describeFile } from "../../src/commands/info.ts";
import { lossesOf } from "../../src/io/losses.ts";
import { openImage } from "../../src/io/open.ts";
import { NiftiImage } from "../../src/io/nifti/read.ts";
import { OmeZarrImage } from "../../src/io/ome_zarr/image.ts";
import { contents } from "../helpers/command.ts";
import { correctImage } from "../helpers/corrections.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder, niftiBytes } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE = [8, 10, 12] as const;
const NO_MASK = { maskMethod: "none", nIterations: [3] } as const;

/** x to the right, y to the front, z up, not turned. */
const AFFINE = [2, 0, 0, -40, 0, 2, 0, -36, 0, 0, 3, -30, 0, 0, 0, 1];

async function openOme(path: string): Promise<OmeZarrImage> {
  const image = await openImage(path);
  assert.ok(image instanceof OmeZarrImage);
  return image;
}

/** Changes the metadata of the image at `path`. */
async function changeMetadata(path: string, change: (multiscale: Record<string, unknown>) => void): Promise<void> {
  const group = JSON.parse(await Deno.readTextFile(`${path}/zarr.json`));
  change(group.attributes.ome.multiscales[0]);
  await Deno.writeTextFile(`${path}/zarr.json`, JSON.stringify(group));
}

/** An OME-Zarr of a head in micrometres with a place, RFC-4's orientation and a name, as ngff-zarr writes one. */
async function writeOriented(path: string): Promise<void> {
  await writeImage(path, { shape: SHAPE, voxelSize: [3, 2, 2] });
  const values = ["inferior-to-superior", "anterior-to-posterior", "right-to-left"];
  await changeMetadata(path, (multiscale) => {
    multiscale.name = "sub-01_T1w";
    multiscale.axes = ["z", "y", "x"].map((name, i) => ({
      name,
      type: "space",
      unit: "micrometer",
      orientation: { type: "anatomical", value: values[i] },
    }));
    multiscale.datasets = [{
      path: "0",
      coordinateTransformations: [{ type: "scale", scale: [15, 0.65, 1300 / 12000] }, {
        type: "translation",
        translation: [-30, -36, -40],
      }],
    }];
  });
}

Deno.test("a NIfTI's place and orientation reach an OME-Zarr, and come back", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/head.nii`, { shape: SHAPE, voxelSize: [3, 2, 2], affine: AFFINE });
    const { path, report } = await correctImage(input, NO_MASK, ".ome.zarr");
    const image = await openOme(path);
    assert.deepEqual([image.affine, image.frame, image.translation], [AFFINE, undefined, [-30, -36, -40]]);
    const values = image.axes.map(({ orientation }) => (orientation as { value: string }).value);
    assert.deepEqual(values, ["inferior-to-superior", "posterior-to-anterior", "left-to-right"]);
    assert.deepEqual(report.warnings, []);
    const back = await correctImage(path, { ...NO_MASK, preset: "mri" }, ".nii.gz");
    await using nifti = await openImage(back.path);
    assert.ok(nifti instanceof NiftiImage);
    assert.deepEqual([nifti.affine, nifti.header.fields.get("sform_code")], [AFFINE, 1]);
    assert.deepEqual(back.report.warnings, []);
  }));

Deno.test("what a NIfTI's affine says and an OME-Zarr cannot is told", () =>
  inFolder(async (folder) => {
    const [c, s] = [2 * Math.cos(0.1), 2 * Math.sin(0.1)];
    const affine = [c, -s, 0, -40, s, c, 0, -36, 0, 0, 3, -30, 0, 0, 0, 1];
    const input = await writeImage(`${folder}/head.nii`, { shape: SHAPE, voxelSize: [3, 2, 2], affine });
    const { report } = await correctImage(input, NO_MASK, ".ome.zarr");
    assert.match(report.warnings.join(), /axes of '.*head.nii' are oblique by up to 5\.7 degrees/);
  }));

Deno.test("what else a NIfTI says and an OME-Zarr cannot is told, with the name that keeps it", () =>
  inFolder(async (folder) => {
    const extensions = Uint8Array.of(16, 0, 0, 0, 6, 0, 0, 0, 104, 105, 0, 0, 0, 0, 0, 0);
    const series = niftiBytes({ dim: [4, 4, 3, 2, 2], units: 10, extensions });
    await Deno.writeFile(`${folder}/in.nii`, series);
    await using template = await openImage(`${folder}/in.nii`);
    const { shape, voxelSize, dataType, volumes } = template;
    const spec = { shape, voxelSize, dataType, volumes, template };
    const lost = await lossesOf("out.ome.zarr", spec);
    assert.match(
      lost.join(),
      /has besides: when its volumes were taken, extensions \(.* ends in \.nii\.zarr does\)\.$/,
    );
    assert.deepEqual(await lossesOf("out.nii.zarr", spec), []);
    assert.doesNotMatch((await lossesOf("out.ome.zarr", { ...spec, volumes: 1 })).join(), /taken/);
  }));

Deno.test("an OME-Zarr keeps name, units, orientation, place and clean numbers", () =>
  inFolder(async (folder) => {
    await writeOriented(`${folder}/in.ome.zarr`);
    const { path, report } = await correctImage(`${folder}/in.ome.zarr`, { ...NO_MASK, preset: "mri" }, ".ome.zarr");
    const group = async (at: string) =>
      JSON.parse(await Deno.readTextFile(`${at}/zarr.json`)).attributes.ome.multiscales[0];
    const [wanted, found] = [await group(`${folder}/in.ome.zarr`), await group(path)];
    assert.deepEqual([found.name, found.axes, found.datasets], [wanted.name, wanted.axes, wanted.datasets]);
    assert.deepEqual(report.warnings, []);
  }));

Deno.test("an OME-Zarr's place reaches a NIfTI; what that cannot hold is told", () =>
  inFolder(async (folder) => {
    const input = `${folder}/in.ome.zarr`;
    await writeOriented(input);
    const { path, report } = await correctImage(input, { ...NO_MASK, preset: "mri" }, ".nii");
    await using image = await openImage(path);
    const signs = [0, 5, 10].map((i) => Math.sign(image.affine?.[i] ?? 0));
    assert.deepEqual(signs, [-1, -1, 1]);
    const place = [3, 7, 11].map((i) => Number(image.affine?.[i].toFixed(6)));
    assert.deepEqual(place, [0.04, 0.036, -0.03]);
    assert.match(report.warnings.join(), /A NIfTI does not hold what .* has besides: the name 'sub-01_T1w'/);
    await changeMetadata(input, ({ axes }) => {
      for (const axis of axes as Record<string, unknown>[]) delete axis.orientation;
    });
    const other = await correctImage(input, { ...NO_MASK, preset: "mri" }, ".nii");
    assert.match(other.report.warnings.join(), /does not say how it lies in a body/);
    await using placed = await openImage(other.path);
    assert.deepEqual([3, 7, 11].map((i) => Number(placed.affine?.[i].toFixed(6))), [-0.04, -0.036, -0.03]);
  }));

Deno.test("the place of an OME-Zarr mask counts", () =>
  inFolder(async (folder) => {
    const moved = (
      origin: readonly number[],
    ) => [1, 0, 0, origin[0], 0, 1, 0, origin[1], 0, 0, 1, origin[2], 0, 0, 0, 1];
    const write = (name: string, origin: readonly number[], values: number) =>
      writeImage(`${folder}/${name}`, {
        shape: SHAPE,
        affine: moved(origin),
        frame: "own",
        volumes: values ? [new Float32Array(960).fill(1)] : undefined,
      });
    const input = await write("in.ome.zarr", [1, 2, 3], 0);
    const here = await write("here.ome.zarr", [1, 2, 3], 1);
    const away = await write("away.ome.zarr", [1, 2, 8], 1);
    const nowhere = await write("nowhere.ome.zarr", [0, 0, 0], 1);
    const options = { preset: "mri", nIterations: [3] } as const;
    const { values, report } = await correctImage(input, { ...options, mask: here }, ".ome.zarr");
    assert.deepEqual(report.warnings, []);
    for (const mask of [away, nowhere]) {
      await assert.rejects(correctImage(input, { ...options, mask }, ".ome.zarr"), /must lie where the image lies/);
    }
    const ignored = await correctImage(input, { ...options, mask: away, ignoreGeometry: true }, ".ome.zarr");
    assert.deepEqual(ignored.values, values);
    assert.match(ignored.report.warnings.join(), /lies elsewhere than the image: .* positions up to 5\.0 of a voxel/);
  }));

Deno.test("version 0.4 stays 0.4, each version can be asked for, and shards need 0.5", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, voxelSize: [3, 2, 2] });
    const options = { ...NO_MASK, preset: "mri", nLevels: 1 } as const;
    const plain = await correctImage(input, options, ".ome.zarr");
    const old = await correctImage(input, { ...options, omeVersion: "0.4" }, ".ome.zarr");
    const again = await correctImage(old.path, options, ".ome.zarr");
    const sharded = await correctImage(old.path, { ...options, shardShape: [128, 128, 128] }, ".ome.zarr");
    const versions = [];
    for (const { path } of [plain, old, again, sharded]) versions.push((await openOme(path)).version);
    assert.deepEqual(versions, ["0.5", "0.4", "0.4", "0.5"]);
    assert.deepEqual(old.values, plain.values);
    assert.deepEqual(await readImage(old.path, 0, 1), await readImage(plain.path, 0, 1));
    const files = Object.keys(await contents(old.path)).filter((name) => !name.startsWith("1"));
    assert.deepEqual(files.sort(), [".zattrs", ".zgroup", "0", "0/.zarray", "0/0", "0/0/0", "0/0/0/0"]);
  }));

Deno.test("labels are copied as they are, serve as a mask by their name, and stay where they are not wanted", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE });
    const mask = Float32Array.from({ length: 960 }, (_, i) => i % 12 < 9 ? 2 : 0);
    await writeImage(`${folder}/label.ome.zarr`, { shape: SHAPE, dataType: "uint8", volumes: [mask] });
    await Deno.mkdir(`${input}/labels`);
    await Deno.rename(`${folder}/label.ome.zarr`, `${input}/labels/tissue`);
    const group = {
      "zarr_format": 3,
      "node_type": "group",
      "attributes": { ome: { version: "0.5", labels: ["tissue"] } },
    };
    await Deno.writeTextFile(`${input}/labels/zarr.json`, JSON.stringify(group));
    const options = { preset: "mri", mask: "labels/tissue", nIterations: [3] } as const;
    const whole = await correctImage(input, options, ".ome.zarr");
    assert.deepEqual(await contents(`${whole.path}/labels`), await contents(`${input}/labels`));
    assert.deepEqual(whole.report.warnings, []);
    assert.equal((await describeFile(input, {})).details.labels, "tissue");
    await assert.rejects(
      correctImage(input, { ...options, mask: "labels/tissu" }),
      /'labels\/tissu' as the mask as it must be a label of '.*in\.ome\.zarr': current ones are labels\/tissue$/,
    );
    const byPath = await correctImage(input, { ...options, mask: `${input}/labels/tissue` }, ".ome.zarr");
    assert.deepEqual(byPath.values, whole.values);
    const packed = await correctImage(input, options, ".ozx");
    assert.deepEqual(await readImage(`${packed.path}/labels/tissue`), mask);
    const inside = await correctImage(packed.path, options, ".ome.zarr");
    assert.deepEqual(await contents(`${inside.path}/labels`), await contents(`${input}/labels`));
    const without = await correctImage(input, { ...options, copyLabels: false }, ".ome.zarr");
    await assert.rejects(Deno.stat(`${without.path}/labels`), Deno.errors.NotFound);
    const old = await correctImage(input, { ...options, omeVersion: "0.4" }, ".ome.zarr");
    assert.match(old.report.warnings.join(), /labels of '.*' are not copied as they are in Zarr v3/);
    const stated = await correctImage(input, { ...options, voxelSize: [2, 2, 2] }, ".ome.zarr");
    assert.match(stated.report.warnings.join(), /labels of '.*' are not copied as its lengths are stated by option/);
    await assert.rejects(Deno.stat(`${stated.path}/labels`), Deno.errors.NotFound);
    await Deno.writeTextFile(`${folder}/secret`, "of the user");
    await Deno.symlink(`${folder}/secret`, `${input}/labels/tissue/linked`);
    await assert.rejects(
      correctImage(input, options, ".ome.zarr"),
      /Cannot copy 'labels\/tissue\/linked' of '.*' as its link must lead to a file of the store/,
    );
  }));

Deno.test("labels are of all time points, and are copied where the output has all of them", () =>
  inFolder(async (folder) => {
    const volumes = [1, 2].map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes, times: 2 });
    await Deno.mkdir(`${input}/labels`);
    await Deno.writeTextFile(`${input}/labels/zarr.json`, JSON.stringify({ "zarr_format": 3, "node_type": "group" }));
    const options = { preset: "mri", nIterations: [3], volumeFields: "each" } as const;
    const one = await correctImage(input, { ...options, time: 1 }, ".ome.zarr");
    assert.match(one.report.warnings.join(), /labels of '.*' are not copied as they are of all time points/);
    await assert.rejects(Deno.stat(`${one.path}/labels`), Deno.errors.NotFound);
    const all = await correctImage(input, { ...options, time: "all" }, ".ome.zarr");
    assert.deepEqual(await contents(`${all.path}/labels`), await contents(`${input}/labels`));
  }));

Deno.test("what a collection says of its one image, and no output holds, is told once", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a.ome.zarr/OME`, { recursive: true });
    const ome = { version: "0.5", "bioformats2raw.layout": 3 };
    const group = JSON.stringify({ zarr_format: 3, node_type: "group", attributes: { ome } });
    await Deno.writeTextFile(`${folder}/a.ome.zarr/zarr.json`, group);
    await writeImage(`${folder}/one.ome.zarr`, { shape: SHAPE });
    await Deno.rename(`${folder}/one.ome.zarr`, `${folder}/a.ome.zarr/0`);
    const told = async (ends: string) => {
      const { report } = await correctImage(`${folder}/a.ome.zarr`, { ...NO_MASK, preset: "mri" }, ends);
      return report.warnings.filter((text) => text.includes("METADATA"));
    };
    assert.deepEqual([await told(".ome.zarr"), await told(".nii")], [[], []]);
    await Deno.writeTextFile(`${folder}/a.ome.zarr/OME/METADATA.ome.xml`, "<OME/>");
    const path = `${folder}/a.ome.zarr/0`;
    const file = "OME/METADATA.ome.xml";
    assert.deepEqual(await told(".ome.zarr"), [
      `The '${file}' beside '${path}' is not copied: it describes a collection.`,
    ]);
    assert.deepEqual(await told(".nii"), [`A NIfTI does not hold what '${path}' has besides: ${file}.`]);
  }));
