/**
 * Writing OME-Zarr 0.5 images (https://ngff.openmicroscopy.org/0.5/), box by box: one array at `0`, axes `z, y, x` in millimetres, a channel axis in
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
import type { ImageOutput, ImageSpec } from "./image.ts";
import { multiscaleAttributes, type OmeAxis } from "./ome_metadata.ts";
import { OmeZarrImage } from "./ome_zarr_read.ts";
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

class OmeZarrOutput implements ImageOutput {
  readonly path: string;
  readonly counts: StorageCounts;
  readonly #partial: PartialOutput;
  readonly #spec: ImageSpec;
  readonly #chunk: Shape3;
  readonly #array: ZarrArrayWriter;

  private constructor(
    partial: PartialOutput,
    spec: ImageSpec,
    chunk: Shape3,
    counts: StorageCounts,
    array: ZarrArrayWriter,
  ) {
    this.path = partial.path;
    this.counts = counts;
    this.#partial = partial;
    this.#spec = spec;
    this.#chunk = chunk;
    this.#array = array;
  }

  static async create(partial: PartialOutput, spec: ImageSpec, chunk: Shape3): Promise<OmeZarrOutput> {
    const counts = { clamped: 0, nonFinite: 0 };
    const channels = spec.volumes > 1;
    const array = await createZarrArray(`${partial.partialPath}/0`, {
      shape: channels ? [spec.volumes, ...spec.shape] : spec.shape,
      chunk: channels ? [1, ...chunk] : chunk,
      dataType: spec.dataType,
      dimensionNames: axesOf(spec),
    }, counts);
    return new OmeZarrOutput(partial, spec, chunk, counts, array);
  }

  volume(index: number): VolumeSink {
    const { volumes } = this.#spec;
    if (!Number.isInteger(index) || index < 0 || index >= volumes) {
      throw new RangeError(
        `Cannot write a volume of '${this.path}' as its index must be 0 to ${volumes - 1}: current value is ${index}`,
      );
    }
    const touched = [this.path, this.#partial.partialPath] as const;
    return new OmeZarrSink(this.#spec, this.#chunk, this.#array, volumes > 1 ? [index] : [], touched);
  }

  async commit(): Promise<void> {
    const missing = this.#array.missingChunks;
    if (missing > 0) {
      throw new WriteError(
        this.path,
        `Cannot complete '${this.path}' as every chunk must have been written: current number of missing ones is ${missing}`,
      );
    }
    try {
      await writeGroup(this.#partial.partialPath, this.#attributes());
    } catch (cause) {
      throw writeFailure(this.path, [this.path, this.#partial.partialPath], cause);
    }
    await this.#partial.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#partial[Symbol.asyncDispose]();
  }

  #attributes(): Record<string, unknown> {
    const { voxelSize, template } = this.#spec;
    const translation: Triple = template instanceof OmeZarrImage ? template.translation : [0, 0, 0];
    const axes = axesOf(this.#spec);
    const channel = axes.length > 3;
    return multiscaleAttributes(axes, [{
      path: "0",
      scale: channel ? [1, ...voxelSize] : voxelSize,
      translation: channel ? [0, ...translation] : translation,
    }]);
  }
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
