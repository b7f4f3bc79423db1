/** OME-Zarr images for tests: those of zarr-python in `tests/golden`, and hand-written ones. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { openOmeZarr } from "../../src/io/ome_zarr/read.ts";

/** The files of one image: metadata as JSON values, chunks as bytes. */
export interface ImageFiles {
  readonly metadata: Record<string, Record<string, unknown>>;
  readonly chunks: Record<string, Uint8Array>;
}

/** Images that zarr-python wrote, by name. `tests/fixtures/make_ome_zarr.py` says what is in them. */
export const GOLDEN: ReadonlyMap<string, ImageFiles> = await readGolden();

async function readGolden(): Promise<Map<string, ImageFiles>> {
  const text = await Deno.readTextFile(new URL("../golden/ome_zarr.json", import.meta.url));
  const packed = JSON.parse(text) as Record<
    string,
    { metadata: ImageFiles["metadata"]; chunks: Record<string, string> }
  >;
  return new Map(
    Object.entries(packed).map(([name, { metadata, chunks }]) => {
      const bytes = Object.entries(chunks).map(([key, base64]) => [key, Uint8Array.fromBase64(base64)] as const);
      return [name, { metadata, chunks: Object.fromEntries(bytes) }];
    }),
  );
}

/** A copy of a golden image that a test may change. */
export function golden(name: string): ImageFiles {
  const files = GOLDEN.get(name);
  if (files === undefined) throw new RangeError(`no golden image is called '${name}'`);
  return structuredClone(files);
}

/** Writes an image into a new directory, calls `use`, and removes it. */
export async function withImage(files: ImageFiles, use: (path: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const path = join(directory, "image.ome.zarr");
    await mkdir(path);
    for (const [key, value] of Object.entries(files.metadata)) await put(join(path, key), JSON.stringify(value));
    for (const [key, bytes] of Object.entries(files.chunks)) await put(join(path, key), bytes);
    await use(path);
  });
}

/** A new directory for the time of one call. */
export async function withDirectory(use: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A raw uint8 image of version 0.5: one chunk, 2 x 2 x 2 voxels of 1 mm, values 0 to 7. */
export function plainImage(): ImageFiles {
  const axes = ["z", "y", "x"].map((name) => ({ name, type: "space", unit: "millimeter" }));
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1] }] }];
  return {
    metadata: {
      "zarr.json": {
        zarr_format: 3,
        node_type: "group",
        attributes: { ome: { version: "0.5", multiscales: [{ axes, datasets }] } },
      },
      "0/zarr.json": {
        zarr_format: 3,
        node_type: "array",
        shape: [2, 2, 2],
        data_type: "uint8",
        chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 2, 2] } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        fill_value: 0,
        codecs: [{ name: "bytes" }],
      },
    },
    chunks: { "0/c/0/0/0": Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) },
  };
}

/** The plain image with a second level: one voxel of 2 mm and value 9, half a millimetre further along z. */
export function twoLevels(): ImageFiles {
  const files = plainImage();
  const levels = [1, 2].map((scale, i) => ({
    path: String(i),
    coordinateTransformations: [
      { type: "scale", scale: [scale, scale, scale] },
      { type: "translation", translation: [(scale - 1) / 2, 0, 0] },
    ],
  }));
  change(files, "zarr.json", ["attributes", "ome", "multiscales", 0, "datasets"], levels);
  files.metadata["1/zarr.json"] = structuredClone(files.metadata["0/zarr.json"]);
  change(files, "1/zarr.json", ["shape"], [1, 1, 1]);
  files.chunks["1/c/0/0/0"] = Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0);
  return files;
}

/** Puts a NIfTI header beside the levels of an image of version 0.5, as nifti-zarr does. */
export function putHeader(files: ImageFiles, bytes: Uint8Array): ImageFiles {
  const array = structuredClone(plainImage().metadata["0/zarr.json"]);
  const grid = { name: "regular", configuration: { chunk_shape: [bytes.length] } };
  files.metadata["nifti/zarr.json"] = { ...array, shape: [bytes.length], chunk_grid: grid };
  files.chunks["nifti/c/0"] = bytes;
  return files;
}

/** Sets a value deep in an image's metadata: `change(files, "0/zarr.json", ["shape", 0], 5)`. */
export function change(
  files: ImageFiles,
  file: string,
  path: readonly (string | number)[],
  value: unknown,
): ImageFiles {
  let at = files.metadata[file] as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  const last = path[path.length - 1];
  if (value === undefined) delete at[last];
  else at[last] = value;
  return files;
}

/** Opens an image and expects an `InputError` that names it and matches `rule`. */
export async function expectRefusal(files: ImageFiles, rule: RegExp): Promise<void> {
  await withImage(files, async (path) => {
    await assert.rejects(openOmeZarr(path), (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, rule);
      assert.ok(error.message.includes(path) && error.message.length < 500, error.message);
      return true;
    });
  });
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
