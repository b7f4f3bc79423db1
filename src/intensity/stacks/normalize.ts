/**
 * Normalisation by agarose: each plane is clipped at a high percentile and at the median of its agarose, the median is
 * taken off, and the whole volume is divided by one number. So the agarose's level is exactly 0 in every plane, nothing
 * is below, and sections keep their brightness to each other.
 *
 * The divisor is the 90th percentile over the planes of (cap - floor), or the largest where that is not above 0: a
 * tenth of the planes may reach above 1, so that a few with bright reflections do not darken the rest.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { type PassContext, scan, transform } from "../../io/flow/passes.ts";
import { type Box, boxShape, type VolumeSink, type VolumeSource } from "../../volume.ts";
import type { AgaroseMask } from "./agarose.ts";
import { percentileOf } from "../count/interpolate.ts";
import { NonfiniteGuard, type NonfinitePolicy } from "../nonfinite.ts";
import { type PercentileRequest, PercentileSearch } from "../count/percentile.ts";
import { sectionBounds } from "../sections.ts";

/** How a volume is normalised. */
export interface NormalizeOptions {
  /** Percentile of a plane, 0 to 100, above which it is clipped; left out: 99.9. */
  readonly percentileMax?: number;
  /** Writes 0 at every pixel of the agarose mask, also where speckle is brighter than the median; left out: false. */
  readonly zeroAgarose?: boolean;
  /** What becomes of non-finite voxels; left out: they are kept. */
  readonly nonfinite?: NonfinitePolicy;
}

/** What a volume was normalised by. */
export interface Normalization {
  /** Percentile of each plane; NaN where no voxel is finite. */
  readonly caps: Float64Array;
  /** Median of each plane's agarose, at most its cap. */
  readonly floors: Float64Array;
  /** What `min(value, cap) - floor` is divided by. */
  readonly divisor: number;
}

/** Percentile of the planes' spans that becomes 1. */
const SPAN_PERCENTILE = 90;

/**
 * Normalises `source` and writes it to `sink`. Non-finite voxels do not count. Three reads, the writing one included.
 *
 * @throws {DataError} when the agarose mask is empty, a plane has finite voxels but none in it, or a voxel is not
 * finite with policy `fail`.
 */
export async function normalizeVolume(
  source: VolumeSource,
  agarose: AgaroseMask,
  sink: VolumeSink,
  options: NormalizeOptions,
  passes: PassContext,
): Promise<Normalization> {
  const normalization = await findNormalization(source, agarose, options, passes);
  const guard = new NonfiniteGuard(options.nonfinite ?? "keep");
  const pixels = options.zeroAgarose ? agarose.pixels : undefined;
  await transform("normalise", source, sink, passes, {
    async work(box, slot) {
      await guard.inspect(box, slot.data(box), passes.threads);
      normalizeBox(normalization, box, slot.data(box), source.shape[2], pixels);
    },
  });
  guard.report(passes.log, "the percentiles");
  return normalization;
}

/** What a volume is normalised by. Two reads. @throws {DataError} as {@linkcode normalizeVolume}. */
async function findNormalization(
  source: VolumeSource,
  { pixels }: AgaroseMask,
  { percentileMax = 99.9 }: NormalizeOptions,
  passes: PassContext,
): Promise<Normalization> {
  if (!pixels.includes(1)) {
    throw new DataError(
      "Cannot normalise the volume as its agarose mask must hold at least one pixel: current count is 0",
    );
  }
  const groups = sectionBounds(source.shape[0], undefined);
  const search = (request: Partial<PercentileRequest> & { percentile: number }) =>
    new PercentileSearch(source.shape, { groups, ...request });
  const [cap, median] = [search({ percentile: percentileMax }), search({ percentile: 50, pixels })];
  await scan("percentiles, upper bits", source, passes, {
    work: (box, slot) => [cap, median].forEach((one) => one.addUpper(box, slot.data(box))),
  });
  await scan("percentiles, lower bits", source, passes, {
    work: (box, slot) => [cap, median].forEach((one) => one.addLower(box, slot.data(box))),
  });
  const caps = cap.result().values;
  const floors = median.result().values.map((value, z) => floorOf(value, caps[z], z));
  const spans = caps.map((value, z) => value - floors[z]).filter(isFinite);
  const span = percentileOf(spans, SPAN_PERCENTILE);
  const divisor = span > 0 ? span : spans.reduce((most, value) => Math.max(most, value), 0);
  return { caps, floors, divisor: divisor > 0 ? divisor : 1 };
}

function floorOf(median: number, cap: number, z: number): number {
  if (!Number.isNaN(median)) return Math.min(median, cap);
  if (Number.isNaN(cap)) return NaN;
  throw new DataError(
    `Cannot normalise the volume as every plane must have a finite voxel in the agarose mask: ` +
      `current plane without is ${z}`,
  );
}

function normalizeBox(
  { caps, floors, divisor }: Normalization,
  box: Box,
  data: Float32Array,
  columns: number,
  zeroed: Uint8Array | undefined,
): void {
  const [nz, ny, nx] = boxShape(box);
  for (let k = 0, i = 0; k < nz; k++) {
    const [cap, floor] = [caps[box.z0 + k], floors[box.z0 + k]];
    for (let y = box.y0; y < box.y0 + ny; y++) {
      let pixel = y * columns + box.x0;
      for (let x = 0; x < nx; x++, i++, pixel++) {
        if (!isFinite(data[i])) continue;
        const value = zeroed !== undefined && zeroed[pixel] !== 0 ? floor : Math.min(data[i], cap);
        data[i] = value > floor ? (value - floor) / divisor : 0;
      }
    }
  }
}
