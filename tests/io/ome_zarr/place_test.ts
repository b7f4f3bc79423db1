/** From axes to an affine and back: orientation by RFC-4, translation along it. */

import assert from "node:assert/strict";
import { affineOf, placeOf } from "../../../src/io/ome_zarr/place.ts";
import type { OmeAxis } from "../../../src/io/ome_zarr/axes.ts";

function axes(...values: (string | undefined)[]): OmeAxis[] {
  return (["z", "y", "x"] as const).map((name, i) => ({
    name,
    orientation: values[i] && { type: "anatomical", value: values[i] },
  }));
}

/** The scanner's axes of DICOM and ITK: x to the left, y to the back, z up. */
const LPS = axes("inferior-to-superior", "anterior-to-posterior", "right-to-left");

Deno.test("coordinates grow the way an axis is oriented, the affine's to the right, the front and up", () => {
  const { affine, frame } = affineOf(LPS, [3, 2, 1], [30, 20, 10]);
  assert.deepEqual(affine, [-1, 0, 0, -10, 0, -2, 0, -20, 0, 0, 3, 30, 0, 0, 0, 1]);
  assert.equal(frame, undefined);
});

Deno.test("an axis may run along any direction of the body", () => {
  const turned = axes("right-to-left", "superior-to-inferior", "posterior-to-anterior");
  const { affine } = affineOf(turned, [3, 2, 1], [30, 20, 10]);
  assert.deepEqual(affine, [0, 0, -3, -30, 1, 0, 0, 10, 0, -2, 0, -20, 0, 0, 0, 1]);
  assert.deepEqual(placeOf({ affine }), {
    translation: [30, 20, 10],
    orientation: ["right-to-left", "superior-to-inferior", "posterior-to-anterior"],
    angle: 0,
  });
});

Deno.test("without three directions of a body the world is the file's own", () => {
  const own = [1, 0, 0, 10, 0, 2, 0, 20, 0, 0, 3, 30, 0, 0, 0, 1];
  for (
    const some of [
      axes(),
      axes("inferior-to-superior", undefined, "right-to-left"),
      axes("superior-to-inferior", "inferior-to-superior", "right-to-left"),
      axes("dorsal-to-ventral", "rostral-to-caudal", "right-to-left"),
    ]
  ) {
    assert.deepEqual(affineOf(some, [3, 2, 1], [30, 20, 10]), { affine: own, frame: "own" });
  }
  assert.deepEqual(placeOf({ affine: own, frame: "own" }), { translation: [30, 20, 10], angle: 0 });
  assert.deepEqual(placeOf({}), { translation: [0, 0, 0], angle: 0 });
});

Deno.test("every orientation of a body comes back as it was", () => {
  const pairs = [["left-to-right", "right-to-left"], ["posterior-to-anterior", "anterior-to-posterior"], [
    "inferior-to-superior",
    "superior-to-inferior",
  ]];
  let seen = 0;
  for (const [a, b, c] of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    for (let signs = 0; signs < 8; signs++) {
      const orientation = [pairs[a][signs & 1], pairs[b][signs >> 1 & 1], pairs[c][signs >> 2]];
      const { affine, frame } = affineOf(axes(...orientation), [3, 2, 1], [-30, 0, 10]);
      assert.deepEqual(placeOf({ affine, frame }), { translation: [-30, 0, 10], orientation, angle: 0 });
      seen++;
    }
  }
  assert.equal(seen, 48);
});

Deno.test("an oblique axis has the nearest direction, and its angle is known", () => {
  const [c, s] = [Math.cos(0.2), Math.sin(0.2)];
  const { orientation, angle } = placeOf({ affine: [-c, s, 0, 1, -s, -c, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1] });
  assert.deepEqual(orientation, ["inferior-to-superior", "anterior-to-posterior", "right-to-left"]);
  assert.ok(Math.abs(angle - 0.2 * 180 / Math.PI) < 1e-9);
});
