/**
 * One level of an OME-Zarr image: what its metadata say of it, and its volumes. An image of labels is an image like any
 * other.
 *
 * @module
 */

import {
  changedVolume,
  type DataType,
  type Geometry,
  perAxis,
  type Shape3,
  type Triple,
  type VolumeSource,
} from "../../volume.ts";
import { openFailure } from "../files/file_errors.ts";
import { checkVolume, type ImageFile } from "../image.ts";
import { type OmeAxis, spatialTriple } from "./axes.ts";
import { isObject, METADATA } from "../files/json_fields.ts";
import { hasLabels, labelNames } from "./labels.ts";
import { NIFTI, placesOfLevel } from "./nifti_header.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { UNIT_SCALE } from "../numeric.ts";
import type { Attributes } from "./metadata.ts";
import { affineOf } from "./place.ts";
import { millimetresPer } from "./units.ts";
import { foreignAttributes, type OmeZarrMetadata } from "./metadata_read.ts";
import type { ChunkDecoding } from "../zarr/chunk_reader.ts";
import { MissingChunks } from "../zarr/missing_chunks.ts";
import { MOST_METADATA, type ZarrStore } from "../zarr/store.ts";
import { axisIndex, spatialShape, volumeOf } from "./volume.ts";

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

/** What the instrument's file said, as bioformats2raw keeps it (https://ngff.openmicroscopy.org/0.5/#bf2raw). */
const OME_XML = "OME/METADATA.ome.xml";

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
    const labels = await hasLabels(this.store) ? ["labels"] : [];
    return [...name, ...omero, ...foreign, ...times, ...labels, ...await this.besidesInCollection()];
  }

  /** What the collection that it was opened by says of it in a format of its own: names of files. */
  async besidesInCollection(): Promise<string[]> {
    const start = await this.#metadata.collection?.readRange(OME_XML, 0, 1).catch(() => undefined);
    return start === undefined ? [] : [OME_XML];
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

  /** Where the image, its levels and its header may lie in a folder that holds it, each with a last `/`. */
  groupsBelow(folder: string): string[] {
    const inside = this.path.slice(folder.replace(/(?<=.)\/+$/, "").length + 1);
    const groups = ["", `${NIFTI}/`, ...this.#metadata.multiscale.levels.map(({ path }) => `${path}/`)];
    return groups.map((group) => inside === "" ? group : `${inside}/${group}`);
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
