/**
 * The header of a NIfTI file, checked before anything is allocated or read by it.
 *
 * Everything in the header is untrusted until it has been checked against a rule: dimensions, type, data
 * offset, and the size of the data against the size of the file.
 *
 * @module
 */

import { CorruptDataError, InputError } from "../../errors.ts";
import { type DataType, type Geometry, type Shape3, voxelCount } from "../../volume.ts";
import { type ByteSource, endsEarly } from "./byte_source.ts";
import {
  DATATYPE_CODE,
  HEADER_SIZE,
  HeaderFields,
  MAGIC_OFFSET,
  type NiftiVersion,
  REFUSED_DATATYPE,
} from "./fields.ts";
import { hasSize, isPlace, readAffines, readSform, readVoxelSize } from "./orientation.ts";
import { bytesPerValue, UNIT_SCALE, type ValueScale } from "../numeric.ts";

/** What a NIfTI header says. */
export interface NiftiHeader extends Geometry {
  /** Everything before the data, as it is in the file: header, the four bytes that announce extensions, extensions. */
  readonly bytes: Uint8Array;
  readonly fields: HeaderFields;
  readonly dataType: DataType;
  /** Extent of the 4th dimension. */
  readonly volumes: number;
  /** Slope and intercept to apply to stored values. */
  readonly scale: ValueScale;
}

/** More than any header with extensions takes; beyond it the offset is taken for damage. */
const MOST_HEADER_BYTES = 64 * 1024 * 1024;

/**
 * Reads and checks the header.
 *
 * @param warn called with what is wrong with it and does not keep the file from being read.
 * @throws {InputError} when the file is no single-file NIfTI, or one of a type or shape that is not supported.
 * @throws {CorruptDataError} when the file is shorter than its header promises.
 */
export async function readNiftiHeader(
  path: string,
  source: ByteSource,
  warn: (text: string) => void = () => {},
): Promise<NiftiHeader> {
  const start = await readExactly(path, source, 0, HEADER_SIZE[1]);
  const { version, littleEndian } = identify(path, start);
  const rest = await readExactly(path, source, start.length, HEADER_SIZE[version] + 4 - start.length);
  const head = concat(start, rest);
  checkMagic(path, head, version);
  const fields = new HeaderFields(head, version, littleEndian);
  const { shape, volumes } = readShape(path, fields);
  const dataType = readDataType(path, fields);
  const dataOffset = readDataOffset(path, fields);
  checkSize(path, source, dataOffset, voxelCount(shape) * volumes * bytesPerValue(dataType));
  const bytes = concat(head, await readExactly(path, source, head.length, dataOffset - head.length));
  const [affine, otherAffine] = readAffines(fields);
  const sizeless = shape.flatMap((extent, i) => extent > 1 && !hasSize(fields, 3 - i) ? ["z", "y", "x"][i] : []);
  if (sizeless.length > 0) warn(`'${path}' gives no voxel size along ${sizeless.join(" and ")}: taken as 1 mm.`);
  if (fields.get("sform_code") > 0 && !isPlace(readSform(fields))) {
    const instead = affine ? "its qform counts" : "it has no place";
    warn(`'${path}' has an sform of singular or infinite numbers: ${instead}.`);
  }
  return {
    bytes,
    fields: new HeaderFields(bytes, version, littleEndian),
    shape,
    volumes,
    dataType,
    scale: readScale(fields),
    voxelSize: readVoxelSize(fields),
    affine,
    otherAffine,
  };
}

/**
 * A header, at least 348 bytes, as it stands in a single file whose voxels follow it: with the magic of one and the
 * bytes that announce extensions. Where the voxels begin is for the caller to say.
 */
export function singleHeader(
  read: Uint8Array,
  version: NiftiVersion,
): { readonly bytes: Uint8Array; readonly fields: HeaderFields } {
  const littleEndian = new DataView(read.buffer, read.byteOffset).getInt32(0, true) === HEADER_SIZE[version];
  const bytes = new Uint8Array(Math.max(read.length, HEADER_SIZE[version] + 4));
  bytes.set(read);
  bytes.set(new TextEncoder().encode(`n+${version}\0`), MAGIC_OFFSET[version]);
  return { bytes, fields: new HeaderFields(bytes, version, littleEndian) };
}

/** Version and byte order, by the header's first field, its own size. */
function identify(path: string, start: Uint8Array): { version: NiftiVersion; littleEndian: boolean } {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === HEADER_SIZE[1]) return { version: 1, littleEndian };
    if (size === HEADER_SIZE[2]) return { version: 2, littleEndian };
  }
  throw refuse(path, "a NIfTI header must begin with its size, 348 or 540", view.getInt32(0, true));
}

function checkMagic(path: string, head: Uint8Array, version: NiftiVersion): void {
  const offset = MAGIC_OFFSET[version];
  const magic = String.fromCharCode(...head.subarray(offset, offset + 4));
  if (magic === `n+${version}\0`) return;
  if (magic === `ni${version}\0`) {
    const message =
      `Cannot read ${path} as its data lie in a separate .img file: convert the pair to a single .nii file`;
    throw new InputError(path, message);
  }
  throw refuse(path, `the magic of a single-file NIfTI-${version} must be 'n+${version}'`, JSON.stringify(magic));
}

function readShape(path: string, fields: HeaderFields): { shape: Shape3; volumes: number } {
  const rank = fields.get("dim", 0);
  if (!(rank >= 1 && rank <= 7)) throw refuse(path, "'dim[0]' must be from 1 to 7", rank);
  const dims = [1, 1, 1, 1];
  for (let axis = 1; axis <= rank; axis++) {
    // Some writers leave 0 behind the last axis that they know of.
    const extent = axis > 2 ? fields.get("dim", axis) || 1 : fields.get("dim", axis);
    if (!(extent >= 1)) throw refuse(path, `'dim[${axis}]' must be >= 1`, extent);
    if (axis > 4 && extent > 1) {
      throw refuse(path, `'dim[${axis}]' must be 1, since images of more than 4 dimensions are not supported`, extent);
    }
    if (axis <= 4) dims[axis - 1] = extent;
  }
  const [nx, ny, nz, volumes] = dims;
  const values = nx * ny * nz * volumes;
  if (!(values * 8 <= Number.MAX_SAFE_INTEGER)) {
    throw refuse(path, "the product of its dimensions must be < 2^50", `${nx} x ${ny} x ${nz} x ${volumes}`);
  }
  return { shape: [nz, ny, nx], volumes };
}

function readDataType(path: string, fields: HeaderFields): DataType {
  const code = fields.get("datatype");
  for (const [name, known] of Object.entries(DATATYPE_CODE)) {
    if (known === code) return name as DataType;
  }
  const types = Object.keys(DATATYPE_CODE).join(", ");
  throw refuse(path, `'datatype' must be one of ${types}`, `${code} (${REFUSED_DATATYPE[code] ?? "no such type"})`);
}

function readDataOffset(path: string, fields: HeaderFields): number {
  const offset = fields.get("vox_offset");
  const least = HEADER_SIZE[fields.version] + 4;
  if (Number.isInteger(offset) && offset >= least && offset <= MOST_HEADER_BYTES) return offset;
  throw refuse(path, `'vox_offset' must be an integer from ${least} to ${MOST_HEADER_BYTES}`, offset);
}

/** Holds the promised size against the file, for a gzip against the most it can inflate to. */
function checkSize(path: string, source: ByteSource, dataOffset: number, dataBytes: number): void {
  const expected = dataOffset + dataBytes;
  if (source.mostBytes < expected) {
    if (!source.forwardOnly) throw endsEarly(path, "the file ends", expected, source.mostBytes);
    const rule =
      `the file ends early: expected ${expected} bytes, found a gzip that can hold at most ${source.mostBytes}`;
    throw new CorruptDataError(path, `byte ${source.mostBytes}`, `Cannot read ${path} as ${rule}`);
  }
  source.expectedBytes = expected;
}

/** Slope 0 or not finite means that there is no scale; an intercept that is not finite counts as 0. */
function readScale(fields: HeaderFields): ValueScale {
  const slope = fields.get("scl_slope");
  const inter = fields.get("scl_inter");
  if (slope === 0 || !Number.isFinite(slope)) return UNIT_SCALE;
  return { slope, inter: Number.isFinite(inter) ? inter : 0 };
}

async function readExactly(path: string, source: ByteSource, offset: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  const found = await source.read(offset, bytes);
  if (found === count) return bytes;
  throw endsEarly(path, "its header ends", offset + count, offset + found);
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}

function refuse(path: string, rule: string, value: unknown): InputError {
  return new InputError(path, `Cannot read ${path} as ${rule}: current value is ${value}`);
}
