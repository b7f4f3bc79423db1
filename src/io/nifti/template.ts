/**
 * The header of a NIfTI file to be written: the template's, byte for byte but for what changes, or a new one from the
 * geometry.
 *
 * From a template (a NIfTI that was read) header, extensions and byte order are kept. What changes: type and bit count;
 * the scale, which stays only where an integer type stays, since stored values then mean the same, and is slope 1,
 * intercept 0 otherwise; the display range, which is cleared; dimensions and geometry where they differ. Without a
 * template the file is little-endian, in mm, with the affine as sform; NIfTI-2 where an extent does not fit NIfTI-1.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { bytesPerValue, isIntegerType, UNIT_SCALE, type ValueScale } from "../numeric.ts";
import type { ImageSpec } from "../image.ts";
import { DATATYPE_CODE, HEADER_SIZE, HeaderFields, MAGIC_OFFSET, type NiftiVersion } from "./fields.ts";
import { sameWorld, writeGeometry } from "./orientation.ts";
import type { NiftiHeader } from "./header.ts";
import { NiftiImage } from "./read.ts";

/** A header to write, and how to write the values behind it. */
export interface NewNiftiHeader {
  /** Everything before the data. */
  readonly bytes: Uint8Array;
  /** Its fields: a view of those bytes. */
  readonly fields: HeaderFields;
  /** Byte order of the data. */
  readonly littleEndian: boolean;
  /** What stored values are multiplied with and moved by when they are read. */
  readonly scale: ValueScale;
}

/** Largest extent that NIfTI-1's 16-bit dimensions hold. */
const MOST_NIFTI1 = 32767;

/**
 * The header for `spec`.
 *
 * @param lent the header that it is made of; left out: that of its template, where this is a NIfTI.
 * @throws {RangeError} when an extent is no integer >= 1, or a voxel edge not > 0.
 * @throws {UsageError} when the format has no such type.
 */
export function buildNiftiHeader(spec: ImageSpec, lent?: NiftiHeader): NewNiftiHeader {
  checkSpec(spec);
  const template = lent ?? (spec.template instanceof NiftiImage ? spec.template.header : undefined);
  const large = Math.max(...spec.shape, spec.volumes) > MOST_NIFTI1;
  if (template === undefined || (large && template.fields.version === 1)) {
    return finish(spec, newHeader(spec, large ? 2 : 1), UNIT_SCALE);
  }
  const bytes = template.bytes.slice();
  const fields = new HeaderFields(bytes, template.fields.version, template.fields.littleEndian);
  if (!sameExtent(spec, template)) writeDimensions(fields, spec);
  if (!sameWorld(spec, template)) writeGeometry(fields, spec);
  const keepScale = isIntegerType(spec.dataType) && spec.dataType === template.dataType;
  return finish(spec, { bytes, fields }, keepScale ? template.scale : UNIT_SCALE);
}

function newHeader(spec: ImageSpec, version: NiftiVersion): { bytes: Uint8Array; fields: HeaderFields } {
  const size = HEADER_SIZE[version];
  const bytes = new Uint8Array(size + 4);
  new DataView(bytes.buffer).setInt32(0, size, true);
  // NIfTI-2's magic goes on with line ends that a transfer as text would spoil.
  const magic = version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n";
  bytes.set(new TextEncoder().encode(magic), MAGIC_OFFSET[version]);
  const fields = new HeaderFields(bytes, version, true);
  fields.set("vox_offset", bytes.length);
  fields.set("pixdim", 1, 4);
  writeDimensions(fields, spec);
  writeGeometry(fields, isSomewhere(spec) ? spec : { ...spec, affine: undefined });
  return { bytes, fields };
}

/** Whether a new header can say a place: that of an image whose own world says no more than its scale is none. */
function isSomewhere({ affine, frame }: ImageSpec): boolean {
  return frame !== "own" || [3, 7, 11].some((i) => affine?.[i] !== 0);
}

function finish(
  spec: ImageSpec,
  { bytes, fields }: { bytes: Uint8Array; fields: HeaderFields },
  scale: ValueScale,
): NewNiftiHeader {
  if (spec.dataType === "float16") {
    throw new UsageError(
      "Cannot create a NIfTI of the input's type as the format must have it: current type is float16",
    );
  }
  fields.set("datatype", DATATYPE_CODE[spec.dataType]);
  fields.set("bitpix", 8 * bytesPerValue(spec.dataType));
  fields.set("scl_slope", scale.slope);
  fields.set("scl_inter", scale.inter);
  fields.set("cal_max", 0);
  fields.set("cal_min", 0);
  return { bytes, fields, littleEndian: fields.littleEndian, scale };
}

/** Writes rank and extents; a single volume has 3 dimensions. */
function writeDimensions(fields: HeaderFields, { shape, volumes }: ImageSpec): void {
  const [nz, ny, nx] = shape;
  const dims = [volumes > 1 ? 4 : 3, nx, ny, nz, volumes, 1, 1, 1];
  dims.forEach((extent, axis) => fields.set("dim", extent, axis));
}

function sameExtent(spec: ImageSpec, template: NiftiHeader): boolean {
  return spec.volumes === template.volumes && spec.shape.every((extent, axis) => extent === template.shape[axis]);
}

function checkSpec({ shape, volumes, voxelSize }: ImageSpec): void {
  for (const extent of [...shape, volumes]) {
    if (!(Number.isInteger(extent) && extent >= 1)) {
      throw new RangeError(`Cannot create a NIfTI as every extent must be an integer >= 1: current value is ${extent}`);
    }
  }
  for (const edge of voxelSize) {
    if (!(Number.isFinite(edge) && edge > 0)) {
      throw new RangeError(`Cannot create a NIfTI as every voxel edge must be > 0 mm: current value is ${edge}`);
    }
  }
}
