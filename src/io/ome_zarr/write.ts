/**
 * Writing OME-Zarr images of version 0.5 (https://ngff.openmicroscopy.org/0.5/), or 0.4 in Zarr v2, box by box.
 *
 * The image lies at `0` and coarser levels, where asked for, at `1` and on; axes `z, y, x`, axes of time and channels
 * in front where there are several. The store is built at `PATH.partial`; the group's metadata come last, so that an
 * unfinished store does not open. Where the name ends in `.zip` or `.ozx` it is then packed into one file.
 *
 * @module
 */

import { WriteError } from "../../errors.ts";
import { CALLING_THREAD } from "../../thread_job.ts";
import { noCounts, type Shape3, type StorageCounts, type VolumeSink } from "../../volume.ts";
import type { ChunkCache } from "../zarr/chunk_cache.ts";
import { chunkObjection, chunkOfLevel, type ChunkRequest } from "../zarr/chunk_choice.ts";
import { writeFailure } from "../files/file_errors.ts";
import { checkVolume, type CoarserLevel, type ImageOutput, type ImageSpec, type NewImageOptions } from "../image.ts";
import { axesOf, groupAttributes, leadingAxes, leadingPlace, levelMetadata, OZX_COMMENT } from "./group.ts";
import { type KeptParts, keptParts, zarrFormatOf } from "./kept.ts";
import { copyLabels, isMetadata } from "./labels.ts";
import type { OmeLevel } from "./metadata.ts";
import { writeHeaderBeside } from "./nifti_header.ts";
import { demandKept, demandKeptBy, labelsToGiveUp } from "./replaced.ts";
import { omeZarrSink } from "./sink.ts";
import { openUnfinishedLevel } from "./read.ts";
import { createPartial, type PartialOutput } from "../files/partial.ts";
import type { Compression } from "../zarr/encode.ts";
import type { ChunkDecoding } from "../zarr/chunk_reader.ts";
import { arrayFile, chunkFolder, groupFiles } from "../zarr/array_files.ts";
import { DirectoryStore } from "../zarr/store.ts";
import { createZarrArray, removeUnfinished, writeGroup, type ZarrArrayWriter } from "../zarr/array_writer.ts";
import { packZarr } from "../zip/pack.ts";
import { isOzxName, isZipName } from "../zip/read.ts";

/** How an image is created. */
export interface CreateOptions extends NewImageOptions, ChunkRequest {
  /** How the chunks of an OME-Zarr are compressed; Zstandard at level 1 by default. Other formats have no chunks. */
  readonly compression?: Compression;
  /** Version of an OME-Zarr; left out: the template's where it is 0.4 and nothing else needs 0.5, else 0.5. */
  readonly omeVersion?: "0.4" | "0.5";
  /** Whether the template's label images are copied; left out: they are, and whoever asks has no choice. */
  readonly copyLabels?: boolean;
  /** Keeps an OME-Zarr's chunks for its coarser levels; left out, or with several volumes: they are decoded again. */
  readonly cache?: ChunkCache;
}

/** Names in the partial output: of the image, and of the zip file that it is packed into. */
const IMAGE = "image";
const ARCHIVE = "packed.zip";

/**
 * Creates an OME-Zarr image under `path.partial`.
 *
 * @throws {RangeError} when the shape, the number of volumes or the chunk is no integer >= 1.
 * @throws {WriteError} when the output exists, would harm an input, or cannot be created.
 */
export async function createOmeZarr(
  path: string,
  spec: ImageSpec,
  options: CreateOptions = {},
): Promise<ImageOutput> {
  if (
    ![...spec.shape, spec.volumes, spec.volumes / (spec.times ?? 1)].every((count) =>
      Number.isSafeInteger(count) && count >= 1
    )
  ) {
    throw new RangeError(
      `Cannot create '${path}' as shape and number of volumes must be integers >= 1: ` +
        `current values are ${spec.shape.join(" x ")} and ${spec.volumes}`,
    );
  }
  const objection = chunkObjection(options);
  if (objection !== undefined) throw new RangeError(`Cannot create '${path}' as ${objection}`);
  const { overwrite = false, inputs = [] } = options;
  const kind = isZipName(path) ? "file" : "directory";
  const partial = options.within ?? await createPartial(path, { ...options, kind, overwrite, inputs });
  try {
    return await OmeZarrOutput.create(partial, spec, options);
  } catch (cause) {
    if (options.resume) partial.keep();
    if (!options.within) await partial[Symbol.asyncDispose]();
    throw writeFailure(partial.path, [partial.path, partial.partialPath], cause);
  }
}

/** The directory of the image that is made. */
function rootIn({ partialPath }: PartialOutput): string {
  return `${partialPath}/${IMAGE}`;
}

/** One level being written. */
interface WrittenLevel {
  readonly spec: ImageSpec;
  /** Voxels of a file: a chunk or a shard. */
  readonly block: Shape3;
  readonly array: ZarrArrayWriter;
  readonly metadata: OmeLevel;
}

class OmeZarrOutput implements ImageOutput {
  readonly path: string;
  readonly counts: StorageCounts;
  readonly givenUp: readonly string[] | undefined;
  readonly coarser: readonly CoarserLevel[];
  readonly #partial: PartialOutput;
  /** Whether the partial output holds this image alone. */
  readonly #alone: boolean;
  /** The directory of the image. */
  readonly #root: string;
  readonly #spec: ImageSpec;
  readonly #levels: readonly WrittenLevel[];
  readonly #kept: Omit<KeptParts, "lost">;
  /** Where the complete image is. */
  #made: string | undefined;

  private constructor(
    partial: PartialOutput,
    alone: boolean,
    spec: ImageSpec,
    counts: StorageCounts,
    levels: readonly WrittenLevel[],
    { kept, givenUp, ...decoding }: ChunkDecoding & Pick<ImageOutput, "givenUp"> & {
      readonly kept: Omit<KeptParts, "lost">;
    },
  ) {
    const root = rootIn(partial);
    this.path = partial.path;
    this.#alone = alone;
    this.counts = counts;
    this.givenUp = givenUp;
    this.#partial = partial;
    this.#root = root;
    this.#spec = spec;
    this.#levels = levels;
    this.#kept = kept;
    const read = { store: new DirectoryStore(root), zarrFormat: zarrFormatOf(kept.version), axes: axesOf(spec) };
    this.coarser = (spec.pyramid?.levels ?? []).map(({ from }, i) => ({
      from,
      sink: (index) => this.#sink(i + 1, index),
      source: (index) => openUnfinishedLevel({ ...read, level: levels[from].metadata }, this.#checked(index), decoding),
    }));
  }

  static async create(partial: PartialOutput, spec: ImageSpec, options: CreateOptions): Promise<OmeZarrOutput> {
    const counts = noCounts();
    const { threads = CALLING_THREAD, stepwise = false, within } = options;
    const root = rootIn(partial);
    await Deno.mkdir(root, { recursive: true });
    const cache = spec.volumes > 1 || !spec.pyramid ? undefined : options.cache;
    const kept = await keptParts(partial.path, spec, options);
    const givenUp = options.copyLabels === false ? await labelsToGiveUp(partial.path) : undefined;
    await demandKept(partial.path, kept.labelled?.store, givenUp, options.copyLabels !== undefined);
    const levels: WrittenLevel[] = [];
    for (const [i, { shape, voxelSize }] of [spec, ...spec.pyramid?.levels ?? []].entries()) {
      const { chunk, shard } = chunkOfLevel(shape, options);
      const axes = leadingAxes(spec).map(([, length]) => length);
      const leading = axes.map(() => 1);
      const array = await createZarrArray(`${root}/${i}`, {
        zarrFormat: zarrFormatOf(kept.version),
        shape: [...axes, ...shape],
        chunk: [...leading, ...chunk],
        shard: shard && [...leading, ...shard],
        compression: options.compression ?? {},
        dataType: spec.dataType,
        dimensionNames: axesOf(spec),
        threads,
        shared: stepwise,
        cache: i === 0 ? cache : undefined,
        // What rounding does to means of stored values is nothing to report.
      }, i === 0 ? counts : noCounts());
      const level = { ...spec, shape, voxelSize };
      levels.push({ spec: level, block: shard ?? chunk, array, metadata: levelMetadata(spec, level, `${i}`) });
    }
    return new OmeZarrOutput(partial, !within, spec, counts, levels, { kept, givenUp, threads, cache });
  }

  volume(index: number): VolumeSink {
    return this.#sink(0, index);
  }

  #sink(level: number, index: number): VolumeSink {
    const { spec, block, array } = this.#levels[level];
    const leading = leadingPlace(spec, this.#checked(index));
    return omeZarrSink(spec, block, array, leading, [this.path, this.#partial.partialPath]);
  }

  #checked(index: number): number {
    return checkVolume("write", { path: this.path, volumes: this.#spec.volumes }, index);
  }

  async complete(): Promise<string> {
    let missing = 0;
    for (const { array } of this.#levels) missing += await array.countMissing();
    if (missing > 0) {
      throw new WriteError(
        this.path,
        `Cannot complete '${this.path}' as every chunk must have been written: ` +
          `current number of missing ones is ${missing}`,
      );
    }
    try {
      const levels = this.#levels.map(({ metadata }) => metadata);
      const method = levels.length > 1 ? this.#spec.pyramid?.method : undefined;
      await removeUnfinished(this.#root);
      const { version, header, labelled } = this.#kept;
      const format = zarrFormatOf(version);
      const beside = header ? await writeHeaderBeside(this.#root, format, header) : [];
      if (labelled) beside.push(...await copyLabels(labelled, this.#root));
      await writeGroup(this.#root, format, groupAttributes(this.#spec, version, levels, method));
      return this.#made = isZipName(this.path) ? await this.#pack(beside) : this.#root;
    } catch (cause) {
      throw writeFailure(this.path, [this.path, this.#partial.partialPath], cause);
    }
  }

  async commit(): Promise<void> {
    const made = this.#made ?? await this.complete();
    await demandKeptBy(made, this);
    await this.#partial.commit(made);
  }

  keep(): void {
    this.#partial.keep();
  }

  /** Packs the image. @param beside keys of the files that belong to none of its levels. */
  async #pack(beside: readonly string[]): Promise<string> {
    const levels = this.#levels.map(({ metadata: { path } }) => path);
    const format = zarrFormatOf(this.#kept.version);
    const arrays = levels.map((level) => `${level}/${arrayFile(format)}`);
    const archive = `${this.#partial.partialPath}/${ARCHIVE}`;
    await packZarr({
      comment: isOzxName(this.path) ? OZX_COMMENT : undefined,
      directory: this.#root,
      metadata: [...groupFiles(format), ...arrays, ...beside.filter(isMetadata)],
      grids: levels.map((level) => chunkFolder(level, format)),
      others: beside.filter((key) => !isMetadata(key)),
      archive,
    });
    return archive;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#alone) await this.#partial[Symbol.asyncDispose]();
  }
}
