/** Folders and files of an input that the user may not read: one sentence that names them, and nothing left behind. A superuser may read everything, so that tests run by one give that up first. */

import assert from "node:assert/strict";
import { programs, ROOT } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** Lets a superuser run a command without permission to read what its owner may not. */
const WITHOUT_OVERRIDE = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];

/** Runs n4 as a user whom the permissions of files concern. */
async function runAsUser(words: readonly string[]): Promise<{ code: number; stderr: string }> {
  const command = [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-write", `${ROOT}scripts/n4.ts`];
  const [program, ...args] = Deno.uid() === 0
    ? ["setpriv", ...WITHOUT_OVERRIDE, ...command, ...words]
    : [...command, ...words];
  const { code, stderr } = await new Deno.Command(program, { args, env: { NO_COLOR: "1" }, stdin: "null" }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** What a user may not read, and the file that n4 names. */
const REFUSED = [
  { name: "a folder of chunks", refused: "in.ome.zarr/0/c/1", named: /in\.ome\.zarr\/0\/c\/1\/\d\/\d/ },
  { name: "a store", refused: "in.ome.zarr", named: /in\.ome\.zarr\/zarr\.json/ },
  { name: "the metadata of a level", refused: "in.ome.zarr/0/zarr.json", named: /in\.ome\.zarr\/0\/zarr\.json/ },
  { name: "a NIfTI file", refused: "in.nii", named: /in\.nii/ },
];

for (const { name, refused, named } of REFUSED) {
  programs.test(`${name} that may not be read is named, and nothing is left behind`, () =>
    inFolder(async (folder) => {
      const image = `${folder}/${refused.split("/")[0]}`;
      const chunk = image.endsWith("zarr") ? { chunk: [8, 8, 8] as const } : {};
      await writeImage(image, { shape: [16, 16, 16], ...chunk });
      const before = await namesIn(folder);
      await Deno.chmod(`${folder}/${refused}`, 0);
      try {
        const { code, stderr } = await runAsUser(["correct", image, image.replace("/in.", "/out.")]);
        const rule = / as its permissions do not let this user read it$/;
        const last = stderr.trim().split("\n").at(-1) ?? "";
        assert.match(last, new RegExp(`^n4: Cannot read ${folder}/${named.source}${rule.source}`));
        assert.equal(code, 1);
        assert.deepEqual(await namesIn(folder), before);
      } finally {
        await Deno.chmod(`${folder}/${refused}`, 0o700);
      }
    }));
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}
