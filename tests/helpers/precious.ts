/**
 * A folder of a user, of which nothing may be lost.
 *
 * @module
 */

import assert from "node:assert/strict";
import { contents } from "./command.ts";
import { writeImage } from "./images.ts";
import { inFolder } from "./nifti_files.ts";

/** The shape of the images in it. */
export const SHAPE = [8, 10, 12] as const;

/** A folder with an image, another for a mask, and a folder of things to keep. */
export function withPrecious(check: (folder: string) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/in.nii`, { shape: SHAPE });
      await writeImage(`${folder}/mask.nii`, { shape: SHAPE });
      await Deno.mkdir(`${folder}/results`);
      await Deno.writeTextFile(`${folder}/results/precious.txt`, "years of work");
      await check(folder);
    });
}

/** Refused with these words, and everything as it was. */
export async function refused(folder: string, act: () => Promise<unknown>, says: RegExp): Promise<void> {
  const before = await contents(folder);
  await assert.rejects(act, says);
  assert.deepEqual(await contents(folder), before);
}
