/** Every n-th sample of a section, for the fit over the whole volume. */

import assert from "node:assert/strict";
import type { FitSamples } from "../../src/backends/backend.ts";
import { strideSamples } from "../../src/n4/samples.ts";
import type { Triple } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

/** Some samples of a grid; each value tells its plane, row and column. */
function someSamples([nz, ny, nx]: Triple, seed: number, weighted: boolean): FitSamples {
  const random = new Random(seed);
  const axis = (n: number) => Float64Array.from({ length: n }, (_, i) => 3 * i + 1);
  const [rowStart, xIndex, value]: number[][] = [[0], [], []];
  for (let r = 0; r < nz * ny; r++) {
    for (let ix = 0; ix < nx; ix++) {
      if (random.uniform() < 0.3) continue;
      xIndex.push(ix);
      value.push(r * nx + ix);
    }
    rowStart.push(xIndex.length);
  }
  return {
    z: axis(nz),
    y: axis(ny),
    x: axis(nx),
    rowStart: Uint32Array.from(rowStart),
    xIndex: Uint16Array.from(xIndex),
    value: Float32Array.from(value),
    ...(weighted ? { weight: Float32Array.from(value, (v) => v / 2) } : {}),
  };
}

Deno.test("every n-th plane, row and column is picked, from the middle of the first stretch on, and nothing given is changed", () => {
  for (
    const [seed, shape, stride] of [[1, [5, 6, 9], [2, 3, 4]], [2, [1, 7, 8], [1, 1, 1]], [3, [4, 4, 4], [
      5,
      2,
      1,
    ]]] as const
  ) {
    for (const weighted of [false, true]) {
      const given = someSamples(shape, seed, weighted);
      const before = structuredClone(given);
      const picked = strideSamples(given, stride);
      assert.deepEqual(given, before);
      const chosen = shape.map((n, a) => {
        const first = Math.floor(((n - 1) % stride[a]) / 2);
        return Array.from({ length: n }, (_, i) => i).filter((i) => i >= first && (i - first) % stride[a] === 0);
      });
      const [zs, ys, xs] = chosen;
      assert.deepEqual(picked.z, Float64Array.from(zs, (i) => 3 * i + 1));
      const expected = zs.flatMap((iz) => ys.map((iy) => xs.map((ix) => (iz * shape[1] + iy) * shape[2] + ix)));
      const there = expected.map((row) => row.filter((v) => given.value.includes(v)));
      assert.deepEqual([...picked.value], there.flat());
      assert.deepEqual(
        [...picked.rowStart],
        there.reduce((ends, row) => [...ends, ends[ends.length - 1] + row.length], [0]),
      );
      assert.deepEqual([...picked.xIndex], there.flatMap((row) => row.map((v) => xs.indexOf(v % shape[2]))));
      assert.deepEqual(picked.weight, weighted ? picked.value.map((v) => v / 2) : undefined);
    }
  }
});
