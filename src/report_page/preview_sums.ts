/**
 * Sums of voxels over the cells of a preview, filled box by box.
 *
 * A sum adds float32 values times small integers in float64: it is exact, and so the same in whatever order the boxes come, where the values of a cell lie within a
 * factor of about 100,000 of each other. Beyond that its last bit may depend on the order, which is a 10^13th of a grey level.
 *
 * @module
 */

import { forEachRow } from "../io/boxes.ts";
import { type Box, voxelCount } from "../volume.ts";
import { PARTS, type PreviewGrid } from "./preview_grid.ts";

/** Means of a volume over cells. 8 bytes a cell. */
export class PreviewSums {
  readonly #grid: PreviewGrid;
  readonly #sums: Float64Array;
  readonly #row: Float64Array;

  /** Empty sums over a grid. */
  constructor(grid: PreviewGrid) {
    this.#grid = grid;
    this.#sums = new Float64Array(voxelCount(grid.shape));
    this.#row = new Float64Array(grid.shape[2] + 1);
  }

  /** Adds the voxels of a box; those that are not finite count as 0. */
  add(box: Box, data: Float32Array): void {
    const [, , xAxis] = this.#grid.axes;
    const [row, sums] = [this.#row, this.#sums];
    const [from, end] = [xAxis.first[box.x0], xAxis.first[box.x1 - 1] + 2];
    forEachRow(box, (z, y, offset) => {
      row.fill(0, from, end);
      for (let x = box.x0; x < box.x1; x++, offset++) {
        const value = data[offset];
        if (!(Math.abs(value) < Infinity)) continue;
        const [cell, share] = [xAxis.first[x], xAxis.share[x]];
        row[cell] += share * value;
        row[cell + 1] += (PARTS - share) * value;
      }
      forEachCellRow(this.#grid, z, y, (base, weight) => {
        const stop = Math.min(end, xAxis.cells);
        for (let cell = from; cell < stop; cell++) sums[base + cell] += weight * row[cell];
      });
    });
  }

  /** The mean of every cell, C order. */
  means(): Float32Array {
    const [zAxis, yAxis, xAxis] = this.#grid.axes;
    const means = new Float32Array(this.#sums.length);
    let at = 0;
    for (const z of zAxis.parts) {
      for (const y of yAxis.parts) for (const x of xAxis.parts) means[at] = this.#sums[at++] / (z * y * x);
    }
    return means;
  }
}

/** Which cells lie wholly inside a mask. A byte a cell. */
export class PreviewMask {
  /** 1 for a cell of which a voxel lies outside, C order. */
  readonly outside: Uint8Array;
  readonly #grid: PreviewGrid;

  /** A mask that excludes nothing yet. */
  constructor(grid: PreviewGrid) {
    this.#grid = grid;
    this.outside = new Uint8Array(voxelCount(grid.shape));
  }

  /** Excludes the cells of every voxel of the box whose byte is 0. */
  add(box: Box, inside: Uint8Array): void {
    const [, , xAxis] = this.#grid.axes;
    forEachRow(box, (z, y, offset) =>
      forEachCellRow(this.#grid, z, y, (base) => {
        for (let x = box.x0, i = offset; x < box.x1; x++, i++) {
          if (inside[i] !== 0) continue;
          this.outside[base + xAxis.first[x]] = 1;
          if (xAxis.share[x] < PARTS) this.outside[base + xAxis.first[x] + 1] = 1;
        }
      }));
  }
}

/** Calls `visit` for each row of cells that row y of plane z reaches into: where it starts, and the parts of the row times the parts of the plane in it. */
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
