/**
 * How many sections a stack has, from its profile along z: at the border between two sections the brightness jumps, as
 * the light that is lost with depth is back, and borders are evenly spaced.
 *
 * @module
 */

import { readBlock } from "../../io/flow/boxes.ts";
import { type PassContext, scan } from "../../io/flow/passes.ts";
import { type Box, boxShape, type VolumeSource } from "../../volume.ts";
import { sectionBounds } from "../sections.ts";

/** What a profile shows. */
interface FoundSections {
  /** How many sections there are; 1 where no number of them stands out. */
  readonly count: number;
  /** How many of the borders between them are jumps. */
  readonly jumps: number;
}

/** Most columns and rows that are looked at, from the middle of the volume: tissue is there. */
const LOOKED_AT = 512;

/** A section has at least so many planes. */
const LEAST_PLANES = 4;

/** Standard deviations of a normal distribution in its median absolute deviation. */
const NORMAL_MAD = 1.4826;

/** A jump is so many deviations above the median step from plane to plane; borders are so many above together. */
const STANDS_OUT = 3;
const SURE = 8;

/** Finds the sections of a volume, from the columns in its middle; one read of those. */
export async function findSections(source: VolumeSource, passes: PassContext): Promise<FoundSections> {
  const box = middle(source);
  const sums = new Float64Array(source.shape[0]);
  const [depth] = readBlock(source.chunk);
  const regions: Box[] = [];
  for (let z0 = 0; z0 < source.shape[0]; z0 += depth) {
    regions.push({ ...box, z0, z1: Math.min(source.shape[0], z0 + depth) });
  }
  await scan("sections", source, passes, {
    regions,
    work(region, slot) {
      const [nz, ny, nx] = boxShape(region);
      const data = slot.data(region);
      for (let k = 0; k < nz; k++) {
        let sum = 0;
        for (const value of data.subarray(k * ny * nx, (k + 1) * ny * nx)) if (isFinite(value)) sum += value;
        sums[region.z0 + k] = sum;
      }
    },
  });
  return sectionsOf(sums);
}

/** The sections that a profile shows. @param profile mean or sum of each plane, > 0 where there is light. */
function sectionsOf(profile: Float64Array): FoundSections {
  const steps = Float64Array.from({ length: profile.length - 1 }, (_, z) => {
    const [a, b] = [profile[z], profile[z + 1]];
    return a > 0 && b > 0 ? Math.abs(Math.log(b / a)) : 0;
  });
  const usual = median(steps);
  const spread = NORMAL_MAD * median(steps.map((step) => Math.abs(step - usual))) || Number.MIN_VALUE;
  let best = { count: 1, jumps: 0, score: SURE };
  for (let count = 2; count <= profile.length / LEAST_PLANES; count++) {
    const borders = sectionBounds(profile.length, count).slice(1).map(({ z0 }) => steps[z0 - 1]);
    const mean = borders.reduce((a, b) => a + b, 0) / borders.length;
    const score = (mean - usual) / spread * Math.sqrt(borders.length);
    const jumps = borders.filter((step) => step > usual + STANDS_OUT * spread).length;
    if (score > best.score && jumps > borders.length / 2) best = { count, jumps, score };
  }
  return { count: best.count, jumps: best.jumps };
}

function middle({ shape: [nz, ny, nx] }: VolumeSource): Box {
  const [height, width] = [Math.min(ny, LOOKED_AT), Math.min(nx, LOOKED_AT)];
  const [y0, x0] = [(ny - height) >> 1, (nx - width) >> 1];
  return { z0: 0, z1: nz, y0, y1: y0 + height, x0, x1: x0 + width };
}

function median(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] ?? 0;
}
