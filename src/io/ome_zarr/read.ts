/**
 * Reading OME-Zarr 0.4 (Zarr v2) and 0.5 (Zarr v3) images, box by box.
 *
 * A box costs the chunks it touches and nothing else; up to `READS_AT_ONCE` are under way at a time. Every chunk is
 * checked before its voxels are used (see `codecs.ts`). An image of labels is an image like any other.
 *
 * @module
 */

import { CorruptDataError, InputError } from "../../errors.ts";
import type { Box, DataType, Shape3, Triple, VolumeSource } from "../../volume.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { fillShared, touchedChunks } from "../zarr/chunk_grid.ts";
import { checkBox } from "../flow/boxes.ts";
import { canMark, markOf } from "../zarr/chunk_marks.ts";
import { checkVolume, type ImageFile } from "../image.ts";
import { type Attributes, describeAxes, type OmeAxis, spatialTriple } from "./metadata.ts";
import { type OmeZarrMetadata, readArray, readOmeZarrMetadata } from "./metadata_read.ts";
import type { ZarrArray } from "../zarr/array.ts";
import { type ChunkDecoding, ChunkReader } from "../zarr/chunk_reader.ts";
import { DirectoryStore, type ZarrStore } from "../zarr/store.ts";
import { splitZipPath, ZipStore } from "../zip/read.ts";

/** How an image is opened. */
export interface OpenOptions extends ChunkDecoding {
  /** Resolution level of an OME-Zarr, 0 for the finest, which is the default. Other formats have level 0 alone. */
  readonly level?: number;
  /** Whether an OME-Zarr chunk that is not stored is an error; by default its voxels have the fill value. */
  readonly requireAllChunks?: boolean;
}

/** Chunks of one box that are read at once: enough to hide the latency of a disk, few enough to bound memory. */
const READS_AT_ONCE = 4;

/** One level of an OME-Zarr image. */
export class OmeZarrImage implements ImageFile {
  readonly path: string;
  readonly format = "ome-zarr";
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly volumes: number;
  readonly levels: number;
  readonly unitGiven: boolean;
  readonly details: Readonly<Record<string, string>>;
  /** Centre of voxel 0 in mm, `[z, y, x]`. */
  readonly translation: Triple;
  /** Everything in the attributes of its group. */
  readonly attributes: Attributes;
  readonly #store: ZarrStore;
  readonly #metadata: OmeZarrMetadata;
  readonly #options: OpenOptions;

  /** Use {@linkcode openOmeZarr}, which reads the metadata. */
  constructor(
    store: ZarrStore,
    metadata: OmeZarrMetadata,
    details: Readonly<Record<string, string>>,
    options: OpenOptions,
  ) {
    const { array, multiscale: { axes, levels, unitsGiven }, level } = metadata;
    this.path = store.path;
    this.shape = spatialShape(axes, array.shape);
    this.voxelSize = spatialTriple(axes, levels[level].scale);
    const [z, y, x] = spatialTriple(axes, levels[level].translation);
    this.translation = axes.some((axis) => axis.name === "z") ? [z, y, x] : [0, y, x];
    this.dataType = array.dataType;
    this.volumes = array.shape[axisIndex(axes, "c")] ?? 1;
    this.levels = levels.length;
    this.unitGiven = unitsGiven;
    this.details = details;
    this.attributes = metadata.attributes;
    this.#store = store;
    this.#metadata = metadata;
    this.#options = options;
  }

  /** See {@linkcode ImageFile.volume}. */
  volume(index: number): VolumeSource {
    return new OmeZarrVolume(this, this.#store, this.#metadata, checkVolume("open", this, index), this.#options);
  }

  /** Nothing is held open between reads. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

class OmeZarrVolume implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly chunk: Shape3;
  readonly forwardOnly = false;
  readonly mark?: NonNullable<VolumeSource["mark"]>;
  readonly #store: ZarrStore;
  readonly #prefix: string;
  readonly #array: ZarrArray;
  readonly #axes: readonly OmeAxis[];
  readonly #index: number;
  readonly #options: OpenOptions;

  constructor(
    image: OmeZarrImage,
    store: ZarrStore,
    metadata: OmeZarrMetadata,
    index: number,
    options: OpenOptions,
  ) {
    const { array, multiscale: { axes, levels }, level } = metadata;
    this.shape = image.shape;
    this.voxelSize = image.voxelSize;
    this.dataType = image.dataType;
    this.chunk = spatialShape(axes, array.chunk.shape);
    this.#store = store;
    this.#prefix = levels[level].path;
    this.#array = array;
    this.#axes = axes;
    this.#index = index;
    this.#options = options;
    if (canMark(this.dataType)) this.mark = (box, out, label) => this.#readInto(box, out, label);
  }

  read(box: Box, out: Float32Array): Promise<void> {
    return this.#readInto(box, out);
  }

  /** Reads a box as values, or as the marks of `mark`. */
  async #readInto(box: Box, out: Float32Array | Uint8Array, label?: number): Promise<void> {
    checkBox("read", box, this.shape, out.length);
    const { chunk, dataType, fillValue } = this.#array;
    const fill = out instanceof Float32Array ? fillValue : markOf(fillValue, label);
    const channels = chunk.shape[axisIndex(this.#axes, "c")] ?? 1;
    const channelStride = chunk.strides[axisIndex(this.#axes, "c")] ?? 0;
    const offset = (this.#index % channels) * channelStride;
    const strides = spatialStrides(this.#axes, chunk.strides);
    const layout = { dataType, littleEndian: chunk.littleEndian, offset, strides };
    const { threads, cache } = this.#options;
    const decoding = { threads, cache: cache?.serve(this.#index) ? cache : undefined };
    const reader = new ChunkReader(this.#store, this.#prefix, this.#array, decoding);
    await forEachBounded(touchedChunks(box, this.chunk), READS_AT_ONCE, async (touched) => {
      const coordinates = this.#coordinatesOf(touched.place, channels);
      if (await reader.readInto({ touched, box, out, label }, coordinates, layout)) return;
      if (this.#options.requireAllChunks) throw this.#missing(reader.nameOf(coordinates));
      fillShared(fill, touched.shared, box, out);
    });
  }

  #coordinatesOf([z, y, x]: Triple, channels: number): number[] {
    const places = { t: 0, c: Math.floor(this.#index / channels), z, y, x };
    return this.#axes.map((axis) => places[axis.name]);
  }

  #missing(name: string): CorruptDataError {
    const { path } = this.#store;
    const message = `Cannot read chunk '${name}' of '${path}' as all chunks must be stored: current one is missing`;
    return new CorruptDataError(path, name, message);
  }
}

/**
 * Opens an OME-Zarr image in a directory or a zip file for reading.
 *
 * @param path Directory of the image: of the multiscale group, not of one of its arrays; or a zip file of one (its name
 * ends in `.zip`), or a path into that.
 * @throws {InputError} when it is no OME-Zarr image, has no such level, or uses what is not supported.
 */
export async function openOmeZarr(path: string, options: OpenOptions = {}): Promise<OmeZarrImage> {
  const store = await openStore(path.replace(/(?<=.)\/+$/, ""));
  const metadata = await readOmeZarrMetadata(store, options.level ?? 0);
  const details = await describe(store, metadata);
  return new OmeZarrImage(store, metadata, details, options);
}

async function openStore(path: string): Promise<ZarrStore> {
  const zip = splitZipPath(path);
  if (zip === undefined || await isDirectory(zip.archive)) return new DirectoryStore(path);
  return await ZipStore.open(zip.archive, zip.inside);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // Opening it tells what is wrong.
  }
}

async function describe(store: ZarrStore, metadata: OmeZarrMetadata): Promise<Record<string, string>> {
  const { array, multiscale, level, zarrFormat } = metadata;
  const { axes, levels, unitsGiven, version, images } = multiscale;
  const details: Record<string, string> = {
    "version": `OME-Zarr ${version} (Zarr v${zarrFormat})`,
    "axes": describeAxes(axes),
  };
  if (store.container !== undefined) details["container"] = store.container;
  if (!unitsGiven) details["units"] = "none given, taken as millimeter";
  if (images > 1) details["images"] = `${images}, the first is read`;
  details["level"] = `${level} of ${levels.map((_, index) => index).join(", ")}`;
  for (const [index, { path, scale }] of levels.entries()) {
    const voxel = spatialTriple(axes, scale).map((size) => Number(size.toPrecision(6)));
    const shape = index === level ? array.shape.join(" x ") : await describeShape(store, path, zarrFormat);
    details[`level ${index}`] = `'${path}', ${shape}, voxels of ${voxel.join(" x ")} mm`;
  }
  const offset = spatialTriple(axes, levels[level].translation);
  if (offset.some((value) => value !== 0)) details["translation"] = `${offset.join(", ")} mm`;
  details["chunk"] = array.chunk.shape.join(" x ");
  if (array.shard !== undefined) {
    const { chunks } = array.shard;
    details["shard"] = array.chunk.shape.map((size, axis) => size * chunks[axis]).join(" x ");
  }
  details["codecs"] = array.codecNames;
  return details;
}

/** The shape of a level that was not asked for, which may be damaged without harm. */
async function describeShape(store: ZarrStore, path: string, zarrFormat: 2 | 3): Promise<string> {
  try {
    return (await readArray(store, path, zarrFormat))?.shape.join(" x ") ?? "no array";
  } catch (cause) {
    if (cause instanceof InputError) return "an array that cannot be read";
    throw cause;
  }
}

function axisIndex(axes: readonly OmeAxis[], name: OmeAxis["name"]): number {
  return axes.findIndex((axis) => axis.name === name);
}

/** Entries of a shape that belong to `z, y, x`; 1 where there is no z axis. */
function spatialShape(axes: readonly OmeAxis[], shape: readonly number[]): Triple {
  const [z, y, x] = spatialTriple(axes, shape);
  return [axisIndex(axes, "z") < 0 ? 1 : z, y, x];
}

/** Strides along `z, y, x`; 0 where there is no z axis, since its index is always 0. */
function spatialStrides(axes: readonly OmeAxis[], strides: readonly number[]): Triple {
  const [z, y, x] = spatialTriple(axes, strides);
  return [axisIndex(axes, "z") < 0 ? 0 : z, y, x];
}
