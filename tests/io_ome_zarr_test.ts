/** OME-Zarr images: what other software writes is read right, what n4 writes is read by other software. */

import assert from "node:assert/strict";
import { InputError } from "../src/errors.ts";
import { createOmeZarr } from "../src/io/ome_zarr_write.ts";
import { openOmeZarr } from "../src/io/ome_zarr_read.ts";
import { type Box, boxShape, boxVoxels, type DataType, wholeBox } from "../src/volume.ts";
import * as zarr from "zarrita";
import {
  change,
  GOLDEN,
  golden,
  type ImageFiles,
  plainImage,
  withDirectory,
  withImage,
} from "./helpers/ome_zarr_images.ts";

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

Deno.test("a time axis longer than 1 is refused", async () => {
  const files = change(golden("v2 five axes uint16"), "0/.zarray", ["shape", 0], 3);
  await withImage(files, async (path) => {
    await assert.rejects(openOmeZarr(path), /time axis must have length 1.*current length is 3/);
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

function twoLevels(): ImageFiles {
  const files = plainImage();
  const levels = [1, 2].map((scale, i) => ({
    path: String(i),
    coordinateTransformations: [
      { type: "scale", scale: [scale, scale, scale] },
      { type: "translation", translation: [(scale - 1) / 2, 0, 0] },
    ],
  }));
  change(files, "zarr.json", ["attributes", "ome", "multiscales", 0, "datasets"], levels);
  files.metadata["1/zarr.json"] = structuredClone(files.metadata["0/zarr.json"]);
  change(files, "1/zarr.json", ["shape"], [1, 1, 1]);
  files.chunks["1/c/0/0/0"] = Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0);
  return files;
}

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

/** Voxels that every type can hold. */
function pattern(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (i * 37) % 120);
}

Deno.test("what is written is read again, in every type", async (t) => {
  const types: DataType[] = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float32",
    "float64",
  ];
  for (const dataType of types) {
    await t.step(dataType, () =>
      withDirectory(async (directory) => {
        const path = `${directory}/out.ome.zarr`;
        const shape = [3, 4, 5] as const;
        const data = pattern(60);
        {
          const spec = { shape, voxelSize: [0.01, 0.02, 0.03], dataType, volumes: 1 } as const;
          await using output = await createOmeZarr(path, spec, { chunk: [2, 3, 2] });
          await output.volume(0).write(wholeBox(shape), data);
          await output.commit();
        }
        await using image = await openOmeZarr(path, { requireAllChunks: true });
        const out = new Float32Array(60);
        await image.volume(0).read(wholeBox(shape), out);
        assert.deepEqual(out, data);
        assert.deepEqual([image.dataType, image.voxelSize], [dataType, [0.01, 0.02, 0.03]]);
      }));
  }
});

/** A store for zarrita, which reads what n4 wrote as another implementation does. */
function fileStore(root: string): zarr.AsyncReadable {
  return {
    async get(key) {
      try {
        return await Deno.readFile(root + key);
      } catch {
        return undefined;
      }
    },
  };
}

Deno.test("another implementation reads what is written, channels and border chunks included", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.ome.zarr`;
    const shape = [3, 5, 4] as const;
    const volumes = [pattern(60), pattern(60).map((value) => value + 1)];
    {
      const spec = { shape, voxelSize: [1, 1, 1], dataType: "uint16", volumes: 2 } as const;
      await using output = await createOmeZarr(path, spec, { chunk: [2, 2, 3] });
      for (const [index, data] of volumes.entries()) {
        const sink = output.volume(index);
        await sink.write({ z0: 0, z1: 2, y0: 0, y1: 5, x0: 0, x1: 4 }, data.subarray(0, 40));
        await sink.write({ z0: 2, z1: 3, y0: 0, y1: 5, x0: 0, x1: 4 }, data.subarray(40));
      }
      await output.commit();
    }
    const array = await zarr.open.v3(zarr.root(fileStore(path)).resolve("0"), { kind: "array" });
    const { data, shape: read } = await zarr.get(array);
    assert.deepEqual(read, [2, 3, 5, 4]);
    assert.deepEqual([...(data as Uint16Array)], [...volumes[0], ...volumes[1]]);
  });
});

Deno.test("the metadata are those of the specification", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.ome.zarr`;
    {
      const spec = { shape: [1, 1, 200], voxelSize: [0.5, 0.25, 0.125], dataType: "uint8", volumes: 1 } as const;
      await using output = await createOmeZarr(path, spec);
      await output.volume(0).write({ z0: 0, z1: 1, y0: 0, y1: 1, x0: 0, x1: 128 }, new Float32Array(128));
      await output.volume(0).write({ z0: 0, z1: 1, y0: 0, y1: 1, x0: 128, x1: 200 }, new Float32Array(72));
      await output.commit();
    }
    const group = JSON.parse(await Deno.readTextFile(`${path}/zarr.json`));
    assert.deepEqual(group.attributes, {
      ome: {
        version: "0.5",
        multiscales: [{
          name: "/",
          axes: ["z", "y", "x"].map((name) => ({ name, type: "space", unit: "millimeter" })),
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [0.5, 0.25, 0.125] }] }],
        }],
      },
    });
    const array = JSON.parse(await Deno.readTextFile(`${path}/0/zarr.json`));
    assert.deepEqual(array.chunk_grid.configuration.chunk_shape, [1, 1, 128]);
    assert.deepEqual(array.dimension_names, ["z", "y", "x"]);
  });
});

Deno.test("an image keeps the place of the one it was made from", async () => {
  await withImage(twoLevels(), async (path) => {
    await using template = await openOmeZarr(path, { level: 1 });
    {
      const spec = { shape: [1, 1, 1], voxelSize: [2, 2, 2], dataType: "uint8", volumes: 1, template } as const;
      await using output = await createOmeZarr(`${path}.out.zarr`, spec, { inputs: [path] });
      await output.volume(0).write(wholeBox([1, 1, 1]), Float32Array.of(1));
      await output.commit();
    }
    await using image = await openOmeZarr(`${path}.out.zarr`);
    assert.deepEqual(image.translation, [0.5, 0, 0]);
  });
});

Deno.test("writing the same voxels in other boxes gives the same files", async () => {
  await withDirectory(async (directory) => {
    const shape = [4, 4, 4] as const;
    const data = pattern(64);
    const spec = { shape, voxelSize: [1, 1, 1], dataType: "float32", volumes: 1 } as const;
    {
      await using whole = await createOmeZarr(`${directory}/a.zarr`, spec, { chunk: [2, 4, 4] });
      await whole.volume(0).write(wholeBox(shape), data);
      await whole.commit();
      await using parts = await createOmeZarr(`${directory}/b.zarr`, spec, { chunk: [2, 4, 4] });
      await parts.volume(0).write({ ...wholeBox(shape), z0: 2 }, data.subarray(32));
      await parts.volume(0).write({ ...wholeBox(shape), z1: 2 }, data.subarray(0, 32));
      await parts.commit();
    }
    const files = ["zarr.json", "0/zarr.json", "0/c/0/0/0", "0/c/1/0/0"];
    for (const file of files) {
      assert.deepEqual(
        await Deno.readFile(`${directory}/a.zarr/${file}`),
        await Deno.readFile(`${directory}/b.zarr/${file}`),
      );
    }
    assert.deepEqual(Array.from(Deno.readDirSync(`${directory}/a.zarr`), (entry) => entry.name).sort(), [
      "0",
      "zarr.json",
    ]);
  });
});

Deno.test("an unfinished image is refused and leaves nothing behind", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.zarr`;
    {
      const spec = { shape: [2, 2, 2], voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 } as const;
      await using output = await createOmeZarr(path, spec, { chunk: [1, 2, 2] });
      const sink = output.volume(0);
      await sink.write({ z0: 0, z1: 1, y0: 0, y1: 2, x0: 0, x1: 2 }, new Float32Array(4));
      await assert.rejects(output.commit(), /every chunk must have been written: current number of missing ones is 1/);
      await assert.rejects(openOmeZarr(`${path}.partial`), InputError);
    }
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("a box that cuts a chunk, leaves the volume or is written twice is refused", async () => {
  await withDirectory(async (directory) => {
    const spec = { shape: [2, 2, 4], voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 } as const;
    await using output = await createOmeZarr(`${directory}/out.zarr`, spec, { chunk: [1, 2, 2] });
    const sink = output.volume(0);
    const box = { z0: 0, z1: 1, y0: 0, y1: 2, x0: 0, x1: 2 };
    await assert.rejects(sink.write({ ...box, x1: 3 }, new Float32Array(6)), /cuts a chunk of 1 x 2 x 2/);
    await assert.rejects(sink.write({ ...box, z1: 3 }, new Float32Array(12)), /reaches out of the shape 2 x 2 x 4/);
    await assert.rejects(sink.write(box, new Float32Array(3)), /must hold its 4 voxels: current length is 3/);
    await sink.write(box, new Float32Array(4));
    await assert.rejects(sink.write(box, new Float32Array(4)), /chunk twice/);
  });
});
