/**
 * Sums of voxels over the cells of a preview, filled box by box.
 *
 * A sum adds float32 values times small integers in float64: it is exact, and so the same in whatever order the boxes
 * come, where the values of a cell lie within a factor of about 100,000 of each other. Beyond that its last bit may
 * depend on the order, which is a 10^13th of a grey level.
 *
 * @module
 */

import { forEachRow } from "../io/flow/boxes.ts";
import { type Box, voxelCount } from "../volume.ts";
import { PARTS, type PreviewAxis, type PreviewGrid } from "./preview_grid.ts";

/** Means of a volume over cells. 8 bytes a cell. */
export class PreviewSums {
  readonly #grid: PreviewGrid;
  readonly #sums: Float64Array;
  readonly #row: Float64Array;

  /** Empty sums over a grid. */
  constructor(grid: PreviewGrid) {
    this.#grid = grid;
    this.#sums = new Float64Array(voxelCount(grid.shape));
    this.#row = new Float64Array(grid.shape[2]);
  }

  /** Adds the voxels of a box; those that are not finite count as 0. */
  add(box: Box, data: Float32Array): void {
    const [row, sums] = [this.#row, this.#sums];
    const spans = spansOf(this.#grid.axes[2], box);
    const { from, end } = spans;
    forEachRow(box, (z, y, offset) => {
      sumSpans(spans, data, offset, row);
      forEachCellRow(this.#grid, z, y, (base, weight) => {
        for (let cell = from; cell < end; cell++) sums[base + cell] += weight * row[cell];
      });
    });
  }

  /** The mean of every cell, C order. */
  means(): Float32Array {
    const [z, y, x] = this.#grid.axes;
    const parts = ({ bounds }: PreviewAxis, cell: number) => bounds[cell + 1] - bounds[cell];
    const means = new Float32Array(this.#sums.length);
    let at = 0;
    for (let k = 0; k < z.cells; k++) {
      for (let j = 0; j < y.cells; j++) {
        const weight = parts(z, k) * parts(y, j);
        for (let i = 0; i < x.cells; i++, at++) means[at] = this.#sums[at] / (weight * parts(x, i));
      }
    }
    return means;
  }
}

/** Which cells lie wholly inside a mask. A byte a cell. */
export class PreviewMask {
  /** 1 for a cell of which a voxel lies outside, C order. */
  readonly outside: Uint8Array;
  readonly #grid: PreviewGrid;
  readonly #row: Uint8Array;

  /** A mask that excludes nothing yet. */
  constructor(grid: PreviewGrid) {
    this.#grid = grid;
    this.outside = new Uint8Array(voxelCount(grid.shape));
    this.#row = new Uint8Array(grid.shape[2]);
  }

  /** Excludes the cells of every voxel of the box whose byte is 0. */
  add(box: Box, inside: Uint8Array): void {
    const [row, outside] = [this.#row, this.outside];
    const spans = spansOf(this.#grid.axes[2], box);
    const { from, end, lo, hi } = spans;
    forEachRow(box, (z, y, offset) => {
      let excluded = 0;
      for (let cell = from; cell < end; cell++) {
        let whole = 1;
        for (let i = offset + lo[cell]; i < offset + hi[cell]; i++) if (inside[i] === 0) whole = 0;
        row[cell] = 1 - whole;
        excluded |= 1 - whole;
      }
      if (excluded === 0) return;
      forEachCellRow(this.#grid, z, y, (base) => {
        for (let cell = from; cell < end; cell++) outside[base + cell] |= row[cell];
      });
    });
  }
}

/** The cells that a box reaches into along x, and its voxels in each. */
interface Spans {
  /** First cell. */
  readonly from: number;
  /** One past the last. */
  readonly end: number;
  /** First voxel of the box in each cell, counted in the box. */
  readonly lo: Int32Array;
  /** One past the last. */
  readonly hi: Int32Array;
  /** Parts of the first voxel that lie before the cell. */
  readonly before: Int32Array;
  /** Parts of the last voxel that lie behind it. */
  readonly behind: Int32Array;
}

function spansOf({ cells, first, share, bounds }: PreviewAxis, { x0, x1 }: Box): Spans {
  const [from, end] = [first[x0], first[x1 - 1] + (share[x1 - 1] < PARTS ? 2 : 1)];
  const of = (value: (cell: number) => number) =>
    Int32Array.from({ length: cells }, (_, cell) => cell >= from && cell < end ? value(cell) : 0);
  const lo = of((cell) => Math.max(x0, Math.floor(bounds[cell] / PARTS)));
  const hi = of((cell) => Math.min(x1, Math.ceil(bounds[cell + 1] / PARTS)));
  const before = of((cell) => Math.max(0, bounds[cell] - PARTS * lo[cell]));
  const behind = of((cell) => Math.max(0, PARTS * hi[cell] - bounds[cell + 1]));
  return { from, end, lo: lo.map((i) => i - x0), hi: hi.map((i) => i - x0), before, behind };
}

/** Sums the voxels of a row in each cell, in parts: whole voxels, less what of the outer two lies beyond the cell. */
function sumSpans(
  { from, end, lo, hi, before, behind }: Spans,
  data: Float32Array,
  offset: number,
  row: Float64Array,
): void {
  for (let cell = from; cell < end; cell++) {
    const [begin, stop] = [offset + lo[cell], offset + hi[cell]];
    let sum = 0;
    for (let i = begin; i < stop; i++) sum += data[i];
    const parts = PARTS * sum - before[cell] * data[begin] - behind[cell] * data[stop - 1];
    // What is not finite is rare and shows in the sum: then each value is looked at.
    row[cell] = Math.abs(parts) < Infinity
      ? parts
      : PARTS * finiteSum(data, begin, stop) - before[cell] * finite(data[begin]) -
        behind[cell] * finite(data[stop - 1]);
  }
}

function finiteSum(data: Float32Array, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += finite(data[i]);
  return sum;
}

function finite(value: number): number {
  return Math.abs(value) < Infinity ? value : 0;
}

/**
 * Calls `visit` for each row of cells that row y of plane z reaches into: where it starts, and the parts of the row
 * times the parts of the plane in it.
 */
function forEachCellRow(
  { shape, axes: [zAxis, yAxis] }: PreviewGrid,
  z: number,
  y: number,
  visit: (base: number, weight: number) => void,
): void {
  const [, ny, nx] = shape;
  for (let k = 0; k < 2; k++) {
    const zShare = k === 0 ? zAxis.share[z] : PARTS - zAxis.share[z];
    for (let j = 0; j < 2; j++) {
      const weight = zShare * (j === 0 ? yAxis.share[y] : PARTS - yAxis.share[y]);
      if (weight > 0) visit(((zAxis.first[z] + k) * ny + yAxis.first[y] + j) * nx, weight);
    }
  }
}
