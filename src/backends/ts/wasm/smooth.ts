/**
 * Stage `smooth` by WebAssembly: a box is cut into tiles of its rows and columns; of each the planes that the taps
 * along z reach lie in a small memory, in a ring. Twin: `smoothBox` of ../loops/smooth.ts.
 *
 * @module
 */

import { type Box, type BoxData, boxShape, copyBox, growBox, perAxis } from "../../../volume.ts";
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

/** Taps from the middle outwards, `[z, y, x]`. */
type Taps = readonly [z: Float64Array, y: Float64Array, x: Float64Array];

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export function wasmSmooth(spec: SmoothSpec, box: Box, padded: Box, data: Float32Array, out: Float32Array): void {
  const taps = perAxis((axis) => foldedTaps(spec, axis));
  const [rows, columns] = tileShape(taps, box);
  for (let y0 = box.y0; y0 < box.y1; y0 += rows) {
    for (let x0 = box.x0; x0 < box.x1; x0 += columns) {
      const tile = { ...box, y0, y1: Math.min(box.y1, y0 + rows), x0, x1: Math.min(box.x1, x0 + columns) };
      smoothTile(spec, taps, tile, { box: padded, data }, { box, data: out });
    }
  }
}

function smoothTile(spec: SmoothSpec, taps: Taps, tile: Box, from: BoxData, to: BoxData): void {
  const { stages, arena } = threadStages();
  arena.release();
  const around = growBox(tile, perAxis((a) => taps[a].length - 1), from.box);
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
  const planeAt = (i: number) => ring[(mirrored(tile.z0 + i, vz) - around.z0) % ring.length];
  const zSources = sources(nz, rz, (i) => planeAt(i).byteOffset);
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
    for (; planes < needed; planes++) {
      const plane = planeOf(around, around.z0 + planes);
      copyBox(plane, from, { box: plane, data: ring[planes % ring.length] });
    }
    parameters.zSources = zSources.byteOffset + 4 * z;
    stages.smooth(parameters.address);
    const plane = planeOf(tile, tile.z0 + z);
    copyBox(plane, { box: plane, data: smoothed }, to);
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

function planeOf(box: Box, z: number): Box {
  return { ...box, z0: z, z1: z + 1 };
}
