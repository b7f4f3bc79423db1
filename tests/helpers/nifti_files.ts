/** Small NIfTI files for the tests, put together field by field and independently of what reads and writes them in `src`. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { ImageSpec } from "../../src/io/image.ts";
import { openNifti } from "../../src/io/nifti/open.ts";
import type { NiftiImage } from "../../src/io/nifti/read.ts";
import { createNifti } from "../../src/io/nifti/write.ts";
import { type Box, boxVoxels, type Shape3, type VolumeSource, wholeBox } from "../../src/volume.ts";

/** Options of an output that replaces nothing and has no inputs to spare. */
export const NEW = { overwrite: false, inputs: [] };

export type Type =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float32"
  | "float64";

const CODES = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
};
export const TYPES = Object.keys(CODES) as Type[];

export interface Recipe {
  version?: 1 | 2;
  littleEndian?: boolean;
  type?: Type;
  /** dim[0..]: rank, nx, ny, nz, ... */
  dim?: readonly number[];
  pixdim?: readonly number[];
  units?: number;
  slope?: number;
  inter?: number;
  /** sform rows; without them the file has no orientation. */
  srow?: readonly number[];
  /** Bytes of the extensions, esize included. */
  extensions?: Uint8Array;
  /** Stored values; the values 0, 1, 2... (from -5 where signed) by default. */
  stored?: readonly number[];
  /** Overrides, by byte offset, after everything else: `[offset, int16 value]`. */
  patchInt16?: [number, number][];
  patchFloat32?: [number, number][];
}

export function storedRamp(count: number, type: Type): number[] {
  return Array.from({ length: count }, (_, i) => (i % 120) - (type.startsWith("u") ? 0 : 5));
}

/** The bytes of a file. */
export function niftiBytes(recipe: Recipe): Uint8Array {
  const { version = 1, littleEndian: le = true, type = "int16", dim = [3, 4, 3, 2] } = recipe;
  const size = version === 1 ? 348 : 540;
  const extensions = recipe.extensions ?? new Uint8Array(0);
  const count = dim.slice(1).reduce((product, extent) => product * extent, 1);
  const stored = recipe.stored ?? storedRamp(count, type);
  const width = Number(/\d+/.exec(type)) / 8;
  const offset = size + 4 + extensions.length;
  const bytes = new Uint8Array(offset + stored.length * width);
  const view = new DataView(bytes.buffer);
  const real = (at: number, index: number, value: number) =>
    version === 1 ? view.setFloat32(at + 4 * index, value, le) : view.setFloat64(at + 8 * index, value, le);
  view.setInt32(0, size, le);
  bytes.set(new TextEncoder().encode(version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n"), version === 1 ? 344 : 4);
  [...dim, ...Array(8 - dim.length).fill(1)].forEach((extent, i) =>
    version === 1 ? view.setInt16(40 + 2 * i, extent, le) : view.setBigInt64(16 + 8 * i, BigInt(extent), le)
  );
  view.setInt16(version === 1 ? 70 : 12, CODES[type], le);
  view.setInt16(version === 1 ? 72 : 14, width * 8, le);
  (recipe.pixdim ?? [1, 2, 3, 4, 1]).forEach((edge, i) => real(version === 1 ? 76 : 104, i, edge));
  if (version === 1) view.setFloat32(108, offset, le);
  else view.setBigInt64(168, BigInt(offset), le);
  real(version === 1 ? 112 : 176, 0, recipe.slope ?? 0);
  real(version === 1 ? 116 : 184, 0, recipe.inter ?? 0);
  real(version === 1 ? 124 : 192, 0, 77); // cal_max
  if (version === 1) view.setUint8(123, recipe.units ?? 2);
  else view.setInt32(500, recipe.units ?? 2, le);
  bytes.set(new TextEncoder().encode("kept as it is"), version === 1 ? 148 : 240); // descrip
  if (recipe.srow !== undefined) {
    if (version === 1) view.setInt16(254, 4, le);
    else view.setInt32(348, 4, le);
    recipe.srow.forEach((value, i) => real(version === 1 ? 280 : 400, i, value));
  }
  if (extensions.length > 0) bytes[size] = 1;
  bytes.set(extensions, size + 4);
  stored.forEach((value, i) => setValue(view, offset + i * width, type, value, le));
  for (const [at, value] of recipe.patchInt16 ?? []) view.setInt16(at, value, le);
  for (const [at, value] of recipe.patchFloat32 ?? []) view.setFloat32(at, value, le);
  return bytes;
}

function setValue(view: DataView, at: number, type: Type, value: number, le: boolean): void {
  if (type === "uint8") view.setUint8(at, value);
  if (type === "int8") view.setInt8(at, value);
  if (type === "uint16") view.setUint16(at, value, le);
  if (type === "int16") view.setInt16(at, value, le);
  if (type === "uint32") view.setUint32(at, value, le);
  if (type === "int32") view.setInt32(at, value, le);
  if (type === "uint64") view.setBigUint64(at, BigInt(value), le);
  if (type === "int64") view.setBigInt64(at, BigInt(value), le);
  if (type === "float32") view.setFloat32(at, value, le);
  if (type === "float64") view.setFloat64(at, value, le);
}

/** An extension of `esize` bytes, a multiple of 16. */
export function extension(esize: number, littleEndian: boolean): Uint8Array {
  const bytes = Uint8Array.from({ length: esize }, (_, i) => i);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, esize, littleEndian);
  view.setInt32(4, 6, littleEndian);
  return bytes;
}

/** The same bytes as `members` gzip streams in a row. */
export function gzipMembers(bytes: Uint8Array, members: number): Uint8Array {
  const step = Math.ceil(bytes.length / members);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += step) parts.push(gzipSync(bytes.subarray(at, at + step)));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Runs `body` with a new folder that is removed afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A box of a volume, the whole by default. */
export async function readBox(source: VolumeSource, box: Box = wholeBox(source.shape)): Promise<Float32Array> {
  const out = new Float32Array(boxVoxels(box)).fill(NaN);
  await source.read(box, out);
  return out;
}

/** Writes `bytes` to a file and opens it. */
export async function openBytes(folder: string, bytes: Uint8Array, name = "in.nii"): Promise<NiftiImage> {
  await Deno.writeFile(`${folder}/${name}`, bytes);
  return await openNifti(`${folder}/${name}`);
}

/** Writes whole volumes and returns the bytes of the file, inflated. */
export async function written(path: string, spec: ImageSpec, volumes: Float32Array[]): Promise<Uint8Array> {
  await using output = await createNifti(path, spec, NEW);
  for (const [index, values] of volumes.entries()) await output.volume(index).write(wholeBox(spec.shape), values);
  await output.commit();
  const bytes = await Deno.readFile(path);
  return path.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes;
}

/** The part of a C-order volume that a box covers. */
export function cut(values: Float32Array, [, ny, nx]: Shape3, box: Box): Float32Array {
  const part: number[] = [];
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) {
      for (let x = box.x0; x < box.x1; x++) part.push(values[(z * ny + y) * nx + x]);
    }
  }
  return Float32Array.from(part);
}
