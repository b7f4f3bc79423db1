/** What an output takes the place of: labels stay or are given up by name, attributes and links that go are told. */
import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { normalizeFile } from "../../src/commands/normalize.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { openImage } from "../../src/io/open.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import type { RunEvent } from "../../src/run_log.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { refused, SHAPE, withPrecious } from "../helpers/precious.ts";

/** Where small work is done. */
const MACHINE = { nProcesses: 0, backend: "ts" } as const;

/** Puts a label of a name into an image, whose metadata list it. */
async function putLabel(image: string, name: string): Promise<void> {
  await writeImage(`${image}.label.ome.zarr`, { shape: SHAPE, dataType: "uint8" });
  await Deno.mkdir(`${image}/labels`, { recursive: true });
  await Deno.rename(`${image}.label.ome.zarr`, `${image}/labels/${name}`);
  const attributes = { ome: { version: "0.5", labels: [name] } };
  const group = { "zarr_format": 3, "node_type": "group", attributes };
  await Deno.writeTextFile(`${image}/labels/zarr.json`, JSON.stringify(group));
}

for (const end of ["ome.zarr", "ome.zarr.zip"]) {
  Deno.test(
    `labels that the new image does not have as they are stay: ${end}`,
    withPrecious(async (folder) => {
      const [input, output] = [await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE }), `${folder}/out.${end}`];
      await putLabel(input, "cells");
      const again = (more: CorrectOptions = {}) =>
        correctFile({ input, output, options: { ...QUICK, ...more, overwrite: true } });
      await again();
      await again();
      const lost = (label: string) =>
        new RegExp(`has its labels as they are: current one has '${label}', .*by option 'copyLabels: false'`);
      await refused(folder, () => again({ omeVersion: "0.4" }), lost("labels/cells"));
      // What was drawn is as old as all the rest, and its metadata are as they were.
      const drawn = `${end === "ome.zarr" ? output : input}/labels/cells/0/c/0/0/0`;
      const [bytes, { mtime }] = [await Deno.readFile(drawn), await Deno.stat(drawn)];
      await Deno.writeFile(drawn, bytes.map((byte, i) => i === 20 ? byte ^ 1 : byte));
      await Deno.utime(drawn, mtime ?? 0, mtime ?? 0);
      await refused(folder, () => again(), lost("labels/cells"));
      await Deno.writeFile(drawn, bytes);
      await again();
      // Compared in pieces: the last byte of the third.
      const large = drawn.replace(/0$/, "1");
      for (const path of new Set([large, large.replace(output, input)])) {
        await Deno.writeFile(path, new Uint8Array(9e6));
      }
      await again();
      using file = await Deno.open(large, { write: true });
      await file.seek(-1, Deno.SeekMode.End);
      await file.write(Uint8Array.of(1));
      await refused(folder, () => again(), lost("labels/cells"));
      await Deno.truncate(large, 9e6 - 1);
      await refused(folder, () => again(), lost("labels/cells"));
      await Deno.writeFile(large, new Uint8Array(9e6));
      await again();
      if (end !== "ome.zarr") return;
      await putLabel(output, "hand");
      await refused(folder, () => again(), lost("labels/hand"));
      await Deno.remove(`${output}/labels/hand`, { recursive: true });
      await again();
    }),
  );
}

for (const end of ["ome.zarr", "ozx"]) {
  Deno.test(
    `labels go where they are given up and told by name, and no other file of them: ${end}`,
    withPrecious(async (folder) => {
      const [input, output] = [await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE }), `${folder}/out.${end}`];
      await putLabel(input, "cells");
      await putLabel(input, "hand");
      const run = async (more: CorrectOptions) =>
        (await correctFile({ input, output, options: { ...QUICK, ...more } }))?.warnings.join() ?? "";
      await run({});
      await refused(folder, () => run({ copyLabels: false }), /exists already/);
      const notes = `${input}/labels/cells/notes.txt`;
      await Deno.writeTextFile(notes, "years of work");
      await run({ overwrite: true });
      const givenUp = { copyLabels: false, overwrite: true };
      await refused(
        folder,
        () => run(givenUp),
        /given up that are images and nothing else, .* one has 'labels\/cells'/,
      );
      await Deno.remove(notes);
      if (end === "ome.zarr") await Deno.remove(notes.replace(input, output));
      else await Deno.remove(output);
      await run({ overwrite: true });
      const told = `'${output}' is replaced, and with it its labels 'cells', 'hand': option 'copyLabels: false' gives`;
      assert.ok((await run(givenUp)).includes(told));
      assert.doesNotMatch(await run(givenUp), /is replaced/);
      await using image = await openImage(output);
      assert.deepEqual(await image.labels?.(), []);
      // What goes with a mask or a field is not told.
      const saveMask = await writeImage(`${folder}/mask.ome.zarr`, { shape: SHAPE });
      await putLabel(saveMask, "hand");
      const elsewhere = /'labels\/hand', which would be lost \(write elsewhere, or move away what shall be replaced\)/;
      await refused(folder, () => run({ ...givenUp, saveMask }), elsewhere);
    }),
  );

  Deno.test(
    `labels that come while an image is made stay: ${end}`,
    withPrecious(async (folder) => {
      const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE });
      const output = `${folder}/out.${end}`;
      for (const [of, copyLabels] of [[correctFile, true], [correctFile, false], [normalizeFile, true]] as const) {
        await of({ input, output, options: MACHINE });
        const labelled = await writeImage(`${folder}/labelled.ome.zarr`, { shape: SHAPE });
        await putLabel(labelled, "cells");
        const drawn = await correctFile({ input: labelled, output: `${folder}/drawn.${end}`, options: MACHINE });
        const [from, to] = end === "ozx" ? [drawn?.outputs.output, output] : [`${labelled}/labels`, `${output}/labels`];
        let times = 0;
        const listener = (event: RunEvent) => {
          const text = event.event === "stage" ? event.name : event.event === "note" ? event.text : "";
          if (/^(rename|Agarose: .*)$/.test(text) && times++ === 0) Deno.renameSync(from ?? "", to);
        };
        const job = { input, output, options: { ...MACHINE, copyLabels, overwrite: true }, listener };
        await assert.rejects(of(job), /current one has 'labels\/cells', which would be lost/);
        {
          await using image = await openImage(output);
          assert.deepEqual(await image.labels?.(), ["cells"]);
        }
        for (const path of [output, `${output}.partial`, labelled, `${folder}/drawn.${end}`]) {
          await Deno.remove(path, { recursive: true }).catch(() => {});
        }
      }
    }),
  );
}

Deno.test(
  "attributes that the new image does not have are told",
  withPrecious(async (folder) => {
    for (const end of ["ome.zarr", "ome.zarr.zip"]) {
      const [input, output] = [`${folder}/in.ome.zarr`, `${folder}/o.${end}`];
      if (end === "ome.zarr") await writeImage(input, { shape: SHAPE });
      const again = async (of: typeof normalizeFile | typeof correctFile = correctFile) => {
        const options = { ...MACHINE, overwrite: true };
        return (await of({ input, output, options }))?.warnings.join() ?? "";
      };
      const change = async (path: string, more: object, shown: object) => {
        const group = JSON.parse(await Deno.readTextFile(`${path}/zarr.json`));
        Object.assign(group.attributes, more);
        Object.assign(group.attributes.ome, shown);
        await Deno.writeTextFile(`${path}/zarr.json`, JSON.stringify(group));
      };
      await change(input, { mine: 1 }, { omero: { channels: [{ color: "00FF00" }] } });
      assert.doesNotMatch(await again(), /is replaced/);
      assert.doesNotMatch(await again(), /is replaced/);
      const changed = end === "ome.zarr" ? output : input;
      await change(changed, { mine: 2, other: 3 }, { omero: { channels: [{ color: "FF0000" }] } });
      const names = end === "ome.zarr" ? "'mine', 'other', 'omero'" : "'mine', 'omero'";
      assert.ok(
        (await again()).includes(`o.${end}' is replaced, and with it its attributes ${names}: the new image has`),
      );
    }
  }),
);

Deno.test(
  "a link in the place of an output is replaced, which is told; what it leads to stays, on this disk or another",
  withPrecious(async (folder) => {
    // Another disk where there is one; else it lies on the same.
    const there = await Deno.makeTempDir({ dir: await Deno.stat("/dev/shm").then(() => "/dev/shm", () => folder) });
    try {
      const names = ["out.nii", "field.nii", "run.json"];
      for (const place of [`${folder}/results`, there]) {
        for (const name of names) {
          await Deno.writeTextFile(`${place}/${name}`, "of the user");
          await Deno.symlink(`${place}/${name}`, `${folder}/${name}`);
        }
        const [output, saveBiasField, report] = names.map((name) => `${folder}/${name}`);
        const options = { ...QUICK, saveBiasField, report };
        await refused(folder, () => correctFile({ input: `${folder}/in.nii`, output, options }), /exists already/);
        const { warnings = [] } = await correctFile({
          input: `${folder}/in.nii`,
          output,
          options: { ...options, overwrite: true },
        }) ?? {};
        for (const name of names) {
          const [path, target] = [`${folder}/${name}`, `${place}/${name}`];
          const told = `'${path}' is a link to '${target}': the link is replaced, and what it leads to stays as it is.`;
          assert.equal(warnings.filter((text) => text === told).length, 1, name);
          assert.equal(await Deno.readTextFile(target), "of the user");
          assert.ok((await Deno.lstat(path)).isFile);
          await Deno.remove(path);
        }
      }
      const [output, target] = [`${folder}/p.nii`, `${there}/out.nii`];
      await Deno.symlink(target, output);
      const told: string[] = [];
      const listener = (event: RunEvent) => void (event.event === "warning" && told.push(event.text));
      await phantomFile({ output, options: { shape: [4, 8, 8], nSerialSlices: 1, overwrite: true }, listener });
      assert.match(told.join(), /p\.nii' is a link to/);
      await Deno.remove(output);
      await Deno.symlink(target, output);
      const normal = await normalizeFile({
        input: `${folder}/in.nii`,
        output,
        options: { ...MACHINE, overwrite: true },
      });
      assert.match(normal.warnings.join(), /p\.nii' is a link to/);
      assert.equal(await Deno.readTextFile(target), "of the user");
    } finally {
      await Deno.remove(there, { recursive: true });
    }
  }),
);
