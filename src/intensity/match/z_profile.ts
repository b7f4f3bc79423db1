/**
 * Jitter from plane to plane: one gain a plane brings the mean of its tissue back to a smooth profile along z.
 *
 * Planes with too few tissue voxels have no mean worth following, nor have those whose mean is about 0 or below: they
 * keep gain 1 and are left out, so that the profile is smoothed over the list of the others. With fewer than three of
 * those nothing changes.
 *
 * @module
 */

import type { LookupTables } from "../../backends/backend.ts";
import { type PassContext, scan, transform } from "../../io/flow/passes.ts";
import { type Job, threadsFor } from "../../thread_job.ts";
import { gatherMapped, type MappedValues, tableOfPlane } from "../../n4/lookup.ts";
import { type Box, boxShape, type VolumeSink, type VolumeSource } from "../../volume.ts";
import { ExactSums, type SumParts } from "../count/exact_sum.ts";
import { smoothList } from "../count/interpolate.ts";
import { maskAlongside, type MaskReader } from "../mask/mask.ts";
import { BLOCK } from "../nonfinite.ts";
import { sumValues } from "../count/sum_values.ts";

/** What a profile is smoothed by. */
export interface ZProfileOptions {
  /** Standard deviation of the Gaussian, planes, >= 0; 0 changes nothing. */
  readonly sigma: number;
  /** Whether means are led to their median instead, whatever `sigma`. */
  readonly equalize?: boolean;
  /** Tissue voxels that a plane needs; left out: 100. */
  readonly minVoxels?: number;
}

/** Fewer planes than this make no profile. */
const LEAST_PLANES = 3;

/** Least mean of a plane, as a share of the median of those above 0: a lost frame, noise about 0, has no gain. */
const LEAST_SHARE = 0.01;

/**
 * The gain of each plane, length nz, to be used inside the mask only. One read.
 *
 * @param luts maps the intensities first; the profile is that of matched values.
 */
export async function zProfileGains(
  source: VolumeSource,
  luts: LookupTables | undefined,
  mask: MaskReader,
  options: ZProfileOptions,
  passes: PassContext,
): Promise<Float32Array> {
  if (options.sigma === 0 && !options.equalize) return new Float32Array(source.shape[0]).fill(1);
  return profileGains(await sumPlanes(source, luts, mask, passes), options);
}

/**
 * Sums the matched voxels inside the mask over every plane of `passes`; group 0 is the first of them. One read.
 *
 * @param recorded whether voxels that are 0 take no part, as those of a tile that was lost.
 */
export async function sumPlanes(
  source: VolumeSource,
  luts: LookupTables | undefined,
  mask: MaskReader,
  passes: PassContext,
  recorded = false,
): Promise<ExactSums> {
  const [first, end] = passes.planes ?? [0, source.shape[0]];
  const sums = new ExactSums(end - first);
  await scan("profile", source, passes, {
    alongside: maskAlongside(mask, passes.threads),
    async work(box, slot) {
      const [data, inside] = [slot.data(box), slot.bytes(box)];
      const part = await threadsFor(passes.threads, data, inside).run(SUM_PLANES, {
        box,
        data,
        inside,
        luts,
        recorded,
      });
      sums.merge(part, box.z0 - first);
    },
  });
  return sums;
}

/** Voxels of a box that are summed plane by plane. */
interface PlanesRequest {
  readonly box: Box;
  readonly data: Float32Array;
  /** One byte a voxel, 0 outside. */
  readonly inside: Uint8Array;
  /** Maps those inside first. */
  readonly luts?: LookupTables;
  /** Whether zeros take no part; they are taken out of `inside`. */
  readonly recorded?: boolean;
}

/** The sums of a box's planes, group 0 the first of them. */
export const SUM_PLANES: Job<PlanesRequest, SumParts> = {
  name: "sum planes",
  work({ box, data, inside, luts, recorded }) {
    const [nz, ny, nx] = boxShape(box);
    if (recorded) { for (let i = 0; i < data.length; i++) if (data[i] === 0) inside[i] = 0; }
    const sums = new ExactSums(nz);
    for (let k = 0; k < nz; k++) {
      const [begin, end] = [k * ny * nx, (k + 1) * ny * nx];
      const table = tableOfPlane(luts, box.z0 + k);
      if (luts && table) addMapped(sums, k, luts, table, { values: data, inside, begin, end });
      else sumValues(sums, k, data, begin, end, inside);
    }
    return sums.encode();
  },
  handsOver: ({ counts, mantissas }) => [counts.buffer as ArrayBuffer, mantissas.buffer as ArrayBuffer],
};

/** Adds mapped values to a group, a block at a time. */
function addMapped(sums: ExactSums, group: number, luts: LookupTables, table: Float32Array, plane: MappedValues): void {
  const mapped = new Float32Array(BLOCK);
  for (let begin = plane.begin; begin < plane.end; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, plane.end);
    sumValues(sums, group, mapped, 0, gatherMapped(luts, table, { ...plane, begin, end }, mapped));
  }
}

/** Planes that make a profile, and those that hold tissue voxels enough and are too dark for it. */
type ProfilePlanes = Readonly<Record<"followed" | "dark", readonly number[]>>;

/** Which planes make a profile, from the sum of each plane's tissue voxels. */
export function profilePlanes(sums: ExactSums, minVoxels = 100): ProfilePlanes {
  const planes = [...sums.counts.keys()].filter((z) => sums.counts[z] >= Math.max(1, minVoxels));
  const means = new Map(planes.map((z) => [z, sums.mean(z)]));
  const bright = [...means.values()].filter((mean) => mean > 0).sort((a, b) => a - b);
  const least = bright.length > 0 ? LEAST_SHARE * bright[Math.floor(bright.length / 2)] : Infinity;
  const followed = planes.filter((z) => (means.get(z) ?? 0) >= least);
  return { followed, dark: planes.filter((z) => (means.get(z) ?? 0) < least) };
}

/** The gains from the sum of each plane's tissue voxels. */
export function profileGains(sums: ExactSums, { sigma, minVoxels, equalize = false }: ZProfileOptions): Float32Array {
  if (!(sigma >= 0 && isFinite(sigma))) {
    throw new RangeError(
      `Cannot smooth the profile along z as 'sigma' must be a number >= 0: current value is ${sigma}`,
    );
  }
  const gains = new Float32Array(sums.counts.length).fill(1);
  const { followed: planes } = profilePlanes(sums, minVoxels);
  if (planes.length < LEAST_PLANES) return gains;
  const observed = Float64Array.from(planes, (z) => sums.mean(z));
  const smooth = equalize ? observed.map(() => medianOf(observed)) : smoothList(observed, sigma);
  planes.forEach((z, i) => gains[z] = smooth[i] / observed[i]);
  return gains;
}

/** Of an even number of values the mean of the two in the middle. */
function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Smooths the profile of `source` and writes the result to `sink`; two reads. Returns the gains. */
export async function applyZProfileSmoothing(
  source: VolumeSource,
  sink: VolumeSink,
  mask: MaskReader,
  options: ZProfileOptions,
  passes: PassContext,
): Promise<Float32Array> {
  const gains = await zProfileGains(source, undefined, mask, options, passes);
  await transform("z profile smoothing", source, sink, passes, {
    alongside: maskAlongside(mask, passes.threads),
    work(box, slot) {
      const [data, inside] = [slot.data(box), slot.bytes(box)];
      const [nz, ny, nx] = boxShape(box);
      for (let k = 0; k < nz; k++) {
        const gain = gains[box.z0 + k];
        for (let i = k * ny * nx; i < (k + 1) * ny * nx; i++) if (inside[i] !== 0) data[i] *= gain;
      }
    },
  });
  return gains;
}
