/** What the page's worker does, without a browser: the files that the command writes, and one sentence for what is wrong. */
import assert from "node:assert/strict";
import { correctFile } from "../../mod.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { buildNiftiHeader } from "../../src/io/nifti/template.ts";
import { openOmeZarrBlob } from "../../src/io/ome_zarr/blob.ts";
import { type Shape3, voxelCount, wholeBox } from "../../src/volume.ts";
import { besideName, commandLine } from "../../web/command_line.ts";
import { correctDropped } from "../../web/correct.ts";
import { type Dropped, droppedOf } from "../../web/dropped.ts";
import { labelOf, withLabels } from "../../web/labels.ts";
import type { CorrectionAnswer } from "../../web/messages.ts";
import { demandOneField, demandRoom, heldBytes } from "../../web/room.ts";
import { filesOf } from "../helpers/folder_files.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [10, 14, 12];
const OPTIONS = { nIterations: "5 4", shrinkFactor: "2", maskMethod: "otsu" };

function niftiFile(name: string, volumes: readonly ArrayLike<number>[], shape = SHAPE): File {
  const { bytes } = buildNiftiHeader({ shape, voxelSize: [2, 1, 1], dataType: "float32", volumes: volumes.length });
  return new File([bytes.slice(), ...volumes.map((data) => Float32Array.from(data))], name);
}

async function gunzipped(blob: Blob): Promise<Uint8Array> {
  return await new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).bytes();
}

async function gzipped(file: File): Promise<File> {
  const stream = file.stream().pipeThrough(new CompressionStream("gzip"));
  return new File([await new Response(stream).arrayBuffer()], `${file.name}.gz`);
}

/** What the page makes of files that are dropped together. */
function dropped(...files: readonly File[]): Dropped {
  const found = droppedOf(files.map((file) => [file.name, file]));
  assert.ok(found);
  return found;
}

async function answersOf(...[request]: [Parameters<typeof correctDropped>[0]]): Promise<CorrectionAnswer[]> {
  const answers: CorrectionAnswer[] = [];
  await correctDropped(request, (answer) => answers.push(answer), "ts");
  return answers;
}

function found<Kind extends CorrectionAnswer["kind"]>(answers: readonly CorrectionAnswer[], kind: Kind) {
  const answer = answers.find((one) => one.kind === kind);
  assert.ok(answer, `there is an answer '${kind}'`);
  return answer as Extract<CorrectionAnswer, { kind: Kind }>;
}

const seeds = (...numbers: readonly number[]) => numbers.map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);

for (const [name, volumes, masked] of [["a head", [1], false], ["a series with a mask", [1, 2, 3], true]] as const) {
  Deno.test(`the worker makes of ${name} the files that the command writes`, () =>
    inFolder(async (folder) => {
      const image = await gzipped(niftiFile("in.nii", seeds(...volumes)));
      const inside = Uint8Array.from({ length: 10 * 14 * 12 }, (_, i) => Number(i % 12 > 2));
      const mask = masked ? niftiFile("mask.nii", [inside]) : undefined;
      const { maskMethod: _, ...rest } = OPTIONS;
      const options = masked ? rest : OPTIONS;
      const answers = await answersOf({ image: dropped(image), mask: mask && dropped(mask), options });
      const { command, page, device } = found(answers, "result");
      const { files } = found(answers, "files");
      assert.equal(device.kind, "ts");
      assert.match(page, /<title>in\.nii\.gz, bias corrected/);
      assert.match(page, /id="view-data"/);
      const masks = masked ? " --mask mask.nii" : " --mask-method otsu";
      assert.equal(command, `n4 correct in.nii.gz in_n4.nii.gz --n-iterations 5 4 --shrink-factor 2${masks}`);
      const shares = answers.flatMap((answer) => answer.kind === "progress" ? [answer.share] : []);
      assert.ok(shares.length > 3 && shares.every((share) => share >= 0 && share <= 1), "progress is told");

      await Deno.writeFile(`${folder}/in.nii.gz`, await image.bytes());
      if (mask) await Deno.writeFile(`${folder}/mask.nii`, await mask.bytes());
      const beside = Object.fromEntries(
        [["field", ".nii"], ["mask", ".nii"], ["model", ".json"]].map((
          [role, end],
        ) => [role, `${folder}/${role}_out${end}`]),
      );
      await correctFile({
        input: `${folder}/in.nii.gz`,
        output: `${folder}/in_n4.nii`,
        options: {
          ...{ nIterations: [5, 4], shrinkFactor: [2, 2, 2], backend: "ts", nProcesses: 0 },
          ...masked ? { mask: `${folder}/mask.nii` } : {},
          ...{ saveBiasField: beside.field, saveMask: beside.mask, saveBiasModel: beside.model },
        },
      });
      for (const [role, path] of Object.entries({ image: `${folder}/in_n4.nii`, ...beside })) {
        const offered = files.find((file) => file.role === role);
        assert.ok(offered);
        const wanted = new Uint8Array(await Deno.readFile(path));
        assert.deepEqual(await (role === "model" ? offered.blob.bytes() : gunzipped(offered.blob)), wanted, role);
      }
      assert.deepEqual(files.map((file) => file.name), [
        ...["in_n4.nii.gz", "in_n4.html", "in_n4_field.nii.gz", "in_n4_mask.nii.gz", "in_n4_model.json"],
      ]);
    }));
}

/** A stack of sections, as a folder and as an archive. */
async function writeStack(folder: string): Promise<void> {
  for (const name of ["stack.ome.zarr", "stack.ozx"]) {
    await phantomFile({ output: `${folder}/${name}`, options: { shape: [24, 40, 44], nSerialSlices: 4 } });
  }
}

/** What an archive holds: every level's voxels, and what it says of itself. */
async function contentsOf(blob: Blob): Promise<unknown> {
  await using first = await openOmeZarrBlob("made", blob);
  const levels = Array.from({ length: first.levels }, async (_, level) => {
    await using image = await openOmeZarrBlob("made", blob, { level, requireAllChunks: true });
    const values = new Float32Array(voxelCount(image.shape));
    await image.volume(0).read(wholeBox(image.shape), values);
    return values;
  });
  return [first.attributes, first.details, await Promise.all(levels)];
}

for (const [name, format] of [["stack.ome.zarr", "ozx"], ["stack.ozx", "nii.gz"]] as const) {
  Deno.test(`the worker makes of ${name} the files that the command writes`, () =>
    inFolder(async (folder) => {
      await writeStack(folder);
      const path = `${folder}/${name}`;
      const image = name === "stack.ozx"
        ? dropped(new File([await Deno.readFile(path)], name))
        : droppedOf([...await filesOf(path)].map(([key, blob]) => [`${name}/${key}`, blob] as const));
      assert.ok(image);
      const options = { preset: "oct", nSerialSlices: "4", nIterations: "4 4" };
      const answers = await answersOf({ image, options, format: format === "ozx" ? undefined : format });
      const { command, page } = found(answers, "result");
      const { files } = found(answers, "files");
      assert.match(page, /id="view-data"/);
      const typed = "--preset oct --n-serial-slices 4 --n-iterations 4 4";
      assert.equal(command, `n4 correct ${name} stack_n4.${format} ${typed}`);
      const out = `${folder}/out.${format}`;
      const beside = { field: `${folder}/field.${format}`, mask: `${folder}/mask.${format}` };
      await correctFile({
        input: path,
        output: out,
        options: {
          ...{ preset: "oct", nSerialSlices: 4, nIterations: [4, 4], backend: "ts", nProcesses: 0 },
          ...format === "ozx" ? { compressor: "gzip" } : {},
          ...{ saveBiasField: beside.field, saveMask: beside.mask },
        },
      });
      for (const [role, path] of Object.entries({ image: out, ...beside })) {
        const blob = files.find((file) => file.role === role)?.blob;
        assert.ok(blob);
        const bytes = new Blob([await Deno.readFile(path)]);
        const [made, wanted] = await Promise.all([blob, bytes].map(format === "ozx" ? contentsOf : gunzipped));
        assert.deepEqual(made, wanted, role);
      }
    }));
}

Deno.test("a pair is read by either of its files, and one of them alone is refused", async () => {
  const [intensity] = seeds(1);
  const single = await niftiFile("in.nii", [intensity]).bytes();
  const header = single.slice(0, 348);
  header.set(new TextEncoder().encode("ni1\0"), 344);
  new DataView(header.buffer).setFloat32(108, 0, true);
  const files = [new File([single.slice(352)], "in.img"), new File([header], "in.hdr")];
  const answers = await answersOf({ image: dropped(...files), options: { nIterations: "2" } });
  assert.deepEqual(found(answers, "files").files.map(({ name }) => name).slice(0, 1), ["in_n4.nii"]);
  for (const file of files) {
    await assert.rejects(answersOf({ image: dropped(file), options: {} }), /must be given together/);
  }
});

Deno.test("what cannot be corrected is refused in a sentence", async () => {
  const [intensity] = seeds(1);
  const image = niftiFile("in.nii", [intensity]);
  const gzip = await gzipped(image);
  const refused: readonly [RegExp, Parameters<typeof correctDropped>[0]][] = [
    [/Cannot .*note\.nii/, { image: dropped(new File(["no image"], "note.nii")), options: {} }],
    [/file ends early/, { image: dropped(new File([image.slice(0, 2000)], "in.nii")), options: {} }],
    [
      /gzip stream must be whole|early/,
      { image: dropped(new File([gzip.slice(0, gzip.size >> 1)], "in.nii.gz")), options: {} },
    ],
    [/must be integers/, { image: dropped(image), options: { nIterations: "many" } }],
    [/must have the image's shape/, {
      image: dropped(image),
      mask: dropped(niftiFile("m.nii", [intensity.slice(0, 8)], [2, 2, 2])),
      options: {},
    }],
    [/must hold one volume/, {
      image: dropped(image),
      mask: dropped(niftiFile("m.nii", [intensity, intensity])),
      options: {},
    }],
    [/together/, {
      image: dropped(image),
      mask: dropped(niftiFile("m.nii", [intensity])),
      options: { maskMethod: "otsu" },
    }],
    [/a DICOM file \('dcm2niix/, { image: dropped(new File([new Uint8Array(128), "DICM"], "in.dcm")), options: {} }],
    [/one by one: current others are b\.nii/, { image: dropped(image, new File([image], "b.nii")), options: {} }],
    [/level 0 alone/, { image: dropped(image), options: { level: "1" } }],
    [/must be one of|from 0 to 0|only volume/, { image: dropped(image), options: { channel: "3" } }],
    [/no known format|no zarr\.json|Cannot open 'folder'/, {
      image: { name: "folder", files: new Map([["a", image]]), isFolder: true },
      options: {},
    }],
  ];
  for (const [reason, request] of refused) {
    await assert.rejects(answersOf(request), (error: Error) => {
      assert.match(error.message, reason);
      assert.match(error.message, /^Cannot /);
      return true;
    });
  }
});

Deno.test("an image that no browser holds is refused with the command line", () => {
  const huge = { path: "big.nii", shape: [1024, 1024, 600] as const, volumes: 1 };
  const command = "n4 correct big.nii big_n4.nii";
  assert.throws(() => demandRoom(huge, { format: "nii" }, command), /2048 MiB.*n4 correct big\.nii/);
  const large = { path: "large.nii", shape: [512, 512, 512] as const, volumes: 2 };
  for (const format of ["nii", "ozx"] as const) {
    assert.throws(() => demandRoom(large, { format, deviceMemory: 1 }, "n4"), /fit into the 1 GiB/);
    demandRoom(large, { format, deviceMemory: 8 }, "n4");
    demandRoom(large, { format }, "n4");
  }
  assert.ok(heldBytes({ ...large, volumes: 1 }, "nii") < heldBytes(large, "nii"));
  assert.throws(() => demandOneField({ path: "c.ozx", format: "ome-zarr" }, 3, "n4 correct"), /is 3.*n4 correct/);
  demandOneField({ path: "c.nii", format: "nifti" }, 3, "n4 correct");
});

Deno.test("names and words of a command line are those of a shell", () => {
  const names = [
    "sub-1_T1w.nii.gz",
    "HEAD.NII",
    "a.b.hdr",
    "s.ome.zarr",
    "s.zarr",
    "s.ome.zarr.zip",
    "s.ozx",
    "h.nii.zarr",
    "plain",
  ];
  assert.deepEqual(names.map((name) => besideName(name, "n4.x")), [
    ...["sub-1_T1w_n4.x", "HEAD_n4.x", "a.b_n4.x", "s_n4.x", "s_n4.x", "s_n4.x", "s_n4.x", "h_n4.x", "plain_n4.x"],
  ]);
  const options = { preset: "", shrinkFactor: " 2  3 4 " };
  assert.equal(
    commandLine("my head's.nii", { options, mask: "a b.nii", format: "nii" }),
    `n4 correct 'my head'\\''s.nii' 'my head'\\''s_n4.nii' --shrink-factor 2 3 4 --mask 'a b.nii'`,
  );
  assert.equal(labelOf("splineDistanceMm"), "Spline distance, mm");
  assert.equal(withLabels("Cannot use option 'nIterations' as"), "Cannot use 'Iterations' as");
});
