/**
 * The grid that a volume is shown on: coarser cells, each the mean of a block of voxels, few enough that a page stays
 * small.
 *
 * A cell is a whole number of quarter voxels wide, so that a volume just too large loses a quarter of its resolution,
 * not half. A voxel on a border belongs to both cells in quarters, which are integers: sums over them are exact
 * (`preview_sums.ts`).
 *
 * @module
 */

import { type Geometry, type Shape3, type Triple, voxelCount } from "../volume.ts";

/** Parts that a voxel is divided into along each axis. */
export const PARTS = 4;

/**
 * Most cells of a preview: two volumes of so many bytes and a smooth one, written as text, keep a page under 10 MB even
 * where noise does not compress.
 */
export const PREVIEW_CELLS = 3.2e6;

/** One axis of a grid. Voxels are counted from 0, parts of a voxel too: voxel i has the parts 4 i to 4 i + 3. */
export interface PreviewAxis {
  /** Cells along it. */
  readonly cells: number;
  /** Voxels that a cell is wide; a multiple of 1/4, >= 1. */
  readonly width: number;
  /** The first part of each cell, and one past the last part of the last; length cells + 1. */
  readonly bounds: Int32Array;
  /** The first cell that each voxel reaches into. */
  readonly first: Int32Array;
  /** How many parts of each voxel, 1 to 4, lie in that cell; the rest lie in the next. */
  readonly share: Uint8Array;
  /** Where each cell's centre lies, in voxel indices. */
  readonly centres: Float64Array;
}

/** A grid of cells over a volume. */
export interface PreviewGrid {
  /** Cells along `[z, y, x]`. */
  readonly shape: Shape3;
  /** The axes z, y, x. */
  readonly axes: readonly [z: PreviewAxis, y: PreviewAxis, x: PreviewAxis];
}

/** The finest grid of at most `mostCells` cells that are as close to cubes as the voxels allow. */
export function previewGrid({ shape, voxelSize }: Geometry, mostCells = PREVIEW_CELLS): PreviewGrid {
  const finest = Math.min(...voxelSize);
  for (let step = 0;; step++) {
    const edge = finest * widthAt(step);
    const widths = voxelSize.map((size) => widestWithin(edge / size)) as unknown as Triple;
    const cells = shape.map((n, a) => Math.ceil(n / widths[a])) as unknown as Shape3;
    if (voxelCount(cells) > mostCells && cells.some((n) => n > 1)) continue;
    const axis = (a: number) => previewAxis(shape[a], widths[a]);
    return { shape: cells, axes: [axis(0), axis(1), axis(2)] };
  }
}

/** Widths that cells can have, in order: 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, ... */
function widthAt(step: number): number {
  return ((PARTS + (step % PARTS)) * 2 ** Math.floor(step / PARTS)) / PARTS;
}

/** The greatest width that is not above `limit`, at least 1. */
function widestWithin(limit: number): number {
  let step = 0;
  // Voxel sizes are decimal fractions: one that is a hair too small must not cost a step.
  while (widthAt(step + 1) <= limit * (1 + 1e-6)) step++;
  return widthAt(step);
}

function previewAxis(voxels: number, width: number): PreviewAxis {
  const cells = Math.ceil(voxels / width);
  const wide = PARTS * width;
  const bounds = Int32Array.from({ length: cells + 1 }, (_, i) => Math.min(i * wide, PARTS * voxels));
  const first = Int32Array.from({ length: voxels }, (_, i) => Math.floor((PARTS * i) / wide));
  const share = Uint8Array.from(first, (cell, i) => Math.min(PARTS, bounds[cell + 1] - PARTS * i));
  const centres = Float64Array.from({ length: cells }, (_, i) => (bounds[i] + bounds[i + 1]) / (2 * PARTS) - 0.5);
  return { cells, width, bounds, first, share, centres };
}
