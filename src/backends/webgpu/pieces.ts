/**
 * Boxes cut into pieces that fit a slot of the ring.
 *
 * @module
 */

import { type Box, boxShape, boxVoxels } from "../../volume.ts";

/** Voxels of a piece, at most: 16 MiB in float32, as a queue keeps a copy of every upload. */
export const PIECE_VOXELS = 2 ** 22;

/** A piece of a box whose voxels are neighbours in the box's array. */
export interface Piece {
  /** Where it lies in the volume. */
  readonly box: Box;
  /** Its first voxel in the box's array. */
  readonly offset: number;
}

/** Cuts a box into runs of planes, or of rows, or of voxels. */
export function contiguousPieces(box: Box, most: number): Piece[] {
  const [nz, ny, nx] = boxShape(box);
  if (nz * ny * nx === 0) return [];
  const planes = Math.max(1, Math.floor(most / (ny * nx)));
  const rows = ny * nx <= most ? ny : Math.max(1, Math.floor(most / nx));
  const columns = nx <= most ? nx : most;
  const pieces: Piece[] = [];
  for (let z = 0; z < nz; z += planes) {
    for (let y = 0; y < ny; y += rows) {
      for (let x = 0; x < nx; x += columns) {
        const [z0, y0, x0] = [box.z0 + z, box.y0 + y, box.x0 + x];
        const [z1, y1, x1] = [z0 + planes, y0 + rows, x0 + columns];
        pieces.push({
          box: { z0, z1: Math.min(z1, box.z1), y0, y1: Math.min(y1, box.y1), x0, x1: Math.min(x1, box.x1) },
          offset: (z * ny + y) * nx + x,
        });
      }
    }
  }
  return pieces;
}

/**
 * Halves a box along its longest axis until each part, grown by what it needs around it, has few enough voxels, or is
 * one voxel.
 */
export function halvedBoxes(box: Box, grown: (box: Box) => Box, most: number): Box[] {
  const shape = boxShape(box);
  const longest = shape.indexOf(Math.max(...shape));
  if (boxVoxels(grown(box)) <= most || shape[longest] <= 1) return [box];
  const [from, to] = (["z", "y", "x"] as const).map((axis) => [`${axis}0`, `${axis}1`] as const)[longest];
  const middle = box[from] + (shape[longest] >> 1);
  return [{ ...box, [to]: middle }, { ...box, [from]: middle }].flatMap((half) => halvedBoxes(half, grown, most));
}
