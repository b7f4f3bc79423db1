/** What `auto` makes of knot spacing and iterations: never finer than the samples carry, whatever the unit. */

import assert from "node:assert/strict";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { describeChoices, planCorrection } from "../../src/plan/plan.ts";
import type { Shape3, Triple } from "../../src/volume.ts";

const AUTO = { splineDistanceMm: "auto", nIterations: "auto" } as const;

function planOf(shape: Shape3, voxelSize: Triple, given: CorrectOptions) {
  const settings = settingsOf(resolveOptions({ preset: "mri", ...given }, "nifti"));
  const storage = { readChunk: shape, writeChunk: shape, forwardOnly: false, workers: 2, weighted: false };
  const plan = planCorrection({ shape, voxelSize }, storage, settings);
  return { plan, told: describeChoices(plan, settings) };
}

/** Most iterations, and spans of the first and last level along `[z, y, x]`. */
function levelsOf(shape: Shape3, voxelSize: Triple, given: CorrectOptions) {
  const levels = planOf(shape, voxelSize, given).plan.globalFit?.levels ?? [];
  const spans = levels.map(({ controlPoints }) => controlPoints.map((points) => points - 3));
  return { iterations: levels.map(({ iterations }) => iterations), first: spans[0], last: spans.at(-1) };
}

const HEAD: [Shape3, Triple] = [[181, 217, 181], [1, 1, 1]];

Deno.test("a head gets four levels from one span on, the early ones long", () => {
  const chosen = { iterations: [200, 100, 50, 50], first: [1, 1, 1], last: [8, 8, 8] };
  assert.deepEqual(levelsOf(...HEAD, AUTO), chosen);
  assert.deepEqual(levelsOf(HEAD[0], [0.01, 0.01, 0.01], AUTO), chosen, "whatever the unit");
  assert.deepEqual(levelsOf(...HEAD, { ...AUTO, shrinkFactor: [4, 4, 4] }), chosen);
});

Deno.test("samples far apart carry fewer levels: at least three of them lie between knots", () => {
  for (const factor of [16, 20, 32]) {
    const { iterations, last = [] } = levelsOf(...HEAD, { ...AUTO, shrinkFactor: [factor, factor, factor] });
    assert.ok(iterations.length < 4 && 216 / last[1] >= 3 * factor, `${factor}: ${iterations}, ${last}`);
  }
  assert.deepEqual(levelsOf([3, 4, 4], [1, 1, 1], AUTO), { iterations: [200], first: [1, 1, 1], last: [1, 1, 1] });
  assert.deepEqual(levelsOf([1, 1, 1], [1, 1, 1], AUTO).first, [1, 1, 1]);
  assert.deepEqual(levelsOf([1, 200, 200], [5, 1, 1], AUTO).last, [1, 8, 8], "a plane has no thickness");
  assert.deepEqual(levelsOf([16, 100, 100], [2, 2, 2], AUTO).last, [4, 8, 8], "as many as its own samples carry");
  assert.deepEqual(levelsOf([32, 400, 400], [0.1, 1, 1], AUTO).last, [1, 8, 8], "knots of a short axis not far closer");
});

Deno.test("one of both that is given is kept", () => {
  assert.deepEqual(levelsOf(...HEAD, { splineDistanceMm: "auto" }), {
    iterations: [200, 100, 50, 50],
    first: [1, 1, 1],
    last: [8, 8, 8],
  });
  const two = levelsOf(...HEAD, { splineDistanceMm: "auto", nIterations: [7, 5] });
  assert.deepEqual(two, { iterations: [7, 5], first: [4, 4, 4], last: [8, 8, 8] });
  const six = levelsOf(...HEAD, { splineDistanceMm: "auto", nIterations: [1, 1, 1, 1, 1, 1] });
  assert.deepEqual([six.first, six.last], [[1, 1, 1], [8, 8, 8]], "levels more than the samples carry refine nothing");
  assert.deepEqual(levelsOf(...HEAD, { splineDistanceMm: 60, nIterations: "auto" }).iterations, [200, 100]);
  assert.deepEqual(levelsOf(...HEAD, { controlPoints: [4, 7, 4], nIterations: "auto" }).iterations.length, 2);
  assert.deepEqual(levelsOf(...HEAD, { ...AUTO, lattice: "fixed" }), {
    iterations: [200],
    first: [8, 8, 8],
    last: [8, 8, 8],
  });
});

Deno.test("a distance far beyond the image adds no levels", () => {
  const far = levelsOf(...HEAD, { splineDistanceMm: 1e9, nIterations: "auto" });
  assert.deepEqual(far.iterations, [200, 100, 50, 50]);
});

Deno.test("sections and the volume are chosen for each by itself, and told", () => {
  const given = { preset: "oct", nSerialSlices: 4, ...AUTO } as const;
  const { plan, told } = planOf([64, 300, 300], [0.025, 0.01, 0.01], given);
  assert.equal(plan.sectionFits[0].levels.at(-1)?.controlPoints[1], 11);
  assert.equal(plan.globalFit?.levels.at(-1)?.controlPoints[1], 11);
  assert.match(told[0], /^Chosen for the fit of each section: a knot every .* mm at the first level and every .* mm/);
  assert.match(told[1], /^Chosen for the fit of the volume: .* at the last, at most 200 100 50 50 iterations\.$/);
  assert.deepEqual(planOf(...HEAD, {}).told, []);
});

Deno.test("an image padded to whole knot spacings needs one in mm", () => {
  const given = { splineDomain: "padded", splineDistanceMm: "auto" } as const;
  assert.throws(() => resolveOptions(given, "nifti"), {
    message: "Cannot use option 'splineDomain: padded' as it needs a knot spacing in mm: current value is auto",
  });
});
