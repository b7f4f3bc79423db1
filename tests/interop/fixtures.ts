/**
 * Reads the images that other projects keep as test data, or that their packages have written, whole, and compares every
 * voxel with zarr-python or nibabel: `deno run --allow-read --allow-run tests/interop/fixtures.ts FOLDER...`, after
 * `deno task suite interop:setup`. Prints what differs or is refused, and how many images there were by folder.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { openImage } from "../../src/io/open.ts";
import { boxVoxels, wholeBox } from "../../src/volume.ts";
import { print } from "../helpers/print.ts";
import { runTool } from "./environment.ts";

/** An image as the other reader sees it. */
interface SeenImage {
  readonly path: string;
  readonly shape: readonly number[];
  readonly crc: number;
  /** Why the other reader refused it. */
  readonly error?: string;
}

async function readByN4(path: string): Promise<Pick<SeenImage, "shape" | "crc">> {
  await using image = await openImage(path, /\.nii(\.gz)?$/.test(path) ? {} : { time: "all" });
  const box = wholeBox(image.shape);
  const values = new Float32Array(boxVoxels(box));
  let crc = 0;
  for (let i = 0; i < image.volumes; i++) {
    await image.volume(i).read(box, values);
    crc = crc32(new Uint8Array(values.buffer), crc);
  }
  return { shape: [image.volumes, ...image.shape], crc };
}

/** What is wrong with an image, or nothing. */
async function judge({ path, shape, crc, error }: SeenImage): Promise<string | undefined> {
  const own = await readByN4(path).catch((cause: Error) => cause.message);
  if (error !== undefined) {
    return typeof own === "string" ? `both refuse: ${own}; ${error}` : `n4 alone reads: ${error}`;
  }
  if (typeof own === "string") return `n4 refuses: ${own}`;
  if (own.shape.join() !== shape.join()) return `shapes differ: ${own.shape.join(" ")}, not ${shape.join(" ")}`;
  return own.crc === crc ? undefined : "voxels differ";
}

let wrong = 0;
for (const folder of Deno.args) {
  const images = JSON.parse(await runTool("list_images.py", [folder])) as SeenImage[];
  let same = 0;
  for (const image of images) {
    const verdict = await judge(image);
    if (verdict === undefined) same++;
    else print(`${image.path}: ${verdict}`);
    if (verdict?.startsWith("n4 refuses") || verdict?.includes("differ")) wrong++;
  }
  print(`${folder}: ${same} of ${images.length} images have the same voxels`);
}
Deno.exit(wrong > 0 ? 1 : 0);
