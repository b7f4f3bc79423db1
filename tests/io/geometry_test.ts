/** Whether two images lie on each other, and where the voxels of one lie on the other. */

import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { checkGeometry, coarserGeometry, nearestIndices, sameExtent } from "../../src/io/geometry.ts";
import type { Geometry, Shape3, Triple } from "../../src/volume.ts";

/** A grid whose axes x, y, z run along the world's, from `origin` (x y z, mm). */
function grid(shape: Shape3, voxelSize: Triple = [1, 1, 1], origin?: readonly number[]): Geometry {
  const [z, y, x] = voxelSize;
  if (!origin) return { shape, voxelSize };
  return { shape, voxelSize, affine: [x, 0, 0, origin[0], 0, y, 0, origin[1], 0, 0, z, origin[2], 0, 0, 0, 1] };
}

/** Warnings of a check that passes. */
function warnings(image: Geometry, mask: Geometry, ignore = false): string[] {
  const told: string[] = [];
  checkGeometry(image, mask, { path: "m.nii", role: "mask", ignore, warn: (text) => told.push(text) });
  return told;
}

function refused(image: Geometry, mask: Geometry, rule: RegExp): void {
  assert.throws(() => warnings(image, mask), (error) => {
    assert.ok(error instanceof InputError && error.path === "m.nii");
    assert.match(error.message, rule);
    return true;
  });
}

const HEAD = grid([10, 20, 30], [2, 1, 1], [-15, -10, 5]);

Deno.test("grids that agree pass without a word", () => {
  assert.deepEqual(warnings(HEAD, HEAD), []);
  assert.deepEqual(
    warnings(HEAD, grid([10, 20, 30], [2, 1, 1])),
    [],
    "a mask without a position lies where the image lies",
  );
  assert.match(warnings(grid([10, 20, 30], [2, 1, 1]), HEAD).join(), /is not compared/, "an image without one may not");
});

Deno.test("rounding in a header is told, a shift of some tenths of a voxel is told with the numbers", () => {
  assert.match(warnings(HEAD, grid([10, 20, 30], [2, 1, 1 + 1e-5], [-15, -10, 5]))[0], /taken as rounding/);
  assert.match(
    warnings(HEAD, grid([10, 20, 30], [2, 1, 1], [-14.7, -10, 5]))[0],
    /lies elsewhere.*0\.30 of a voxel apart/,
  );
});

Deno.test("another place or voxel size is refused, and accepted with a warning where asked", () => {
  const moved = grid([10, 20, 30], [2, 1, 1], [-5, -10, 5]);
  refused(HEAD, moved, /must lie where the image lies \(or option 'ignoreGeometry'\).* up to 10 of a voxel apart/);
  assert.match(warnings(HEAD, moved, true)[0], /lies elsewhere/);
  refused(HEAD, grid([10, 20, 30], [4, 1, 1]), /voxel sizes 4 x 1 x 1 and 2 x 1 x 1 mm/);
});

Deno.test("a mask may lie by either place that a file gives", () => {
  const { affine } = grid([10, 20, 30], [2, 1, 1], [40, 40, 40]);
  assert.deepEqual(warnings({ ...HEAD, otherAffine: affine }, { ...HEAD, affine }), []);
  assert.deepEqual(warnings(HEAD, { ...HEAD, affine, otherAffine: HEAD.affine }), []);
  refused(HEAD, { ...HEAD, affine }, /must lie where the image lies/);
});

Deno.test("another resolution of the field of view passes with a warning, another field of view does not", () => {
  assert.match(
    warnings(grid([10, 20, 30]), grid([5, 10, 15], [2, 2, 2]))[0],
    /shape 5 10 15, not 10 20 30: it is read at/,
  );
  refused(grid([10, 20, 30]), grid([5, 10, 10], [2, 2, 2]), /have the image's shape or cover its field of view/);
  const part = grid([10, 20, 12], [2, 1, 1], [-15, -10, 5]);
  refused(HEAD, part, /cover its field of view/);
});

Deno.test("a grid that is turned against the image is refused", () => {
  const turned: Geometry = { ...grid([5, 20, 30]), affine: [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1] };
  refused(HEAD, turned, /cover its field of view/);
});

Deno.test("nearest indices without positions stretch one field of view over the other", () => {
  const nearest = nearestIndices(grid([1, 4, 8]), grid([1, 2, 4], [1, 2, 2]));
  assert.deepEqual(nearest?.map((axis) => [...axis]), [[0], [0, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]]);
  const finer = nearestIndices(grid([1, 2, 2], [1, 2, 2]), grid([1, 4, 6], [1, 1, 2 / 3]));
  assert.deepEqual(finer?.map((axis) => [...axis]), [[0], [1, 3], [1, 4]]);
  assert.equal(nearestIndices(grid([1, 2, 3]), grid([1, 2, 3])), undefined, "one shape needs no indices");
});

Deno.test("nearest indices by position are the nearest in the world, -1 outside the other grid", () => {
  const image = grid([4, 4, 6], [1, 1, 1], [0, 0, 0]);
  const other = grid([4, 4, 3], [1, 1, 2], [2, 0, 0]);
  const x = nearestIndices(image, other)?.[2] ?? [];
  for (let i = 0; i < 6; i++) {
    const world = i;
    const distances = [0, 1, 2].map((k) => Math.abs(2 + 2 * k - world));
    if (x[i] >= 0) assert.equal(distances[x[i]], Math.min(...distances), `voxel ${i}`);
  }
  assert.equal(x[0], -1, "two millimetres before the first voxel");
  assert.equal(x[2], 0);
  assert.equal(x[4], 1);
});

Deno.test("a flipped axis is followed", () => {
  const flipped: Geometry = {
    ...grid([1, 1, 3], [1, 1, 2]),
    affine: [-2, 0, 0, 4.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  };
  const x = nearestIndices(grid([1, 1, 6], [1, 1, 1], [0, 0, 0]), flipped)?.[2] ?? [];
  assert.deepEqual([...x], [2, 2, 1, 1, 0, 0]);
});

Deno.test("the coarser grid covers the same field of view: its outer faces stay where they were", () => {
  const coarse = coarserGeometry(HEAD, 2);
  assert.deepEqual(coarse.shape, [2, 5, 7]);
  assert.ok(sameExtent(HEAD, coarse));
  for (const side of [0, 1]) {
    const face = (g: Geometry, axis: number) => {
      const affine = g.affine ?? [];
      const index = side === 0 ? -0.5 : g.shape[2 - axis] - 0.5;
      return affine[4 * axis + axis] * index + affine[4 * axis + 3];
    };
    for (const axis of [0, 1, 2]) assert.ok(Math.abs(face(HEAD, axis) - face(coarse, axis)) < 1e-12);
  }
  assert.deepEqual(coarserGeometry(grid([1, 1, 1]), 16).shape, [1, 1, 1]);
});

/** A grid whose world is the file's own, as an OME-Zarr without orientation has it. */
function own(shape: Shape3, voxelSize: Triple, origin: readonly number[] = [0, 0, 0]): Geometry {
  return { ...grid(shape, voxelSize, origin), frame: "own" };
}

Deno.test("levels of a file's own world share their faces where half voxels were left out, and not further away", () => {
  const image = own([8, 8, 8], [1, 1, 1], [5, 5, 5]);
  const stretched = [0, 0, 1, 1, 2, 2, 3, 3];
  for (const origin of [[5, 5, 5], [5.5, 5.5, 5.5]]) {
    const maps = nearestIndices(image, own([4, 4, 4], [2, 2, 2], origin)) ?? [];
    for (const map of maps) assert.deepEqual([...map], stretched, `${origin}`);
  }
  const [z, , x] = nearestIndices(image, own([4, 4, 4], [2, 2, 2], [7.5, 5.5, 5.5])) ?? [];
  assert.deepEqual([[...z], [...x]], [stretched, [-1, -1, 0, 0, 1, 1, 2, 2]]);
  refused(image, own([4, 4, 4], [2, 2, 2], [25, 5, 5]), /cover its field of view/);
});

Deno.test("a place in a body and one of a file's own are not compared, which is told", () => {
  const image = own([10, 20, 30], [2, 1, 1], [500, 500, 500]);
  assert.match(
    warnings(image, HEAD).join(),
    /'m.nii' is not compared with the image's: one of the two gives its place/,
  );
  assert.match(warnings(HEAD, image).join(), /is not compared/);
  assert.equal(nearestIndices(image, grid([5, 10, 15], [4, 2, 2], [0, 0, 0]))?.length, 3, "stretched");
  assert.equal(coarserGeometry(image, 1).frame, "own");
});
