/** Every option about masks and voxels does what its help says. */

import assert from "node:assert/strict";
import { DataError } from "../../src/errors.ts";
import type { Shape3 } from "../../src/volume.ts";
import { correctImage, type Correction } from "../helpers/corrections.ts";
import { type ImageRecipe, readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { forEachVoxel, randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [8, 12, 16];
const HEAD = randomVolume({ shape: SHAPE, seed: 1 }).intensity;
/** An ellipsoid that is 1 inside. */
const BRAIN = Float32Array.from(randomVolume({ shape: SHAPE, seed: 2, masked: true }).mask ?? []);
/** RAS, 1 mm. */
const AFFINE = [1, 0, 0, -8, 0, 1, 0, -6, 0, 0, 1, -4, 0, 0, 0, 1];
const EVERY = { shrinkFactor: [1, 1, 1] } as const;

interface Folder {
  readonly head: string;
  /** Writes an image beside the head. */
  write(name: string, values: ArrayLike<number>, recipe?: Partial<ImageRecipe>): Promise<string>;
}

/** Runs `body` with a head. */
function withHead(body: (folder: Folder) => Promise<void>, values: Float32Array = HEAD): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const write: Folder["write"] = (name, data, recipe) =>
        writeImage(`${folder}/${name}`, {
          shape: SHAPE,
          affine: AFFINE,
          volumes: [Float32Array.from(data)],
          ...recipe,
        });
      await body({ head: await write("head.nii", values), write });
    });
}

let masks = 0;

/** The mask that a correction used. */
async function usedMask(input: string, options: Parameters<typeof correctImage>[1]): Promise<Float32Array> {
  const saveMask = `${input}.${++masks}.mask.nii`;
  await correctImage(input, { ...options, saveMask });
  return await readImage(saveMask);
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function warned(correction: Correction, text: RegExp): void {
  assert.ok(correction.report.warnings.some((warning) => text.test(warning)), correction.report.warnings.join("\n"));
}

Deno.test(
  "a mask counts wherever it is not 0, and nothing outside it matters to the fit",
  withHead(async ({ head, write }) => {
    const plain = await correctImage(head, { ...EVERY, mask: await write("m1.nii", BRAIN) });
    assert.equal(plain.report.fits[0].samples.used, sum(BRAIN));
    const bytes = await correctImage(head, {
      ...EVERY,
      mask: await write("m255.nii", BRAIN.map((v) => 255 * v), { dataType: "uint8" }),
    });
    assert.deepEqual(bytes.values, plain.values);
    const wild = await write("wild.nii", HEAD.map((v, i) => BRAIN[i] ? v : NaN));
    assert.deepEqual(
      (await correctImage(wild, { ...EVERY, mask: `${head.replace("head", "m1")}` })).model.global,
      plain.model.global,
    );
  }),
);

Deno.test(
  "a mask label takes that value alone",
  withHead(async ({ head, write }) => {
    const labels = BRAIN.map((v, i) => v === 0 ? 1 : i % 3 === 0 ? 2 : 7);
    const mask = await write("labels.nii", labels, { dataType: "uint8" });
    for (const label of [1, 2, 7]) {
      const { report } = await correctImage(head, { ...EVERY, mask, maskLabel: label });
      assert.equal(report.fits[0].samples.used, labels.filter((v) => v === label).length);
    }
  }),
);

Deno.test(
  "a coarser mask counts by the nearest voxel in the world",
  withHead(async ({ head, write }) => {
    const shape: Shape3 = [4, 6, 8];
    const coarse = Array.from({ length: 192 }, (_, i) => i % 5 === 0 ? 1 : 0);
    const affine = [2, 0, 0, -7.5, 0, 2, 0, -5.5, 0, 0, 2, -3.5, 0, 0, 0, 1];
    const recipe = { shape, voxelSize: [2, 2, 2], affine } as const;
    const expected: number[] = [];
    forEachVoxel(SHAPE, (_, z, y, x) => expected.push(coarse[((z >> 1) * 6 + (y >> 1)) * 8 + (x >> 1)]));
    const mask = await write("coarse.nii", coarse, recipe);
    assert.deepEqual([...await usedMask(head, { mask })], expected);
    warned(
      await correctImage(head, { mask }),
      /shape 4 6 8, not 8 12 16: it is read at the image's positions, nearest voxel/,
    );
    const level = await write("coarse.ome.zarr", coarse, { ...recipe, affine: undefined, chunk: [3, 3, 3] });
    assert.deepEqual(
      [...await usedMask(head, { mask: level })],
      expected,
      "an OME-Zarr with no place in a body: stretched",
    );
    const moved = await write("moved.nii", coarse, { ...recipe, affine: affine.map((v, i) => i === 3 ? v + 2 : v) });
    const shifted: number[] = [];
    forEachVoxel(
      SHAPE,
      (_, z, y, x) => shifted.push(x < 2 ? 0 : coarse[((z >> 1) * 6 + (y >> 1)) * 8 + ((x - 2) >> 1)]),
    );
    assert.deepEqual([...await usedMask(head, { mask: moved })], shifted, "one voxel further along x: 0 outside");
  }),
);

Deno.test("a label beside the image in an OME-Zarr is a mask, and its labels are chosen by number", () =>
  inFolder(async (folder) => {
    const image = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [HEAD], chunk: [8, 8, 8] });
    await Deno.mkdir(`${image}/labels`);
    const labels = BRAIN.map((v, i) => v === 0 ? 0 : 1 + i % 2);
    const mask = await writeImage(`${image}/labels/brain.zarr`, { shape: SHAPE, volumes: [labels], dataType: "uint8" });
    assert.deepEqual(await usedMask(image, { mask }), BRAIN);
    assert.deepEqual(await usedMask(image, { mask, maskLabel: 2 }), labels.map((v) => v === 2 ? 1 : 0));
  }));

Deno.test(
  "Otsu's threshold is the end of the bin with the greatest variance between the classes",
  withHead(async ({ head }) => {
    const [lo, hi] = [Math.min(...HEAD), Math.max(...HEAD)];
    const width = (hi + (hi - lo) / 25600 - lo) / 256;
    let [greatest, threshold] = [-1, 0];
    const bins = [...HEAD].map((v) => Math.floor((v - lo) / width));
    for (let split = 0; split < 255; split++) {
      const classes = [bins.filter((bin) => bin <= split), bins.filter((bin) => bin > split)];
      const [a, b] = classes.map((list) => list.reduce((total, bin) => total + bin, 0) / list.length);
      const variance = classes[0].length * classes[1].length * (a - b) ** 2;
      if (variance > greatest) [greatest, threshold] = [variance, lo + (split + 1) * width];
    }
    const { report } = await correctImage(head, { maskMethod: "otsu" });
    const [, found] = /^voxels above (\S+) /.exec(report.fits[0].mask) ?? [];
    assert.ok(Math.abs(Number(found) - threshold) < 1e-9 * hi, `${found} and ${threshold}`);
    assert.deepEqual(await usedMask(head, {}), HEAD.map((v) => v > threshold ? 1 : 0));
  }),
);

Deno.test(
  "the other ways to make a mask take every voxel that is not 0, or every finite one",
  withHead(async ({ head }) => {
    const values = await readImage(head);
    assert.deepEqual(
      await usedMask(head, { maskMethod: "nonzero" }),
      values.map((v) => v !== 0 && isFinite(v) ? 1 : 0),
    );
    assert.deepEqual(await usedMask(head, { maskMethod: "none" }), values.map((v) => isFinite(v) ? 1 : 0));
  }, HEAD.map((v, i) => i % 7 === 0 ? 0 : i % 11 === 0 ? NaN : v)),
);

Deno.test(
  "a weight of 0 takes a voxel out of the fit, and equal weights change next to nothing",
  withHead(async ({ head, write }) => {
    const masked = await correctImage(head, { ...EVERY, mask: await write("m.nii", BRAIN) });
    const options = { ...EVERY, maskMethod: "none", weights: await write("w.nii", BRAIN) } as const;
    const weighted = await correctImage(head, options);
    assert.equal(weighted.report.fits[0].samples.used, sum(BRAIN));
    const [a, b] = [masked, weighted].map(({ model }) => model.global?.values ?? new Float64Array(1).fill(NaN));
    assert.ok(a.every((value, i) => Math.abs(value - b[i]) < 1e-5));
    const uneven = await write("uneven.nii", BRAIN.map((v, i) => v * (1 + i % 2)));
    const other = await correctImage(head, { ...options, weights: uneven });
    assert.notDeepEqual(other.model.global, weighted.model.global);
  }),
);

const DARK = HEAD.map((v, i) => i % 9 === 0 ? 0 : i % 10 === 0 ? -3 : v);

Deno.test(
  "voxels <= 0 are left out of the fit, or taken as ITK does, and told",
  withHead(async ({ head, write }) => {
    const dark = DARK.filter((v) => v <= 0).length;
    const left = await correctImage(head, { ...EVERY, maskMethod: "none" });
    assert.deepEqual(left.report.fits[0].samples, { used: DARK.length - dark, nonPositive: dark, outside: 0 });
    warned(left, new RegExp(`${dark} of ${DARK.length} samples in the mask are <= 0: left out of the fit`));
    const bright = await write("m.nii", DARK.map((v) => v > 0 ? 1 : 0));
    assert.deepEqual((await correctImage(head, { ...EVERY, mask: bright })).values, left.values);
    const itk = await correctImage(head, { ...EVERY, maskMethod: "none", nonPositive: "itk" });
    assert.equal(itk.report.fits[0].samples.used, DARK.length);
    warned(itk, new RegExp(`${dark} of ${DARK.length} samples in the mask are <= 0: taken as they are`));
  }, DARK),
);

Deno.test(
  "voxels that are not finite are kept, written as 0 or refused, and never spread",
  withHead(async ({ head, write }) => {
    const keep = await correctImage(head, EVERY);
    const values = await readImage(head);
    assert.ok(values.every((v, i) => isFinite(v) ? isFinite(keep.values[i]) : Object.is(keep.values[i], v)));
    warned(keep, /^2 voxels are not finite: left out of the fit, kept as they are/);
    const zero = await correctImage(head, { ...EVERY, nonfinite: "zero" });
    assert.deepEqual(zero.values, keep.values.map((v) => isFinite(v) ? v : 0));
    await assert.rejects(correctImage(head, { ...EVERY, nonfinite: "fail" }), DataError);
    const finite = await correctImage(await write("fine.nii", HEAD), { ...EVERY, nonfinite: "fail" });
    assert.ok(finite.values.every(isFinite));
  }, HEAD.map((v, i) => i === 5 ? NaN : i === 700 ? Infinity : v)),
);

Deno.test(
  "a mask in another place is refused unless its geometry shall be ignored",
  withHead(async ({ head, write }) => {
    const mask = await write("far.nii", BRAIN, { affine: AFFINE.map((v, i) => i === 3 ? 90 : v) });
    await assert.rejects(correctImage(head, { mask }), {
      name: "InputError",
      message: /must lie where the image lies/,
    });
    const ignoring = await correctImage(head, { mask, ignoreGeometry: true });
    warned(ignoring, /lies elsewhere than the image/);
    const here = await correctImage(head, { mask: await write("here.nii", BRAIN) });
    assert.deepEqual(ignoring.values, here.values);
  }),
);

Deno.test(
  "a weight that is negative or not finite counts as 0, and is told",
  withHead(async ({ head, write }) => {
    const options = { ...EVERY, maskMethod: "none" } as const;
    const out = (value: number) => BRAIN.map((weight, i) => i % 11 === 3 ? value : weight);
    const wanted = await correctImage(head, { ...options, weights: await write("w.nii", out(0)) });
    assert.deepEqual(wanted.report.warnings.filter((text) => text.startsWith("Weights")), []);
    for (const value of [Infinity, -Infinity, NaN, -1]) {
      const { values, report } = await correctImage(head, {
        ...options,
        weights: await write(`${value}.nii`, out(value)),
      });
      assert.deepEqual(values, wanted.values);
      assert.ok(
        report.warnings.includes(`Weights that are negative or not finite count as 0: the first is ${value}.`),
        `${value}`,
      );
    }
  }),
);
