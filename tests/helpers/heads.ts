/**
 * A small head in a folder, and quick corrections of it by the command.
 *
 * @module
 */

import type { Shape3 } from "../../src/volume.ts";
import { runWell } from "./command.ts";
import { writeImage } from "./images.ts";
import { inFolder } from "./nifti_files.ts";

/** The shape of the head. */
export const SHAPE: Shape3 = [12, 16, 20];
const QUICK = ["--shrink-factor", "2", "--n-iterations", "4", "3", "--convergence-threshold", "0"];

/** Corrects the head with these words. */
type Correct = (...words: string[]) => ReturnType<typeof runWell>;

/** A folder with a head, and a way to correct it there. */
export function withHead(
  body: (correct: Correct, folder: string) => Promise<void>,
  name = "in.nii",
): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/${name}`, { shape: SHAPE, chunk: [8, 8, 8] });
      const correct: Correct = (...words) => {
        // Threads take longer to start than a head this small to be corrected.
        const threads = words.includes("--n-processes") ? [] : ["--n-processes", "0"];
        return runWell(["correct_bias_field", name, ...words, ...QUICK, ...threads], { cwd: folder });
      };
      await body(correct, folder);
    });
}
