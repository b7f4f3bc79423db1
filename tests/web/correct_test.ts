/** What the page's worker does, without a browser: the files that the command writes, and one sentence for what is wrong. */
import assert from "node:assert/strict";
import { correctFile } from "../../mod.ts";
import { buildNiftiHeader } from "../../src/io/nifti/template.ts";
import type { Shape3 } from "../../src/volume.ts";
import { besideName, commandLine, correctedName } from "../../web/command_line.ts";
import { correctDropped } from "../../web/correct.ts";
import { labelOf, withLabels } from "../../web/labels.ts";
import type { CorrectionAnswer } from "../../web/messages.ts";
import { demandRoom, heldBytes } from "../../web/room.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [10, 14, 12];
const OPTIONS = { nIterations: "5 4", shrinkFactor: "2", maskMethod: "otsu" };

function niftiFile(name: string, volumes: readonly ArrayLike<number>[], shape = SHAPE): File {
  const { bytes } = buildNiftiHeader({ shape, voxelSize: [2, 1, 1], dataType: "float32", volumes: volumes.length });
  return new File([bytes.slice(), ...volumes.map((data) => Float32Array.from(data))], name);
}

async function gzipped(file: File): Promise<File> {
  const stream = file.stream().pipeThrough(new CompressionStream("gzip"));
  return new File([await new Response(stream).arrayBuffer()], `${file.name}.gz`);
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
      const answers = await answersOf({ image, mask, options });
      const { command, page, device } = found(answers, "result");
      const { files } = found(answers, "files");
      assert.equal(device.kind, "ts");
      assert.match(page, /<title>in\.nii\.gz, bias corrected/);
      assert.match(page, /id="view-data"/);
      const masks = masked ? " --mask mask.nii" : " --mask-method otsu";
      assert.equal(command, `n4 correct in.nii.gz in_n4.nii --n-iterations 5 4 --shrink-factor 2${masks}`);
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
        assert.deepEqual(await offered?.blob.bytes(), new Uint8Array(await Deno.readFile(path)), role);
      }
      assert.deepEqual(files.map((file) => file.name), [
        ...["in_n4.nii", "in_n4.html", "in_n4_field.nii", "in_n4_mask.nii", "in_n4_model.json"],
      ]);
    }));
}

Deno.test("what cannot be corrected is refused in a sentence", async () => {
  const [intensity] = seeds(1);
  const image = niftiFile("in.nii", [intensity]);
  const gzip = await gzipped(image);
  const refused: readonly [RegExp, Parameters<typeof correctDropped>[0]][] = [
    [/Cannot .*note\.nii/, { image: new File(["no image"], "note.nii"), options: {} }],
    [/file ends early/, { image: new File([image.slice(0, 2000)], "in.nii"), options: {} }],
    [
      /gzip stream must be whole|early/,
      { image: new File([gzip.slice(0, gzip.size >> 1)], "in.nii.gz"), options: {} },
    ],
    [/must be integers/, { image, options: { nIterations: "many" } }],
    [/must have the image's shape/, {
      image,
      mask: niftiFile("m.nii", [intensity.slice(0, 8)], [2, 2, 2]),
      options: {},
    }],
    [/must hold one volume/, { image, mask: niftiFile("m.nii", [intensity, intensity]), options: {} }],
    [/together/, { image, mask: niftiFile("m.nii", [intensity]), options: { maskMethod: "otsu" } }],
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
  assert.throws(() => demandRoom(huge, undefined, "n4 correct big.nii big_n4.nii"), /2048 MiB.*n4 correct big\.nii/);
  const large = { path: "large.nii", shape: [512, 512, 512] as const, volumes: 2 };
  assert.throws(() => demandRoom(large, 2, "n4"), /fit into the 2 GiB/);
  demandRoom(large, 8, "n4");
  demandRoom(large, undefined, "n4");
  assert.ok(heldBytes({ ...large, volumes: 1 }) < heldBytes(large));
});

Deno.test("names and words of a command line are those of a shell", () => {
  assert.equal(correctedName("sub-1_T1w.nii.gz"), "sub-1_T1w_n4.nii");
  assert.equal(besideName("HEAD.NII", "n4.html"), "HEAD_n4.html");
  assert.equal(
    commandLine("my head's.nii", { options: { preset: "", shrinkFactor: " 2  3 4 " }, mask: "a b.nii" }),
    `n4 correct 'my head'\\''s.nii' 'my head'\\''s_n4.nii' --shrink-factor 2 3 4 --mask 'a b.nii'`,
  );
  assert.equal(labelOf("splineDistanceMm"), "Spline distance, mm");
  assert.equal(withLabels("Cannot use option 'nIterations' as"), "Cannot use 'Iterations' as");
});
