/** Writing OME-Zarr images: what n4 writes is read by n4 and by other software, and never half. */

import assert from "node:assert/strict";
import * as zarr from "npm:zarrita@0.7.5";
import { InputError } from "../../../src/errors.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { createOmeZarr } from "../../../src/io/ome_zarr/write.ts";
import { settleArray } from "../../../src/io/zarr/array_writer.ts";
import { type DataType, wholeBox } from "../../../src/volume.ts";
import { programs } from "../../helpers/command.ts";
import { twoLevels, withDirectory, withImage } from "../../helpers/ome_zarr_images.ts";

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

programs.test("reading and writing need leave for the input, the output and its partial name alone", async () => {
  await withImage(twoLevels(), async (path) => {
    const out = `${path}.out.zarr`;
    const script = `${path}.script.ts`;
    const io = new URL("../../../src/io/", import.meta.url).href;
    await Deno.writeTextFile(
      script,
      `import { createImage, openImage } from "${io}open.ts";
       const template = await openImage(${JSON.stringify(path)});
       const { shape, voxelSize, dataType, volumes } = template;
       const box = { z0: 0, z1: 2, y0: 0, y1: 2, x0: 0, x1: 2 };
       const data = new Float32Array(8);
       await template.volume(0).read(box, data);
       await using output = await createImage(${
        JSON.stringify(out)
      }, { shape, voxelSize, dataType, volumes, template }, {
         inputs: [${JSON.stringify(path)}],
       });
       await output.volume(0).write(box, data);
       await output.commit();`,
    );
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const flags = [`--allow-read=${path},${out},${out}.partial`, `--allow-write=${out},${out}.partial`];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-prompt", "--cached-only", `--config=${config}`, ...flags, script],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    await using image = await openOmeZarr(out);
    assert.equal(image.dataType, "uint8");
  });
});

Deno.test("what a writer that was killed left of an array is removed before its files are counted", () =>
  withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/c/0/1`, { recursive: true });
    for (const name of ["zarr.json", "zarr.json.1.tmp", "c/0/1/2", "c/0/1/3.5.tmp"]) {
      await Deno.writeTextFile(`${directory}/${name}`, "{}");
    }
    assert.equal(await settleArray(directory, 3), 1);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).toSorted(), ["c", "zarr.json"]);
    assert.deepEqual([...Deno.readDirSync(`${directory}/c/0/1`)].map(({ name }) => name), ["2"]);
  }));
