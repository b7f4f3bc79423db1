/** Reading OME-Zarr images: what other software writes is read right. */

import assert from "node:assert/strict";
import { describeFile } from "../../../src/commands/info.ts";
import { tellMissingChunks } from "../../../src/io/image.ts";
import { lossesOf } from "../../../src/io/losses.ts";
import { createImage } from "../../../src/io/open.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { type Box, boxShape, boxVoxels, wholeBox } from "../../../src/volume.ts";
import {
  change,
  GOLDEN,
  golden,
  type ImageFiles,
  plainImage,
  twoLevels,
  withImage,
} from "../../helpers/ome_zarr_images.ts";

/** The voxel that the golden images have at a place. */
function goldenVoxel(name: string, c: number, z: number, y: number, x: number): number {
  const value = 1000 * c + 100 * z + 10 * y + x;
  return name.includes("bool") ? value % 2 : /int8/.test(name) ? value % 97 : value;
}

async function checkGolden(name: string, path: string, box?: Box): Promise<void> {
  await using image = await openOmeZarr(path, { requireAllChunks: true });
  for (let c = 0; c < image.volumes; c++) {
    const part = box ?? wholeBox(image.shape);
    const out = new Float32Array(boxVoxels(part)).fill(NaN);
    await image.volume(c).read(part, out);
    const [, ny, nx] = boxShape(part);
    out.forEach((value, i) => {
      const [z, y, x] = [Math.floor(i / (ny * nx)), Math.floor(i / nx) % ny, i % nx];
      assert.equal(value, goldenVoxel(name, c, part.z0 + z, part.y0 + y, part.x0 + x), `${name} ${c} ${z} ${y} ${x}`);
    });
  }
}

Deno.test("every image that zarr-python wrote is read voxel by voxel", async (t) => {
  for (const [name, files] of GOLDEN) {
    await t.step(name, () => withImage(files, (path) => checkGolden(name, path)));
  }
});

Deno.test("a box that covers chunks in part is read right in every layout", async (t) => {
  const box = { z0: 2, z1: 4, y0: 1, y1: 5, x0: 3, x1: 6 };
  for (const [name, files] of GOLDEN) {
    if (name.includes("channels") || name.includes("axes") || name.includes("plane")) continue;
    await t.step(name, () => withImage(files, (path) => checkGolden(name, path, box)));
  }
});

Deno.test("sizes are read in millimetres whatever the file's unit is", async () => {
  await withImage(golden("v3 zstd float32"), async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.voxelSize, [0.004, 0.002, 0.002]);
  });
});

Deno.test("a channel axis gives volumes, a time axis of length 1 nothing", async () => {
  await withImage(golden("v2 five axes uint16"), async (path) => {
    await using image = await openOmeZarr(path);
    assert.equal(image.volumes, 2);
    assert.deepEqual(image.shape, [2, 3, 4]);
    assert.throws(() => image.volume(2), /index must be 0 to 1: current value is 2/);
  });
});

Deno.test("a plane is a volume of one section", async () => {
  await withImage(golden("v3 plane float32"), async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.shape, [1, 5, 6]);
    assert.deepEqual(image.volume(0).chunk, [1, 3, 4]);
  });
});

Deno.test("the chunk of a sharded image is the inner chunk", async () => {
  await withImage(golden("v3 shards uint16"), async (path) => {
    await using image = await openOmeZarr(path);
    assert.deepEqual(image.volume(0).chunk, [3, 2, 4]);
    assert.equal(image.details["shard"], "6 x 4 x 8");
  });
});

/** Three times of two channels of 1 x 1 x 2 voxels, the value `10 t + c` and that plus 100; two times to a chunk. */
function series(): ImageFiles {
  const files = plainImage();
  const image = ["attributes", "ome", "multiscales", 0];
  const axes = ["t", "c", "z", "y", "x"].map((name) => ({ name, unit: name === "t" ? "second" : undefined }));
  change(files, "zarr.json", [...image, "axes"], axes);
  const scale = [0.5, 1, 1, 1, 1];
  change(files, "zarr.json", [...image, "datasets", 0, "coordinateTransformations", 0, "scale"], scale);
  change(files, "0/zarr.json", ["shape"], [3, 2, 1, 1, 2]);
  change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], [2, 2, 1, 1, 2]);
  return {
    ...files,
    chunks: {
      "0/c/0/0/0/0/0": Uint8Array.of(0, 100, 1, 101, 10, 110, 11, 111),
      "0/c/1/0/0/0/0": Uint8Array.of(20, 120, 21, 121, 0, 0, 0, 0),
    },
  };
}

Deno.test("of several time points one is opened, the first or that which is asked for, or all of them", async () => {
  await withImage(series(), async (path) => {
    const volumes = async (time?: number | "all"): Promise<number[]> => {
      await using image = await openOmeZarr(path, { time });
      const out = new Float32Array(2 * image.volumes);
      for (let i = 0; i < image.volumes; i++) {
        await image.volume(i).read(wholeBox(image.shape), out.subarray(2 * i, 2 * i + 2));
      }
      return [...out];
    };
    assert.deepEqual(await volumes(), [0, 100, 1, 101]);
    assert.deepEqual(await volumes(2), [20, 120, 21, 121]);
    assert.deepEqual(await volumes("all"), [0, 100, 1, 101, 10, 110, 11, 111, 20, 120, 21, 121]);
    await using image = await openOmeZarr(path, { time: "all" });
    assert.deepEqual([image.volumes, image.times, image.timePoints, image.timeStep], [6, 3, 3, 0.5]);
    await assert.rejects(openOmeZarr(path, { time: 3 }), /time point must be from 0 to 2: current value is 3/);
  });
});

Deno.test("an output keeps the first time and the step, and a NIfTI is told not to", async () => {
  const files = series();
  const transforms = ["attributes", "ome", "multiscales", 0, "datasets", 0, "coordinateTransformations"];
  const place = { type: "translation", translation: [7, 0, 3, 2, 1] };
  change(files, "zarr.json", [...transforms, 1], place);
  change(files, "zarr.json", ["attributes", "mine"], 1);
  await withImage(files, async (path) => {
    await using template = await openOmeZarr(path, { time: "all" });
    const { shape, voxelSize, volumes, times } = template;
    const spec = {
      shape,
      voxelSize,
      volumes,
      times,
      dataType: "uint8",
      template,
      carried: [0, 1, 0, 1, 0, 1],
    } as const;
    await using output = await createImage(`${path}/../out.ome.zarr`, spec);
    for (let i = 0; i < volumes; i++) await output.volume(i).write(wholeBox(shape), new Float32Array(2));
    await output.commit();
    const { attributes } = JSON.parse(await Deno.readTextFile(`${path}/../out.ome.zarr/zarr.json`));
    const [scale, translation] = attributes.ome.multiscales[0].datasets[0].coordinateTransformations;
    assert.deepEqual([scale.scale, translation], [[0.5, 1, 1, 1, 1], place]);
    const lost = await lossesOf("out.nii", spec);
    assert.match(lost.join(), /has besides: attributes of other programs, when its times are\.$/);
  });
});

Deno.test("a label image opens as the image it is", async () => {
  const { metadata, chunks } = plainImage();
  const under = <T>(files: Record<string, T>) =>
    Object.fromEntries(Object.entries(files).map(([key, value]) => [`labels/tissue/${key}`, value]));
  await withImage({ metadata: under(metadata), chunks: under(chunks) }, async (path) => {
    await using image = await openOmeZarr(`${path}/labels/tissue/`);
    assert.equal(image.dataType, "uint8");
    const out = new Float32Array(8);
    await image.volume(0).read(wholeBox(image.shape), out);
    assert.deepEqual([...out], [0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

Deno.test("a level is chosen by number, and the message names those there are", async () => {
  await withImage(twoLevels(), async (path) => {
    await using image = await openOmeZarr(path, { level: 1 });
    assert.deepEqual([image.shape, image.voxelSize, image.translation], [[1, 1, 1], [2, 2, 2], [0.5, 0, 0]]);
    const out = new Float32Array(1);
    await image.volume(0).read(wholeBox(image.shape), out);
    assert.equal(out[0], 9);
    await assert.rejects(openOmeZarr(path, { level: 2 }), /the level must be one it has \(0, 1\): current value is 2/);
  });
});

Deno.test("the transformations of the whole image come after those of a level", async () => {
  const outer = [{ type: "scale", scale: [10, 10, 10] }, { type: "translation", translation: [1, 2, 3] }];
  const files = change(
    twoLevels(),
    "zarr.json",
    ["attributes", "ome", "multiscales", 0, "coordinateTransformations"],
    outer,
  );
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path, { level: 1 });
    assert.deepEqual([image.voxelSize, image.translation], [[20, 20, 20], [6, 2, 3]]);
  });
});

Deno.test("a level that cannot be read does not keep another from being opened", async () => {
  await withImage(change(twoLevels(), "1/zarr.json", ["data_type"], "complex64"), async (path) => {
    await using image = await openOmeZarr(path);
    assert.match(image.details["level 1"], /cannot be read/);
    await assert.rejects(openOmeZarr(path, { level: 1 }), /data_type must be/);
  });
});

/** The plain image cut into eight chunks of one voxel, named by `keyOf`. */
function eightChunks(separator: "." | "/", keyOf: (place: string) => string, fillValue = 0): ImageFiles {
  const files = plainImage();
  change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], [1, 1, 1]);
  change(files, "0/zarr.json", ["chunk_key_encoding", "configuration", "separator"], separator);
  change(files, "0/zarr.json", ["fill_value"], fillValue);
  const places = ["000", "001", "010", "011", "100", "101", "110", "111"];
  const chunks = places.map((place, i) => [`0/${keyOf(place)}`, Uint8Array.of(i)] as const);
  return { ...files, chunks: Object.fromEntries(chunks) };
}

Deno.test("chunks that are not stored are counted, each once", async () => {
  const files = eightChunks("/", (place) => `c/${[...place].join("/")}`, 5);
  delete files.chunks["0/c/1/0/1"];
  delete files.chunks["0/c/0/1/1"];
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path);
    assert.equal(tellMissingChunks(image), undefined);
    const out = new Float32Array(8);
    for (let again = 0; again < 2; again++) await image.volume(0).read(wholeBox(image.shape), out);
    assert.deepEqual([...out], [0, 1, 2, 5, 4, 5, 6, 7]);
    const told = `2 of 8 chunks of '${path}' are not stored: read as the fill value 5.`;
    assert.equal(tellMissingChunks(image), told);
    const { warnings } = await describeFile(path, { range: true });
    assert.deepEqual(warnings, [told]);
  });
});

Deno.test("a level of which no chunk is stored is refused, with what was looked for and what is there", async (t) => {
  const dots = eightChunks("/", (place) => `c.${[...place].join(".")}`);
  const slashes = eightChunks(".", (place) => `c/${[...place].join("/")}`);
  const none = { ...eightChunks("/", (place) => place), chunks: {} };
  const cases: [string, ImageFiles, RegExp][] = [
    ["dots", dots, /'0\/c\/0\/0\/0' was looked for \('\/' by its separator of .*\), '0\/c.0.0.0' lies there$/],
    ["slashes", slashes, /'0\/c.0.0.0' was looked for \('.' by its separator of .*\), '0\/c\/0\/0\/0' lies there$/],
    ["nothing", none, /a chunk of '0' must be stored: '0\/c\/0\/0\/0' was looked for .*, nothing lies there$/],
  ];
  for (const [name, files, rule] of cases) {
    await t.step(name, () =>
      withImage(files, async (path) => {
        await using image = await openOmeZarr(path);
        await assert.rejects(image.volume(0).read(wholeBox(image.shape), new Float32Array(8)), rule);
      }));
  }
  await t.step(
    "an image of one value has no chunk",
    () =>
      withImage({ ...none, metadata: eightChunks("/", (place) => place, 3).metadata }, async (path) => {
        await using image = await openOmeZarr(path);
        const out = new Float32Array(8);
        await image.volume(0).read(wholeBox(image.shape), out);
        assert.deepEqual([...out], new Array(8).fill(3));
      }),
  );
});
