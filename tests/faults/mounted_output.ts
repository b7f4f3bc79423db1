/** An output in whose place something is mounted: the run tells, keeps what it has made, and goes on once the place is free. `deno task suite faults`. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { WriteError } from "../../src/errors.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { diskMissing } from "./small_disk.ts";

async function system(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

for (const name of ["out.ome.zarr", "out.nii"]) {
  Deno.test({
    name: `a mount in the place of ${name} is told, and a later run goes on${diskMissing ? ` (${diskMissing})` : ""}`,
    ignore: diskMissing !== undefined,
    fn: () =>
      inFolder(async (folder) => {
        const input = await writeImage(`${folder}/in${name.slice(3)}`, { shape: [8, 10, 12] });
        const output = `${folder}/${name}`;
        const options = { ...QUICK, overwrite: true };
        await correctFile({ input, output: `${folder}/wanted_${name}`, options });
        const other = await writeImage(`${folder}/other_${name}`, { shape: [8, 10, 12] });
        await writeImage(output, { shape: [8, 10, 12] });
        await system("mount", "--bind", other, output);
        const before = await contents(folder);
        try {
          await assert.rejects(correctFile({ input, output, options }), (error: Error) => {
            assert.ok(error instanceof WriteError, String(error));
            assert.match(error.message, /as what is there cannot be moved out of its place, as of a mount: remove it/);
            return true;
          });
          const after = await contents(folder);
          for (const [path, what] of Object.entries(before)) assert.equal(after[path], what, path);
        } finally {
          await system("umount", output);
        }
        await correctFile({ input, output, options: { ...options, overwrite: false, resume: true } }).catch(
          async (error) => {
            assert.match(String(error), /exists already/);
            await Deno.remove(output, { recursive: true });
            await correctFile({ input, output, options: { ...options, overwrite: false, resume: true } });
          },
        );
        const strip = (all: Record<string, string>, start: string) =>
          Object.entries(all).filter(([path]) => path.startsWith(start) && !path.endsWith("zarr.json"))
            .map(([path, what]) => [path.slice(start.length), what]);
        const all = await contents(folder);
        assert.deepEqual(strip(all, name), strip(all, `wanted_${name}`));
      }),
  });
}
