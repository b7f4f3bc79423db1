/** Images on a server: the same voxels as on the disk, whatever the network does, or one clear sentence. */

import assert from "node:assert/strict";
import { InputError, type N4Error } from "../../../src/errors.ts";
import { CacheRoom } from "../../../src/io/flow/cache_room.ts";
import { ChunkCache } from "../../../src/io/zarr/chunk_cache.ts";
import { createImage, identityOfInput, openImage } from "../../../src/io/open.ts";
import { shownUrl, urlBelow, withoutSecrets } from "../../../src/io/remote/url.ts";
import { wholeBox } from "../../../src/volume.ts";
import { type Fault, withServer } from "../../helpers/file_server.ts";
import { withDirectory } from "../../helpers/ome_zarr_images.ts";
import { Random } from "../../helpers/random.ts";

const NAMES = ["plain.ome.zarr", "sharded.ome.zarr", "archive.ozx", "image.nii", "image.nii.gz"];
const SHAPE = [20, 130, 120] as const;

/** Makes an image of every kind. @returns their voxels. */
async function makeImages(folder: string): Promise<Float32Array> {
  const random = new Random(7);
  const data = Float32Array.from({ length: SHAPE[0] * SHAPE[1] * SHAPE[2] }, () => random.integer(1, 60000));
  for (const name of NAMES) {
    const storage = name.startsWith("sharded") ? { chunk: [8, 32, 32], shard: [16, 64, 64] } as const : {};
    const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType: "uint16", volumes: 1 } as const;
    await using output = await createImage(`${folder}/${name}`, spec, storage);
    await output.volume(0).write(wholeBox(SHAPE), data);
    await output.commit();
  }
  return data;
}

async function voxelsOf(path: string): Promise<Float32Array> {
  await using image = await openImage(path);
  const out = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  await image.volume(0).read(wholeBox(SHAPE), out);
  return out;
}

Deno.test("an image of every kind is read from a server as from the disk", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    await withServer(folder, {}, async (address) => {
      for (const name of NAMES) assert.deepEqual(await voxelsOf(`${address}/${name}`), data, name);
    });
  });
});

Deno.test("boxes of a plain NIfTI come in any order", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    await withServer(folder, {}, async (address) => {
      await using image = await openImage(`${address}/image.nii`);
      const plane = SHAPE[1] * SHAPE[2];
      for (const z of [19, 3, 4, 5, 6, 0, 12]) {
        const out = new Float32Array(plane);
        await image.volume(0).read({ z0: z, z1: z + 1, y0: 0, y1: SHAPE[1], x0: 0, x1: SHAPE[2] }, out);
        assert.deepEqual(out, data.subarray(z * plane, (z + 1) * plane), `plane ${z}`);
      }
    });
  });
});

Deno.test("boxes by turns from two parts of a plain NIfTI do not fetch the same bytes over and over", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    let fetched = 0;
    const onRequest = ({ headers }: Request) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
      fetched += Number(last) + 1 - Number(first);
    };
    await withServer(folder, { onRequest }, async (address) => {
      await using image = await openImage(`${address}/image.nii`);
      const [nz, ny, nx] = SHAPE;
      const strip = new Float32Array(10 * nx);
      for (let i = 0; i < nz * ny / 10; i++) {
        const [z, y0] = [i % 2 * nz / 2 + Math.floor(i / 2 / (ny / 10)), Math.floor(i / 2) % (ny / 10) * 10];
        await image.volume(0).read({ z0: z, z1: z + 1, y0, y1: y0 + 10, x0: 0, x1: nx }, strip);
        const at = (z * ny + y0) * nx;
        assert.deepEqual(strip, data.subarray(at, at + strip.length), `plane ${z}, row ${y0}`);
      }
    });
    // Once, and what the first half reads ahead of the second.
    assert(fetched < 2 * (await Deno.stat(`${folder}/image.nii`)).size, `${fetched} bytes`);
  });
});

Deno.test("a plain NIfTI is fetched once where there is room for all of it, and its damage is an error", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    for (const ranges of [true, false]) {
      let requests = 0;
      await withServer(folder, { ranges, onRequest: () => requests++ }, async (address) => {
        const cache = new ChunkCache(new CacheRoom(2 ** 20));
        await using image = await openImage(`${address}/image.nii`, { cache });
        const outs = Array.from({ length: 3 }, () => new Float32Array(data.length));
        const box = wholeBox(SHAPE);
        await Promise.all(outs.slice(0, 2).map((out) => image.volume(0).read(box, out)));
        const before = requests;
        await image.volume(0).read(box, outs[2]);
        for (const out of outs) assert.deepEqual(out, data);
        assert.equal(requests, before);
      });
    }
    await withServer(folder, {}, async (address) => {
      await using image = await openImage(`${address}/image.nii`, { cache: new ChunkCache(new CacheRoom(2 ** 20)) });
      await Deno.truncate(`${folder}/image.nii`, 200_000);
      await assert.rejects(image.volume(0).read(wholeBox(SHAPE), new Float32Array(data.length)), /it has changed/);
    });
  });
});

Deno.test("a server that sends whole files alone is read in order, or refused with the reason", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    await withServer(folder, { ranges: false }, async (address) => {
      for (const name of ["plain.ome.zarr", "image.nii", "image.nii.gz"]) {
        assert.deepEqual(await voxelsOf(`${address}/${name}`), data, name);
        assert.deepEqual(await voxelsOf(`${address}/${name}`), data, name);
      }
      for (const name of ["archive.ozx", "sharded.ome.zarr"]) {
        await assert.rejects(voxelsOf(`${address}/${name}`), /must answer requests for parts of a file/);
      }
    });
  });
});

Deno.test("a stream whose length no server tells ends where the file does", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    let requests = 0;
    // The second and the fourth answer break in the middle.
    const fault = (): Fault => requests++ % 2 === 1 && requests < 5 ? "cut" : undefined;
    for (const name of ["image.nii", "image.nii.gz"]) {
      requests = 0;
      await withServer(folder, { ranges: false, lengths: false, fault }, async (address) => {
        assert.deepEqual(await voxelsOf(`${address}/${name}`), data, name);
        assert.equal((await identityOfInput(`${address}/${name}`)).bytes, undefined);
        await Deno.truncate(`${folder}/${name}`, 100_000);
        await assert.rejects(voxelsOf(`${address}/${name}`), /ends? early/);
      });
    }
  });
});

Deno.test("a stream that begins anew is of the same file, or an error", async () => {
  await withDirectory(async (folder) => {
    for (const lengths of [true, false]) {
      await makeImages(folder);
      await withServer(folder, { ranges: false, lengths }, async (address) => {
        await using image = await openImage(`${address}/image.nii.gz`);
        const plane = { z0: 0, z1: 1, y0: 0, y1: SHAPE[1], x0: 0, x1: SHAPE[2] };
        const out = new Float32Array(SHAPE[1] * SHAPE[2]);
        await image.volume(0).read({ ...plane, z0: 19, z1: 20 }, out);
        await Deno.utime(`${folder}/image.nii.gz`, 1, 1);
        await image.volume(0).read(plane, out);
        await assert.rejects(image.volume(0).read({ ...plane, z0: 19, z1: 20 }, out), /it has changed on the server/);
      });
      await Deno.remove(folder, { recursive: true });
      await Deno.mkdir(folder);
    }
  });
});

Deno.test("twenty seeded networks with faults change no voxel", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    let faults = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      // No more than three in a row: five attempts are made.
      let row = 0;
      const fault = (): Fault => {
        const event = row < 3 && random.uniform() < 0.1 ? (["busy", "cut"] as const)[random.integer(0, 1)] : undefined;
        row = event === undefined ? 0 : row + 1;
        if (event) faults++;
        return event;
      };
      await withServer(folder, { fault, ranges: seed % 5 !== 0 }, async (address) => {
        const name = seed % 5 === 0 ? ["image.nii", "image.nii.gz"][seed % 2] : NAMES[seed % NAMES.length];
        assert.deepEqual(await voxelsOf(`${address}/${name}`), data, `${name}, seed ${seed}`);
      });
    }
    assert(faults > 20, `faults ${faults}`);
  });
});

Deno.test("what a server refuses is one sentence with the way out", async () => {
  await withDirectory(async (folder) => {
    const refusals: [number, RegExp][] = [
      [
        403,
        /^Cannot read '[^?]*image.nii' as the server does not let us read it \(403 Forbidden\): it may want a login/,
      ],
      [404, /as there is no such file on the server$/],
      [400, /as the server answers 400 Bad Request$/],
    ];
    for (const [status, text] of refusals) {
      await withServer(folder, { status }, async (address) => {
        await assert.rejects(openImage(`${address}/image.nii?signature=secret`), (error: N4Error) => {
          assert(error instanceof InputError);
          assert.match(error.message, text);
          return true;
        });
      });
    }
    await assert.rejects(openImage("ftp://host/image.nii"), /an address of https, http or s3: current scheme is 'ftp'/);
  });
});

Deno.test("a server that stays busy, or is gone, is given up after five attempts", async () => {
  await withDirectory(async (folder) => {
    let requests = 0;
    const address = await withServer(folder, { status: 503, onRequest: () => requests++ }, async (address) => {
      await assert.rejects(openImage(`${address}/a.nii`), /as no answer was whole in 5 attempts: .* 503/);
      return address;
    });
    assert.equal(requests, 5);
    await assert.rejects(openImage(`${address}/a.nii`), /as no answer was whole in 5 attempts: /);
  });
});

Deno.test("a file that changes on the server while it is read is an error", async () => {
  await withDirectory(async (folder) => {
    await makeImages(folder);
    await withServer(folder, {}, async (address) => {
      await using image = await openImage(`${address}/image.nii`);
      await Deno.utime(`${folder}/image.nii`, 1, 1);
      const out = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
      await assert.rejects(image.volume(0).read(wholeBox(SHAPE), out), /it has changed on the server/);
    });
  });
});

Deno.test("a server that refuses what is not there, as S3 does, gives an image; one that refuses all says so", async () => {
  await withDirectory(async (folder) => {
    const data = await makeImages(folder);
    await withServer(folder, { missing: 403 }, async (address) => {
      assert.deepEqual(await voxelsOf(`${address}/plain.ome.zarr`), data);
      assert.equal((await identityOfInput(`${address}/plain.ome.zarr`)).metadata.length, 64);
      await Deno.remove(`${folder}/plain.ome.zarr/0/c`, { recursive: true });
      await assert.rejects(voxelsOf(`${address}/plain.ome.zarr`), /does not let us read it \(403 Forbidden\)/);
      await assert.rejects(voxelsOf(`${address}/none.ome.zarr`), /does not let us read it \(403 Forbidden\)/);
    });
    await withServer(folder, {}, async (address) => {
      await assert.rejects(
        voxelsOf(`${address}/none.ome.zarr`),
        /there is no zarr.json, .zattrs, .zgroup at this addr/,
      );
    });
  });
});

Deno.test("an address that can be none is refused at once", async () => {
  let requests = 0;
  await withServer(".", { onRequest: () => requests++ }, async () => {
    for (const path of ["https://", "s3://bucket", "http:///a.nii"]) {
      await assert.rejects(openImage(path), /as it must name a host or bucket and a file in it$/, path);
    }
  });
  assert.equal(requests, 0);
});

Deno.test("an array of which a server has no chunk is an error, one of which it has some is read", async () => {
  await withDirectory(async (folder) => {
    await makeImages(folder);
    await Deno.rename(`${folder}/sharded.ome.zarr/0/c/0/0/0`, `${folder}/away`);
    await withServer(folder, {}, async (address) => {
      const data = await voxelsOf(`${address}/sharded.ome.zarr`);
      assert.equal(data[0], 0);
      assert.notEqual(data.at(-1), 0);
      await Deno.remove(`${folder}/sharded.ome.zarr/0/c`, { recursive: true });
      await assert.rejects(voxelsOf(`${address}/sharded.ome.zarr`), /a chunk of '0' must be stored/);
    });
  });
});

Deno.test("the identity of an input on a server tells when its file or its metadata has changed", async () => {
  await withDirectory(async (folder) => {
    await makeImages(folder);
    await withServer(folder, {}, async (address) => {
      const state = async () => [
        await identityOfInput(`${address}/image.nii.gz`),
        await identityOfInput(`${address}/plain.ome.zarr`),
      ];
      const before = await state();
      assert.deepEqual(await state(), before);
      assert.equal(before[0].bytes, (await Deno.stat(`${folder}/image.nii.gz`)).size);
      await Deno.utime(`${folder}/image.nii.gz`, 1, 1);
      const metadata = `${folder}/plain.ome.zarr/0/zarr.json`;
      await Deno.writeTextFile(metadata, `${await Deno.readTextFile(metadata)} `);
      const after = await state();
      assert.notEqual(after[0].modified, before[0].modified);
      assert.notEqual(after[1].metadata, before[1].metadata);
    });
  });
});

Deno.test("s3 addresses are signed for their region where the environment has a key", async () => {
  const variables = {
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "eu-central-1",
  };
  await withDirectory(async (folder) => {
    await Deno.mkdir(`${folder}/bucket`);
    const data = await makeImages(`${folder}/bucket`);
    let signed = "";
    const onRequest = ({ headers }: Request) => signed = headers.get("authorization") ?? "";
    await withServer(folder, { onRequest }, async (address) => {
      Deno.env.set("AWS_ENDPOINT_URL_S3", address);
      for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
      try {
        assert.deepEqual(await voxelsOf("s3://bucket/plain.ome.zarr"), data);
        assert.match(signed, /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, /);
      } finally {
        for (const name of [...Object.keys(variables), "AWS_ENDPOINT_URL_S3"]) Deno.env.delete(name);
      }
    });
  });
});

Deno.test("keys are added before the query of an address, which is not shown", () => {
  assert.equal(urlBelow("https://host/a.zarr/?sig=1", "0/c/0"), "https://host/a.zarr/0/c/0?sig=1");
  assert.equal(urlBelow("s3://bucket/a.zarr", "labels/my tissue"), "s3://bucket/a.zarr/labels/my%20tissue");
  assert.equal(shownUrl("https://host/a.zarr?sig=1"), "https://host/a.zarr");
  assert.equal(shownUrl("what?.nii"), "what?.nii");
  assert.equal(shownUrl("https://me:secret@host/it's.nii?sig=1"), "https://host/it's.nii");
  const told = withoutSecrets("Cannot open 'https://me:secret@host/a.nii?sig=1' and s3://b/c?d, said me@host.");
  assert.equal(told, "Cannot open 'https://host/a.nii' and s3://b/c said me@host.");
  const text = JSON.stringify({ w: 'read "https://host/a.nii?sig=1"\nnext' });
  assert.equal(JSON.parse(withoutSecrets(text)).w, 'read "https://host/a.nii"\nnext');
});
