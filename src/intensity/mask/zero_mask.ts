/**
 * What is kept when the rest is set to 0. A section's mask loses tissue where it is dim, as the lower faces of sections
 * are that overlap; its silhouette, the section's or the stack's, holds every voxel that has tissue above or below it.
 * The fit and the profile along z go on with the mask itself.
 *
 * @module
 */

import type { Shape3 } from "../../volume.ts";
import { type BitVolume } from "./bit_volume.ts";
import { PlaneMorphology } from "./morphology.ts";
import type { Section } from "../sections.ts";

/** Each plane by its own mask, or by what all planes of the stack or of its section have, holes filled. */
export type ZeroMaskMode = "section" | "silhouette" | "section_silhouette";

/** How the mask of what is kept is made. */
export interface ZeroMaskOptions {
  /** Whose mask a plane gets. */
  readonly mode: ZeroMaskMode;
  /** Grown by a disk of this radius, voxels. */
  readonly dilation: number;
}

/** Makes the mask of what is kept from a tissue mask. */
export async function writeZeroMask(
  tissue: BitVolume,
  kept: BitVolume,
  sections: readonly Section[],
  { mode, dilation }: ZeroMaskOptions,
): Promise<void> {
  const [nz, ny, nx]: Shape3 = tissue.shape;
  const stack: readonly Section[] = [{ z0: 0, z1: nz }];
  const planes = Array.from({ length: nz }, (_, z): Section => ({ z0: z, z1: z + 1 }));
  const runs = { section: planes, silhouette: stack, section_silhouette: sections }[mode];
  const morphology = new PlaneMorphology(ny, nx);
  const [plane, all] = [new Uint32Array(tissue.planeWords), new Uint32Array(tissue.planeWords)];
  for (const { z0, z1 } of runs) {
    all.fill(0);
    for (let z = z0; z < z1; z++) {
      await tissue.readPacked(z, plane);
      for (let i = 0; i < all.length; i++) all[i] |= plane[i];
    }
    if (mode !== "section") morphology.fillHoles(all);
    morphology.dilate(all, dilation);
    for (let z = z0; z < z1; z++) await kept.writePacked(z, all);
  }
}
