/** Specks taken out of planes, and gaps closed along z, against plain loops over voxels. */

import assert from "node:assert/strict";
import { HeldBits } from "../../../src/intensity/mask/bit_volume.ts";
import { closeAlongZ } from "../../../src/intensity/mask/morphology.ts";
import { wholeBox } from "../../../src/volume.ts";
import { removeSpecks } from "../../helpers/byte_planes.ts";
import { Random } from "../../helpers/random.ts";

/** Sizes of the regions of 1s, for each voxel that of its own. */
function regionSizes(plane: Uint8Array, columns: number): Int32Array {
  const sizes = new Int32Array(plane.length);
  const seen = new Uint8Array(plane.length);
  for (let start = 0; start < plane.length; start++) {
    if (plane[start] === 0 || seen[start]) continue;
    const region = [start];
    seen[start] = 1;
    for (const i of region) {
      const x = i % columns;
      for (const [k, there] of [[i - columns, true], [i + columns, true], [i - 1, x > 0], [i + 1, x < columns - 1]]) {
        const at = Number(k);
        if (!there || !plane[at] || seen[at]) continue;
        seen[at] = 1;
        region.push(at);
      }
    }
    for (const i of region) sizes[i] = region.length;
  }
  return sizes;
}

Deno.test("regions of fewer voxels than asked are taken out of a plane, others stay as they are", () => {
  const random = new Random(12);
  for (const [rows, columns, part, least] of [[20, 70, 0.4, 5], [33, 64, 0.55, 9], [1, 40, 0.5, 2], [40, 3, 0.5, 4]]) {
    const plane = Uint8Array.from({ length: rows * columns }, () => Number(random.uniform() < part));
    const sizes = regionSizes(plane, columns);
    const found = plane.slice();
    removeSpecks(found, rows, columns, least);
    assert.deepEqual(found, plane.map((bit, i) => sizes[i] >= least ? bit : 0));
    assert.ok(sizes.some((size) => size > 0 && size < least));
    removeSpecks(plane, rows, columns, 0);
    assert.deepEqual(regionSizes(plane, columns), sizes, "0 takes nothing out");
  }
});

Deno.test("gaps along z are closed as voxel by voxel, whatever lies outside, and what is lost is counted", async () => {
  const random = new Random(13);
  for (const [nz, radius] of [[9, 2], [3, 2], [1, 2], [6, 1]]) {
    const shape = [nz, 2, 35] as const;
    const given = Uint8Array.from({ length: nz * 70 }, () => Number(random.uniform() < 0.3));
    for (const outside of [0, 1] as const) {
      const at = (of: Uint8Array, z: number, i: number, beyond: number) => z >= 0 && z < nz ? of[z * 70 + i] : beyond;
      const reach = Array.from({ length: 2 * radius + 1 }, (_, k) => k - radius);
      const grown = given.map((_, v) => Math.max(...reach.map((k) => at(given, Math.floor(v / 70) + k, v % 70, 0))));
      const closed = given.map((_, v) =>
        Math.min(...reach.map((k) => at(grown, Math.floor(v / 70) + k, v % 70, outside)))
      );
      const bits = new HeldBits(shape);
      await bits.writeBox(wholeBox(shape), given);
      const lost = await closeAlongZ(bits, radius, outside);
      const found = new Uint8Array(given.length);
      await bits.readBox(wholeBox(shape), found);
      assert.deepEqual(found, closed, `${nz} ${radius} ${outside}`);
      assert.equal(lost, given.filter((bit, v) => bit > closed[v]).length);
      if (outside === 1) assert.equal(lost, 0);
    }
  }
});
