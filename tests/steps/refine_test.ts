/** Mask, fit, mask, fit: what lies in the shade of a strong bias comes into the mask. */

import assert from "node:assert/strict";
import { correctImage } from "../helpers/corrections.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { forEachVoxel } from "../helpers/volumes.ts";
import { Random } from "../helpers/random.ts";

const SHAPE = [20, 24, 28] as const;
const FIT = { shrinkFactor: [1, 1, 1], nIterations: [60, 40], maskRules: "plain" } as const;

/** A ball of two tissues in air, whose far side a coil sees at a tenth. */
function ball() {
  const random = new Random(5);
  const [values, inside] = [new Float32Array(20 * 24 * 28), new Float32Array(20 * 24 * 28)];
  forEachVoxel(SHAPE, (i, z, y, x) => {
    const [w, v, u] = [(z - 9.5) / 9, (y - 11.5) / 11, (x - 13.5) / 13];
    inside[i] = w * w + v * v + u * u < 1 ? 1 : 0;
    const tissue = (z + y + x) % 7 < 3 ? 80 : 100;
    values[i] = inside[i] * tissue * Math.exp(-2.2 * x / 27) + 1 + random.uniform();
  });
  return { values, inside };
}

Deno.test("a mask that is made anew holds the far side, and is the one that is written, applied and told", () =>
  inFolder(async (folder) => {
    const { values, inside } = ball();
    const path = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [values] });
    const share = async (options: Parameters<typeof correctImage>[1], name: string) => {
      const saveMask = `${folder}/${name}.nii`;
      const run = await correctImage(path, { ...FIT, ...options, saveMask });
      const mask = await readImage(saveMask);
      const right = mask.reduce((sum, value, i) => sum + (value === inside[i] ? 1 : 0), 0) / mask.length;
      return { run, mask, right };
    };
    const once = await share({}, "once");
    const twice = await share({ refineMask: true, zeroOutsideMask: true }, "twice");
    assert.ok(once.right < 0.9, `${once.right}`);
    assert.ok(twice.right > 0.99, `${twice.right}`);
    assert.deepEqual(twice.run.values.map((value) => value === 0 ? 0 : 1), twice.mask);
    assert.match(twice.run.report.fits[0].mask, /^voxels above \S+ once they are corrected by a first fit \(Otsu\)$/);
    const used = twice.mask.reduce((sum, value) => sum + value, 0);
    assert.equal(twice.run.report.fits[0].samples.used, used, "the fit takes the voxels that the mask has");
    const exact = await correctImage(path, { ...FIT, mask: `${folder}/twice.nii` });
    assert.deepEqual(exact.model.global, twice.run.model.global);
    const given = await correctImage(path, { ...FIT, mask: `${folder}/twice.nii`, refineMask: true });
    assert.match(given.report.warnings.join(), /Option 'refineMask' changes nothing as it needs/);
  }));
