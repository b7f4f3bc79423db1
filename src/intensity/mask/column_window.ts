/**
 * Reading boxes with a halo without decoding chunks again and again. The volume is walked in columns of whole chunks,
 * downwards along z: the planes that two boxes of a column share are kept, and a box ends where its halo ends with the
 * chunk. So a column decodes each of its chunks once, and only the chunks around a column's rim are decoded for its
 * neighbours too: 6 times in all for columns of 1 x 2 chunks, 4 times for 2 x 2, instead of 27.
 *
 * @module
 */

import { type Box, perAxis, type Shape3, type Triple, type VolumeSource } from "../../volume.ts";
import { type Planes, readBlock } from "../../io/flow/boxes.ts";

/** What decides about the columns of a source. */
export type ColumnSource = Pick<VolumeSource, "shape" | "chunk" | "forwardOnly">;

/**
 * The boxes of a volume, or of a run of its planes, in columns, each column from its first plane to its last.
 *
 * @param maxVoxels most voxels of a box with its halo (but never less than one chunk's).
 */
export function columnBoxes(
  source: ColumnSource,
  halo: Triple,
  maxVoxels: number,
  [first, end]: Planes = [0, source.shape[0]],
): Box[] {
  const { shape } = source;
  const [thickness, height, width] = columnSize(source, halo, maxVoxels);
  const borders = new Set([first, end]);
  for (let z = thickness; z < end + halo[0]; z += thickness) {
    if (z - halo[0] > first && z - halo[0] < end && z < shape[0]) borders.add(z - halo[0]);
  }
  const planes = [...borders].sort((a, b) => a - b);
  const boxes: Box[] = [];
  for (let y0 = 0; y0 < shape[1]; y0 += height) {
    for (let x0 = 0; x0 < shape[2]; x0 += width) {
      const [y1, x1] = [Math.min(y0 + height, shape[1]), Math.min(x0 + width, shape[2])];
      for (let i = 0; i + 1 < planes.length; i++) boxes.push({ z0: planes[i], z1: planes[i + 1], y0, y1, x0, x1 });
    }
  }
  return boxes;
}

/** Thickness, height and width of a column's boxes: wide first, since the rim costs. Planes in C order stay whole. */
function columnSize({ shape, chunk, forwardOnly }: ColumnSource, halo: Triple, maxVoxels: number): Triple {
  const block = readBlock(chunk);
  const size = perAxis((a) => Math.min(block[a], shape[a]));
  if (forwardOnly) [size[1], size[2]] = [shape[1], shape[2]];
  const padded = (axis: number, n: number) =>
    [0, 1, 2].reduce((product, a) => product * Math.min(shape[a], (a === axis ? n : size[a]) + 2 * halo[a]), 1);
  const grow = (axes: readonly number[]) => {
    for (;;) {
      const possible = axes.filter((a) => size[a] < shape[a] && padded(a, 2 * size[a]) <= maxVoxels);
      if (possible.length === 0) return;
      const axis = possible.reduce((best, a) => halo[a] / size[a] > halo[best] / size[best] ? a : best);
      size[axis] = Math.min(shape[axis], 2 * size[axis]);
    }
  };
  grow([2, 1]);
  grow([0]);
  return size;
}

/** A source read in the order of {@linkcode columnBoxes}, one box at a time: it keeps what the next box needs. */
export class ColumnWindow implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: VolumeSource["dataType"];
  readonly chunk: Shape3;
  readonly forwardOnly = true;
  readonly #source: VolumeSource;
  readonly #overlap: number;
  /** Memory of what is kept, used again from box to box: dropped memory is freed late. */
  #memory = new Float32Array(0);
  #keptBox: Box | undefined;

  /** @param halo planes above and below a box. */
  constructor(source: VolumeSource, halo: number) {
    this.shape = source.shape;
    this.voxelSize = source.voxelSize;
    this.dataType = source.dataType;
    this.chunk = source.chunk;
    this.#source = source;
    this.#overlap = 2 * halo;
  }

  /** Reads a box, taking from memory what the last box of the same column has read. */
  async read(box: Box, out: Float32Array): Promise<void> {
    const plane = (box.y1 - box.y0) * (box.x1 - box.x0);
    const kept = this.#keptBox;
    let known = box.z0;
    if (kept && sameColumn(kept, box) && kept.z0 <= box.z0 && box.z0 < kept.z1) {
      known = Math.min(kept.z1, box.z1);
      out.set(this.#memory.subarray((box.z0 - kept.z0) * plane, (known - kept.z0) * plane));
    }
    if (known < box.z1) await this.#source.read({ ...box, z0: known }, out.subarray((known - box.z0) * plane));
    // Below the last planes of a column comes no other box.
    const from = box.z1 === this.shape[0] ? box.z1 : Math.max(box.z0, box.z1 - this.#overlap);
    const left = out.subarray((from - box.z0) * plane, (box.z1 - box.z0) * plane);
    if (this.#memory.length < left.length) this.#memory = new Float32Array(left.length);
    this.#memory.set(left);
    this.#keptBox = { ...box, z0: from };
  }
}

function sameColumn(a: Box, b: Box): boolean {
  return a.y0 === b.y0 && a.y1 === b.y1 && a.x0 === b.x0 && a.x1 === b.x1;
}
