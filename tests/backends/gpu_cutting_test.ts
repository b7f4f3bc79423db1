/** How work is cut for a WebGPU device; needs none. */
import assert from "node:assert/strict";
import { reachOf } from "../../src/backends/webgpu/rows.ts";
import { cutBatches, cutWindows } from "../../src/backends/webgpu/fit_windows.ts";
import { contiguousPieces, halvedBoxes } from "../../src/backends/webgpu/pieces.ts";
import { splineRows } from "../../src/n4/bspline.ts";
import { type Box, boxShape, boxVoxels, voxelCount } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

/** Rows of which many are empty, as outside of a mask. */
function randomRows(random: Random): { rowStart: Uint32Array; y: Float64Array } {
  const [nz, ny] = [random.integer(1, 12), random.integer(1, 15)];
  const rowStart = new Uint32Array(nz * ny + 1);
  for (let r = 0; r < nz * ny; r++) rowStart[r + 1] = rowStart[r] + Math.max(0, random.integer(-10, 20));
  return { rowStart, y: Float64Array.from({ length: ny }, (_, i) => i) };
}

Deno.test("windows hold every sample once, in order, and fit", () => {
  const random = new Random(1);
  for (let round = 0; round < 200; round++) {
    const { rowStart } = randomRows(random);
    const bytes = 4 * random.integer(20, 200);
    let next = 0;
    for (const { row0, row1, sample0, sample1 } of cutWindows({ rowStart }, bytes)) {
      assert.equal(sample0, next);
      assert.ok(sample1 > sample0 && 4 * (sample1 - sample0) <= bytes);
      assert.deepEqual([rowStart[row0], rowStart[row1]], [sample0, sample1]);
      next = sample1;
    }
    assert.equal(next, rowStart[rowStart.length - 1]);
  }
});

Deno.test("a window has at most 65,536 rows, as a sample keeps its row in 16 bits", () => {
  const rowStart = Uint32Array.from({ length: 150_001 }, (_, r) => r);
  assert.deepEqual(cutWindows({ rowStart }, 2 ** 27).map(({ row1, row0 }) => row1 - row0), [65_536, 65_536, 18_928]);
});

Deno.test("a row that no buffer holds is refused", () => {
  assert.throws(() => cutWindows({ rowStart: Uint32Array.of(0, 5, 20) }, 40), {
    name: "BackendError",
    message: "Cannot hold the samples as a row must have at most 10 of them on this WebGPU device: it has 15",
  });
});

Deno.test("batches hold every sample of the windows once, with sums that fit", () => {
  const random = new Random(2);
  for (let round = 0; round < 200; round++) {
    const rows = randomRows(random);
    const windows = cutWindows(rows, 4 * random.integer(20, 200));
    const points = [4, random.integer(4, 6), random.integer(4, 9)] as const;
    const bytes = 4 * random.integer(54, 400);
    const taken = windows.map(() => 0);
    let block = 0;
    for (const batch of cutBatches(rows, windows, points, bytes)) {
      assert.equal(batch.block0, block);
      assert.ok(4 * points[2] * (batch.row1 - batch.row0) <= bytes);
      assert.ok(batch.planes === 1 || 4 * points[1] * points[2] * batch.planes <= bytes);
      assert.ok(batch.row0 >= windows[batch.window].row0 && batch.row1 <= windows[batch.window].row1);
      assert.equal(batch.plane0, Math.floor(batch.row0 / rows.y.length));
      taken[batch.window] += batch.sample1 - batch.sample0;
      block += batch.blocks;
    }
    assert.deepEqual(taken, windows.map(({ sample0, sample1 }) => sample1 - sample0));
  }
});

Deno.test("the reach of a control point is the positions whose four include it", () => {
  for (const [n, points] of [[17, 6], [5, 12], [1, 4], [40, 4]]) {
    const rows = splineRows(Float64Array.from({ length: n }, (_, i) => i), n, points);
    const reach = reachOf(rows);
    for (let c = 0; c < points; c++) {
      const wanted = Array.from(rows.first.keys()).filter((i) => rows.first[i] <= c && c <= rows.first[i] + 3);
      const found = Array.from(rows.first.keys()).filter((i) => reach[2 * c] <= i && i < reach[2 * c + 1]);
      assert.deepEqual(found, wanted);
    }
  }
});

function randomBox(random: Random): Box {
  const [z0, y0, x0] = [0, 0, 0].map(() => random.integer(0, 5));
  const [nz, ny, nx] = [0, 0, 0].map(() => random.integer(1, 9));
  return { z0, z1: z0 + nz, y0, y1: y0 + ny, x0, x1: x0 + nx };
}

Deno.test("pieces of a box are neighbours in its array and cover it once", () => {
  const random = new Random(3);
  for (let round = 0; round < 200; round++) {
    const [box, most] = [randomBox(random), random.integer(1, 120)];
    const [, ny, nx] = boxShape(box);
    let next = 0;
    for (const { box: part, offset } of contiguousPieces(box, most)) {
      assert.equal(offset, next);
      assert.equal(offset, ((part.z0 - box.z0) * ny + part.y0 - box.y0) * nx + part.x0 - box.x0);
      assert.ok(boxVoxels(part) <= most);
      next += boxVoxels(part);
    }
    assert.equal(next, boxVoxels(box));
  }
});

Deno.test("a halved box is covered once, by parts that fit as soon as they can be halved no more", () => {
  const random = new Random(4);
  const grown = (box: Box) => ({ ...box, x0: box.x0 - 1, x1: box.x1 + 1, y0: box.y0 - 2, y1: box.y1 + 2 });
  for (let round = 0; round < 100; round++) {
    const [box, most] = [randomBox(random), random.integer(15, 200)];
    const parts = halvedBoxes(box, grown, most);
    assert.equal(parts.reduce((sum, part) => sum + boxVoxels(part), 0), voxelCount(boxShape(box)));
    assert.ok(parts.every((part) => boxVoxels(grown(part)) <= most || boxVoxels(part) === 1));
  }
});
