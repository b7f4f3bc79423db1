/**
 * OME-Zarr folders of every codec, as zarr-python and n4 write them: metadata and chunks that lie, decompression bombs, shard indexes that point elsewhere.
 *
 * @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";
import { crc32c } from "../../src/io/codecs/crc32c.ts";
import { niftiBytes, type Recipe } from "../helpers/nifti_files.ts";
import { change, GOLDEN, golden, type ImageFiles, putHeader } from "../helpers/ome_zarr_images.ts";
import type { Random } from "../helpers/random.ts";
import { changeBytes, hostileNumber, joined, moveFiles, pickPath, putNumber } from "./byte_mutations.ts";
import { type Files, type Mutate, pick, type Seed, type Target } from "./case.ts";
import { changeJson } from "./json_mutations.ts";

/** A header for the image of the variants: um, an oblique sform, and a scale of intensities. */
const NIFTI_HEADER = {
  type: "float32",
  dim: [3, 7, 6, 5],
  pixdim: [1, 2, 2, 4],
  units: 3,
  slope: 2,
  inter: 1,
  srow: [-2, 0.1, 0, 40, 0.1, 2, 0, -30, 0, 0, 4, 5],
  stored: [],
} as const satisfies Recipe;

/** Where the image of a case lies. */
const ROOT = "image.ome.zarr";

function isMetadata(path: string): boolean {
  return /(?:zarr\.json|\.z[a-z]+)$/.test(path);
}

function isChunk(path: string): boolean {
  return !isMetadata(path);
}

/** The same voxels under other metadata: as versions 0.1, 0.3 and 0.6 have them, with axes in another order, below a root. */
function variants(): [name: string, files: ImageFiles][] {
  const plain = () => golden("v3 zstd float32");
  const image = ["attributes", "ome", "multiscales", 0];
  const axes = ["Z", "y", "x"].map((name) => ({ name, type: "space", unit: "pixel" }));
  const bare = change(
    change(plain(), "zarr.json", [...image, "axes"], undefined),
    "zarr.json",
    [...image, "version"],
    "0.1",
  );
  const level = { type: "scale", scale: [3, 2, 1], input: { path: "0" }, output: { name: "world" } };
  const newer = change(plain(), "zarr.json", ["attributes", "ome"], {
    version: "0.6",
    multiscales: [{
      coordinateSystems: [{ name: "world", axes }],
      datasets: [{ path: "0", coordinateTransformations: [{ ...level, type: "sequence", transformations: [level] }] }],
    }],
  });
  const root: ImageFiles = { metadata: {}, chunks: {} };
  for (const [key, value] of Object.entries(plain().metadata)) root.metadata[`0/${key}`] = value;
  for (const [key, value] of Object.entries(plain().chunks)) root.chunks[`0/${key}`] = value;
  root.metadata["zarr.json"] = {
    "zarr_format": 3,
    "node_type": "group",
    attributes: { ome: { "bioformats2raw.layout": 3 } },
  };
  root.metadata["OME/zarr.json"] = { "zarr_format": 3, "node_type": "group", attributes: { ome: { series: ["0"] } } };
  return [
    ["version 0.1", change(bare, "zarr.json", ["attributes", "ome", "version"], undefined)],
    ["version 0.3", change(plain(), "zarr.json", [...image, "axes"], ["z", "y", "x"])],
    ["version 0.6", newer],
    ["capitals and pixels", change(plain(), "zarr.json", [...image, "axes"], axes)],
    [
      "x y z",
      change(plain(), "zarr.json", [...image, "axes"], ["x", "y", "z"].map((name) => ({ name, type: "space" }))),
    ],
    ["a root", root],
    ["a NIfTI header", putHeader(plain(), niftiBytes(NIFTI_HEADER))],
  ];
}

/** The files of the golden images, and variants of one. */
export const ZARR_SEEDS: readonly Seed[] = [...GOLDEN, ...variants()].map(([name, { metadata, chunks }]) => {
  const files: Files = new Map();
  for (const [key, value] of Object.entries(metadata)) {
    files.set(`${ROOT}/${key}`, new TextEncoder().encode(JSON.stringify(value)));
  }
  for (const [key, bytes] of Object.entries(chunks)) files.set(`${ROOT}/${key}`, bytes);
  return { name, files, open: ROOT };
});

/** Makes the last four bytes of a chunk the CRC-32C of those before, so that what is inside gets past the checksum. */
function sealChunk(files: Files, random: Random): string {
  const path = pickPath(files, random, isChunk);
  const bytes = path === undefined ? undefined : files.get(path);
  if (bytes === undefined || bytes.length < 4) return "nothing to seal";
  const end = bytes.length - 4;
  putNumber(bytes, end, "i32", crc32c(bytes.subarray(0, end)), true);
  return `${path}: checksum made to agree`;
}

/** A row of a shard's index, at either end of the file, changed; the checksum made to agree, most of the time. */
function lieInIndex(files: Files, random: Random): string {
  const path = pickPath(files, random, isChunk);
  const bytes = path === undefined ? undefined : files.get(path);
  if (bytes === undefined || bytes.length < 20) return "no index";
  const rows = random.integer(1, Math.min(8, Math.floor((bytes.length - 4) / 16)));
  const start = random.uniform() < 0.5 ? 0 : bytes.length - 4 - 16 * rows;
  const at = start + 8 * random.integer(0, 2 * rows - 1);
  const value = hostileNumber(random, bytes.length);
  putNumber(bytes, at, "i64", value, true);
  const end = start + 16 * rows;
  if (random.uniform() < 0.8) putNumber(bytes, end, "i32", crc32c(bytes.subarray(start, end)), true);
  return `${path}: index number at ${at} set to ${value}`;
}

/** Replaces a chunk by one that says it is small and is not. */
function bomb(files: Files, random: Random): string {
  const path = pickPath(files, random, isChunk);
  if (path === undefined) return "no chunk";
  const zeros = new Uint8Array(pick(random, [2 ** 16, 2 ** 20, 2 ** 24]));
  const packed = pick(random, [gzipSync, zstdCompressSync])(zeros);
  files.set(path, random.uniform() < 0.7 ? new Uint8Array(packed) : blosc(packed, zeros.length));
  return `${path}: ${zeros.length} zeros, packed`;
}

/** A Blosc container of one block, which holds `stream` and says `length`. */
function blosc(stream: Uint8Array, length: number): Uint8Array {
  const header = new Uint8Array(24);
  header.set([2, 1, 4 << 5 | 16, 1]);
  for (const [at, value] of [[4, length], [8, length], [12, 24 + stream.length], [16, 20], [20, stream.length]]) {
    putNumber(header, at, "i32", value, true);
  }
  return joined(header, stream);
}

const MUTATIONS: readonly Mutate[] = [
  ...Array<Mutate>(4).fill(changeJson(isMetadata)),
  ...Array<Mutate>(4).fill(changeBytes(isChunk)),
  changeBytes(isMetadata),
  sealChunk,
  lieInIndex,
  lieInIndex,
  bomb,
  moveFiles(() => true),
];

/** OME-Zarr folders. */
export const ZARR_TARGET: Target = {
  name: "OME-Zarr",
  share: 40,
  seeds: ZARR_SEEDS,
  mutations: MUTATIONS,
  checks: [...Array<"image">(19).fill("image"), "correct"],
};
