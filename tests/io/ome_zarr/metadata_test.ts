/** Metadata from strangers: what is allowed is understood, what is not is refused in one sentence. */

import assert from "node:assert/strict";
import { millimetresPer } from "../../../src/io/ome_zarr/units.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import {
  change,
  expectRefusal,
  golden,
  plainImage,
  twoLevels,
  withDirectory,
  withImage,
} from "../../helpers/ome_zarr_images.ts";

const IMAGE = ["attributes", "ome", "multiscales", 0];

Deno.test("every SI prefix, spelling and symbol of a length is known", () => {
  const known: [string, number][] = [
    ["millimeter", 1],
    ["Millimetres", 1],
    ["micrometer", 1e-3],
    ["um", 1e-3],
    ["\u00b5m", 1e-3],
    ["\u03bcm", 1e-3],
    ["micron", 1e-3],
    ["microns", 1e-3],
    ["nanometer", 1e-6],
    ["nm", 1e-6],
    ["picometer", 1e-9],
    ["angstrom", 1e-7],
    ["centimeter", 10],
    ["meter", 1000],
    ["m", 1000],
    ["Mm", 1e9],
    ["mm", 1],
    ["kilometer", 1e6],
    ["yoctometer", 1e-21],
    ["yottameter", 1e27],
    ["inch", 25.4],
    ["foot", 304.8],
  ];
  for (const [unit, millimetres] of known) assert.equal(millimetresPer(unit), millimetres, unit);
  for (const unit of ["", "second", "pixel", "UM", "constructor", "millimeter2"]) {
    assert.equal(millimetresPer(unit), undefined, unit);
  }
});

Deno.test("without any unit sizes are taken as millimetres, and the details say so", async () => {
  const files = plainImage();
  for (const axis of [0, 1, 2]) change(files, "zarr.json", [...IMAGE, "axes", axis, "unit"], undefined);
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.voxelSize, [1, 1, 1]);
    assert.equal(image.unitGiven, false);
    assert.match(image.details["units"], /none given, taken as millimeter/);
  });
});

Deno.test("axes in space may have different units", async () => {
  const files = change(plainImage(), "zarr.json", [...IMAGE, "axes", 0, "unit"], "micrometer");
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.voxelSize, [0.001, 1, 1]);
    assert.equal(image.unitGiven, true);
    assert.equal(image.details["units"], undefined);
  });
});

Deno.test("version 0.4 needs no version field", async () => {
  const files = change(golden("v2 zstd int8"), ".zattrs", ["multiscales", 0, "version"], undefined);
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path);
    assert.equal(image.details["version"], "OME-Zarr 0.4 (Zarr v2)");
  });
});

/** What is changed in the plain image, and what the message must say of it. */
const REFUSED: [name: string, file: string, path: (string | number)[], value: unknown, rule: RegExp][] = [
  [
    "an unknown version",
    "zarr.json",
    ["attributes", "ome", "version"],
    "0.7",
    /version must be one from "0.1" to "0.6"/,
  ],
  ["another unknown version", "zarr.json", ["attributes", "ome", "version"], "0.51", /version must be one from/],
  ["no image", "zarr.json", ["attributes", "ome"], {}, /current content is none/],
  ["a plate", "zarr.json", ["attributes", "ome"], { plate: {} }, /a plate or a well/],
  [
    "a collection",
    "zarr.json",
    ["attributes", "ome"],
    { "bioformats2raw.layout": 3 },
    /image.ome.zarr\/0' .* current content is a single array: open the folder that holds it/,
  ],
  [
    "attributes of a wrong type",
    "zarr.json",
    ["attributes"],
    [1],
    /attributes must be an object: current value is \[1\]/,
  ],
  ["multiscales of a wrong type", "zarr.json", ["attributes", "ome", "multiscales"], "x", /must be a list/],
  [
    "no axes",
    "zarr.json",
    [...IMAGE, "axes"],
    undefined,
    /axes must be a list of 2 to 5 entries: current value is missing/,
  ],
  ["an axis of no type", "zarr.json", [...IMAGE, "axes", 0], { name: "w" }, /name must be one of t, c, z, y, x/],
  ["an axis twice", "zarr.json", [...IMAGE, "axes", 0, "name"], "X", /each name once/],
  ["one axis in space", "zarr.json", [...IMAGE, "axes"], [{ name: "c" }, { name: "x" }], /two or three axes in space/],
  ["a type that contradicts the name", "zarr.json", [...IMAGE, "axes", 0, "type"], "phase", /type must be "space"/],
  ["no levels", "zarr.json", [...IMAGE, "datasets"], [], /datasets must be a list of 1 to 64 entries/],
  ["a path out of the store", "zarr.json", [...IMAGE, "datasets", 0, "path"], "../../etc", /without '.' and '..'/],
  ["an absolute path", "zarr.json", [...IMAGE, "datasets", 0, "path"], "/etc", /must be a relative path/],
  ["a path with a backslash", "zarr.json", [...IMAGE, "datasets", 0, "path"], "..\\x", /must be a relative path/],
  [
    "a path that is no text",
    "zarr.json",
    [...IMAGE, "datasets", 0, "path"],
    0,
    /path must be a string: current value is 0/,
  ],
  ["a path to nothing", "zarr.json", [...IMAGE, "datasets", 0, "path"], "7", /there is none at '7'/],
  ["no scale", "zarr.json", [...IMAGE, "datasets", 0, "coordinateTransformations"], [], /must be a list of 1 to 3/],
  [
    "a scale of 0",
    "zarr.json",
    [...IMAGE, "datasets", 0, "coordinateTransformations", 0, "scale", 1],
    0,
    /greater than 0/,
  ],
  [
    "a scale too short",
    "zarr.json",
    [...IMAGE, "datasets", 0, "coordinateTransformations", 0, "scale"],
    [1, 1],
    /3 entries/,
  ],
  [
    "a scale of text",
    "zarr.json",
    [...IMAGE, "datasets", 0, "coordinateTransformations", 0, "scale", 0],
    "1",
    /finite number/,
  ],
  [
    "an affine",
    "zarr.json",
    [...IMAGE, "datasets", 0, "coordinateTransformations", 0, "type"],
    "affine",
    /"identity" or/,
  ],
  ["a negative shape", "0/zarr.json", ["shape", 0], -2, /shape\[0\] must be an integer >= 1: current value is -2/],
  ["an empty shape", "0/zarr.json", ["shape", 0], 0, /must be an integer >= 1/],
  ["a shape in parts", "0/zarr.json", ["shape", 0], 1.5, /must be an integer >= 1/],
  ["a huge shape", "0/zarr.json", ["shape"], [2 ** 40, 2 ** 40, 2], /at most 2\^53 voxels/],
  ["a shape of another rank", "0/zarr.json", ["shape"], [2, 2], /chunk_shape must be a list of 2 entries/],
  [
    "a huge chunk",
    "0/zarr.json",
    ["chunk_grid", "configuration", "chunk_shape"],
    [4096, 4096, 4096],
    /536870912 voxels/,
  ],
  ["a chunk of 0", "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape", 1], 0, /must be an integer >= 1/],
  ["another grid", "0/zarr.json", ["chunk_grid", "name"], "rectangular", /name must be "regular"/],
  ["an unknown type", "0/zarr.json", ["data_type"], "complex64", /data_type must be .*: current value is "complex64"/],
  ["an unknown codec", "0/zarr.json", ["codecs", 1], { name: "jpeg2k" }, /codecs\[1\] name must be .*"jpeg2k"/],
  ["an unknown serializer", "0/zarr.json", ["codecs", 0], { name: "vlen-utf8" }, /must be "bytes".*"vlen-utf8"/],
  ["two compressors", "0/zarr.json", ["codecs"], ["bytes", "zstd", "gzip"], /a second compressor is not supported/],
  ["no codecs", "0/zarr.json", ["codecs"], [], /must be a list of 1 to 16 entries/],
  ["a bad transpose", "0/zarr.json", ["codecs"], [
    { name: "transpose", configuration: { order: [0, 0, 1] } },
    "bytes",
  ], /must be a permutation of 0 to 2/],
  [
    "a storage transformer",
    "0/zarr.json",
    ["storage_transformers"],
    [{ name: "x" }],
    /storage transformers are not supported/,
  ],
  ["an extension", "0/zarr.json", ["extra"], { name: "x" }, /extra must be absent/],
  [
    "dimension names that contradict",
    "0/zarr.json",
    ["dimension_names"],
    ["x", "y", "z"],
    /dimension names must be those/,
  ],
  [
    "a fill value of text",
    "0/zarr.json",
    ["fill_value"],
    "many",
    /fill_value must be an integer, as the values are uint8/,
  ],
  ["a group for an array", "0/zarr.json", ["node_type"], "group", /node_type must be "array"/],
];

for (const [name, file, path, value, rule] of REFUSED) {
  Deno.test(`refused: ${name}`, () => expectRefusal(change(plainImage(), file, path, value), rule));
}

Deno.test("an extension that need not be understood is passed over", async () => {
  const files = change(plainImage(), "0/zarr.json", ["extra"], { must_understand: false });
  await withImage(files, async (path) => void await openOmeZarr(path));
});

Deno.test("what is no image says what it is", async () => {
  await withImage(plainImage(), async (path) => {
    await assert.rejects(openOmeZarr(`${path}/0`), /current content is a single array/);
  });
  await withDirectory(async (path) => {
    await assert.rejects(
      openOmeZarr(path),
      /must be an OME-Zarr image with 'multiscales' metadata: current content is none/,
    );
    await Deno.writeTextFile(`${path}/a.dcm`, "");
    await assert.rejects(openOmeZarr(path), /current content is files of another kind, such as 'a.dcm'/);
    await Deno.writeTextFile(`${path}/zarr.json`, "{ not json");
    await assert.rejects(openOmeZarr(path), /'zarr.json' must be valid JSON/);
    await Deno.writeTextFile(`${path}/zarr.json`, "[]");
    await assert.rejects(openOmeZarr(path), /'zarr.json' must be an object/);
  });
});

Deno.test("what a file leaves out can be stated: its unit, or the edges of its finest voxels, places included", async () => {
  const files = twoLevels();
  for (const axis of [0, 1, 2]) change(files, "zarr.json", [...IMAGE, "axes", axis, "unit"], undefined);
  await withImage(files, async (path) => {
    await using plain = await openOmeZarr(path, { level: 1 });
    await using micrometres = await openOmeZarr(path, { level: 1, unit: "micrometer" });
    assert.equal(micrometres.unitGiven, true);
    assert.deepEqual(micrometres.voxelSize, plain.voxelSize.map((edge) => edge * 0.001));
    assert.deepEqual(micrometres.translation, plain.translation.map((place) => place * 0.001));
    await using finest = await openOmeZarr(path, { voxelSize: [5, 2, 3], unit: "micrometer" });
    for (const [a, edge] of [0.005, 0.002, 0.003].entries()) assert.ok(Math.abs(finest.voxelSize[a] - edge) < 1e-15);
    await using coarse = await openOmeZarr(path, { voxelSize: [5, 2, 3], level: 1 });
    await using first = await openOmeZarr(path);
    for (const [a, edge] of [5, 2, 3].entries()) {
      assert.ok(Math.abs(coarse.voxelSize[a] - edge * plain.voxelSize[a] / first.voxelSize[a]) < 1e-12);
    }
  });
  await withImage(plainImage(), async (path) => {
    await assert.rejects(
      openOmeZarr(path, { unit: "micrometer" }),
      /a unit can be stated where it names none: .*milli/,
    );
  });
});
