/**
 * What a file is, by its first bytes and not by its name: one that n4 reads, or another, with the way from there to
 * one that it reads. No file shall be called a damaged NIfTI that is none.
 *
 * @module
 */

import { constants, gunzipSync } from "node:zlib";
import type { InputError } from "../../errors.ts";
import { openFailure, readFailure } from "./file_errors.ts";
import { blobFile, openFile } from "./readable.ts";
import { readFully } from "./whole.ts";

/** A file of another format. */
interface ForeignFile {
  /** What it is: `a DICOM file`. */
  readonly what: string;
  /** What makes a file of it that n4 reads. */
  readonly way: string;
}

/** A zip archive, a NIfTI or its pair of header and voxels; another file; or one of which nothing is known. */
type FileKind = "zip" | "nifti" | "pair" | ForeignFile | undefined;

/** Bytes that are looked at: a DICOM file names itself after 128, a NIfTI after 344, an archive of tar after 257. */
const SIGHT = 4096;

const C3D = "'c3d IN -o OUT.nii.gz' (Convert3D) or SimpleITK converts it";
const BIOFORMATS = "'bioformats2raw IN OUT.ome.zarr' converts it";
const UNPACK = "unpack it first";

/** Files that begin with these letters, or these bytes in hexadecimal. */
const BEGINNINGS: readonly (readonly [start: string, what: string, way: string])[] = [
  ["49492a00", "a TIFF", BIOFORMATS],
  ["4d4d002a", "a TIFF", BIOFORMATS],
  ["49492b00", "a BigTIFF", BIOFORMATS],
  ["4d4d002b", "a BigTIFF", BIOFORMATS],
  ["NRRD", "a NRRD file", C3D],
  ["ObjectType", "a MetaImage file", C3D],
  ["NDims", "a MetaImage file", C3D],
  ["00000001", "an MGH file of FreeSurfer", "'mri_convert IN OUT.nii.gz' converts it"],
  ["894844460d0a1a0a", "an HDF5 file", "'mnc2nii' converts one of MINC, 'bioformats2raw' one of Imaris"],
  ["CDF", "a NetCDF file", "'mnc2nii IN OUT.nii' converts one of MINC"],
  ["BZh", "packed by bzip2", UNPACK],
  ["fd377a585a00", "packed by xz", UNPACK],
  ["28b52ffd", "packed by Zstandard", UNPACK],
  ["377abcaf271c", "a 7-Zip archive", UNPACK],
  ["ZISRAWFILE", "a CZI file", BIOFORMATS],
  ["70000000", "a LIF file", BIOFORMATS],
  ["dacebe0a", "an ND2 file", BIOFORMATS],
  ["934e554d5059", "a NumPy array", "nibabel writes a NIfTI of it"],
  ["89504e47", "a PNG", "stack the planes into one NIfTI or OME-Zarr"],
  ["ffd8ff", "a JPEG", "stack the planes into one NIfTI or OME-Zarr"],
  ["version https://git-lfs", "the place of a file that Git LFS has not fetched", "'git lfs pull' fetches it"],
  ["/annex/objects/", "the place of a file that git-annex has not fetched", "'datalad get' fetches it"],
  ["../.git/annex/", "the place of a file that git-annex has not fetched", "'datalad get' fetches it"],
  ["<", "a text of HTML or XML", "a server may have sent a page in its place"],
  ["{", "a text of JSON", "an OME-Zarr is opened by its folder"],
];

/** Looks at a file, or at the blob that one is in a browser. @throws {InputError} when it cannot be read. */
export async function kindOf(path: string, blob?: Blob): Promise<FileKind> {
  const bytes = new Uint8Array(SIGHT);
  let found: number;
  try {
    using opened = blob ? blobFile(blob) : await openFile(path);
    found = await readFully(opened.file, bytes);
  } catch (cause) {
    throw readFailure(path, cause);
  }
  const start = bytes.subarray(0, found);
  if (!(start[0] === 0x1f && start[1] === 0x8b)) return kindOfBytes(start, path);
  const unpacked = inflated(start);
  // What is damaged, or followed by other bytes, is for the reader of NIfTI to say.
  const kind = unpacked ? kindOfBytes(unpacked, path.replace(/\.gz$/i, "")) : "nifti";
  return kind === "zip" ? "nifti" : kind;
}

/** The refusal of a file of another format, or of none that is known. */
export function foreignFailure(path: string, kind: ForeignFile | undefined): InputError {
  const current = kind ? `it is ${kind.what} (${kind.way})` : "it is of no known format";
  return openFailure(path, `it must be ${READ}: ${current}`);
}

/** What is read. */
const READ = "a NIfTI (.nii, .nii.gz, .hdr with .img) or an OME-Zarr (a folder, .ozx or .zip)";

/** Refuses a level and a time point of an image in one file, which has none. @throws {InputError} */
export function demandNoLevel(
  path: string,
  { level = 0, time }: { readonly level?: number; readonly time?: number | "all" },
): void {
  if (level !== 0) throw openFailure(path, `a file has level 0 alone: current level is ${level}`);
  if (time !== undefined) {
    throw openFailure(path, `option 'time' is for an OME-Zarr: volumes of a NIfTI are chosen by option 'channel'`);
  }
}

function kindOfBytes(bytes: Uint8Array, name: string): FileKind {
  if (bytes.length === 0) return { what: "empty", way: "copy it again" };
  if (begins(bytes, "504b0304")) return "zip";
  const nifti = kindOfNifti(bytes, name);
  if (nifti) return nifti;
  if (text(bytes, 128, 4) === "DICM") {
    return { what: "a DICOM file", way: "'dcm2niix FOLDER' makes a NIfTI of a series" };
  }
  if (text(bytes, 257, 5) === "ustar") return { what: "an archive of tar", way: UNPACK };
  const known = BEGINNINGS.find(([start]) => begins(bytes, start));
  return known && { what: known[1], way: known[2] };
}

/** A NIfTI or Analyze header begins with its size; the voxels of a pair begin with anything. */
function kindOfNifti(bytes: Uint8Array, name: string): FileKind {
  if (/\.img$/i.test(name)) return text(bytes, 344, 3) === "n+1" || text(bytes, 4, 3) === "n+2" ? "nifti" : "pair";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sizes = bytes.length < 4 ? [] : [view.getInt32(0, true), view.getInt32(0, false)];
  if (!sizes.some((size) => size === 348 || size === 540)) return undefined;
  const single = text(bytes, 344, 3) === "n+1" || text(bytes, 4, 3) === "n+2";
  return single || !/\.hdr$/i.test(name) ? "nifti" : "pair";
}

function begins(bytes: Uint8Array, start: string): boolean {
  const isHex = /^[0-9a-f]+$/.test(start);
  const wanted = isHex ? Uint8Array.fromHex(start) : new TextEncoder().encode(start);
  return wanted.every((byte, i) => bytes[i] === byte);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** What the first bytes of a gzip stream hold; `undefined` where they are damaged. */
function inflated(start: Uint8Array): Uint8Array | undefined {
  try {
    // A stream that is cut is none to complain about here.
    return new Uint8Array(gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch {
    return undefined;
  }
}
