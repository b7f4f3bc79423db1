/** Spline rows, refinement and evaluation against their definitions. */
import assert from "node:assert/strict";
import type { Lattice } from "../../src/backends/backend.ts";
import {
  evaluateAt,
  refinedPoints,
  refineLattice,
  splineRows,
  splineRows3,
  zeroLattice,
} from "../../src/n4/bspline.ts";
import { voxelCount } from "../../src/volume.ts";
import { compareFields, logFieldOn } from "../helpers/fields.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { forEachVoxel, voxelPositions } from "../helpers/volumes.ts";

/** The cubic B-spline with knots -2 .. 2, by Cox and de Boor's recursion. */
function coxDeBoor(x: number, knot = -2, degree = 3): number {
  if (degree === 0) return x >= knot && x < knot + 1 ? 1 : 0;
  const rise = ((x - knot) / degree) * coxDeBoor(x, knot, degree - 1);
  return rise + ((knot + degree + 1 - x) / degree) * coxDeBoor(x, knot + 1, degree - 1);
}

function randomLattice(points: [number, number, number], seed: number): Lattice {
  const random = new Random(seed);
  return { points, values: zeroLattice(points).values.map(() => random.between(-1, 1)) };
}

const SHAPES: readonly (readonly [number, number, number])[] = [
  [9, 10, 11],
  [2, 3, 5],
  [1, 12, 7],
  [1, 1, 30],
  [17, 1, 4],
];

Deno.test("the weights of every row sum to 1, and its first control point leaves room for four", () => {
  const random = new Random(1);
  for (let round = 0; round < 200; round++) {
    const length = random.integer(1, 60);
    const points = random.integer(4, 30);
    const positions = Float64Array.from({ length: 20 }, () => random.between(-1, length)).sort();
    const { first, evaluate } = splineRows(positions, length, points);
    for (let i = 0; i < positions.length; i++) {
      const sum = evaluate.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0);
      assertWithin(Math.abs(sum - 1), "rowSum");
      assert.ok(first[i] >= 0 && first[i] <= points - 4, `first control point ${first[i]} of ${points}`);
      assert.ok(i === 0 || first[i] >= first[i - 1], "first control points must ascend");
    }
  }
});

Deno.test("rows are the B-spline by Cox and de Boor, its square, and its cube over the sum of squares", () => {
  const [length, points] = [23, 9];
  const positions = Float64Array.from({ length }, (_, i) => i);
  const rows = splineRows(positions, length, points);
  for (let i = 0; i < length; i++) {
    const p = Math.min((i * (points - 3)) / (length - 1), (points - 3) * (1 - 1e-3 / (length - 1)));
    const squares = [0, 1, 2, 3].reduce((sum, j) => sum + rows.evaluate[4 * i + j] ** 2, 0);
    for (let j = 0; j < 4; j++) {
      const b = coxDeBoor(p + 1 - (rows.first[i] + j));
      assertWithin(Math.abs(rows.evaluate[4 * i + j] - b), "splineWeight", "B");
      assertWithin(Math.abs(rows.omega[4 * i + j] - b * b), "splineWeight", "B^2");
      assertWithin(Math.abs(rows.delta[4 * i + j] - b ** 3 / squares), "splineWeight", "B^3 / sum of B^2");
    }
  }
});

Deno.test("positions beyond the ends count as the ends", () => {
  const inside = splineRows(Float64Array.of(0, 9), 10, 6);
  const beyond = splineRows(Float64Array.of(-3, 12), 10, 6);
  assert.deepEqual(beyond, inside);
});

for (const shape of SHAPES) {
  Deno.test(`a refined lattice evaluates to the same field on ${shape.join(" x ")} voxels`, () => {
    const lattice = randomLattice([5, 4, 7], shape[2]);
    const axes = shape.map((n) => n > 1) as [boolean, boolean, boolean];
    const refined = refineLattice(lattice, axes);
    assert.deepEqual(refined.points, lattice.points.map((c, a) => (axes[a] ? refinedPoints(c) : c)));
    const twice = refineLattice(refined, axes);
    const coarse = logFieldOn(lattice, voxelPositions(shape), shape);
    for (const fine of [refined, twice]) {
      const { max } = compareFields(coarse, logFieldOn(fine, voxelPositions(shape), shape), () => true);
      assertWithin(max, "refine");
    }
  });
}

Deno.test("refining no axis gives the lattice itself", () => {
  const lattice = randomLattice([4, 5, 6], 2);
  assert.equal(refineLattice(lattice, [false, false, false]), lattice);
});

Deno.test("evaluating a point sums its 64 control points, and reproduces constants", () => {
  const shape = [5, 6, 7] as const;
  const lattice = randomLattice([4, 6, 5], 8);
  const rows = splineRows3(voxelPositions(shape), shape, lattice.points);
  const separable = logFieldOn(lattice, voxelPositions(shape), shape);
  const constant = { points: lattice.points, values: new Float64Array(voxelCount(lattice.points)).fill(0.7) };
  forEachVoxel(shape, (i, z, y, x) => {
    assertWithin(Math.abs(evaluateAt(lattice, rows, z, y, x) - separable[i]), "refine");
    assertWithin(Math.abs(evaluateAt(constant, rows, z, y, x) - 0.7), "refine");
  });
});
