/** A disk that is full in the midst of a run, on a file system of a few hundred KiB that this test mounts: for root alone. `deno task suite kills`. */

import assert from "node:assert/strict";
import { contents, run, runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

async function system(command: string, ...args: string[]): Promise<boolean> {
  return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
}

for (const ends of [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"]) {
  Deno.test(`a full disk on the way into ${ends} ends the run with a sentence, and with room it is gone on with`, () =>
    inFolder(async (folder) => {
      const disk = `${folder}/disk`;
      await Deno.mkdir(disk);
      const mounted = await system("mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", disk);
      assert.ok(mounted, "a file system must be mounted, which takes root");
      try {
        await writeImage(`${folder}/in.nii`, { shape: [24, 48, 64] });
        const words = (out: string) =>
          ["n4", "correct", "in.nii", out, "--n-iterations", "3", "--backend", "ts"]
            .concat("--n-processes", "0", "--preset", "mri", "--quiet");
        await runWell(words(`wanted${ends}`), { cwd: folder });
        const { code, stderr } = await run(words(`disk/out${ends}`), { cwd: folder });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /^n4: Cannot write disk\/out\S+ as its disk has no space left/);
        assert.ok(
          stderr.includes(`is kept in disk/out${ends}.partial: '--resume' with the same options and inputs goes on`),
          stderr,
        );
        assert.deepEqual(Object.keys(await contents(disk)).filter((name) => !name.includes("/")), [
          `out${ends}.partial`,
        ]);
        assert.ok(await system("mount", "-o", "remount,size=8m", disk));
        await runWell([...words(`disk/out${ends}`), "--resume"], { cwd: folder });
        const [found, wanted] = [await contents(disk), await contents(folder)];
        for (const [name, digest] of Object.entries(found)) {
          assert.equal(digest, wanted[name.replace("out.", "wanted.")], name);
        }
        assert.ok(Object.keys(found).length > 0 && !(`out${ends}.partial` in found));
      } finally {
        await system("umount", disk);
      }
    }));
}
