/**
 * Opening an image and reading boxes of it, held against an independent decoder: plain arithmetic for NIfTI, zarrita for OME-Zarr, and for zip files the image
 * that was packed, since their checksums let no other through.
 *
 * @module
 */

import { gunzipSync } from "node:zlib";
import * as zarr from "npm:zarrita@0.7.5";
import { openImage } from "../../src/io/open.ts";
import { planBoxMemory } from "../../src/plan/memory.ts";
import { type Box, boxVoxels, type Shape3, type VolumeSource } from "../../src/volume.ts";
import { readImage } from "../helpers/images.ts";
import { Random } from "../helpers/random.ts";
import { BrokenPromise } from "./checks.ts";
import type { Job } from "./case_worker.ts";
import { readNiftiPlainly } from "./plain_nifti.ts";

/** Memory that reading may take, the program's own included. */
export const MEMORY_LIMIT = 2 ** 28;
/** Voxels of a box along each axis, at most. */
const EDGE = 16;
/** Largest file that is decoded a second time, inflated bytes. */
const MOST_PLAIN_BYTES = 2 ** 24;

/** A box somewhere in a volume. */
function someBox([nz, ny, nx]: Shape3, random: Random): Box {
  const [z0, y0, x0] = [nz, ny, nx].map((n) => random.integer(0, Math.max(0, n - EDGE)));
  return { z0, y0, x0, z1: Math.min(nz, z0 + EDGE), y1: Math.min(ny, y0 + EDGE), x1: Math.min(nx, x0 + EDGE) };
}

/** What was read. */
interface Read {
  readonly source: VolumeSource;
  readonly index: number;
  readonly box: Box;
  readonly values: Float32Array;
}

/** Opens an image and reads a box of one of its volumes, as far as the memory limit lets a run do that. */
async function readSome(path: string, random: Random, level: number): Promise<Read> {
  await using image = await openImage(path, { level });
  const index = random.integer(0, image.volumes - 1);
  const source = image.volume(index);
  const { chunk: readChunk, forwardOnly, shape } = source;
  planBoxMemory(shape, { readChunk, writeChunk: readChunk, forwardOnly, workers: 0, weighted: false }, MEMORY_LIMIT, 0);
  const box = someBox(shape, random);
  const values = new Float32Array(boxVoxels(box));
  await source.read(box, values);
  checkFacts(source);
  return { source, index, box, values };
}

function checkFacts({ shape, voxelSize, affine }: VolumeSource): void {
  const sound = shape.every((n) => Number.isSafeInteger(n) && n >= 1) &&
    voxelSize.every((size) => Number.isFinite(size) && size > 0) && (affine ?? []).every(Number.isFinite);
  if (!sound) throw new BrokenPromise(`unsound geometry: ${shape}, ${voxelSize}, ${affine}`);
}

/** Compares values with those of another decoder; `missing` counts as right too, where it is given. */
function compare(read: Read, expected: (z: number, y: number, x: number) => number, missing?: number): void {
  const { box, values } = read;
  let i = 0;
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) {
      for (let x = box.x0; x < box.x1; x++, i++) {
        const value = Math.fround(expected(z, y, x));
        if (Object.is(values[i], value) || values[i] === value || values[i] === missing) continue;
        throw new BrokenPromise(`voxel ${z} ${y} ${x} must be ${value}: it was read as ${values[i]}`);
      }
    }
  }
}

/** An image in a file or a folder. */
export async function checkImage(job: Job): Promise<string> {
  const random = new Random(job.checkSeed);
  const path = `${job.input}/${job.open}`;
  const level = random.uniform() < 0.05 ? 1 : 0;
  const read = await readSome(path, random, level);
  if (/\.(nii|hdr)/.test(job.open)) {
    const stored = job.open.endsWith(".hdr") ? await readPair(path) : await Deno.readFile(path);
    const bytes = stored[0] === 0x1f && stored[1] === 0x8b ? inflated(stored) : stored;
    if (bytes === undefined) return "read before the place where its stream breaks";
    const voxelAt = readNiftiPlainly(bytes, read.source.shape);
    compare(read, (z, y, x) => voxelAt(read.index, z, y, x));
    return "read as a plain decoder reads it";
  }
  return await compareWithZarrita(path, level, read);
}

/** A pair as the single file that it would be. */
async function readPair(path: string): Promise<Uint8Array> {
  const [header, data] = await Promise.all([path, path.replace(/hdr$/, "img")].map(async (name) => {
    const bytes = await Deno.readFile(name);
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? inflated(bytes) ?? bytes : bytes;
  }));
  const two = header[4] === 0x6e && header[5] === 0x69;
  const bytes = new Uint8Array(Math.max(header.length, two ? 544 : 352) + data.length);
  bytes.set(header);
  bytes.set(data, bytes.length - data.length);
  const view = new DataView(bytes.buffer);
  const le = [348, 540].includes(view.getInt32(0, true));
  const before = bytes.length - data.length;
  if (two) view.setBigInt64(168, BigInt(before + Math.max(0, Number(view.getBigInt64(168, le)) || 0)), le);
  else view.setFloat32(108, before + Math.max(0, view.getFloat32(108, le) || 0), le);
  return bytes;
}

/** What a gzip holds; `undefined` where it is cut or damaged, which is told to those who read up to there. */
function inflated(stored: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(gunzipSync(stored, { maxOutputLength: MOST_PLAIN_BYTES }));
  } catch {
    return undefined;
  }
}

async function compareWithZarrita(path: string, level: number, read: Read): Promise<string> {
  const { box, source } = read;
  let expected: Awaited<ReturnType<typeof readByZarrita>>;
  try {
    expected = await readByZarrita(path, level, read);
  } catch (error) {
    return `read where zarrita does not (${error instanceof Error ? error.name : "?"})`;
  }
  const scaled = await scaleBeside(path);
  // Any byte but 0 is true for a boolean. A header that is left aside does not scale.
  const like = (value: unknown, own: number) =>
    typeof value === "boolean"
      ? (value ? own || 1 : 0)
      : Object.is(Math.fround(scaled(Number(value))), own)
      ? own
      : Number(value);
  let i = 0;
  compare(read, (z, y, x) => like(expected(z - box.z0, y - box.y0, x - box.x0), read.values[i++]));
  return source.dataType.startsWith("float") ? "floats as zarrita reads them" : "integers as zarrita reads them";
}

/** What a NIfTI header beside the levels makes of stored values, if there is one. */
async function scaleBeside(path: string): Promise<(value: number) => number> {
  const bytes = await Deno.readFile(`${path}/nifti/c/0`).catch(() => new Uint8Array(0));
  if (bytes.length < 120) return (value) => value;
  const view = new DataView(bytes.buffer);
  const [slope, inter] = [112, 116].map((at) => view.getFloat32(at, view.getInt32(0, true) === 348));
  return (value) => slope * Math.fround(value) + (Number.isFinite(inter) ? inter : 0);
}

async function readByZarrita(
  path: string,
  level: number,
  { index, box }: Read,
): Promise<(z: number, y: number, x: number) => unknown> {
  const store = {
    async get(key: string) {
      return await Deno.readFile(path + key).catch(() => undefined);
    },
    async getRange(key: string, range: zarr.RangeQuery) {
      const bytes = await this.get(key);
      if (bytes === undefined) return undefined;
      const start = "suffixLength" in range ? bytes.length - range.suffixLength : range.offset;
      return bytes.slice(start, "suffixLength" in range ? bytes.length : start + range.length);
    },
  };
  const group = await store.get("/zarr.json") ?? await store.get("/.zattrs");
  const attributes = JSON.parse(new TextDecoder().decode(group));
  const { axes, datasets } = (attributes.attributes?.ome ?? attributes).multiscales[0];
  const at = zarr.root(store).resolve(datasets[level].path);
  const array = await (await store.get("/zarr.json") ? zarr.open.v3 : zarr.open.v2)(at, { kind: "array" });
  const ranges = { t: 0, c: index, z: [box.z0, box.z1], y: [box.y0, box.y1], x: [box.x0, box.x1] };
  const names = axes.map((axis: { name: string; type?: string }) =>
    axis.type === "channel" ? "c" : axis.type === "time" ? "t" : axis.name
  ) as (keyof typeof ranges)[];
  const selection = names.map((name) => {
    if (!Object.hasOwn(ranges, name)) throw new Error(`no axis '${name}'`);
    const range = ranges[name];
    return typeof range === "number" ? range : zarr.slice(range[0], range[1]);
  });
  const { data, stride } = await zarr.get(array, selection) as unknown as { data: Iterable<unknown>; stride: number[] };
  const values = [...data];
  const spatial = names.filter((name) => typeof ranges[name] !== "number");
  const [sz, sy, sx] = (["z", "y", "x"] as const).map((name) => stride[spatial.indexOf(name)] ?? 0);
  return (z, y, x) => values[z * sz + y * sy + x * sx];
}

/** The voxels of packed images as they were before, by name. */
const pristine = new Map<string, Float32Array>();

/** An image in a zip file: its voxels are those that were packed, or the fill value 0 where a chunk's name has changed. */
export async function checkZipImage(job: Job): Promise<string> {
  const random = new Random(job.checkSeed);
  const read = await readSome(`${job.input}/${job.open}`, random, 0);
  const { box, source } = read;
  const original = await pristineVoxels(job, read.index);
  const [, ny, nx] = source.shape;
  if (boxVoxels(box) > original.length) throw new BrokenPromise(`a shape that was not packed: ${source.shape}`);
  compare(read, (z, y, x) => original[(z * ny + y) * nx + x], 0);
  return "the voxels that were packed, or none";
}

async function pristineVoxels(job: Job, index: number): Promise<Float32Array> {
  const key = `${job.seedName} ${index}`;
  let values = pristine.get(key);
  if (values === undefined) {
    const path = `${job.output}/pristine.ome.zarr.zip`;
    await Deno.writeFile(path, job.valid);
    try {
      values = await readImage(path, index);
    } finally {
      await Deno.remove(path);
    }
    pristine.set(key, values);
  }
  return values;
}
