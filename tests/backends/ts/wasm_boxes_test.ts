/** The stages of boxes by WebAssembly give the bits of the TypeScript loops beside them. */
import assert from "node:assert/strict";
import type { ApplySpec, SmoothSpec } from "../../../src/backends/backend.ts";
import { BoxCorrector } from "../../../src/backends/ts/loops/apply.ts";
import { smoothBox } from "../../../src/backends/ts/loops/smooth.ts";
import { WasmBoxCorrector } from "../../../src/backends/ts/wasm/apply.ts";
import { wasmSmooth } from "../../../src/backends/ts/wasm/smooth.ts";
import { zeroLattice } from "../../../src/n4/bspline.ts";
import { smoothHalo } from "../../../src/n4/gaussian.ts";
import { type Box, boxVoxels, type Shape3, type Triple, wholeBox } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";

function randomSpec(random: Random, volume: Shape3): ApplySpec {
  const lattice = (points: Triple) => ({
    points,
    values: zeroLattice(points).values.map(() => random.between(-0.8, 0.8)),
  });
  const middle = random.integer(1, volume[0] - 1);
  const table = () => Float32Array.from({ length: 33 }, () => random.between(0, 200));
  return {
    volume,
    sections: [{ z0: 0, z1: middle, lattice: lattice([4, 5, 6]) }, { z0: middle, z1: volume[0] }],
    global: random.integer(0, 1) ? lattice([5, 4, random.integer(4, 12)]) : undefined,
    luts: random.integer(0, 1)
      ? {
        threshold: random.between(0, 60),
        range: [5, 120] as const,
        tables: [table(), table()],
        tableOfPlane: Int32Array.from({ length: volume[0] }, () => random.integer(-1, 1)),
      }
      : undefined,
    zGain: random.integer(0, 1) ? Float32Array.from({ length: volume[0] }, () => random.between(0.5, 2)) : undefined,
    strength: random.integer(0, 1) ? 1 : random.between(0, 1),
    scale: random.between(0.5, 2),
    zeroOutside: random.integer(0, 1) === 1,
    floor: random.integer(0, 1) ? 1e-6 : 1.1,
  };
}

function randomBox(random: Random, shape: Shape3): Box {
  const [z0, y0, x0] = shape.map((n) => random.integer(0, n - 1));
  const [z1, y1, x1] = [z0, y0, x0].map((from, a) => random.integer(from + 1, shape[a]));
  return { z0, z1, y0, y1, x0, x1 };
}

Deno.test("apply by WebAssembly maps boxes and writes fields as its twin does, bit by bit", () => {
  const random = new Random(77);
  for (let round = 0; round < 60; round++) {
    const volume: Shape3 = [random.integer(2, 9), random.integer(1, 30), random.integer(1, 900)];
    const spec = randomSpec(random, volume);
    const box = round % 3 === 0 ? wholeBox(volume) : randomBox(random, volume);
    const data = Float32Array.from({ length: boxVoxels(box) }, () => random.between(-10, 150));
    data.set([NaN, Infinity, -Infinity, 0].slice(0, data.length));
    const mask = random.integer(0, 1) ? Uint8Array.from(data, () => random.integer(0, 2)) : undefined;
    const [plain, twin, found] = [new BoxCorrector(spec), data.slice(), data.slice()];
    const corrector = new WasmBoxCorrector(spec);
    plain.correct(box, twin, mask);
    corrector.correct(box, found, mask);
    assert.deepEqual(found, twin);
    plain.field(box, twin);
    corrector.field(box, found);
    assert.deepEqual(found, twin);
  }
});

Deno.test("smooth by WebAssembly sums as its twin does, bit by bit, in tiles and beyond every border", () => {
  const random = new Random(78);
  for (let round = 0; round < 40; round++) {
    const wide = round % 10 === 0;
    const volume: Shape3 = [random.integer(1, 9), random.integer(1, 30), wide ? 5000 : random.integer(1, 60)];
    const sigma = volume.map(() => random.integer(0, 3) && random.between(0.2, 3)) as [number, number, number];
    const spec: SmoothSpec = { volume, sigma, truncate: random.between(1, 4) };
    const box = randomBox(random, volume);
    const [hz, hy, hx] = smoothHalo(spec);
    const padded = {
      z0: Math.max(0, box.z0 - hz),
      z1: Math.min(volume[0], box.z1 + hz),
      y0: Math.max(0, box.y0 - hy),
      y1: Math.min(volume[1], box.y1 + hy),
      x0: Math.max(0, box.x0 - hx),
      x1: Math.min(volume[2], box.x1 + hx),
    };
    const data = Float32Array.from({ length: boxVoxels(padded) }, () => random.between(-5, 100));
    const [expected, found] = [new Float32Array(boxVoxels(box)), new Float32Array(boxVoxels(box))];
    smoothBox(spec, box, padded, data, expected);
    wasmSmooth(spec, box, padded, data, found);
    assert.deepEqual(found, expected);
  }
});
