/**
 * Reading OME-Zarr 0.4 (Zarr v2) and 0.5 (Zarr v3) images, box by box.
 *
 * A box costs the chunks it touches and nothing else; up to `READS_AT_ONCE` are under way at a time. Every chunk is
 * checked before its voxels are used (see `codecs.ts`). An image of labels is an image like any other.
 *
 * @module
 */

import { CorruptDataError, InputError } from "../../errors.ts";
import {
  type Box,
  changedVolume,
  type DataType,
  type Geometry,
  geometryOf,
  perAxis,
  type Shape3,
  type Triple,
  type VolumeSource,
} from "../../volume.ts";
import { openFailure } from "../files/file_errors.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { fillShared, touchedChunks } from "../zarr/chunk_grid.ts";
import { checkBox } from "../flow/boxes.ts";
import { canMark, markOf } from "../zarr/chunk_marks.ts";
import { checkVolume, type ImageFile } from "../image.ts";
import { type OmeAxis, spatialTriple } from "./axes.ts";
import { soleImage } from "./collection.ts";
import { isObject, METADATA } from "../files/json_fields.ts";
import { hasLabels, labelNames } from "./labels.ts";
import { placesOfLevel, readHeaderBeside } from "./nifti_header.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { UNIT_SCALE } from "../numeric.ts";
import { describeImage } from "./describe.ts";
import type { Attributes, OmeLevel } from "./metadata.ts";
import { affineOf } from "./place.ts";
import { millimetresPer } from "./units.ts";
import { foreignAttributes, type OmeZarrMetadata, readArray, readOmeZarrMetadata } from "./metadata_read.ts";
import { type ChunkDecoding, ChunkReader } from "../zarr/chunk_reader.ts";
import { MissingChunks } from "../zarr/missing_chunks.ts";
import { DirectoryStore, MOST_METADATA, type ZarrStore } from "../zarr/store.ts";
import { RemoteStore } from "../zarr/remote_store.ts";
import { isZipName, splitZipPath, ZipStore } from "../zip/read.ts";
import { isUrl } from "../remote/url.ts";

/** How an image is opened. */
export interface OpenOptions extends ChunkDecoding {
  /** Resolution level of an OME-Zarr, 0 for the finest, which is the default. Other formats have level 0 alone. */
  readonly level?: number;
  /** Time point of an OME-Zarr, or all of them; left out: the first. */
  readonly time?: number | "all";
  /** The unit of length of an OME-Zarr that names none, and of `voxelSize`; left out: millimetres. */
  readonly unit?: string;
  /** Voxel edges of an OME-Zarr's level 0, `[z, y, x]`, instead of those that it names. */
  readonly voxelSize?: Triple;
  /** Whether an OME-Zarr chunk that is not stored is an error; by default its voxels have the fill value. */
  readonly requireAllChunks?: boolean;
  /** Called with what the file leaves open and had to be guessed, in sentences. */
  readonly warn?: (text: string) => void;
}

/** Chunks of one box that are read at once: enough to hide the latency of a disk, few enough to bound memory. */
const READS_AT_ONCE = 4;

/**
 * What lengths as read are multiplied by; `undefined` where none are stated.
 *
 * @throws {InputError} for a second unit.
 */
function statedFactors(
  path: string,
  { axes, levels, unitsGiven }: OmeZarrMetadata["multiscale"],
  { unit, voxelSize }: OpenOptions,
): Triple | undefined {
  const millimetres = unit === undefined ? 1 : millimetresPer(unit);
  if (millimetres === undefined) throw openFailure(path, `'unit' must be a unit of length: current value is ${unit}`);
  if (voxelSize) {
    const finest = spatialTriple(axes, levels[0].scale);
    return perAxis((a) => voxelSize[a] * millimetres / finest[a]);
  }
  if (unit === undefined) return undefined;
  if (!unitsGiven) return [millimetres, millimetres, millimetres];
  throw openFailure(
    path,
    `a unit can be stated where it names none: current units are ${
      axes.map(({ name, unit }) => `${name} ${unit ?? "none"}`).join(", ")
    }`,
  );
}

/** One level of an OME-Zarr image. */
export class OmeZarrImage implements ImageFile {
  readonly path: string;
  readonly format = "ome-zarr";
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly volumes: number;
  readonly times: number;
  readonly timePoints: number;
  /** Step from one time point to the next, in the file's own unit. */
  readonly timeStep: number;
  /** The first time point, in the file's own unit. */
  readonly timeStart: number;
  readonly levels: number;
  readonly unitGiven: boolean;
  /** Whether its lengths are those that the caller states, not the file's own. */
  readonly isStated: boolean;
  readonly details: Readonly<Record<string, string>>;
  /** Matrix from `(x, y, z, 1)` to mm: scale, translation, and the orientation of the axes where that is known. */
  readonly affine: readonly number[] | undefined;
  readonly otherAffine: readonly number[] | undefined;
  readonly frame: "own" | undefined;
  /** The NIfTI header that lies beside the levels and says where they are; left out: there is none. */
  readonly header: NiftiHeader | undefined;
  /** Centre of voxel 0 in mm, `[z, y, x]`. */
  readonly translation: Triple;
  /** Its axes, as the arrays have them. */
  readonly axes: readonly OmeAxis[];
  /** What the file calls it. */
  readonly name: string | undefined;
  /** Version of its metadata, as the file says it. */
  readonly version: string;
  readonly zarrFormat: 2 | 3;
  /** The level that it is. */
  readonly level: number;
  /** Where it is read from, for what is copied with it. */
  readonly store: ZarrStore;
  /** Everything in the attributes of its group. */
  readonly attributes: Attributes;
  readonly #metadata: OmeZarrMetadata;
  readonly #options: OpenOptions;
  readonly #missing: MissingChunks;

  /** Use {@linkcode openOmeZarr}, which reads the metadata. */
  constructor(
    store: ZarrStore,
    metadata: OmeZarrMetadata,
    details: Readonly<Record<string, string>>,
    options: OpenOptions,
  ) {
    const { array, multiscale: { axes, levels, unitsGiven, name, version }, level } = metadata;
    this.path = store.path;
    this.shape = spatialShape(axes, array.shape);
    const stated = statedFactors(store.path, metadata.multiscale, options);
    const stretch = (lengths: Triple) => perAxis((a) => stated ? lengths[a] * stated[a] : lengths[a]);
    this.voxelSize = stretch(spatialTriple(axes, levels[level].scale));
    const [z, y, x] = stretch(spatialTriple(axes, levels[level].translation));
    this.translation = axes.some((axis) => axis.name === "z") ? [z, y, x] : [0, y, x];
    this.axes = axes;
    this.name = name;
    this.version = version;
    this.dataType = array.dataType;
    const t = axisIndex(axes, "t");
    this.timePoints = array.shape[t] ?? 1;
    this.timeStep = levels[level].scale[t] ?? 1;
    this.timeStart = levels[level].translation[t] ?? 0;
    this.times = options.time === "all" ? this.timePoints : 1;
    this.volumes = this.times * (array.shape[axisIndex(axes, "c")] ?? 1);
    this.levels = levels.length;
    this.isStated = stated !== undefined;
    this.header = this.isStated ? undefined : metadata.header;
    const [affine, otherAffine] = this.header ? placesOfLevel(this.header, metadata.multiscale, level) : [];
    const place: Partial<Geometry> = affine
      ? { affine, otherAffine }
      : affineOf(axes, this.voxelSize, this.translation);
    ({ affine: this.affine, otherAffine: this.otherAffine, frame: this.frame } = place);
    this.unitGiven = unitsGiven || this.isStated;
    this.details = details;
    this.attributes = metadata.attributes;
    this.store = store;
    this.zarrFormat = metadata.zarrFormat;
    this.level = level;
    this.#metadata = metadata;
    this.#options = options;
    this.#missing = new MissingChunks(store, levels[level].path, array);
  }

  /** What it has beside voxels, place and unit, in a word each. */
  async besides(): Promise<string[]> {
    const { ome = this.attributes } = this.attributes;
    const name = ["", "/"].includes(this.name ?? "") ? [] : [`the name '${this.name}'`];
    const omero = isObject(ome) && ome.omero !== undefined ? ["omero"] : [];
    const foreign = Object.keys(foreignAttributes(this.attributes)).length > 0 ? ["attributes of other programs"] : [];
    const times = this.times > 1 ? ["when its times are"] : [];
    return [...name, ...omero, ...foreign, ...times, ...await hasLabels(this.store) ? ["labels"] : []];
  }

  /** The names of its label images. */
  async labels(): Promise<string[]> {
    return await labelNames(this.store);
  }

  get missingChunks(): { readonly count: number; readonly total: number; readonly fillValue: number } {
    const { count, total } = this.#missing;
    return { count, total, fillValue: this.#metadata.array.fillValue };
  }

  volume(index: number): VolumeSource {
    checkVolume("open", this, index);
    const source = volumeOf(this, this.store, this.#metadata, index, { ...this.#options, missing: this.#missing });
    const { slope, inter } = this.#metadata.header?.scale ?? UNIT_SCALE;
    if (slope === 1 && inter === 0) return source;
    return changedVolume(source, (values) => {
      for (let i = 0; i < values.length; i++) values[i] = slope * values[i] + inter;
    });
  }

  /** SHA-256 of what describes the image and its levels. */
  async metadataHash(): Promise<string> {
    const parts: BlobPart[] = [];
    const names = METADATA.filter((name) => (name === "zarr.json") === (this.zarrFormat === 3));
    const groups = ["", ...this.#metadata.multiscale.levels.map(({ path }) => `${path}/`)];
    for (const key of groups.flatMap((group) => names.map((name) => group + name))) {
      parts.push(`${key}\n`, (await this.store.read(key, MOST_METADATA) ?? "") as BlobPart);
    }
    parts.push((this.#metadata.header?.bytes ?? "") as BlobPart);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer())).toHex();
  }

  /** Nothing is held open between reads. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** One volume of an image. */
function volumeOf(
  image: OmeZarrImage,
  store: ZarrStore,
  { array, multiscale: { axes, levels }, level }: OmeZarrMetadata,
  index: number,
  { threads, cache, time = 0, requireAllChunks = false, missing }: OpenOptions & { readonly missing: MissingChunks },
): VolumeSource {
  const { path, shape, dataType } = image;
  const c = axisIndex(axes, "c");
  const t = axisIndex(axes, "t");
  const count = array.shape[c] ?? 1;
  const [channel, point] = [index % count, time === "all" ? Math.floor(index / count) : time];
  const [channels, points] = [array.chunk.shape[c] ?? 1, array.chunk.shape[t] ?? 1];
  const layout = {
    dataType,
    littleEndian: array.chunk.littleEndian,
    offset: (channel % channels) * (array.chunk.strides[c] ?? 0) + (point % points) * (array.chunk.strides[t] ?? 0),
    strides: spatialStrides(axes, array.chunk.strides),
  };
  const chunk = spatialShape(axes, array.chunk.shape);
  /** Reads a box as values, or as the marks of `mark`. */
  const readInto = async (box: Box, out: Float32Array | Uint8Array, label?: number): Promise<void> => {
    checkBox("read", box, shape, out.length);
    const decoding = { threads, cache: cache?.serve(index) ? cache : undefined };
    const reader = new ChunkReader(store, levels[level].path, array, decoding);
    await forEachBounded(touchedChunks(box, chunk), READS_AT_ONCE, async (touched) => {
      const [z, y, x] = touched.place;
      const places = { t: Math.floor(point / points), c: Math.floor(channel / channels), z, y, x };
      const coordinates = axes.map(({ name }) => places[name]);
      if (await reader.readInto({ touched, box, out, label }, coordinates, layout)) return;
      if (requireAllChunks) throw missingChunk(path, reader.nameOf(coordinates));
      await missing.add(coordinates);
      const { fillValue } = array;
      fillShared(out instanceof Float32Array ? fillValue : markOf(fillValue, label), touched.shared, box, out);
    });
  };
  const mark = canMark(dataType) ? readInto : undefined;
  return { ...geometryOf(image), dataType, chunk, forwardOnly: false, read: readInto, mark };
}

function missingChunk(path: string, name: string): CorruptDataError {
  const message = `Cannot read chunk '${name}' of '${path}' as all chunks must be stored: current one is missing`;
  return new CorruptDataError(path, name, message);
}

/**
 * Opens an OME-Zarr image in a directory or a zip file for reading.
 *
 * @param path Directory of the image: of the multiscale group, not of one of its arrays; or a zip file of one (its name
 * ends in `.zip`), or a path into that.
 * @throws {InputError} when it is no OME-Zarr image, has no such level, or uses what is not supported.
 */
export async function openOmeZarr(path: string, options: OpenOptions = {}): Promise<OmeZarrImage> {
  return await openOmeZarrIn(await openStore(path.replace(/(?<=.)\/+$/, "")), options);
}

/** Opens the OME-Zarr image that a store holds. @throws {InputError} as {@linkcode openOmeZarr} does. */
export async function openOmeZarrIn(opened: ZarrStore, options: OpenOptions = {}): Promise<OmeZarrImage> {
  const store = await soleImage(opened);
  if (opened instanceof RemoteStore) opened.demandFiles();
  const { warn = () => {} } = options;
  const image = await readOmeZarrMetadata(store, options.level ?? 0, warn);
  const metadata = { ...image, header: await readHeaderBeside(store, image, warn) };
  const { array, multiscale: { axes } } = metadata;
  const points = array.shape[axisIndex(axes, "t")] ?? 1;
  const { time = 0 } = options;
  if (time !== "all" && !(Number.isInteger(time) && time >= 0 && time < points)) {
    throw openFailure(store.path, `the time point must be from 0 to ${points - 1}: current value is ${time}`);
  }
  const details = await describeImage(store, metadata);
  if (points > 1) details["time"] = `${time} of ${points} time points`;
  return new OmeZarrImage(store, metadata, details, options);
}

/** A level of an image that is being written. */
interface UnfinishedLevel {
  /** Where the image is. */
  readonly store: ZarrStore;
  readonly zarrFormat: 2 | 3;
  readonly axes: readonly OmeAxis["name"][];
  readonly level: OmeLevel;
}

/**
 * A volume of one level of an image that is being written, before its group has metadata; all chunks must be there.
 *
 * @throws {InputError} when there is no such array, or it cannot be read.
 */
export async function openUnfinishedLevel(
  { store, zarrFormat, axes, level }: UnfinishedLevel,
  index: number,
  decoding: ChunkDecoding,
): Promise<VolumeSource> {
  const array = await readArray(store, level.path, zarrFormat);
  if (array === undefined) {
    const rule = "it must have been written: there is none";
    throw new InputError(store.path, `Cannot read level '${level.path}' of '${store.path}' back as ${rule}`);
  }
  const named = axes.map((name) => ({ name }));
  const facts = { version: "0.5", unitsGiven: true, scaled: true } as const;
  const multiscale = { ...facts, axes: named, levels: [level] };
  const metadata = { zarrFormat, multiscale, level: 0, array, attributes: {} } as const;
  return new OmeZarrImage(store, metadata, {}, { requireAllChunks: true, time: "all", ...decoding }).volume(index);
}

async function openStore(path: string): Promise<ZarrStore> {
  if (isUrl(path)) return isZipName(path.replace(/\?.*$/, "")) ? await ZipStore.open(path) : new RemoteStore(path);
  const zip = splitZipPath(path);
  if (zip === undefined) {
    return await kindOfPath(path) === "file" ? await ZipStore.open(path) : new DirectoryStore(path);
  }
  if (await kindOfPath(zip.archive) === "folder") return new DirectoryStore(path);
  return await ZipStore.open(zip.archive, zip.inside);
}

async function kindOfPath(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch {
    return undefined; // Opening it says what is wrong.
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
