/** What the specification leaves open, and what writers make of it: all of it is the same image, and guesses are told. */

import assert from "node:assert/strict";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { wholeBox } from "../../../src/volume.ts";
import {
  change,
  expectRefusal,
  golden,
  type ImageFiles,
  plainImage,
  withImage,
} from "../../helpers/ome_zarr_images.ts";

const IMAGE = ["attributes", "ome", "multiscales", 0];
const TRANSFORMS = [...IMAGE, "datasets", 0, "coordinateTransformations"];

/** What an image is read as. */
interface Seen {
  readonly shape: readonly number[];
  readonly voxelSize: readonly number[];
  readonly values: readonly number[];
  readonly warnings: readonly string[];
  readonly version: string;
}

async function seen(files: ImageFiles, below = ""): Promise<Seen> {
  let found: Seen | undefined;
  await withImage(files, async (path) => {
    const warnings: string[] = [];
    await using image = await openOmeZarr(`${path}${below}`, { warn: (text) => warnings.push(text) });
    const out = new Float32Array(image.shape.reduce((a, b) => a * b));
    await image.volume(image.volumes - 1).read(wholeBox(image.shape), out);
    const { shape, voxelSize, details } = image;
    found = { shape, voxelSize, values: [...out], warnings, version: details.version };
  });
  return found ?? assert.fail();
}

/** A raw image of 2 x 3 x 4 voxels (z, y, x) of 3, 2 and 1 mm and values 0 to 23, its arrays in another order. */
function ordered(names: readonly string[], types: readonly (string | undefined)[] = []): ImageFiles {
  const sizes: Record<string, number> = { z: 2, y: 3, x: 4 };
  const scales: Record<string, number> = { z: 3, y: 2, x: 1 };
  const places = names.map((name) => name.toLowerCase());
  const shape = places.map((name) => sizes[name] ?? 1);
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => {
    let rest = i;
    const at: Record<string, number> = {};
    for (let a = shape.length - 1; a >= 0; a--) {
      at[places[a]] = rest % shape[a];
      rest = Math.floor(rest / shape[a]);
    }
    return 12 * at.z + 4 * at.y + at.x;
  });
  const files = plainImage();
  const axes = names.map((name, i) => ({ name, type: types[i] }));
  change(files, "zarr.json", [...IMAGE, "axes"], axes);
  change(files, "zarr.json", [...TRANSFORMS, 0, "scale"], places.map((name) => scales[name] ?? 0));
  change(files, "0/zarr.json", ["shape"], shape);
  change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], shape);
  return { ...files, chunks: { [`0/c/${shape.map(() => 0).join("/")}`]: bytes } };
}

Deno.test("axes go by name without regard to case, in any order", async (t) => {
  const wanted = { shape: [2, 3, 4], voxelSize: [3, 2, 1], values: Array.from({ length: 24 }, (_, i) => i) };
  for (const names of ["zyx", "ZYX", "xyz", "yxz", "cxyz", "TCZYX", "zyxc", "xzyt"]) {
    await t.step(names, async () => {
      const { shape, voxelSize, values, warnings } = await seen(ordered([...names]));
      assert.deepEqual({ shape, voxelSize, values, warnings }, { ...wanted, warnings: [] });
    });
  }
});

Deno.test("axes in space of other names go by their place, which is told", async () => {
  const files = plainImage();
  ["depth", "row", "column"].forEach((name, a) => change(files, "zarr.json", [...IMAGE, "axes", a, "name"], name));
  const { warnings } = await seen(files);
  assert.match(warnings.join(), /axes in space of '.*' are named depth, row, column: taken as z, y, x in order/);
  assert.equal(warnings.length, 1);
});

Deno.test("of axes in space those of known names keep them, the others take what is left", async () => {
  const files = ordered([..."xyz"]);
  change(files, "zarr.json", [...IMAGE, "axes"], ["X", "height", "z"].map((name) => ({ name, type: "Space" })));
  const { shape, voxelSize, values, warnings } = await seen(files);
  assert.deepEqual({ shape, voxelSize }, { shape: [2, 3, 4], voxelSize: [3, 2, 1] });
  assert.deepEqual(values, Array.from({ length: 24 }, (_, i) => i));
  assert.match(warnings.join(), /are named X, height, z: taken as x, y, z in order/);
});

Deno.test("of several images in one group the first is read, which is told", async () => {
  const files = change(plainImage(), "zarr.json", [...IMAGE.slice(0, 3), 1], {});
  const { warnings } = await seen(files);
  assert.match(warnings.join(), /has 2 'multiscales': the first is read/);
});

Deno.test("an encoding of keys may be a name alone", async () => {
  const files = change(plainImage(), "0/zarr.json", ["chunk_key_encoding"], "default");
  assert.deepEqual((await seen(files)).values, (await seen(plainImage())).values);
});

Deno.test("a unit that is no length counts as none, with a warning", async (t) => {
  for (const unit of ["pixel", "", " ", "unit", "reference frame", "furlong", 7]) {
    await t.step(JSON.stringify(unit), async () => {
      const files = plainImage();
      for (const a of [0, 1, 2]) change(files, "zarr.json", [...IMAGE, "axes", a, "unit"], unit);
      const { voxelSize, warnings } = await seen(files);
      assert.deepEqual(voxelSize, [1, 1, 1]);
      assert.match(warnings.join(), /gives the unit ".*", which is no length: taken as none/);
    });
  }
});

Deno.test("an axis without a unit takes that of the others, with a warning", async (t) => {
  for (const unit of [undefined, "pixel", ""]) {
    await t.step(String(unit), async () => {
      const files = plainImage();
      change(files, "zarr.json", [...IMAGE, "axes", 0, "unit"], unit);
      for (const a of [1, 2]) change(files, "zarr.json", [...IMAGE, "axes", a, "unit"], "micrometer");
      const { voxelSize, warnings } = await seen(files);
      assert.deepEqual(voxelSize, [0.001, 0.001, 0.001]);
      assert.match(warnings.join(), /no unit of length along z: taken as micrometer, as along x/);
    });
  }
});

Deno.test("what stands along time and channels is never looked at", async () => {
  const files = change(golden("v2 five axes uint16"), ".zattrs", ["multiscales", 0, "axes", 0, "unit"], "pixel");
  const scale = ["multiscales", 0, "datasets", 0, "coordinateTransformations", 0, "scale"];
  for (const value of [0, null, "NaN", -1]) {
    for (const axis of [0, 1]) change(files, ".zattrs", [...scale, axis], value);
    const { warnings, shape } = await seen(files);
    assert.deepEqual([warnings, shape], [[], [2, 3, 4]]);
  }
});

Deno.test("one plane may have a scale of 0 along z, several may not", async () => {
  const files = change(plainImage(), "zarr.json", [...TRANSFORMS, 0, "scale"], [0, 3, 2]);
  await expectRefusal(
    files,
    /the scale along z must be > 0 where there is more than one plane: current value is 0 for 2/,
  );
  change(files, "0/zarr.json", ["shape"], [1, 2, 2]);
  const { voxelSize, warnings } = await seen(files);
  assert.deepEqual(voxelSize, [2, 3, 2]);
  assert.match(warnings.join(), /scale of 0 along z: taken as that along x/);
});

Deno.test("versions that mean a known one are read, and shown as written", async (t) => {
  for (const version of ["0.4", "0.4.1", "0.5", "0.5-dev", "0.5.2", "0.5.dev1", "0.6.dev4", "0.6rc1"]) {
    await t.step(version, async () => {
      const files = change(plainImage(), "zarr.json", ["attributes", "ome", "version"], version);
      assert.equal((await seen(files)).version, `OME-Zarr ${version} (Zarr v3)`);
      const old = change(golden("v2 zstd int8"), ".zattrs", ["multiscales", 0, "version"], version);
      assert.equal((await seen(old)).version, `OME-Zarr ${version} (Zarr v2)`);
    });
  }
  const none = change(plainImage(), "zarr.json", ["attributes", "ome", "version"], undefined);
  assert.equal((await seen(none)).version, "OME-Zarr 0.5 (Zarr v3)");
  const { multiscales } = (plainImage().metadata["zarr.json"].attributes as { ome: Record<string, unknown> }).ome;
  const flat = change(plainImage(), "zarr.json", ["attributes"], { multiscales });
  assert.deepEqual((await seen(flat)).values, [0, 1, 2, 3, 4, 5, 6, 7]);
});

/** The golden pair of levels as a version without scales writes it. */
function unscaled(version: string, axes: unknown): ImageFiles {
  const files = plainImage();
  const datasets = [{ path: "0" }, { path: "1" }];
  change(files, "zarr.json", ["attributes", "ome"], { version, multiscales: [{ version, axes, datasets }] });
  const shape = [1, 1, 2, 2, 2].slice(-(Array.isArray(axes) ? axes.length : 5));
  change(files, "0/zarr.json", ["shape"], shape);
  change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], shape);
  files.metadata["1/zarr.json"] = structuredClone(files.metadata["0/zarr.json"]);
  change(files, "1/zarr.json", ["shape"], shape.map((_, a) => a === shape.length - 1 ? 1 : shape[a]));
  return { ...files, chunks: { [`0/c/${shape.map(() => 0).join("/")}`]: files.chunks["0/c/0/0/0"] } };
}

Deno.test("versions 0.1 to 0.3 have no scales: levels are as large as their shapes say", async (t) => {
  const cases: [version: string, axes?: string[]][] = [["0.1"], ["0.2"], ["0.3", ["z", "y", "x"]], ["0.3", [
    ..."tczyx",
  ]]];
  for (const [version, axes] of cases) {
    await t.step(`${version} ${axes}`, async () => {
      const files = unscaled(version, axes);
      const { shape, voxelSize, values } = await seen(files);
      assert.deepEqual([shape, voxelSize, values], [[2, 2, 2], [1, 1, 1], [0, 1, 2, 3, 4, 5, 6, 7]]);
      await withImage(files, async (path) => {
        await using image = await openOmeZarr(path, { level: 1 });
        assert.deepEqual([image.shape, image.voxelSize, image.unitGiven], [[2, 2, 1], [1, 1, 2], false]);
      });
    });
  }
});

/** An image of version 0.6, whose levels lead into a system that is not the first. */
function systems(transformation: unknown, output: unknown = { name: "intrinsic" }): ImageFiles {
  const axes = ["z", "y", "x"].map((name) => ({ name, type: "space", unit: "micrometer" }));
  const world = axes.map((axis) => ({ ...axis, unit: "meter" }));
  const level = { ...transformation as object, input: { path: "0" }, output };
  const multiscale = {
    name: "image",
    coordinateSystems: [{ name: "world", axes: world }, { name: "intrinsic", axes }],
    datasets: [{ path: "0", coordinateTransformations: [level] }],
    coordinateTransformations: [
      { type: "affine", affine: [], input: { name: "intrinsic" }, output: { name: "world" } },
    ],
  };
  return change(plainImage(), "zarr.json", ["attributes", "ome"], { version: "0.6", multiscales: [multiscale] });
}

Deno.test("version 0.6: the axes are those of the system that the levels lead into", async (t) => {
  const scale = { type: "scale", scale: [3, 2, 1] };
  const translation = { type: "translation", translation: [30, 20, 10] };
  const known: [string, ImageFiles, number[]][] = [
    ["one scale", systems(scale), [0.003, 0.002, 0.001]],
    ["a system by name alone", systems(scale, "intrinsic"), [0.003, 0.002, 0.001]],
    ["identity", systems({ type: "identity" }), [0.001, 0.001, 0.001]],
    ["a sequence", systems({ type: "sequence", transformations: [scale, translation] }), [0.003, 0.002, 0.001]],
  ];
  for (const [name, files, voxelSize] of known) {
    await t.step(name, async () => {
      const found = await seen(files);
      assert.deepEqual(found.voxelSize, voxelSize);
      assert.match(found.warnings.join(), /has 2 coordinate systems: "intrinsic" counts, its levels lead there/);
    });
  }
  await withImage(known[3][1], async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.translation, [0.03, 0.02, 0.01]);
  });
  await expectRefusal(
    systems({ type: "rotation" }),
    /type must be "identity" or "scale" or "translation" or "sequence"/,
  );
  await expectRefusal(systems(scale, { name: "nowhere" }), /the name of one of the image's coordinate systems/);
  const nested = { type: "sequence", transformations: [{ type: "sequence", transformations: [scale] }] };
  await expectRefusal(
    systems(nested),
    /type must be "identity" or "scale" or "translation": current value is "sequence"/,
  );
});

/** Several images in folders below a root of bioformats2raw, listed or not. */
function collection(names: readonly string[], series?: readonly string[]): ImageFiles {
  const { metadata, chunks } = plainImage();
  const group = (ome: unknown) => ({ zarr_format: 3, node_type: "group", attributes: { ome } });
  const files: ImageFiles = {
    metadata: { "zarr.json": group({ version: "0.5", "bioformats2raw.layout": 3 }) },
    chunks: {},
  };
  if (series) files.metadata["OME/zarr.json"] = group({ version: "0.5", series });
  for (const name of names) {
    for (const [key, value] of Object.entries(metadata)) files.metadata[`${name}/${key}`] = value;
    for (const [key, value] of Object.entries(chunks)) files.chunks[`${name}/${key}`] = value;
  }
  return files;
}

Deno.test("the root of one image opens it, of several one must be named", async () => {
  assert.deepEqual((await seen(collection(["0"]))).values, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual((await seen(collection(["a/b"], ["a/b"]))).values, [0, 1, 2, 3, 4, 5, 6, 7]);
  await expectRefusal(
    collection(["0", "1"]),
    /must hold one image, or one of its own be named: current count is 2, '.*\/0', '.*\/1'/,
  );
  await expectRefusal(collection(["0"], ["../0"]), /without '.' and '..'/);
  assert.deepEqual((await seen(collection(["0", "1"]), "/1")).values, [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("16-bit floats are read in both formats of Zarr and both byte orders", async (t) => {
  const halves = Float16Array.of(0, -0.5, 1.5, 65504, 2 ** -24, Infinity, -2, 3);
  const bytes = new Uint8Array(halves.buffer);
  const swapped = bytes.map((_, i) => bytes[i ^ 1]);
  for (const [endian, stored] of [["little", bytes], ["big", swapped]] as const) {
    await t.step(endian, async () => {
      const files = change(plainImage(), "0/zarr.json", ["data_type"], "float16");
      change(files, "0/zarr.json", ["codecs"], [{ name: "bytes", configuration: { endian } }]);
      change(files, "0/zarr.json", ["fill_value"], "0x7e00");
      files.chunks["0/c/0/0/0"] = stored;
      assert.deepEqual((await seen(files)).values, [...halves]);
      const old = golden("v2 zstd int8");
      change(old, "0/.zarray", ["dtype"], endian === "little" ? "<f2" : ">f2");
      change(old, "0/.zarray", ["shape"], [2, 2, 2]);
      change(old, "0/.zarray", ["chunks"], [2, 2, 2]);
      change(old, "0/.zarray", ["compressor"], null);
      change(old, "0/.zarray", ["dimension_separator"], ".");
      assert.deepEqual((await seen({ ...old, chunks: { "0/0.0.0": stored } })).values, [...halves]);
    });
  }
});
