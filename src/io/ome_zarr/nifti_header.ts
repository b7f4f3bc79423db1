/**
 * The NIfTI header that a nifti-zarr (`.nii.zarr`, https://github.com/neuroscales/nifti-zarr) keeps beside its levels,
 * as an array of bytes: the place in a body, oblique axes too, and how stored values become intensities.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { type Triple, wholeBox } from "../../volume.ts";
import { messageOf } from "../files/file_errors.ts";
import { replaceFile } from "../files/whole.ts";
import type { ImageSpec } from "../image.ts";
import type { ByteSource } from "../nifti/byte_source.ts";
import { HEADER_SIZE } from "../nifti/fields.ts";
import { type NiftiHeader, readNiftiHeader, singleHeader } from "../nifti/header.ts";
import { isPlace } from "../nifti/orientation.ts";
import { buildNiftiHeader } from "../nifti/template.ts";
import type { ZarrArray } from "../zarr/array.ts";
import { arrayFile, arrayMetadata, keyOf } from "../zarr/array_files.ts";
import { touchedChunks } from "../zarr/chunk_grid.ts";
import { ChunkReader } from "../zarr/chunk_reader.ts";
import { encodeChunk } from "../zarr/encode.ts";
import { readJson, type ZarrStore } from "../zarr/store.ts";
import { parseZarrV2 } from "../zarr/v2.ts";
import { parseZarrV3 } from "../zarr/v3.ts";
import { spatialTriple, type Warn } from "./axes.ts";
import type { OmeMultiscale } from "./metadata.ts";
import { type OmeZarrMetadata, readArray } from "./metadata_read.ts";

/** Name of the array. */
export const NIFTI = "nifti";
/** More than any header with extensions takes, and more chunks than anybody keeps one in. */
const [MOST_BYTES, MOST_CHUNKS] = [2 ** 20, 1024];
/** A relative difference in voxel size beyond rounding to float32: the header is another image's. */
const ANOTHER = 1e-3;

/**
 * The header beside the levels of an image; `undefined` where there is none, or it is another image's.
 *
 * @param warn called where a header is ignored.
 * @throws {InputError} or {CorruptDataError} when its bytes cannot be read.
 */
export async function readHeaderBeside(
  store: ZarrStore,
  { zarrFormat, multiscale, level, array }: OmeZarrMetadata,
  warn: Warn,
): Promise<NiftiHeader | undefined> {
  const metadata = await readJson(store, `${NIFTI}/${arrayFile(zarrFormat)}`);
  const type = metadata?.field(zarrFormat === 3 ? "data_type" : "dtype").value;
  if (!metadata || (type !== "uint8" && type !== "|u1")) return undefined;
  const bytes = zarrFormat === 3 ? parseZarrV3(metadata) : parseZarrV2(metadata);
  const { shape: [count], chunk: { shape: [chunk] } } = bytes;
  if (bytes.shape.length > 1 || count > Math.min(MOST_BYTES, chunk * MOST_CHUNKS)) return undefined;
  const { axes, levels } = multiscale;
  const finest = level === 0 ? array : await readArray(store, levels[0].path, zarrFormat);
  if (finest === undefined || axes.length < 3) return undefined;
  const path = `${store.path}/${NIFTI}`;
  const read = await readBytes(store, bytes, count);
  try {
    const header = await parseHeader(path, read, warn);
    checkAgreement(path, header, spatialTriple(axes, finest.shape), spatialTriple(axes, levels[0].scale));
    return header;
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    warn(`The NIfTI header beside the levels is ignored: ${messageOf(cause)}.`);
    return undefined;
  }
}

async function readBytes(store: ZarrStore, array: ZarrArray, count: number): Promise<Uint8Array> {
  const box = wholeBox([1, 1, count]);
  const out = new Float32Array(count);
  const reader = new ChunkReader(store, NIFTI, array);
  const layout = { dataType: "uint8", littleEndian: true, offset: 0, strides: [0, 0, 1] } as const;
  for (const touched of touchedChunks(box, [1, 1, array.chunk.shape[0]])) {
    await reader.readInto({ touched, box, out }, [touched.place[2]], layout);
  }
  return Uint8Array.from(out);
}

/** The header of a single file of one volume, whose voxels would follow it. @throws {InputError} when it is none. */
async function parseHeader(path: string, read: Uint8Array, warn: Warn): Promise<NiftiHeader> {
  if (read.length < HEADER_SIZE[1]) {
    const rule = `it must have ${HEADER_SIZE[1]} bytes or more`;
    throw new InputError(path, `Cannot read ${path} as ${rule}: current length is ${read.length}`);
  }
  const view = new DataView(read.buffer);
  const isSecond = [true, false].some((order) => view.getInt32(0, order) === HEADER_SIZE[2]);
  const { bytes, fields } = singleHeader(read, isSecond ? 2 : 1);
  fields.set("vox_offset", bytes.length);
  // Times and channels are what the axes say.
  fields.set("dim", Math.min(3, fields.get("dim", 0)), 0);
  for (let axis = 4; axis <= 7; axis++) fields.set("dim", 1, axis);
  const source: ByteSource = {
    forwardOnly: false,
    mostBytes: Infinity,
    expectedBytes: undefined,
    read(offset, out) {
      const part = bytes.subarray(offset, offset + out.length);
      out.set(part);
      return Promise.resolve(part.length);
    },
    close() {},
  };
  return await readNiftiHeader(path, source, warn);
}

function checkAgreement(path: string, header: NiftiHeader, shape: Triple, voxelSize: Triple): void {
  const same = header.shape.every((extent, a) => extent === shape[a]) &&
    header.voxelSize.every((edge, a) => Math.abs(edge / voxelSize[a] - 1) <= ANOTHER);
  if (same) return;
  const numbers = [header.shape, shape, header.voxelSize, voxelSize].map((values) =>
    values.map((value) => Number(value.toPrecision(6))).join(" x ")
  );
  throw new InputError(
    path,
    `Cannot use ${path} as it must be of the finest level: current shapes are ${numbers[0]} and ${numbers[1]}, ` +
      `voxel sizes ${numbers[2]} and ${numbers[3]} mm`,
  );
}

/** Where a level lies by a header of the finest one: matrices from `(x, y, z, 1)` to mm, the one that counts first. */
export function placesOfLevel(
  { affine, otherAffine }: NiftiHeader,
  { axes, levels }: OmeMultiscale,
  level: number,
): number[][] {
  const edges = spatialTriple(axes, levels[0].scale);
  const [ratio, shift] = [levels[level].scale, levels[level].translation.map((at, i) => at - levels[0].translation[i])]
    .map((lengths) => spatialTriple(axes, lengths).map((length, a) => length / edges[a]));
  const places = [affine, otherAffine].filter((place) => place !== undefined).map((place) =>
    place.map((value, i) => {
      const [row, column] = [i - i % 4, i % 4];
      if (row === 12) return value;
      if (column < 3) return value * ratio[2 - column];
      return [0, 1, 2].reduce((sum, c) => sum + place[row + c] * shift[2 - c], value);
    })
  );
  return places.filter(isPlace);
}

/**
 * The header to keep beside the levels of a new image: voxels are stored as they are.
 *
 * @param lent the header that it is made of; left out: that of its template, where this is a NIfTI.
 * @throws {UsageError} when the format has no such type.
 */
export function headerBeside(spec: ImageSpec, lent: NiftiHeader | undefined): Uint8Array {
  const { bytes, fields } = buildNiftiHeader(spec, lent);
  const { volumes, times = 1 } = spec;
  fields.set("scl_slope", 1);
  fields.set("scl_inter", 0);
  // A NIfTI has times along its fourth axis, and what else there is along its fifth.
  if (volumes > times) {
    [5, ...shapeOf(spec), times, volumes / times].forEach((extent, i) => fields.set("dim", extent, i));
  }
  return bytes;
}

function shapeOf({ shape: [nz, ny, nx] }: ImageSpec): Triple {
  return [nx, ny, nz];
}

/** Writes the header into the directory of an image. @returns the keys of its files. */
export async function writeHeaderBeside(
  directory: string,
  zarrFormat: 2 | 3,
  bytes: Uint8Array,
): Promise<string[]> {
  const files = await headerFiles(zarrFormat, bytes);
  for (const [key, content] of files) {
    await Deno.mkdir(`${directory}/${key.slice(0, key.lastIndexOf("/"))}`, { recursive: true });
    await replaceFile(`${directory}/${key}`, [content]);
  }
  return files.map(([key]) => key);
}

/** The files of a header that lies beside the levels, each a key and its bytes. */
export async function headerFiles(zarrFormat: 2 | 3, bytes: Uint8Array): Promise<[key: string, bytes: Uint8Array][]> {
  const [shape, dataType, compression] = [[bytes.length], "uint8", { compressor: "none", zarrFormat }] as const;
  const metadata = arrayMetadata({ zarrFormat, shape, chunk: shape, compression, dataType, dimensionNames: ["byte"] });
  return [
    [`${NIFTI}/${arrayFile(zarrFormat)}`, new TextEncoder().encode(JSON.stringify(metadata, null, 2))],
    [`${NIFTI}/${keyOf([0], zarrFormat)}`, await encodeChunk(bytes, dataType, compression)],
  ];
}
