/** Which preset an image gets, and which of its values fit. */

import assert from "node:assert/strict";
import { resolveOptions } from "../../src/options/resolve.ts";

type KnownLengths = NonNullable<Parameters<typeof resolveOptions>[2]>;

const STACK: KnownLengths = { unitGiven: true, voxelSize: [0.025, 0.01, 0.01] };
const HEAD: KnownLengths = { unitGiven: true, voxelSize: [1, 0.8, 0.8] };
const UNKNOWN: KnownLengths = { unitGiven: false, voxelSize: [5, 2, 2] };

Deno.test("an OME-Zarr with voxels of a head is one, unless sections or a preset are named", () => {
  assert.equal(resolveOptions({}, "ome-zarr", HEAD).preset, "mri");
  assert.equal(resolveOptions({ nSerialSlices: 4 }, "ome-zarr", HEAD).preset, "oct");
  assert.equal(resolveOptions({ preset: "oct" }, "ome-zarr", HEAD).preset, "oct");
  for (const lengths of [STACK, UNKNOWN, { ...HEAD, voxelSize: [1, 0.1, 0.1] as const }]) {
    assert.equal(resolveOptions({}, "ome-zarr", lengths).preset, "oct");
  }
  assert.equal(resolveOptions({}, "nifti", STACK).preset, "mri");
});

Deno.test("nothing is set to 0 unless somebody said that the image is a stack of sections, or asked for it", () => {
  const zeroes = (given: Parameters<typeof resolveOptions>[0]) =>
    resolveOptions(given, "ome-zarr", STACK).zeroOutsideMask;
  assert.equal(zeroes({}), false);
  assert.equal(zeroes({ zeroOutsideMask: true }), true);
  assert.equal(zeroes({ nSerialSlices: 8 }), true);
  assert.equal(zeroes({ preset: "linumpy" }), true);
  assert.equal(zeroes({ preset: "oct", zeroOutsideMask: false }), false);
});

Deno.test("spacings in mm of a preset are those of small voxels in a known unit; else the fit begins with one span", () => {
  for (const preset of ["oct", "linumpy"] as const) {
    assert.ok(resolveOptions({ preset }, "ome-zarr", STACK).splineDistanceMm);
    for (const lengths of [UNKNOWN, HEAD, { unitGiven: true, voxelSize: [0.2, 0.01, 0.01] as const }]) {
      const used = resolveOptions({ preset }, "ome-zarr", lengths);
      assert.equal(used.splineDistanceMm, undefined);
      assert.equal(used.globalSplineDistanceMm, undefined);
      assert.deepEqual(used.controlPoints, [4, 4, 4]);
      const asked = resolveOptions({ preset, splineDistanceMm: 7 }, "ome-zarr", lengths);
      assert.equal(asked.splineDistanceMm, 7, "what the user gives is used");
    }
  }
});

Deno.test("levels at resolutions in micrometres need a unit: without one the image is halved", () => {
  assert.deepEqual(resolveOptions({}, "ome-zarr", STACK).pyramidResolutions, [10, 25, 50, 100]);
  assert.equal(resolveOptions({}, "ome-zarr", UNKNOWN).pyramidResolutions, undefined);
  assert.equal(resolveOptions({}, "ome-zarr", UNKNOWN).nLevels, "auto");
  assert.deepEqual(resolveOptions({ pyramidResolutions: [50] }, "ome-zarr", UNKNOWN).pyramidResolutions, [50]);
});
