/**
 * What the parts of a pass cost at best: nanoseconds a voxel of one thread, the shortest of several runs over one box of the stack, from bytes to bytes.
 *
 * @module
 */

import type { ApplySpec } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { AVERAGE_BLOCKS } from "../src/intensity/sample/average_blocks.ts";
import { MARK_INSIDE } from "../src/intensity/mask/mark_inside.ts";
import { MatchingHistograms } from "../src/intensity/match/histogram_match.ts";
import { FIND_NONFINITE } from "../src/intensity/nonfinite.ts";
import { SUM_PLANES } from "../src/intensity/match/z_profile.ts";
import { DECODE_CHUNK, ENCODE_CHUNK } from "../src/io/zarr/chunk_jobs.ts";
import { ADD_STRETCH, bandedRows, type StretchRequest } from "../src/io/pyramid/resample.ts";
import { type Box, type Shape3, wholeBox } from "../src/volume.ts";
import type { Stack } from "./stack.ts";

/** Runs of each part; the shortest counts. */
const RUNS = 5;

/** Edge of the box: a chunk. */
const EDGE = 128;

/** Coarser voxels of the pyramid, in voxels of level 0. */
const FACTORS = [2.5, 5, 10] as const;

/** Nanoseconds a voxel by part. */
export type PartCosts = Readonly<Record<string, number>>;

/** Measures every part over a box of the stack. */
export async function measureParts({ source, mask }: Stack): Promise<PartCosts> {
  const box = centreBox(source.shape);
  const [data, values] = [sharedFloats(EDGE ** 3), sharedFloats(EDGE ** 3)];
  await source.read(box, data);
  await mask.read(box, values);
  const inside = new Uint8Array(new SharedArrayBuffer(EDGE ** 3));
  const own = wholeBox([EDGE, EDGE, EDGE]);
  const parts: Record<string, number> = {};
  const encode = {
    touched: { place: [0, 0, 0], chunk: own, shared: own },
    box: own,
    shape: [EDGE, EDGE, EDGE],
  } as const;
  const stored = { ...encode, chunk: [EDGE, EDGE, EDGE], sharded: false, compression: {} } as const;
  for (const [name, of, dataType] of [["image", data, "float32"], ["mask", values, "uint8"]] as const) {
    const written = await ENCODE_CHUNK.work({ ...stored, data: of, dataType });
    const layout = { dataType, littleEndian: true, offset: 0, strides: [EDGE * EDGE, EDGE, 1] } as const;
    const decodedLength = EDGE ** 3 * (dataType === "uint8" ? 1 : 4);
    const request = { ...encode, encoded: written.parts[0], codecs: ["zstd"], decodedLength, layout } as const;
    // A mask of small integers goes straight to marks.
    const out = name === "mask" ? new Uint8Array(new SharedArrayBuffer(EDGE ** 3)) : sharedFloats(EDGE ** 3);
    parts[`decode ${name}`] = await shortest(() => DECODE_CHUNK.work({ ...request, out }));
  }
  parts.encode = await shortest(() => ENCODE_CHUNK.work({ ...stored, data, dataType: "float32" }));
  await MARK_INSIDE.work({ rule: { by: "nonzero" }, values, intensity: data, out: inside });
  parts.mark = await shortest(() =>
    MARK_INSIDE.work({ rule: { by: "mark" }, values: data, intensity: data, out: inside })
  );
  parts["find nonfinite"] = await shortest(() => FIND_NONFINITE.work({ data, zero: false }));
  parts["sum planes"] = await shortest(() => SUM_PLANES.work({ box: own, data, inside }));
  const axis = { factor: 4, block: 4 };
  const range = { k0: 0, k1: EDGE / 4 };
  const blocks = { region: own, axes: [axis, axis, axis], ranges: [range, range, range] } as const;
  parts.average = await shortest(() => AVERAGE_BLOCKS.work({ ...blocks, data, inside }));
  const histograms = new MatchingHistograms(EDGE, { sections: 4 }, 2);
  parts.histogram = await shortest(() => histograms.addBy(undefined, own, data));
  const stretches = FACTORS.flatMap((factor) => stretchesOf(data, factor));
  parts.resample = await shortest(() => stretches.forEach((request) => ADD_STRETCH.work(request)));
  return { ...parts, ...await measureBackend(own, data, inside) };
}

/** Apply and smoothing, by one worker thread of the TypeScript backend. */
async function measureBackend(own: Box, data: Float32Array, inside: Uint8Array): Promise<PartCosts> {
  await using backend = openTsBackend({ workers: 1 });
  const volume: Shape3 = [EDGE, EDGE, EDGE];
  const lattice = { points: [4, 6, 6], values: new Float64Array(144).fill(0.01) } as const;
  const spec: ApplySpec = {
    volume,
    sections: [{ z0: 0, z1: EDGE, lattice }],
    global: lattice,
    zGain: new Float32Array(EDGE).fill(1),
    strength: 1,
    scale: 1,
    zeroOutside: true,
    floor: 1e-6,
  };
  await using apply = await backend.openApply(spec);
  await using smooth = await backend.openSmooth({ volume, sigma: [1, 2, 2], truncate: 4 });
  const out = sharedFloats(EDGE ** 3);
  return {
    apply: await shortest(() => apply.correct(own, data, inside)),
    smooth: await shortest(() => smooth.smooth(own, own, data, out)),
  };
}

/** One level of the pyramid: along y, then x, then z. */
function stretchesOf(data: Float32Array, factor: number): StretchRequest[] {
  const outputs = Math.floor(EDGE / factor);
  const rows = bandedRows(EDGE, outputs);
  const given = { rows, first: true } as const;
  const ranges = { inputs: { from: 0, to: EDGE }, outputs: { from: 0, to: outputs } } as const;
  const [alongY, alongX, level] = [EDGE ** 2 * outputs, EDGE * outputs ** 2, outputs ** 3].map((voxels) =>
    new Float64Array(new SharedArrayBuffer(8 * voxels))
  );
  return [
    { ...given, stretch: { outer: EDGE, inner: EDGE, ...ranges }, source: data, sums: alongY },
    { ...given, stretch: { outer: EDGE * outputs, inner: 1, ...ranges }, source: alongY, sums: alongX },
    { ...given, stretch: { outer: 1, inner: outputs ** 2, ...ranges }, source: alongX, sums: level },
  ];
}

async function shortest(work: () => unknown): Promise<number> {
  let best = Infinity;
  for (let run = 0; run <= RUNS; run++) {
    const begin = performance.now();
    await work();
    if (run > 0) best = Math.min(best, performance.now() - begin);
  }
  return best * 1e6 / EDGE ** 3;
}

function centreBox([nz, ny, nx]: Shape3): Box {
  const [z0, y0, x0] = [nz, ny, nx].map((n) => Math.max(0, Math.floor((n - EDGE) / 2)));
  return { z0, z1: z0 + EDGE, y0, y1: y0 + EDGE, x0, x1: x0 + EDGE };
}

function sharedFloats(voxels: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * voxels));
}
