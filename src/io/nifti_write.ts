/**
 * Writes NIfTI-1 and NIfTI-2 box by box: `.nii` by seek in any order, `.nii.gz` as one gzip stream in C order.
 *
 * Integer output is rounded half to even and clamped; where the template's integer type is kept, so is its slope and intercept, and
 * `(value - intercept) / slope` is what gets rounded. The file grows under `PATH.partial` and is renamed by `commit`.
 *
 * @module
 */

import { WriteError } from "../errors.ts";
import {
  type Box,
  boxVoxels,
  describeBox,
  type Shape3,
  type StorageCounts,
  type VolumeSink,
  voxelCount,
} from "../volume.ts";
import { writeFailure } from "./file_errors.ts";
import { DeflateWriter, writeAll } from "./gzip.ts";
import type { ImageOutput, ImageSpec } from "./image.ts";
import { buildNiftiHeader, type NewNiftiHeader } from "./nifti_template.ts";
import { bytesPerValue, encodeValues, reverseEach } from "./numeric.ts";
import { createPartial, type PartialOutput } from "./partial.ts";
import { checkBox, rowRuns } from "./rows.ts";
import { Serial } from "./serial.ts";

/** How an image is created. */
export interface CreateOptions {
  /** Whether an existing output may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive. */
  readonly inputs: readonly string[];
}

/** Bytes that are encoded and written at once. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Creates a NIfTI file; a path that ends in `.gz` is compressed. A NIfTI as `spec.template` lends its header and extensions.
 *
 * @throws {WriteError} when the output may not or cannot be created.
 * @throws {RangeError} when the spec has an extent that is no integer >= 1, or a voxel edge not > 0.
 */
export async function createNifti(path: string, spec: ImageSpec, options: CreateOptions): Promise<ImageOutput> {
  const header = buildNiftiHeader(spec);
  const partial = await createPartial(path, { kind: "file", ...options });
  let target: Target | undefined;
  try {
    const file = await Deno.open(partial.partialPath, { write: true });
    target = /\.gz$/i.test(path) ? new GzipTarget(file) : new PlainTarget(file);
    await target.write(0, header.bytes);
    return new NiftiOutput(spec, header, partial, target);
  } catch (cause) {
    target?.close();
    await partial[Symbol.asyncDispose]();
    throw writeFailure(path, [path, partial.partialPath], cause);
  }
}

/** Where bytes go. */
interface Target {
  /** Whether bytes must arrive in order. */
  readonly forwardOnly: boolean;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Completes the file. */
  finish(): Promise<void>;
  close(): void;
}

class PlainTarget implements Target {
  readonly forwardOnly = false;
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    await writeAll(this.#file, bytes);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#file.close();
  }
}

class GzipTarget implements Target {
  readonly forwardOnly = true;
  readonly #file: Deno.FsFile;
  readonly #deflate: DeflateWriter;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#deflate = new DeflateWriter(file);
  }

  write(_offset: number, bytes: Uint8Array): Promise<void> {
    return this.#deflate.write(bytes);
  }

  finish(): Promise<void> {
    return this.#deflate.finish();
  }

  close(): void {
    this.#deflate.close();
    this.#file.close();
  }
}

class NiftiOutput implements ImageOutput {
  readonly path: string;
  readonly counts: StorageCounts = { clamped: 0, nonFinite: 0 };
  readonly coarser = [];
  readonly #spec: ImageSpec;
  readonly #header: NewNiftiHeader;
  readonly #partial: PartialOutput;
  readonly #target: Target;
  readonly #serial = new Serial();
  #written = 0;
  #next = 0;
  #open = true;

  constructor(spec: ImageSpec, header: NewNiftiHeader, partial: PartialOutput, target: Target) {
    this.path = partial.path;
    this.#spec = spec;
    this.#header = header;
    this.#partial = partial;
    this.#target = target;
  }

  volume(index: number): VolumeSink {
    const { shape, voxelSize, affine, dataType, volumes } = this.#spec;
    if (!(Number.isInteger(index) && index >= 0 && index < volumes)) {
      const rule = `the index must be an integer from 0 to ${volumes - 1}`;
      throw new RangeError(`Cannot write a volume of ${this.path} as ${rule}: current value is ${index}`);
    }
    return {
      shape,
      voxelSize,
      affine,
      dataType,
      chunk: [1, 1, shape[2]],
      forwardOnly: this.#target.forwardOnly,
      write: (box, data) => this.#write(index, box, data),
    };
  }

  async #write(index: number, box: Box, data: Float32Array): Promise<void> {
    const { shape } = this.#spec;
    checkBox(box, shape, data.length);
    if (this.#target.forwardOnly) this.#advance(index, box);
    await this.#serial.run(async () => {
      if (!this.#open) {
        throw new WriteError(this.path, `Cannot write ${this.path} as it was committed or discarded before`);
      }
      try {
        await this.#writeRuns(index, box, data);
      } catch (cause) {
        throw this.#failure(cause);
      }
      this.#written += data.length;
    });
  }

  async #writeRuns(index: number, box: Box, data: Float32Array): Promise<void> {
    const { shape, dataType } = this.#spec;
    const { bytes: head, littleEndian, scale } = this.#header;
    const width = bytesPerValue(dataType);
    const first = head.length + index * voxelCount(shape) * width;
    for (const run of rowRuns(box, shape, { span: BLOCK_BYTES / width, gap: 0 })) {
      const values = data.subarray(run.boxStart, run.boxStart + run.rowVoxels);
      const stored = encodeValues(values, dataType, this.counts, scale);
      let bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
      if (stored === values && !littleEndian) bytes = bytes.slice(); // The caller's values must stay.
      if (!littleEndian) reverseEach(bytes, width);
      await this.#target.write(first + run.fileStart * width, bytes);
    }
  }

  /** Checks that a box is the next contiguous piece of the stream. */
  #advance(index: number, box: Box): void {
    const start = index * voxelCount(this.#spec.shape) + contiguousStart(this.path, box, this.#spec.shape);
    if (start !== this.#next) {
      const rule = `a gzip stream takes its boxes in C order, next from voxel ${this.#next}`;
      throw new RangeError(`Cannot write ${this.path} as ${rule}: current box starts at voxel ${start}`);
    }
    this.#next += boxVoxels(box);
  }

  async commit(): Promise<void> {
    const total = voxelCount(this.#spec.shape) * this.#spec.volumes;
    await this.#serial.run(async () => {
      if (this.#written !== total) {
        const rule = `each of its ${total} voxels must be written once`;
        throw new WriteError(this.path, `Cannot commit ${this.path} as ${rule}: current count is ${this.#written}`);
      }
      if (!this.#open) return; // The partial output refuses a second commit in its own words.
      try {
        await this.#target.finish();
      } catch (cause) {
        throw this.#failure(cause);
      }
      this.#close();
    });
    await this.#partial.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serial.run(() => Promise.resolve(this.#close()));
    await this.#partial[Symbol.asyncDispose]();
  }

  #close(): void {
    if (this.#open) this.#target.close();
    this.#open = false;
  }

  #failure(cause: unknown): WriteError {
    return writeFailure(this.path, [this.path, this.#partial.partialPath], cause);
  }
}

/** First voxel of a box that is one contiguous piece of a volume. */
function contiguousStart(path: string, box: Box, [, ny, nx]: Shape3): number {
  const wholeRows = box.x1 - box.x0 === nx;
  const wholePlanes = wholeRows && box.y1 - box.y0 === ny;
  if (!(wholePlanes || (wholeRows && box.z1 - box.z0 === 1))) {
    const rule = "a gzip stream takes whole rows, and whole planes where a box has several";
    throw new RangeError(`Cannot write ${path} as ${rule}: current box is ${describeBox(box)}`);
  }
  return (box.z0 * ny + box.y0) * nx;
}
