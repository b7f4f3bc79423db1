/**
 * Phantoms that `n4 compare` is tried on, and quick fits of them.
 *
 * @module
 */

import { spherePhantom } from "../../src/phantom/sphere.ts";
import type { Shape3 } from "../../src/volume.ts";
import { writeImage } from "./images.ts";

/** The shape of the phantom. */
export const SHAPE: Shape3 = [12, 40, 44];
/** Voxels of one of its planes. */
export const PLANE = 40 * 44;
/** Options of a quick fit that tells nothing. */
export const FIT: readonly string[] = "--n-iterations 4 --n-processes 0 --spline-mm 30 --shrink 2 --quiet".split(" ");

/** A phantom as a file; returns its intensities. */
export async function phantomAt(path: string): Promise<Float32Array> {
  const { intensity } = spherePhantom(SHAPE, 2);
  await writeImage(path, { shape: SHAPE, volumes: [intensity] });
  return intensity;
}
