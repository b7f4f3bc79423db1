/**
 * NIfTI files: both versions and byte orders, all types, plain and gzip; fields that lie, before and after compression.
 *
 * @module
 */

import { gunzipSync, gzipSync } from "node:zlib";
import { extension, gzipMembers, niftiBytes, type Recipe, TYPES } from "../helpers/nifti_files.ts";
import type { Random } from "../helpers/random.ts";
import { changeBytes, hostileNumber, type NumberKind, putNumber } from "./byte_mutations.ts";
import { type Files, type Mutate, pick, type Seed, type Target } from "./case.ts";

/** Where a field lies in each version, and how many of it lie in a row. */
type Field = readonly [
  name: string,
  count: number,
  one: readonly [number, NumberKind],
  two: readonly [number, NumberKind],
];

/** From nifti1.h and nifti2.h. */
const FIELDS: readonly Field[] = [
  ["sizeof_hdr", 1, [0, "i32"], [0, "i32"]],
  ["dim", 8, [40, "i16"], [16, "i64"]],
  ["dim", 8, [40, "i16"], [16, "i64"]],
  ["datatype", 1, [70, "i16"], [12, "i16"]],
  ["bitpix", 1, [72, "i16"], [14, "i16"]],
  ["pixdim", 8, [76, "f32"], [104, "f64"]],
  ["vox_offset", 1, [108, "f32"], [168, "i64"]],
  ["scl_slope", 1, [112, "f32"], [176, "f64"]],
  ["scl_inter", 1, [116, "f32"], [184, "f64"]],
  ["xyzt_units", 1, [123, "u8"], [500, "i32"]],
  ["qform_code", 1, [252, "i16"], [344, "i32"]],
  ["sform_code", 1, [254, "i16"], [348, "i32"]],
  ["quatern", 3, [256, "f32"], [352, "f64"]],
  ["qoffset", 3, [268, "f32"], [376, "f64"]],
  ["srow", 12, [280, "f32"], [400, "f64"]],
  ["magic", 8, [344, "u8"], [4, "u8"]],
  ["extension", 4, [348, "u8"], [540, "u8"]],
  ["esize", 2, [352, "i32"], [544, "i32"]],
];
const TYPE_CODES = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 2304];

function changeField(bytes: Uint8Array, random: Random): string {
  const version = bytes[0] === 348 - 256 || bytes[3] === 348 - 256 ? 1 : 2;
  const little = bytes[0] !== 0;
  const [name, count, one, two] = pick(random, FIELDS);
  const [offset, kind] = version === 1 ? one : two;
  const index = random.integer(0, count - 1);
  const value = name === "datatype" && random.uniform() < 0.7
    ? pick(random, TYPE_CODES)
    : hostileNumber(random, name === "vox_offset" ? bytes.length : index);
  const width = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 }[kind];
  putNumber(bytes, offset + index * width, kind, value, little);
  return `${name}[${index}] set to ${value}`;
}

function fileOf(files: Files): [path: string, bytes: Uint8Array] {
  const [entry] = files;
  return entry;
}

const change = changeBytes(() => true);

/** Changes what a gzip holds, or a plain file. */
function inside(work: (bytes: Uint8Array, random: Random) => string): Mutate {
  return (files, random) => {
    const [path, stored] = fileOf(files);
    let plain = stored;
    try {
      if (stored[0] === 0x1f) plain = new Uint8Array(gunzipSync(stored, { maxOutputLength: 2 ** 22 }));
    } catch {
      return "no gzip any more";
    }
    const how = work(plain, random);
    files.set(path, plain === stored ? plain : new Uint8Array(gzipSync(plain)));
    return how;
  };
}

const MUTATIONS: readonly Mutate[] = [
  inside(changeField),
  inside(changeField),
  inside(changeField),
  change,
  (files, random) => {
    const [path, bytes] = fileOf(files);
    files.set(path, new Uint8Array(random.uniform() < 0.5 ? gzipSync(bytes) : gzipMembers(bytes, 3)));
    return "packed by gzip once more";
  },
  (files, random) => {
    const [path, bytes] = fileOf(files);
    const zeros = gzipSync(new Uint8Array(pick(random, [2 ** 16, 2 ** 22])));
    files.set(path, bytes[0] === 0x1f ? new Uint8Array([...bytes, ...zeros]) : new Uint8Array(zeros));
    return "a gzip of zeros after it, or in its place";
  },
  (files, random) => {
    const [path, bytes] = fileOf(files);
    const junk = Uint8Array.from({ length: pick(random, [1, 7, 5000, 50000]) }, () => random.integer(0, 255));
    files.set(path, new Uint8Array([...bytes, ...junk]));
    return `${junk.length} bytes of no meaning after it`;
  },
];

/** The bytes of a file as the two of a pair. */
function pairOf(bytes: Uint8Array, version: 1 | 2, littleEndian: boolean): Files {
  const [size, magic, offset] = version === 1 ? [348, 344, 108] : [540, 4, 168];
  const header = bytes.slice(0, size);
  header.set(new TextEncoder().encode("ni"), magic);
  header[magic + 1] = "i".charCodeAt(0);
  putNumber(header, offset, version === 1 ? "f32" : "i64", 0, littleEndian);
  return new Map([["image.hdr", header], ["image.img", bytes.slice(size + 4)]]);
}

function seeds(): Seed[] {
  const all: Seed[] = [];
  const add = (name: string, recipe: Recipe) => {
    const bytes = niftiBytes(recipe);
    all.push({ name, files: new Map([["image.nii", bytes]]), open: "image.nii" });
    const packed = new Uint8Array(gzipSync(bytes));
    all.push({ name: `${name}, gzip`, files: new Map([["image.nii.gz", packed]]), open: "image.nii.gz" });
    const { version = 1, littleEndian = true, extensions } = recipe;
    if (extensions) return;
    all.push({ name: `${name}, pair`, files: pairOf(bytes, version, littleEndian), open: "image.hdr" });
  };
  for (const version of [1, 2] as const) {
    for (const littleEndian of [true, false]) {
      for (const type of TYPES) {
        add(`NIfTI-${version} ${type} ${littleEndian ? "little" : "big"}`, {
          version,
          littleEndian,
          type,
          dim: [3, 6, 5, 4],
          srow: [-1, 0, 0, 4, 0, 1, 0, 5, 0, 0, 2, 6],
        });
      }
      const extensions = extension(32, littleEndian);
      add(`NIfTI-${version} 4-D, scaled, extended`, {
        version,
        littleEndian,
        dim: [4, 3, 4, 5, 2],
        slope: 2,
        inter: -1,
        extensions,
      });
    }
  }
  return all;
}

/** NIfTI files. */
export const NIFTI_TARGET: Target = {
  name: "NIfTI",
  share: 30,
  seeds: seeds(),
  mutations: MUTATIONS,
  checks: [...Array<"image">(19).fill("image"), "correct"],
};
