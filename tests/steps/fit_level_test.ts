/**
 * Fits whose samples come from a coarser level of the image: where the samples lie, what the mask is there, and how
 * near the field comes.
 */

import assert from "node:assert/strict";
import { coarseBitMask, HeldBits } from "../../src/intensity/mask/bit_volume.ts";
import { openImage } from "../../src/io/open.ts";
import { fitGrid } from "../../src/plan/fit_grid.ts";
import { boxVoxels, type Geometry, type Shape3, wholeBox } from "../../src/volume.ts";
import { programs, run, runWell } from "../helpers/command.ts";
import { correctImage } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const geometry = (shape: Shape3, edge: number): Geometry => ({ shape, voxelSize: [edge, edge, edge] });

Deno.test("samples on a coarser level lie at the centres of its voxels, each in one section", () => {
  const volume = geometry([20, 64, 50], 1);
  const settings = {
    shrinkMethod: "stride",
    shrinkGeometry: "aligned",
    maxFitSamples: 2 ** 24,
    fitLevel: geometry([10, 32, 25], 2),
  } as const;
  const whole = fitGrid(volume, [0, 20], [2, 2, 2], settings);
  assert.deepEqual(whole.factors, [2, 2, 2]);
  assert.deepEqual(whole.grid.map(({ count }) => count), [10, 32, 25]);
  assert.deepEqual([...whole.grid[0].positions.slice(0, 3)], [0.5, 2.5, 4.5]);
  // Planes 0 to 6 hold the centres 0.5, 2.5, 4.5 (6.5 is nearer to plane 7), planes 7 to 19 the others.
  const sections = [[0, 7], [7, 20]].map(([z0, z1]) =>
    fitGrid(volume, [z0, z1], [1, 1, 1], settings).grid[0].positions
  );
  assert.deepEqual(sections.flatMap((positions) => [...positions]), [...whole.grid[0].positions]);
  assert.equal(sections[0].length, 3);
  const wide = fitGrid(volume, [0, 20], [4, 4, 4], settings);
  assert.deepEqual(wide.factors, [4, 4, 4]);
  assert.deepEqual(wide.grid.map(({ factor }) => factor), [2, 2, 2]);
  assert.throws(
    () => fitGrid(volume, [1, 2], [1, 1, 1], { ...settings, fitLevel: geometry([2, 8, 8], 10) }),
    RangeError,
  );
});

Deno.test("a mask of bits on a coarser level is that of the voxel nearest to each centre", async () => {
  const [fine, coarse]: Shape3[] = [[9, 10, 70], [3, 4, 20]];
  const bits = new HeldBits(fine);
  const bytes = Uint8Array.from({ length: boxVoxels(wholeBox(fine)) }, (_, i) => (Math.imul(i, 7919) >>> 4) & 1);
  await bits.writeBox(wholeBox(fine), bytes);
  const mask = coarseBitMask(bits, coarse, "test");
  const box = { z0: 1, z1: 3, y0: 0, y1: 4, x0: 3, x1: 20 };
  const [values, out] = [new Float32Array(boxVoxels(box)), new Uint8Array(boxVoxels(box))];
  values[5] = NaN;
  await mask.read(box, values, out);
  let at = 0;
  for (let z = 1; z < 3; z++) {
    for (let y = 0; y < 4; y++) {
      for (let x = 3; x < 20; x++, at++) {
        const [fz, fy, fx] = [[z, 9 / 3], [y, 10 / 4], [x, 70 / 20]].map(([k, r]) => Math.round((k + 0.5) * r - 0.5));
        assert.equal(out[at], at === 5 ? 0 : bytes[(fz * 10 + fy) * 70 + fx], `${z} ${y} ${x}`);
      }
    }
  }
});

Deno.test("'auto' takes the level that the most samples leave, where no distance between them is given", () =>
  inFolder(async (folder) => {
    const shape = [16, 24, 24] as const;
    const volumes = [randomVolume({ shape, seed: 1 }).intensity];
    const image = await writeImage(`${folder}/in.nii`, { shape, voxelSize: [1, 1, 1], volumes });
    const { path } = await correctImage(image, { strength: 0, nLevels: 1 }, ".ome.zarr");
    const corrected = async (fitLevel?: number | "auto") => {
      const options = { preset: "mri", shrinkFactor: undefined, maskMethod: "none", maxFitSamples: 2000 } as const;
      return (await correctImage(path, { ...options, fitLevel })).values;
    };
    const auto = await corrected("auto");
    assert.deepEqual(auto, await corrected(1));
    assert.notDeepEqual(auto, await corrected());
  }));

programs.test("a fit on level 1 finds the field as well as one on single voxels, and 'auto' takes that level", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const phantom = ["--shape", "32", "64", "64", "--n-serial-slices", "2", "--looks", "30", "--with-truth"];
    await runWell(["n4", "phantom", at("made.ome.zarr"), ...phantom]);
    const keep = ["--preset", "mri", "--strength", "0", "--n-iterations", "1", "--n-levels", "2", "--backend", "ts"];
    await runWell(["n4", "correct", at("made.ome.zarr"), at("in.ome.zarr"), ...keep]);
    const words = [
      "--preset",
      "oct",
      "--mask-smoothing-sigma",
      "2",
      "--mask-rules",
      "plain",
      "--n-serial-slices",
      "2",
      "--backend",
      "ts",
      "--n-levels",
      "0",
    ];
    const field = async (name: string, more: readonly string[]) => {
      const outputs = ["--save-bias-field", at(`${name}_field.ome.zarr`), "--report", at(`${name}.json`)];
      await runWell(["n4", "correct", at("in.ome.zarr"), at(`${name}.ome.zarr`), ...words, ...outputs, ...more]);
      return await voxels(at(`${name}_field.ome.zarr`));
    };
    const [truth, tissue] = [await voxels(at("made_field.ome.zarr")), await voxels(at("made_mask.ome.zarr"))];
    const single = await field("single", ["--shrink-factor", "2", "--shrink-method", "stride"]);
    const level = await field("level", ["--shrink-factor", "2", "--fit-level", "1", "--rescale", "mean"]);
    const [left, leftBySingle] = [level, single].map((found) => unevenness(found, truth, tissue));
    assert.ok(left < 0.025 && left < leftBySingle, `${left} and ${leftBySingle}`);

    const auto = await field("auto", ["--shrink-factor", "3", "--fit-level", "auto"]);
    assert.deepEqual(auto, await field("named", ["--shrink-factor", "3", "--fit-level", "1"]));
    const report = JSON.parse(await Deno.readTextFile(at("level.json")));
    assert.deepEqual(report.fits[0].sampleGrid, [8, 32, 32]);

    const refused = await run(["n4", "correct", at("in.ome.zarr"), at("x.ome.zarr"), "--fit-level", "3"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /'--fit-level' must be 'auto' or from 0, the one that is corrected, to 2: .* is 3/);
  });
});

/**
 * Coefficient of variation of found over true field in the tissue of a plane, the mean over the planes of 64 x 64
 * voxels.
 */
function unevenness(found: Float32Array, truth: Float32Array, tissue: Float32Array): number {
  const plane = 64 * 64;
  const cvs: number[] = [];
  for (let at = 0; at < found.length; at += plane) {
    const ratios: number[] = [];
    for (let i = at; i < at + plane; i++) if (tissue[i] > 0) ratios.push(found[i] / truth[i]);
    const mean = ratios.reduce((sum, r) => sum + r, 0) / ratios.length;
    cvs.push(Math.sqrt(ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / ratios.length) / mean);
  }
  return cvs.reduce((sum, cv) => sum + cv, 0) / cvs.length;
}

async function voxels(path: string): Promise<Float32Array> {
  await using image = await openImage(path);
  const values = new Float32Array(boxVoxels(wholeBox(image.shape)));
  await image.volume(0).read(wholeBox(image.shape), values);
  return values;
}
