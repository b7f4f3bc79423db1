/**
 * Stage `smooth` by WebAssembly: a box is cut into tiles of its rows and columns; of each the planes that the taps
 * along z reach lie in a small memory, in a ring. Twin: `smoothBox` of ../loops/smooth.ts.
 *
 * @module
 */

import { type Box, boxShape, growBox, perAxis } from "../../../volume.ts";
import { foldedTaps, mirrored } from "../loops/smooth.ts";
import type { SmoothSpec } from "../../backend.ts";
import { SMOOTH } from "../../../wasm/parameters.ts";
import { threadStages } from "../../../wasm/thread_stages.ts";

/**
 * Bytes that a tile aims at: a wider one smooths less of its rim twice, this much still lies in the processor's second
 * cache.
 */
const TILE_BYTES = 2 * 2 ** 20;

/** Values that one step of the module may write beyond the end of an array. */
const STEP = 16;

/** Cut out of a volume: the values of a box in C order. */
interface Part {
  readonly box: Box;
  readonly data: Float32Array;
}

/** Taps from the middle outwards, `[z, y, x]`. */
type Taps = readonly [z: Float64Array, y: Float64Array, x: Float64Array];

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export function wasmSmooth(spec: SmoothSpec, box: Box, padded: Box, data: Float32Array, out: Float32Array): void {
  const taps = ([0, 1, 2] as const).map((axis) => foldedTaps(spec, axis)) as unknown as Taps;
  const [rows, columns] = tileShape(taps, box);
  for (let y0 = box.y0; y0 < box.y1; y0 += rows) {
    for (let x0 = box.x0; x0 < box.x1; x0 += columns) {
      const tile = { ...box, y0, y1: Math.min(box.y1, y0 + rows), x0, x1: Math.min(box.x1, x0 + columns) };
      smoothTile(spec, taps, tile, { box: padded, data }, { box, data: out });
    }
  }
}

function smoothTile(spec: SmoothSpec, taps: Taps, tile: Box, from: Part, to: Part): void {
  const { stages, arena } = threadStages();
  arena.release();
  const around = grown(tile, taps, from.box);
  const [nz, ny, nx] = boxShape(tile);
  const [pz, py, px] = boxShape(around);
  const [rz, ry, rx] = taps.map(({ length }) => length - 1);
  const [zTaps, yTaps, xTaps] = taps.map((axis) => arena.copy(Float64Array, axis));
  const ring = Array.from({ length: Math.min(2 * rz + 1, pz) }, () => arena.take(Float32Array, py * px + STEP));
  const afterZ = arena.take(Float64Array, py * px + STEP);
  const line = arena.take(Float64Array, nx + 2 * rx + STEP);
  const smoothed = arena.take(Float32Array, ny * nx + STEP);
  const given = line.byteOffset + 8 * (rx - (tile.x0 - around.x0));
  const sources = (n: number, r: number, address: (i: number) => number) =>
    arena.copy(Uint32Array, Array.from({ length: n + 2 * r }, (_, i) => address(i - r)));
  const [vz, vy, vx] = spec.volume;
  const zSources = sources(nz, rz, (i) => {
    return ring[(mirrored(tile.z0 + i, vz) - around.z0) % ring.length].byteOffset;
  });
  const ySources = sources(ny, ry, (i) => afterZ.byteOffset + 8 * px * (mirrored(tile.y0 + i, vy) - around.y0));
  const columns = sources(nx, rx, (i) => given + 8 * (mirrored(tile.x0 + i, vx) - around.x0));
  const xSources = sources(1, rx, (i) => line.byteOffset + 8 * (i + rx));
  const parameters = SMOOTH.at(arena.take(Uint8Array, SMOOTH.bytes), {
    ...{ zTaps, zRadius: rz, count: py * px, afterZ },
    ...{ ySources, yTaps, yRadius: ry, rows: ny, px, line, width: line.length - STEP, given, columns },
    ...{ xSources, xTaps, xRadius: rx, nx, out: smoothed },
  });
  let planes = 0;
  for (let z = 0; z < nz; z++) {
    const needed = Math.min(pz, tile.z0 + z + rz + 1 - around.z0);
    for (; planes < needed; planes++) copyPlane(from, around, planes, ring[planes % ring.length]);
    parameters.zSources = zSources.byteOffset + 4 * z;
    stages.smooth(parameters.address);
    writePlane(smoothed, tile, z, to);
  }
}

/** Rows and columns of the tiles of a box: all columns where that leaves a tile many rows, else as many of both. */
function tileShape([tz, ty, tx]: Taps, box: Box): [rows: number, columns: number] {
  const [nz, ny, nx] = boxShape(box);
  const planes = Math.min(2 * tz.length - 1, nz + 2 * (tz.length - 1));
  const values = TILE_BYTES / (4 * planes + 8 + 4);
  const [ry, rx] = [ty.length - 1, tx.length - 1];
  const square = Math.max(16, Math.floor(Math.sqrt(values)));
  const columns = Math.min(nx, Math.max(square, Math.floor(values / (4 * ry + 16))) - 2 * rx);
  const rows = Math.floor(values / (Math.max(1, columns) + 2 * rx)) - 2 * ry;
  return [Math.min(ny, Math.max(rows, 2 * ry, 1)), Math.max(columns, Math.min(nx, 2 * rx), 1)];
}

/** A box grown by the reach of the taps, within what there is. */
function grown(box: Box, taps: Taps, within: Box): Box {
  return growBox(box, perAxis((a) => taps[a].length - 1), within);
}

/** Copies plane `z` of `box` out of a part. */
function copyPlane({ box: whole, data }: Part, box: Box, z: number, plane: Float32Array): void {
  const [, wy, wx] = boxShape(whole);
  const [, ny, nx] = boxShape(box);
  const start = ((box.z0 + z - whole.z0) * wy + box.y0 - whole.y0) * wx + box.x0 - whole.x0;
  if (nx === wx) return plane.set(data.subarray(start, start + ny * nx));
  for (let y = 0; y < ny; y++) plane.set(data.subarray(start + y * wx, start + y * wx + nx), y * nx);
}

/** Copies a plane of `box` into a part. */
function writePlane(plane: Float32Array, box: Box, z: number, { box: whole, data }: Part): void {
  const [, wy, wx] = boxShape(whole);
  const [, ny, nx] = boxShape(box);
  const start = ((box.z0 + z - whole.z0) * wy + box.y0 - whole.y0) * wx + box.x0 - whole.x0;
  if (nx === wx) return data.set(plane.subarray(0, ny * nx), start);
  for (let y = 0; y < ny; y++) data.set(plane.subarray(y * nx, (y + 1) * nx), start + y * wx);
}
