/**
 * What is done to masks as benches: holes filled and gaps closed in packed planes, gaps closed along z.
 *
 * @module
 */

import assert from "node:assert/strict";
import { HeldBits, packRow, unpackRow, wordsPerRow } from "../src/intensity/mask/bit_volume.ts";
import { closeAlongZ, PlaneMorphology } from "../src/intensity/mask/morphology.ts";
import { cubeOf, spreadVoxels } from "./bench_volumes.ts";
import type { Bench, Prepared } from "./stage_table.ts";

/** Radii of the tissue mask's closings, in the plane and along z. */
const [DISK, ALONG_Z] = [3, 2];

/** Tissue and speckle: 1 above the median, one byte a voxel. */
async function marksOf(n: number): Promise<Uint8Array> {
  const { data } = await cubeOf(n);
  const middle = data.slice(0, Math.min(data.length, 2 ** 18)).sort()[Math.min(data.length, 2 ** 18) >> 1];
  return Uint8Array.from(data, (value) => value > middle ? 1 : 0);
}

function packPlane(marks: Uint8Array, n: number, z: number, words: Uint32Array): void {
  const stride = wordsPerRow(n);
  for (let y = 0; y < n; y++) packRow(marks, (z * n + y) * n, n, words, y * stride, 0);
}

function unpackPlane(words: Uint32Array, n: number): Uint8Array {
  const stride = wordsPerRow(n);
  const plane = new Uint8Array(n * n);
  for (let y = 0; y < n; y++) unpackRow(words, y * stride, 0, plane, y * n, n);
  return plane;
}

/** Every plane through `change`, from its packed marks; the middle plane is checked by `plain`. */
async function planesBench(
  n: number,
  change: (morphology: PlaneMorphology, words: Uint32Array) => void,
  plain: (marks: Uint8Array, n: number) => Uint8Array,
): Promise<Prepared> {
  const marks = await marksOf(n);
  const given = Array.from({ length: n }, (_, z) => {
    const words = new Uint32Array(n * wordsPerRow(n));
    packPlane(marks, n, z, words);
    return words;
  });
  const planes = given.map((words) => words.slice());
  const morphology = new PlaneMorphology(n, n);
  const work = () =>
    planes.forEach((words, z) => {
      words.set(given[z]);
      change(morphology, words);
    });
  const check = () => {
    const middle = n >> 1;
    assert.deepEqual(unpackPlane(planes[middle], n), plain(unpackPlane(given[middle], n), n));
  };
  return { elements: marks.length, bytes: marks.length / 4, check, work };
}

/** 0s that no path over edges leads from to the border become 1. */
function filledPlainly(marks: Uint8Array, n: number): Uint8Array {
  const outside = new Uint8Array(marks.length);
  const open: number[] = [];
  const visit = (y: number, x: number) => {
    if (y < 0 || y >= n || x < 0 || x >= n || marks[y * n + x] || outside[y * n + x]) return;
    outside[y * n + x] = 1;
    open.push(y * n + x);
  };
  for (let i = 0; i < n; i++) [visit(0, i), visit(n - 1, i), visit(i, 0), visit(i, n - 1)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [y, x] = [Math.floor(at / n), at % n];
    [visit(y - 1, x), visit(y + 1, x), visit(y, x - 1), visit(y, x + 1)];
  }
  return outside.map((mark) => 1 - mark);
}

/** A dilation and an erosion by a disk, voxel by voxel; beyond the border nothing is set. */
function closedPlainly(marks: Uint8Array, n: number): Uint8Array {
  const some = (plane: Uint8Array, y: number, x: number, wanted: number, beyond: boolean) => {
    for (let dy = -DISK; dy <= DISK; dy++) {
      for (let dx = -DISK; dx <= DISK; dx++) {
        if (dy * dy + dx * dx > DISK * DISK) continue;
        const inside = y + dy >= 0 && y + dy < n && x + dx >= 0 && x + dx < n;
        if (inside ? plane[(y + dy) * n + x + dx] === wanted : beyond) return true;
      }
    }
    return false;
  };
  const grown = marks.map((_, i) => some(marks, Math.floor(i / n), i % n, 1, false) ? 1 : 0);
  return marks.map((_, i) => some(grown, Math.floor(i / n), i % n, 0, true) ? 0 : 1);
}

async function alongZBench(n: number): Promise<Prepared> {
  const marks = await marksOf(n);
  const bits = new HeldBits([n, n, n]);
  const words = new Uint32Array(bits.planeWords);
  const work = async () => {
    for (let z = 0; z < n; z++) {
      packPlane(marks, n, z, words);
      await bits.writePacked(z, words);
    }
    await closeAlongZ(bits, ALONG_Z);
  };
  await work();
  const planes: Uint8Array[] = [];
  for (let z = 0; z < n; z++) {
    await bits.readPacked(z, words);
    planes.push(unpackPlane(words, n));
  }
  const check = () => {
    const at = (z: number, y: number, x: number) => z >= 0 && z < n ? marks[(z * n + y) * n + x] : 0;
    const reach = Array.from({ length: 2 * ALONG_Z + 1 }, (_, i) => i - ALONG_Z);
    for (const [z, y, x] of spreadVoxels(n)) {
      const grown = (k: number) => k >= 0 && k < n && reach.some((d) => at(k + d, y, x) === 1);
      assert.equal(planes[z][y * n + x], reach.every((d) => grown(z + d)) ? 1 : 0);
    }
  };
  return { elements: marks.length, bytes: marks.length / 4, check, work };
}

/** The benches, in the order in which a tissue mask meets them. */
export function maskBenches(sizes: readonly number[]): Bench[] {
  const each = (name: string, prepare: (n: number) => Promise<Prepared>): Bench[] =>
    sizes.map((n) => ({ name, size: `${n}^3`, unit: "voxel", prepare: () => prepare(n) }));
  return [
    ...each("fill holes", (n) => planesBench(n, (morphology, words) => morphology.fillHoles(words), filledPlainly)),
    ...each(
      "close by a disk",
      (n) => planesBench(n, (morphology, words) => morphology.closeDisk(words, DISK), closedPlainly),
    ),
    ...each("pack, close along z", alongZBench),
  ];
}
