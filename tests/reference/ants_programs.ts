/**
 * ANTs' N4BiasFieldCorrection (of antspyx) and ours: how they are called, and how what they write is compared.
 *
 * @module
 */

import { openImage } from "../../src/io/open.ts";
import { readImage } from "../helpers/images.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The Python of the reference environment, where antspyx and the clients are. */
export const PYTHON = `${ROOT}.venv/reference/bin/python`;

/** Command lines of the programs without their own words. */
export const PROGRAMS = {
  ants: [PYTHON, `${ROOT}tests/reference/ants_program.py`],
  n4: [
    ...["deno", "run", "--no-prompt", "--allow-read", "--allow-write", "--allow-ffi"],
    "--allow-env=ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS,NSLOTS,OMP_NUM_THREADS,N4_GEOMETRY,N4_CUDA_LIBRARY," +
    "DENO_WEBGPU_BACKEND,XDG_RUNTIME_DIR",
    `${ROOT}scripts/N4BiasFieldCorrection.ts`,
  ],
} as const;

/** One of the programs. */
export type AntsProgram = keyof typeof PROGRAMS;

/** Largest difference of log fields, and of corrected intensities as a share of the largest. */
export const GATE = 2e-5;

/** How far two images of one name are apart. */
export interface Apart {
  /** The largest difference: of logs where they are fields, else as a share of the largest intensity. */
  readonly difference: number;
  /** Whether shape, type and place are the same; of a plane ITK keeps no third axis. */
  readonly sameGeometry: boolean;
}

/** Compares an image of ANTs with one of ours. */
export async function compareImages(theirs: string, ours: string, isField: boolean): Promise<Apart> {
  const [a, b] = [await readImage(theirs), await readImage(ours)];
  let [largest, scale] = [0, isField ? 1 : 0];
  for (let i = 0; i < a.length; i++) {
    const apart = isField ? Math.log(a[i]) - Math.log(b[i]) : a[i] - b[i];
    if (!(Math.abs(apart) <= largest)) largest = Math.abs(apart);
    if (!isField) scale = Math.max(scale, Math.abs(a[i]));
  }
  return { difference: largest / scale, sameGeometry: await sameGeometry(theirs, ours) };
}

async function sameGeometry(theirs: string, ours: string): Promise<boolean> {
  await using one = await openImage(theirs);
  await using other = await openImage(ours);
  const same = (a: readonly number[] = [], b: readonly number[] = []) =>
    a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-4);
  return same(one.shape, other.shape) && one.dataType === other.dataType &&
    (other.shape[0] === 1 || same(one.affine, other.affine));
}
