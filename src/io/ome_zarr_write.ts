/**
 * Writing OME-Zarr 0.5 images (https://ngff.openmicroscopy.org/0.5/), box by box: the image at `0` and coarser levels, where asked for, at `1` and on; axes `z, y, x` in millimetres, a channel axis in
 * front where there is more than one volume. The store is built at `PATH.partial`; the group's metadata come last, so that
 * an unfinished store does not even open.
 *
 * @module
 */

import { WriteError } from "../errors.ts";
import {
  type Box,
  type DataType,
  describeBox,
  type Shape3,
  type StorageCounts,
  type Triple,
  type VolumeSink,
} from "../volume.ts";
import { forEachBounded } from "./bounded.ts";
import { checkBox, chunkOfBox, touchedChunks } from "./chunk_grid.ts";
import { writeFailure } from "./file_errors.ts";
import type { CoarserLevel, ImageOutput, ImageSpec } from "./image.ts";
import { multiscaleAttributes, type OmeAxis, type OmeLevel } from "./ome_metadata.ts";
import { OmeZarrImage } from "./ome_zarr_read.ts";
import { openUnfinishedLevel } from "./ome_zarr_unfinished.ts";
import { createPartial, type PartialOutput } from "./partial.ts";
import { createZarrArray, writeGroup, type ZarrArrayWriter } from "./zarr_write.ts";

/** How an OME-Zarr is created. */
export interface OmeZarrWriteOptions {
  /** Whether an existing output may be replaced; not by default. */
  readonly overwrite?: boolean;
  /** Paths that must survive. */
  readonly inputs?: readonly string[];
  /** Voxels of a chunk, `[z, y, x]`; by default at most 128 along every axis. */
  readonly chunk?: Shape3;
}

/** Longest edge of a chunk by default: 128^3 float32 voxels are 8 MiB. */
const CHUNK_EDGE = 128;
/** Chunks of one box that are encoded and written at the same time. */
const WRITES_AT_ONCE = 4;

/**
 * Creates an OME-Zarr image under `path.partial`.
 *
 * @throws {RangeError} when the shape, the number of volumes or the chunk is no integer >= 1.
 * @throws {WriteError} when the output exists, would harm an input, or cannot be created.
 */
export async function createOmeZarr(
  path: string,
  spec: ImageSpec,
  options: OmeZarrWriteOptions = {},
): Promise<ImageOutput> {
  const chunk = options.chunk ?? spec.shape.map((size) => Math.min(CHUNK_EDGE, size)) as [number, number, number];
  if (![...spec.shape, ...chunk, spec.volumes].every((count) => Number.isSafeInteger(count) && count >= 1)) {
    throw new RangeError(
      `Cannot create '${path}' as shape, chunk and number of volumes must be integers >= 1: ` +
        `current values are ${spec.shape.join(" x ")}, ${chunk.join(" x ")} and ${spec.volumes}`,
    );
  }
  const partial = await createPartial(path, {
    kind: "directory",
    overwrite: options.overwrite ?? false,
    inputs: options.inputs ?? [],
  });
  try {
    return await OmeZarrOutput.create(partial, spec, chunk);
  } catch (cause) {
    await partial[Symbol.asyncDispose]();
    throw writeFailure(partial.path, [partial.path, partial.partialPath], cause);
  }
}

/** One level being written. */
interface WrittenLevel {
  readonly spec: ImageSpec;
  readonly chunk: Shape3;
  readonly array: ZarrArrayWriter;
  /** As the metadata tell it. */
  readonly metadata: OmeLevel;
}

class OmeZarrOutput implements ImageOutput {
  readonly path: string;
  readonly counts: StorageCounts;
  readonly coarser: readonly CoarserLevel[];
  readonly #partial: PartialOutput;
  readonly #spec: ImageSpec;
  readonly #levels: readonly WrittenLevel[];

  private constructor(
    partial: PartialOutput,
    spec: ImageSpec,
    counts: StorageCounts,
    levels: readonly WrittenLevel[],
  ) {
    this.path = partial.path;
    this.counts = counts;
    this.#partial = partial;
    this.#spec = spec;
    this.#levels = levels;
    this.coarser = (spec.pyramid?.levels ?? []).map(({ from }, i) => ({
      sink: (index) => this.#sink(i + 1, index),
      source: (index) =>
        openUnfinishedLevel(partial.partialPath, axesOf(spec), levels[from].metadata, this.#checkIndex(index)),
    }));
  }

  static async create(partial: PartialOutput, spec: ImageSpec, chunk: Shape3): Promise<OmeZarrOutput> {
    const counts = { clamped: 0, nonFinite: 0 };
    const channels = spec.volumes > 1;
    const levels: WrittenLevel[] = [];
    for (const [i, { shape, voxelSize }] of [spec, ...spec.pyramid?.levels ?? []].entries()) {
      const part = chunk.map((edge, a) => Math.min(edge, i === 0 ? edge : shape[a])) as [number, number, number];
      const array = await createZarrArray(`${partial.partialPath}/${i}`, {
        shape: channels ? [spec.volumes, ...shape] : shape,
        chunk: channels ? [1, ...part] : part,
        dataType: spec.dataType,
        dimensionNames: axesOf(spec),
        // What rounding does to means of stored values is nothing to report.
      }, i === 0 ? counts : { clamped: 0, nonFinite: 0 });
      const level = { ...spec, shape, voxelSize };
      levels.push({ spec: level, chunk: part, array, metadata: levelMetadata(spec, level, `${i}`) });
    }
    return new OmeZarrOutput(partial, spec, counts, levels);
  }

  volume(index: number): VolumeSink {
    return this.#sink(0, index);
  }

  #sink(level: number, index: number): VolumeSink {
    const { spec, chunk, array } = this.#levels[level];
    const leading = [this.#checkIndex(index)];
    return new OmeZarrSink(spec, chunk, array, spec.volumes > 1 ? leading : [], [this.path, this.#partial.partialPath]);
  }

  #checkIndex(index: number): number {
    const { volumes } = this.#spec;
    if (Number.isInteger(index) && index >= 0 && index < volumes) return index;
    throw new RangeError(
      `Cannot write a volume of '${this.path}' as its index must be 0 to ${volumes - 1}: current value is ${index}`,
    );
  }

  async commit(): Promise<void> {
    const missing = this.#levels.reduce((count, { array }) => count + array.missingChunks, 0);
    if (missing > 0) {
      throw new WriteError(
        this.path,
        `Cannot complete '${this.path}' as every chunk must have been written: current number of missing ones is ${missing}`,
      );
    }
    try {
      const levels = this.#levels.map(({ metadata }) => metadata);
      const method = levels.length > 1 ? this.#spec.pyramid?.method : undefined;
      const attributes = multiscaleAttributes(axesOf(this.#spec), levels, method);
      await writeGroup(this.#partial.partialPath, attributes);
    } catch (cause) {
      throw writeFailure(this.path, [this.path, this.#partial.partialPath], cause);
    }
    await this.#partial.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#partial[Symbol.asyncDispose]();
  }
}

/** Where a level lies: at the template's place, and half a voxel less half a fine one further in where the pyramid says so. */
function levelMetadata(spec: ImageSpec, { voxelSize }: Pick<ImageSpec, "voxelSize">, path: string): OmeLevel {
  const origin: Triple = spec.template instanceof OmeZarrImage ? spec.template.translation : [0, 0, 0];
  const shifted = spec.pyramid?.translation ?? false;
  const translation = origin.map((value, a) => shifted ? value + (voxelSize[a] - spec.voxelSize[a]) / 2 : value);
  const channel = spec.volumes > 1;
  return {
    path,
    scale: channel ? [1, ...voxelSize] : voxelSize,
    translation: channel ? [0, ...translation] : translation,
  };
}

class OmeZarrSink implements VolumeSink {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly chunk: Shape3;
  readonly forwardOnly = false;
  readonly #array: ZarrArrayWriter;
  readonly #leading: readonly number[];
  readonly #touched: readonly [path: string, partial: string];

  constructor(
    spec: ImageSpec,
    chunk: Shape3,
    array: ZarrArrayWriter,
    leading: readonly number[],
    touched: readonly [path: string, partial: string],
  ) {
    this.shape = spec.shape;
    this.voxelSize = spec.voxelSize;
    this.dataType = spec.dataType;
    this.chunk = chunk;
    this.#array = array;
    this.#leading = leading;
    this.#touched = touched;
  }

  async write(box: Box, data: Float32Array): Promise<void> {
    checkBox("write", box, this.shape, data.length);
    this.#checkAligned(box);
    try {
      await forEachBounded(touchedChunks(box, this.chunk), WRITES_AT_ONCE, async (touched) => {
        await this.#array.write([...this.#leading, ...touched.place], chunkOfBox(touched, box, data));
      });
    } catch (cause) {
      if (cause instanceof RangeError) throw cause;
      throw writeFailure(this.#touched[0], this.#touched, cause);
    }
  }

  #checkAligned(box: Box): void {
    const low = [box.z0, box.y0, box.x0];
    const high = [box.z1, box.y1, box.x1];
    const aligned = this.chunk.every((edge, axis) =>
      low[axis] % edge === 0 && (high[axis] % edge === 0 || high[axis] === this.shape[axis])
    );
    if (aligned) return;
    throw new RangeError(
      `Cannot write a box that cuts a chunk of ${this.chunk.join(" x ")}: current box is ${describeBox(box)}`,
    );
  }
}

function axesOf(spec: ImageSpec): OmeAxis["name"][] {
  return spec.volumes > 1 ? ["c", "z", "y", "x"] : ["z", "y", "x"];
}
