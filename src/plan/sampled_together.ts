/**
 * Which sections are sampled in one read, as they lie in the same chunks, and the memory of samples that wait for their
 * fit.
 *
 * @module
 */

import { sharesRows } from "../intensity/sample/sampled_regions.ts";
import { voxelCount } from "../volume.ts";
import type { GridFitPlan } from "./fit_plan.ts";

/** Of the memory that is left, the part that samples may wait in. */
const SHARE_OF_LEFT = 1 / 4;

/** Bytes of a section's samples before they are compacted. */
export function denseBytes({ sampled }: GridFitPlan, weighted: boolean): number {
  return voxelCount(sampled) * (weighted ? 8 : 4);
}

/**
 * The sections after `index` that begin in the layer of chunks, `thickness` planes, where that one ends, and share its
 * rows and columns.
 */
export function sectionsAlongside(
  sections: readonly GridFitPlan[],
  index: number,
  thickness: number,
): readonly GridFitPlan[] {
  const layerEnd = Math.ceil(sections[index].z1 / thickness) * thickness;
  const after = sections.slice(index + 1);
  const end = after.findIndex(({ z0, grid }) => z0 >= layerEnd || !sharesRows(grid, sections[index].grid));
  return end < 0 ? after : after.slice(0, end);
}

/** Bytes for samples of sections to come: what the largest group needs, at most a part of what the limit leaves. */
export function aheadBytes(
  sections: readonly GridFitPlan[],
  thickness: number,
  { left, weighted }: { readonly left: number; readonly weighted: boolean },
): number {
  const groups = sections.map((_, i) =>
    sectionsAlongside(sections, i, thickness).reduce((sum, section) => sum + denseBytes(section, weighted), 0)
  );
  return Math.max(0, Math.min(Math.max(0, ...groups), left * SHARE_OF_LEFT));
}
