/** Inputs on a server, as users give them to the command. */

import assert from "node:assert/strict";
import { commandOf, contents, programs, run, runWell } from "../helpers/command.ts";
import { withServer } from "../helpers/file_server.ts";
import { withDirectory } from "../helpers/ome_zarr_images.ts";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];

programs.test("a stack on a server is corrected to the bytes of the same on the disk, also when resumed", async () => {
  await withDirectory(async (folder) => {
    const stack = `${folder}/stack.ome.zarr`;
    await runWell(["n4", "phantom", stack, "--shape", "32", "96", "96", "--n-serial-slices", "2", "--quiet"]);
    const words = ["--preset", "oct", "--n-serial-slices", "2", "--quiet"];
    await runWell(["n4", "correct", stack, `${folder}/local.ome.zarr`, ...words]);
    const expected = await contents(`${folder}/local.ome.zarr`);
    let [requests, all] = [0, 0];
    const traits: { status?: number; onRequest(): void } = { onRequest: () => void requests++ };
    await withServer(folder, traits, async (address) => {
      const input = `${address}/stack.ome.zarr?signature=secret`;
      const correct = (name: string, ...more: string[]) =>
        run(["n4", "correct", input, `${folder}/${name}`, ...words, ...more], { permissions: PERMISSIONS });
      const whole = await correct("remote.ome.zarr", "--report", `${folder}/report.json`);
      assert.equal(whole.code, 0, whole.stderr);
      assert.deepEqual(await contents(`${folder}/remote.ome.zarr`), expected);
      assert.doesNotMatch(await Deno.readTextFile(`${folder}/report.json`), /secret/);
      [requests, all] = [0, requests];
      // The server stops answering in the last third of what the run asks for.
      traits.onRequest = () => {
        if (++requests > all * 2 / 3) traits.status = 403;
      };
      const broken = await correct("resumed.ome.zarr");
      assert.equal(broken.code, 1);
      assert.match(broken.stderr, /stack\.ome\.zarr\/[^?]*' as the server does not let us read it \(403 Forbidden\)/);
      assert.doesNotMatch(broken.stderr, /secret/);
      traits.onRequest = () => {};
      traits.status = undefined;
      const resumed = await correct("resumed.ome.zarr", "--resume");
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.deepEqual(await contents(`${folder}/resumed.ome.zarr`), expected);
    });
  });
});

programs.test("a run over the network that is killed at one of its requests goes on to the same bytes", async () => {
  await withDirectory(async (folder) => {
    await Deno.mkdir(`${folder}/bucket`);
    for (const name of ["head.nii", "head.nii.gz", "stack.ome.zarr"]) {
      await runWell(["n4", "phantom", `${folder}/bucket/${name}`, "--shape", "32", "96", "96", "--quiet"]);
    }
    const traits = { onRequest: () => {} };
    await withServer(folder, traits, async (address) => {
      const permissions = [...PERMISSIONS, "--allow-env"];
      const env = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_ENDPOINT_URL_S3: address };
      const web = `${address}/bucket`;
      for (const input of [`${web}/head.nii`, `${web}/head.nii.gz`, `${web}/stack.ome.zarr`, "s3://bucket/head.nii"]) {
        const out = input.endsWith("zarr") ? "even.ome.zarr" : "even.nii";
        const words = ["--preset", "mri", "--n-iterations", "2", "--quiet", "--resume"];
        const wordsFor = (place: string) => ["n4", "correct", input, `${place}/${out}`, ...words];
        const place = await Deno.makeTempDir({ dir: folder });
        let requests = 0;
        traits.onRequest = () => void requests++;
        await runWell(wordsFor(place), { permissions, env });
        const [all, expected] = [requests, await contents(place)];
        for (const share of [0.5, 0.9]) {
          const killed = await Deno.makeTempDir({ dir: folder });
          const child = commandOf(wordsFor(killed), { permissions, env }).spawn();
          requests = 0;
          // It cannot have ended, as it waits for the answer.
          traits.onRequest = () => {
            if (++requests === Math.ceil(share * all)) child.kill("SIGKILL");
          };
          assert.equal((await child.output()).signal, "SIGKILL", input);
          traits.onRequest = () => {};
          await runWell(wordsFor(killed), { permissions, env });
          assert.deepEqual(await contents(killed), expected, `${input}, killed at ${share} of ${all} requests`);
        }
      }
    });
  });
});

programs.test("without permission for the network, or with an output on a server, one sentence says so", async () => {
  const blind = await run(["n4", "info", "http://127.0.0.1:1234/a.nii"]);
  assert.equal(blind.code, 1);
  assert.match(
    blind.stderr,
    /^n4: Cannot read .* was started without permission for it: run it with --allow-net=127.0.0.1:1234\n$/,
  );
  const out = await run(["n4", "correct", "a.nii", "https://host/b.nii"], { permissions: PERMISSIONS });
  assert.equal(out.code, 1);
  assert.match(out.stderr, /^n4: Cannot write https:\/\/host\/b.nii as an output must be a path on this machine\n$/);
});
