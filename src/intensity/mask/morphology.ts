/**
 * Morphology of masks, 32 voxels at a time, on packed planes (see `bit_volume.ts`): holes filled, gaps closed by a
 * disk, gaps closed along z. specks taken out. Voxel by voxel what SciPy's `binary_fill_holes` and
 * `binary_closing` give, borders included, where the outside is background for the dilation and for the erosion. Where
 * it is inside for the erosion, closing takes nothing away.
 *
 * Cost: filling is linear in the words and the runs of background, closing in words times radius.
 *
 * @module
 */

import { bitsOfWord, type BitVolume, wordsPerRow } from "./bit_volume.ts";
import { diskWidths, SpreadRow } from "./spread_rows.ts";

/** What lies outside the volume is for an erosion: background, as in SciPy, or inside. */
export type Outside = 0 | 1;

/** Morphology on packed planes of one size, with scratch of a plane. */
export class PlaneMorphology {
  readonly #rows: number;
  readonly #columns: number;
  readonly #stride: number;
  readonly #scratch: Uint32Array;
  readonly #padding: number;

  /** @param rows, columns of the planes. */
  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#stride = wordsPerRow(columns);
    this.#scratch = new Uint32Array(rows * this.#stride);
    this.#padding = (columns & 31) === 0 ? -1 : (1 << (columns & 31)) - 1;
  }

  /** Sets every 0 that no path of 0s, over edges of voxels, leads from to the plane's border. */
  fillHoles(words: Uint32Array): void {
    const last = this.#rows - 1;
    const regions = this.#regionsOf(words, 0, (regions, id, y, begin, end) => {
      if (begin === 0 || end === this.#columns || y === 0 || y === last) regions.unite(id, 0);
    });
    let id = 1;
    for (let y = 0; y <= last; y++) {
      this.#forEachRun(words, y, 0, (begin, end) => {
        if (regions.rootOf(id++) !== 0) setBits(words, y * this.#stride, begin, end);
      });
    }
  }

  /** Clears every region of 1s, joined over edges of voxels, that has fewer than `least` voxels. */
  removeSpecks(words: Uint32Array, least: number): void {
    if (least <= 1) return;
    const sizes = [0];
    const regions = this.#regionsOf(words, 1, (_regions, _id, _y, begin, end) => sizes.push(end - begin));
    // A root has the least number of its region, so that sums are complete once their place is reached.
    for (let id = regions.count - 1; id > 0; id--) {
      const root = regions.rootOf(id);
      if (root !== id) sizes[root] += sizes[id];
    }
    let id = 1;
    for (let y = 0; y < this.#rows; y++) {
      this.#forEachRun(words, y, 1, (begin, end) => {
        if (sizes[regions.rootOf(id++)] < least) clearBits(words, y * this.#stride, begin, end);
      });
    }
  }

  /** Grows by all voxels within `radius`. */
  dilate(words: Uint32Array, radius: number): void {
    if (radius <= 0) return;
    this.#scratch.set(words);
    this.#dilate(this.#scratch, words, radius);
  }

  /** Closes gaps: dilation, then erosion, by all voxels within `radius` of the middle one. */
  closeDisk(words: Uint32Array, radius: number, outside: Outside = 0): void {
    if (radius <= 0) return;
    this.#dilate(words, this.#scratch, radius);
    this.#invert(this.#scratch);
    this.#dilate(this.#scratch, words, radius);
    this.#invert(words);
    if (outside === 0) this.#clearBorder(words, radius);
  }

  /** Runs of one kind of bit as regions that touch over edges of voxels, numbered from 1 in the order of `visit`. */
  #regionsOf(
    words: Uint32Array,
    bit: 0 | 1,
    visit: (regions: Regions, id: number, y: number, begin: number, end: number) => void,
  ): Regions {
    const regions = new Regions();
    let [above, here]: [number[], number[]] = [[], []];
    for (let y = 0; y < this.#rows; y++) {
      here.length = 0;
      const firstAbove = regions.count - (above.length >> 1);
      let a = 0;
      this.#forEachRun(words, y, bit, (begin, end) => {
        const id = regions.add();
        visit(regions, id, y, begin, end);
        while (a < above.length && above[a + 1] <= begin) a += 2;
        for (let b = a; b < above.length && above[b] < end; b += 2) regions.unite(id, firstAbove + (b >> 1));
        here.push(begin, end);
      });
      [above, here] = [here, above];
    }
    return regions;
  }

  /**
   * Unites each row with its neighbours, spread as wide as the disk is there. A row is spread once for each width and
   * waits in a ring until the rows below have seen it.
   */
  #dilate(from: Uint32Array, to: Uint32Array, radius: number): void {
    const [stride, widths] = [this.#stride, diskWidths(radius)];
    const ring = Array.from({ length: 2 * radius + 1 }, () => widths.map(() => new Uint32Array(stride)));
    const row = new SpreadRow(stride, radius);
    for (let next = 0; next < this.#rows + radius; next++) {
      const spread = ring[next % ring.length];
      if (next < this.#rows && row.take(from, next * stride)) row.spread(widths, spread);
      else for (const each of spread) each.fill(0);
      const y = next - radius;
      if (y < 0) continue;
      const at = y * stride;
      const middle = ring[y % ring.length][0];
      for (let k = 0; k < stride; k++) to[at + k] = middle[k];
      for (let dy = 1; dy <= radius; dy++) {
        uniteBoth(to, at, ring[(y - dy + ring.length) % ring.length][dy], ring[(y + dy) % ring.length][dy]);
      }
      to[at + stride - 1] &= this.#padding;
    }
  }

  #invert(words: Uint32Array): void {
    for (let i = 0; i < words.length; i++) words[i] = ~words[i];
    for (let end = this.#stride - 1; end < words.length; end += this.#stride) words[end] &= this.#padding;
  }

  #clearBorder(words: Uint32Array, width: number): void {
    const kept = new Uint32Array(this.#stride);
    if (this.#columns > 2 * width) setBits(kept, 0, width, this.#columns - width);
    for (let y = 0; y < this.#rows; y++) {
      const inside = y >= width && y < this.#rows - width;
      for (let k = 0, at = y * this.#stride; k < this.#stride; k++, at++) words[at] = inside ? words[at] & kept[k] : 0;
    }
  }

  /** Calls `visit` for each run of one kind of bit in a row, from left to right. */
  #forEachRun(words: Uint32Array, y: number, bit: 0 | 1, visit: (begin: number, end: number) => void): void {
    const row = y * this.#stride;
    for (let x = 0; x < this.#columns;) {
      const begin = findBit(words, row, x, this.#columns, bit);
      if (begin === this.#columns) return;
      x = findBit(words, row, begin, this.#columns, bit === 0 ? 1 : 0);
      visit(begin, x);
    }
  }
}

/**
 * Closes gaps along z by `2 * radius + 1` planes, in place. Where the outside is background the first and last `radius`
 * planes become empty. Holds twice that many packed planes.
 *
 * @returns how many voxels were inside and are no more.
 */
export async function closeAlongZ(
  bits: BitVolume,
  radius: number,
  outside: Outside = 0,
  signal?: AbortSignal,
): Promise<number> {
  const [nz] = bits.shape;
  const size = 2 * radius + 1;
  const ring = (value: number) => Array.from({ length: size }, () => new Uint32Array(bits.planeWords).fill(value));
  const [given, dilated] = [ring(0), ring(-outside)];
  const result = new Uint32Array(bits.planeWords);
  let lost = 0;
  for (let z = 0; z < Math.min(radius, nz); z++) await bits.readPacked(z, given[z]);
  for (let z = 0; z < nz + radius; z++) {
    signal?.throwIfAborted();
    const next = given[(z + radius) % size];
    if (z + radius < nz) await bits.readPacked(z + radius, next);
    else next.fill(0);
    const grown = dilated[z % size];
    grown.fill(z < nz ? 0 : -outside);
    if (z < nz) { for (const plane of given) unite(grown, 0, plane); }
    const middle = z - radius;
    if (middle < 0) continue;
    // The plane's own dilation is among them, whose padding is 0.
    result.fill(-1);
    for (const plane of dilated) intersect(result, plane);
    lost += countLost(given[middle % size], result);
    await bits.writePacked(middle, result);
  }
  return lost;
}

/** Bits of `before` that `after` has not. */
export function countLost(before: Uint32Array, after: Uint32Array): number {
  let lost = 0;
  for (let i = 0; i < before.length; i++) lost += bitsOfWord(before[i] & ~after[i]);
  return lost;
}

/** Numbered regions that grow together; region 0 is the outside. */
class Regions {
  /** Regions so far. */
  count = 1;
  #parent = new Int32Array(1024);

  /** A region of its own. */
  add(): number {
    if (this.count === this.#parent.length) {
      const longer = new Int32Array(2 * this.count);
      longer.set(this.#parent);
      this.#parent = longer;
    }
    this.#parent[this.count] = this.count;
    return this.count++;
  }

  /** The least number among those a region has grown together with. */
  rootOf(id: number): number {
    const parent = this.#parent;
    while (parent[id] !== id) id = parent[id] = parent[parent[id]];
    return id;
  }

  /** Makes two regions one. */
  unite(a: number, b: number): void {
    const [ra, rb] = [this.rootOf(a), this.rootOf(b)];
    this.#parent[Math.max(ra, rb)] = Math.min(ra, rb);
  }
}

/** First column from `x` on whose bit is `wanted`, or `columns`. */
function findBit(words: Uint32Array, row: number, x: number, columns: number, wanted: 0 | 1): number {
  const flip = wanted === 1 ? 0 : -1;
  let keep = -1 << (x & 31);
  for (let k = x >>> 5; 32 * k < columns; k++) {
    const found = (words[row + k] ^ flip) & keep;
    if (found !== 0) return Math.min(columns, 32 * k + 31 - Math.clz32(found & -found));
    keep = -1;
  }
  return columns;
}

/** Sets the bits of columns `[begin, end)`. */
function setBits(words: Uint32Array, row: number, begin: number, end: number): void {
  for (let x = begin; x < end;) {
    const bit = x & 31;
    const count = Math.min(end - x, 32 - bit);
    words[row + (x >>> 5)] |= (count === 32 ? -1 : (1 << count) - 1) << bit;
    x += count;
  }
}

/** Clears the bits of columns `[begin, end)`. */
function clearBits(words: Uint32Array, row: number, begin: number, end: number): void {
  for (let x = begin; x < end;) {
    const bit = x & 31;
    const count = Math.min(end - x, 32 - bit);
    words[row + (x >>> 5)] &= ~((count === 32 ? -1 : (1 << count) - 1) << bit);
    x += count;
  }
}

/** `to[at ..] |= a | b`. */
function uniteBoth(to: Uint32Array, at: number, a: Uint32Array, b: Uint32Array): void {
  for (let k = 0; k < a.length; k++) to[at + k] |= a[k] | b[k];
}

/** `to[at ..] |= words`. */
function unite(to: Uint32Array, at: number, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) to[at + i] |= words[i];
}

function intersect(to: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) to[i] &= words[i];
}
