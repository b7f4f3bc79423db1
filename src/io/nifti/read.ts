/**
 * Reads NIfTI-1 and NIfTI-2, box by box.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import {
  type Box,
  type DataType,
  geometryOf,
  type Shape3,
  type Triple,
  type VolumeSource,
  voxelCount,
} from "../../volume.ts";
import { type ByteSource, endsEarly } from "./byte_source.ts";
import { checkVolume, type ImageFile } from "../image.ts";
import { HEADER_SIZE } from "./fields.ts";
import { lengthUnit, orientationCodes } from "./orientation.ts";
import type { NiftiHeader } from "./header.ts";
import { bytesPerValue, decodeValues } from "../numeric.ts";
import { rowRuns, runSpan } from "./rows.ts";
import { checkBox } from "../flow/boxes.ts";
import { Serial } from "../flow/serial.ts";

/** Bytes of the one buffer that a read of any size takes. */
const BLOCK_BYTES = 1024 * 1024;
/** The bits of `xyzt_units` that say what the 4th dimension counts. */
const TIME_UNITS = 0x38;
/** Gaps between rows up to this many bytes are read through, which costs less than another call. */
const GAP_BYTES = 65536;

/** An open NIfTI file. */
export class NiftiImage implements ImageFile {
  readonly path: string;
  readonly format = "nifti";
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  /** Matrix from `(x, y, z, 1)` to mm: sform, else qform, else nothing. */
  readonly affine: readonly number[] | undefined;
  /** The qform, where the sform counts. */
  readonly otherAffine: readonly number[] | undefined;
  readonly dataType: DataType;
  readonly volumes: number;
  readonly levels = 1;
  readonly unitGiven: boolean;
  readonly details: Readonly<Record<string, string>>;
  /** Header and extensions, which an output may carry over. */
  readonly header: NiftiHeader;
  readonly #source: ByteSource;
  readonly #serial = new Serial();
  #open = true;

  /** Use `openNifti` or `openNiftiBlob`, which read the header. */
  constructor(path: string, source: ByteSource, header: NiftiHeader) {
    this.path = path;
    this.header = header;
    this.#source = source;
    this.shape = header.shape;
    this.voxelSize = header.voxelSize;
    this.affine = header.affine;
    this.otherAffine = header.otherAffine;
    this.dataType = header.dataType;
    this.volumes = header.volumes;
    this.unitGiven = lengthUnit(header.fields).given;
    this.details = describe(header, source.forwardOnly);
  }

  volume(index: number): VolumeSource {
    checkVolume("open", this, index);
    const { dataType } = this;
    return {
      ...geometryOf(this),
      dataType,
      chunk: [1, 1, this.shape[2]],
      forwardOnly: this.#source.forwardOnly,
      read: (box, out) => this.#read(index, box, out),
    };
  }

  /** What no other format holds of the header, in words. @param volumes that are taken over. */
  besides(volumes: number): string[] {
    const { fields, bytes } = this.header;
    const timed = volumes > 1 && (fields.get("xyzt_units") & TIME_UNITS) !== 0;
    const extended = bytes[HEADER_SIZE[fields.version]] !== 0;
    return [...timed ? ["when its volumes were taken"] : [], ...extended ? ["extensions"] : []];
  }

  /** Closes the file, after the reads of a stream that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serial.run(() => Promise.resolve(this.#close()));
  }

  #close(): void {
    if (this.#open) this.#source.close();
    this.#open = false;
  }

  async #read(index: number, box: Box, out: Float32Array): Promise<void> {
    checkBox("read", box, this.shape, out.length);
    if (!this.#open) throw new InputError(this.path, `Cannot read ${this.path} as it was closed before`);
    // Two boxes of one stream must not take turns, or each run would start it again.
    if (this.#source.forwardOnly) await this.#serial.run(() => this.#readRuns(index, box, out));
    else await this.#readRuns(index, box, out);
  }

  async #readRuns(index: number, box: Box, out: Float32Array): Promise<void> {
    const { shape, dataType, scale, bytes: head, fields } = this.header;
    const width = bytesPerValue(dataType);
    const first = head.length + index * voxelCount(shape) * width;
    const limits = { span: BLOCK_BYTES / width, gap: GAP_BYTES / width };
    let block = new Uint8Array(0);
    for (const run of rowRuns(box, shape, limits)) {
      const length = runSpan(run) * width;
      if (block.length < length) block = new Uint8Array(length);
      await this.#fill(first + run.fileStart * width, block.subarray(0, length));
      for (let row = 0; row < run.rows; row++) {
        const bytes = block.subarray(row * run.stride * width, (row * run.stride + run.rowVoxels) * width);
        const boxStart = run.boxStart + row * run.rowVoxels;
        decodeValues(bytes, dataType, fields.littleEndian, out.subarray(boxStart, boxStart + run.rowVoxels), scale);
      }
    }
  }

  async #fill(offset: number, bytes: Uint8Array): Promise<void> {
    const found = await this.#source.read(offset, bytes);
    if (found === bytes.length) return;
    throw endsEarly(this.path, "its data end", this.#source.expectedBytes, offset + found);
  }
}

function describe({ fields, scale, affine, bytes }: NiftiHeader, gzip: boolean): Record<string, string> {
  return {
    version: `NIfTI-${fields.version}`,
    "byte order": fields.littleEndian ? "little-endian" : "big-endian",
    compression: gzip ? "gzip" : "none",
    unit: lengthUnit(fields).name,
    scale: `slope ${scale.slope}, intercept ${scale.inter}`,
    orientation: affine === undefined ? "unknown" : orientationCodes(affine),
    extensions: `${bytes.length - HEADER_SIZE[fields.version] - 4} bytes`,
  };
}
