/**
 * How a box lies in a file of plain rows: as few contiguous runs as possible, each small enough for one buffer.
 *
 * @module
 */

import type { Box, Shape3 } from "../../volume.ts";

/** Equally spaced rows of voxels in the file that are one contiguous piece of the box. */
interface RowRun {
  /** First voxel, counted in C order over the volume. */
  readonly fileStart: number;
  /** First voxel, counted in C order over the box. */
  readonly boxStart: number;
  readonly rows: number;
  readonly rowVoxels: number;
  /** Voxels from the start of one row to the start of the next in the file. */
  readonly stride: number;
}

/** Bounds on a run. */
interface RunLimits {
  /** Most voxels from first to last of a run, gaps included; one row of a box that is partial in x may have more. */
  readonly span: number;
  /** Most voxels of a gap that is read through rather than jumped over; 0 to jump over every gap. */
  readonly gap: number;
}

/** Voxels of the file that a run covers, gaps included. */
export function runSpan(run: RowRun): number {
  return (run.rows - 1) * run.stride + run.rowVoxels;
}

/** The runs of a box, in file order. */
export function* rowRuns(box: Box, shape: Shape3, limits: RunLimits): Generator<RowRun> {
  const [, ny, nx] = shape;
  const rowVoxels = box.x1 - box.x0;
  const height = box.y1 - box.y0;
  if (rowVoxels === nx) {
    const wholePlanes = height === ny;
    const piece = (wholePlanes ? box.z1 - box.z0 : 1) * height * nx;
    const pieces = wholePlanes ? 1 : box.z1 - box.z0;
    for (let p = 0; p < pieces; p++) {
      const fileStart = ((box.z0 + p) * ny + box.y0) * nx;
      for (let at = 0; at < piece; at += limits.span) {
        const count = Math.min(limits.span, piece - at);
        yield { fileStart: fileStart + at, boxStart: p * piece + at, rows: 1, rowVoxels: count, stride: count };
      }
    }
    return;
  }
  const together = nx - rowVoxels > limits.gap ? 1 : Math.max(1, 1 + Math.floor((limits.span - rowVoxels) / nx));
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y += together) {
      const fileStart = (z * ny + y) * nx + box.x0;
      const boxStart = ((z - box.z0) * height + y - box.y0) * rowVoxels;
      yield { fileStart, boxStart, rows: Math.min(together, box.y1 - y), rowVoxels, stride: nx };
    }
  }
}
