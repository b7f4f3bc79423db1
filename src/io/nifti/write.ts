/**
 * Writes NIfTI-1 and NIfTI-2 box by box: `.nii` by seek in any order, `.nii.gz` as one gzip stream in C order, which is
 * compressed by all threads.
 *
 * Integer output is rounded half to even and clamped; where the template's integer type is kept, so is its slope and
 * intercept, and `(value - intercept) / slope` is what gets rounded. The file grows under `PATH.partial` and is renamed
 * by `commit`.
 *
 * @module
 */

import { N4Error, WriteError } from "../../errors.ts";
import {
  addCounts,
  type Box,
  boxVoxels,
  describeBox,
  noCounts,
  type Shape3,
  type StorageCounts,
  type VolumeSink,
  voxelCount,
} from "../../volume.ts";
import { writeFailure } from "../files/file_errors.ts";
import { checkVolume, type ImageOutput, type ImageSpec, type NewImageOptions } from "../image.ts";
import type { Threads } from "../../thread_job.ts";
import type { NiftiHeader } from "./header.ts";
import { gzipTarget, type NiftiTarget, plainTarget } from "./target.ts";
import { buildNiftiHeader, type NewNiftiHeader } from "./template.ts";
import { createPartial, type PartialOutput } from "../files/partial.ts";
import { unfinishedName } from "../files/whole.ts";
import { rowRuns } from "./rows.ts";
import { checkBox } from "../flow/boxes.ts";
import { Serial } from "../flow/serial.ts";

/**
 * Creates a NIfTI file; a path that ends in `.gz` is compressed. A NIfTI as `spec.template` lends its header and
 * extensions. Written stepwise, a plain file keeps what is there; a gzip stream begins anew.
 *
 * @param lent a header to take in place of a template's.
 * @throws {WriteError} when the output may not or cannot be created.
 * @throws {RangeError} when the spec has an extent that is no integer >= 1, or a voxel edge not > 0.
 */
export async function createNifti(
  path: string,
  spec: ImageSpec,
  options: NewImageOptions,
  lent?: NiftiHeader,
): Promise<ImageOutput> {
  const header = buildNiftiHeader(spec, lent);
  const { overwrite = false, inputs = [], stepwise = false, within } = options;
  const partial = within ?? await createPartial(path, { ...options, kind: "file", overwrite, inputs });
  const gzip = /\.gz$/i.test(path);
  const file = `${partial.partialPath}/image.nii${gzip ? ".gz" : ""}`;
  const { threads } = options;
  const output = new NiftiOutput({ spec, header, partial, alone: !within, file, gzip, stepwise, threads });
  try {
    // A stream that another process has finished must not begin anew because this one looks at it.
    if (!stepwise) await output.open();
    return output;
  } catch (cause) {
    await output[Symbol.asyncDispose]();
    throw writeFailure(path, [path, partial.partialPath], cause);
  }
}

/** What a file being written is made of. */
interface NiftiParts {
  readonly spec: ImageSpec;
  readonly header: NewNiftiHeader;
  readonly partial: PartialOutput;
  /** Whether the partial output holds this image alone. */
  readonly alone: boolean;
  /** Where it is written. */
  readonly file: string;
  readonly gzip: boolean;
  readonly stepwise: boolean;
  readonly threads: Threads | undefined;
}

class NiftiOutput implements ImageOutput {
  readonly path: string;
  readonly counts = noCounts();
  readonly coarser = [];
  readonly #parts: NiftiParts;
  readonly #serial = new Serial();
  #target: NiftiTarget | undefined;
  #unnamed: string | undefined;
  #written = 0;
  #next = 0;
  #done = false;

  constructor(parts: NiftiParts) {
    this.path = parts.partial.path;
    this.#parts = parts;
  }

  /** Opens the file and writes the header. */
  async open(): Promise<NiftiTarget> {
    const { file: path, gzip, stepwise, header: { bytes, ...header }, spec: { dataType }, threads } = this.#parts;
    // Several may write a stream at once, each its own; whichever is complete first has the name.
    this.#unnamed = gzip && stepwise ? unfinishedName(path) : undefined;
    const file = await Deno.open(this.#unnamed ?? path, { write: true, create: true, truncate: !stepwise });
    const as = { ...header, dataType };
    try {
      return this.#target = gzip ? await gzipTarget(file, bytes, as, threads) : await plainTarget(file, bytes, as);
    } catch (cause) {
      file.close();
      throw cause;
    }
  }

  volume(index: number): VolumeSink {
    const { shape, voxelSize, affine, dataType, volumes } = this.#parts.spec;
    checkVolume("write", { path: this.path, volumes }, index);
    return {
      shape,
      voxelSize,
      affine,
      dataType,
      chunk: [1, 1, shape[2]],
      forwardOnly: this.#parts.gzip,
      write: (box, data) => this.#write(index, box, data),
    };
  }

  async #write(index: number, box: Box, data: Float32Array): Promise<StorageCounts> {
    const { shape } = this.#parts.spec;
    checkBox("write", box, shape, data.length);
    if (this.#parts.gzip) this.#advance(index, box);
    return await this.#serial.run(async () => {
      if (this.#done) {
        throw new WriteError(this.path, `Cannot write ${this.path} as it was committed or discarded before`);
      }
      try {
        const counts = await this.#writeRuns(this.#target ?? await this.open(), index, box, data);
        this.#written += data.length;
        addCounts(this.counts, counts);
        return counts;
      } catch (cause) {
        throw this.#failure(cause);
      }
    });
  }

  async #writeRuns(target: NiftiTarget, index: number, box: Box, data: Float32Array): Promise<StorageCounts> {
    const { shape } = this.#parts.spec;
    const counts = noCounts();
    const voxels = voxelCount(shape);
    for (const { fileStart, boxStart, rowVoxels } of rowRuns(box, shape, { span: Infinity, gap: 0 })) {
      const values = data.subarray(boxStart, boxStart + rowVoxels);
      const last = fileStart + rowVoxels === voxels;
      addCounts(counts, await target.write(index * voxels + fileStart, values, last));
    }
    return counts;
  }

  /** Checks that a box is the next contiguous piece of the stream. */
  #advance(index: number, box: Box): void {
    const start = index * voxelCount(this.#parts.spec.shape) + contiguousStart(this.path, box, this.#parts.spec.shape);
    if (start !== this.#next) {
      const rule = `a gzip stream takes its boxes in C order, next from voxel ${this.#next}`;
      throw new RangeError(`Cannot write ${this.path} as ${rule}: current box starts at voxel ${start}`);
    }
    this.#next += boxVoxels(box);
  }

  async complete(): Promise<string> {
    const { spec, file, stepwise } = this.#parts;
    const total = voxelCount(spec.shape) * spec.volumes;
    await this.#serial.run(async () => {
      if (this.#written !== total && !stepwise) {
        const rule = `each of its ${total} voxels must be written once`;
        throw new WriteError(this.path, `Cannot commit ${this.path} as ${rule}: current count is ${this.#written}`);
      }
      try {
        await this.#target?.finish();
        if (this.#unnamed !== undefined) await Deno.rename(this.#unnamed, file);
        this.#unnamed = undefined;
      } catch (cause) {
        throw this.#failure(cause);
      }
      this.#close();
    });
    return file;
  }

  async commit(): Promise<void> {
    // The partial output refuses a second commit in its own words.
    await this.#parts.partial.commit(this.#done ? this.#parts.file : await this.complete());
  }

  keep(): void {
    this.#parts.partial.keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serial.run(() => Promise.resolve(this.#close()));
    // A gzip stream cannot be resumed.
    if (this.#unnamed !== undefined) await Deno.remove(this.#unnamed).catch(() => {});
    if (this.#parts.alone) await this.#parts.partial[Symbol.asyncDispose]();
  }

  #close(): void {
    this.#target?.close();
    this.#target = undefined;
    this.#done = true;
  }

  #failure(cause: unknown): N4Error {
    return writeFailure(this.path, [this.path, this.#parts.partial.partialPath], cause);
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
