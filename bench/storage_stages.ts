/**
 * What is done to stored voxels as benches: codecs, numeric types, the resampling of coarser levels.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ByteCodec, decodeBytes } from "../src/io/codecs/codecs.ts";
import { decodeValues, encodeValues } from "../src/io/numeric.ts";
import { ADD_STRETCH, bandedRows } from "../src/io/pyramid/resample.ts";
import { encodeChunk, type OutputCompressor } from "../src/io/zarr/encode.ts";
import { cubeOf, spreadVoxels } from "./bench_volumes.ts";
import type { Bench, Prepared } from "./stage_table.ts";

/** Factor from intensities to stored integers: 12 bits of an OCT stack. */
const STORED = 4000;

/** Intensities as a microscope stores them, little-endian 16-bit integers. */
async function storedOf(n: number): Promise<Uint8Array> {
  const { data } = await cubeOf(n);
  const values = Uint16Array.from(data, (value) => Math.min(65535, Math.round(value * STORED)));
  return new Uint8Array(values.buffer);
}

const CODECS: Readonly<Record<"zstd" | "blosc" | "gzip", readonly ByteCodec[]>> = {
  zstd: ["zstd"],
  blosc: ["blosc", "crc32c"],
  gzip: ["gzip"],
};

function assertSameBytes(a: Uint8Array, b: Uint8Array): void {
  assert.equal(a.length, b.length);
  assert(a.every((byte, i) => byte === b[i]));
}

async function encodeBench(n: number, compressor: OutputCompressor & keyof typeof CODECS): Promise<Prepared> {
  const plain = await storedOf(n);
  let encoded = new Uint8Array(0);
  const check = () => assertSameBytes(decodeBytes(encoded, CODECS[compressor], plain.length), plain);
  const work = async () => {
    encoded = await encodeChunk(plain, "uint16", { compressor }) as Uint8Array<ArrayBuffer>;
  };
  return { elements: plain.length / 2, bytes: plain.length, check, work };
}

async function decodeBench(n: number, compressor: OutputCompressor & keyof typeof CODECS): Promise<Prepared> {
  const plain = await storedOf(n);
  const encoded = await encodeChunk(plain, "uint16", { compressor });
  let decoded = new Uint8Array(0);
  const check = () => assertSameBytes(decoded, plain);
  const work = () => {
    decoded = decodeBytes(encoded, CODECS[compressor], plain.length) as Uint8Array<ArrayBuffer>;
  };
  return { elements: plain.length / 2, bytes: plain.length, check, work };
}

async function toFloatBench(n: number): Promise<Prepared> {
  const stored = await storedOf(n);
  const out = new Float32Array(stored.length / 2);
  const check = () => {
    const values = new Uint16Array(stored.buffer);
    assert(out.every((value, i) => value === values[i]));
  };
  const work = () => decodeValues(stored, "uint16", true, out);
  return { elements: out.length, bytes: 6 * out.length, check, work };
}

async function fromFloatBench(n: number): Promise<Prepared> {
  const { data } = await cubeOf(n);
  const values = data.map((value) => value * STORED);
  let stored = encodeValues(values, "uint16", { clamped: 0, nonFinite: 0, zeroed: 0 });
  const check = () => {
    for (let i = 0; i < values.length; i += 997) assert(Math.abs(Number(stored[i]) - values[i]) <= 0.5 + 1e-3);
  };
  const work = () => {
    stored = encodeValues(values, "uint16", { clamped: 0, nonFinite: 0, zeroed: 0 });
  };
  return { elements: values.length, bytes: 6 * values.length, check, work };
}

/** Half as many voxels along one axis: along x float32 as read, along the others what comes of that. */
async function resampleBench(n: number, axis: 0 | 1 | 2): Promise<Prepared> {
  const cube = (await cubeOf(n)).data;
  const data = axis === 2 ? cube : Float64Array.from(cube);
  const rows = bandedRows(n, n >> 1);
  const [outer, inner] = [n ** axis, n ** (2 - axis)];
  const sums = new Float64Array(outer * (n >> 1) * inner);
  const stretch = { outer, inner, inputs: { from: 0, to: n }, outputs: { from: 0, to: n >> 1 } };
  const check = () => {
    for (const voxel of spreadVoxels(n >> 1)) {
      const at = voxel.map((v, a) => a === axis ? v : 2 * v);
      const o = at.slice(0, axis).reduce((sum, v) => sum * n + v, 0);
      const c = at.slice(axis + 1).reduce((sum, v) => sum * n + v, 0);
      const i = at[axis];
      let plain = 0;
      for (let k = rows.start[i]; k < rows.start[i + 1]; k++) {
        plain += rows.weight[k] * data[(o * n + rows.first[i] + k - rows.start[i]) * inner + c];
      }
      assert(Math.abs(sums[(o * (n >> 1) + i) * inner + c] - plain) < 1e-9);
    }
  };
  const work = () => ADD_STRETCH.work({ rows, stretch, source: data, sums, first: true });
  return { elements: data.length, bytes: data.byteLength + sums.byteLength, check, work };
}

/** The benches: reading, then writing, then coarser levels. */
export function storageBenches(sizes: readonly number[]): Bench[] {
  const each = (name: string, prepare: (n: number) => Promise<Prepared>): Bench[] =>
    sizes.map((n) => ({ name, size: `${n}^3`, unit: "voxel", prepare: () => prepare(n) }));
  return [
    ...(["zstd", "blosc", "gzip"] as const).flatMap((codec) => each(`decode ${codec}`, (n) => decodeBench(n, codec))),
    ...each("uint16 to float32", toFloatBench),
    ...each("float32 to uint16", fromFloatBench),
    ...(["zstd", "blosc"] as const).flatMap((codec) => each(`encode ${codec}`, (n) => encodeBench(n, codec))),
    ...([0, 1, 2] as const).flatMap((axis) => each(`coarser along ${"zyx"[axis]}`, (n) => resampleBench(n, axis))),
  ];
}
