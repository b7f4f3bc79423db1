/** What tells whether a correction helped, and samples that would mislead it. */

import assert from "node:assert/strict";
import { correctImage, type Correction } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel, randomVolume } from "../helpers/volumes.ts";

const SHAPE = [16, 20, 24] as const;
const FIT = { shrinkFactor: [1, 1, 1], nIterations: [20, 20], maskMethod: "none" } as const;
const HEAD = randomVolume({ shape: SHAPE, seed: 1, bias: 0.3 }).intensity;

const notes = ({ events }: Correction) => events.flatMap((event) => event.event === "note" ? [event.text] : []);

Deno.test("a region that is given is judged instead of the brightest tissue, and changes no field", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [HEAD] });
    const inside = new Float32Array(HEAD.length);
    forEachVoxel(SHAPE, (i, z, y) => inside[i] = z < 4 && y < 5 ? 1 : 0);
    const roi = await writeImage(`${folder}/roi.nii`, { shape: SHAPE, volumes: [inside] });
    const plain = await correctImage(path, FIT);
    const judged = await correctImage(path, { ...FIT, roi });
    assert.deepEqual(judged.values, plain.values);
    const [quality] = judged.report.quality ?? [];
    assert.equal(quality.roiSamples, 4 * 5 * 24);
    const spread = (values: Float32Array) => {
      const logs = values.filter((_, i) => inside[i] === 1).map(Math.log);
      const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
      return Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length);
    };
    [HEAD, judged.values].forEach((values, i) => {
      assert.ok(Math.abs((quality.tissue?.[i] ?? 0) - spread(values)) < 1e-5, `${quality.tissue} ${spread(values)}`);
    });
    assert.ok(
      notes(judged).some((text) => /: the region of option 'roi' in the image \(480 samples\) varies by/.test(text)),
    );

    const dot = inside.map((_, i) => i < 5 ? 1 : 0);
    const small = await correctImage(path, {
      ...FIT,
      roi: await writeImage(`${folder}/dot.nii`, { shape: SHAPE, volumes: [dot] }),
    });
    assert.deepEqual(small.report.quality, plain.report.quality);
    assert.match(small.report.warnings.join(), /^Option 'roi' holds 5 samples of the fit, fewer than 32:/);
  }));

Deno.test("with a part of the correction, what is told is that of the written voxels", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [HEAD] });
    const roi = await writeImage(`${folder}/roi.nii`, {
      shape: SHAPE,
      volumes: [new Float32Array(HEAD.length).fill(1)],
    });
    const spread = (values: Float32Array) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
    };
    const modes = [["global"], ["per_section", 2], ["two_pass", 2]] as const;
    for (const [mode, nSerialSlices] of modes) {
      for (const strength of [1, 0.5, 0]) {
        const options = { ...FIT, mode, nSerialSlices, strength, ...mode === "global" ? { roi, fitHalves: true } : {} };
        const run = await correctImage(path, options);
        const [{ before, after, verdict, tissue, error }] = run.report.quality ?? [];
        const told = [before?.samples ?? NaN, after?.samples ?? NaN];
        [HEAD, run.values].forEach((values, i) => {
          assert.ok(Math.abs(told[i] - spread(values)) < 1e-5, `${mode} ${strength}: ${told[i]} ${spread(values)}`);
        });
        if (strength > 0) continue;
        assert.deepEqual(run.values, HEAD);
        assert.deepEqual(after, before);
        if (mode !== "global") continue;
        assert.deepEqual([verdict, tissue?.[1], error], ["even already", tissue?.[0], 0]);
        assert.ok(notes(run).some((text) => text.startsWith("Nothing was changed: ")), notes(run).join());
      }
    }
  }));

Deno.test("two halves of the samples tell the error of the field, and change no field", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [HEAD] });
    const plain = await correctImage(path, FIT);
    const halved = await correctImage(path, { ...FIT, fitHalves: true });
    assert.deepEqual(halved.values, plain.values);
    const { error = NaN } = halved.report.quality?.[0] ?? {};
    assert.ok(error > 0 && error < 0.05, `${error}`);
    assert.ok(
      notes(halved).some((text) => /Fits of two halves of the samples put the error of the field at/.test(text)),
    );
  }));

Deno.test("zeros taken unlogged, most of an image, do not make it even", () =>
  inFolder(async (folder) => {
    const values = HEAD.map((value, i) => i % 24 < 15 ? 0 : value);
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [values] });
    const zeros = { ...FIT, nonPositive: "itk", skipIfEven: true } as const;
    const run = await correctImage(path, zeros);
    assert.equal(run.report.quality?.[0].verdict, "helped");
    assert.notDeepEqual(run.values, values);

    const few = await correctImage(
      await writeImage(`${folder}/few.nii`, {
        shape: SHAPE,
        volumes: [values.map((value, i) => i < 1000 ? value : 0)],
      }),
      zeros,
    );
    assert.match(few.report.warnings.join(), /Whether the correction helped is not known, as that takes 512 samples/);
    assert.equal(few.report.quality?.[0].verdict, undefined);
    assert.notDeepEqual(few.values, values.map((value, i) => i < 1000 ? value : 0));
  }));

Deno.test("with --weights dark, what is hardly brighter than the background takes no part", () =>
  inFolder(async (folder) => {
    const [mask, bright, values] = [new Float32Array(HEAD.length), new Float32Array(HEAD.length), HEAD.slice()];
    forEachVoxel(SHAPE, (i, z, _, x) => {
      mask[i] = x < 20 ? 1 : 0;
      bright[i] = mask[i] === 1 && z > 1 ? 1 : 0;
      if (mask[i] === 0) values[i] = 6;
      else if (bright[i] === 0) values[i] = 1 + (i % 8);
    });
    const write = (name: string, volume: Float32Array) =>
      writeImage(`${folder}/${name}`, { shape: SHAPE, volumes: [volume] });
    const path = await write("in.nii", values);
    const fit = { ...FIT, maskMethod: undefined } as const;
    const damped = await correctImage(path, { ...fit, mask: await write("mask.nii", mask), weights: "dark" });
    const exact = await correctImage(path, { ...fit, mask: await write("bright.nii", bright) });
    assert.deepEqual(damped.values, exact.values);
    const told = `${2 * 20 * 20} of ${
      16 * 20 * 20
    } samples in the mask are no brighter than 12, 2 times the mean outside it: they get no weight.`;
    assert.ok(notes(damped).includes(told), notes(damped).join("\n"));

    const whole = await correctImage(path, { ...FIT, weights: "dark" });
    assert.ok(notes(whole).includes("No sample lies outside the mask: none counts as dark."));
    const dim = await write("dim.nii", mask.map((inside, i) => inside === 1 && i % 24 < 12 ? 0 : inside));
    const most = await correctImage(path, { ...fit, mask: dim, weights: "dark" });
    assert.ok(notes(most).some((text) => /more than half, so that all of them keep their weight\.$/.test(text)));
  }));

Deno.test("with --weights dark, hot pixels that the samples leave out do not raise what counts as dark", () =>
  inFolder(async (folder) => {
    const shape = [12, 48, 48] as const;
    const random = new Random(4);
    const plain = new Float32Array(12 * 48 * 48);
    forEachVoxel(shape, (i, _, y, x) => {
      const inside = (y - 23.5) ** 2 + (x - 23.5) ** 2 < 16 ** 2;
      plain[i] = (inside ? 100 : 8) * (1 + 0.1 * random.uniform());
    });
    const hot = plain.map((value, i) => i % 307 === 0 ? 1e5 : value);
    const options = { preset: "oct", nSerialSlices: 3, weights: "dark", nIterations: [2] } as const;
    const least = async (values: Float32Array, name: string) => {
      const path = await writeImage(`${folder}/${name}.nii`, { shape, volumes: [values] });
      const told = notes(await correctImage(path, options)).join("\n");
      return Number(/no brighter than (\S+), 2 times the mean outside it: they get/.exec(told)?.[1]);
    };
    const [expected, found] = [await least(plain, "plain"), await least(hot, "hot")];
    assert.ok(Math.abs(found / expected - 1) < 0.1, `${found} instead of ${expected}`);
  }));

Deno.test("a sidecar that says that the scanner has corrected the image is told, any other is not", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [HEAD] });
    const warnings = async (sidecar: string) => {
      await Deno.writeTextFile(`${folder}/in.json`, sidecar);
      return (await correctImage(path, { ...FIT, nIterations: [1] })).report.warnings.join();
    };
    assert.match(
      await warnings('{"ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"]}'),
      /^The scanner has corrected this image already \(NORM in ImageType of '.*in\.json'\)/,
    );
    for (const other of ['{"ImageType": ["ORIGINAL", "M"]}', '{"ImageType": "NORM"}', "null", "no JSON", "{}"]) {
      assert.equal(await warnings(other), "", other);
    }
  }));
