/**
 * The agarose around tissue, as pixels of the plane: what is dark in the smoothed mean of all planes, by Otsu's
 * threshold.
 *
 * @module
 */

import type { N4Backend } from "../../backends/backend.ts";
import { type PassContext, scan } from "../../io/flow/passes.ts";
import { type Shape3, type VolumeSource, wholeBox } from "../../volume.ts";
import { forEachRow } from "../../io/flow/boxes.ts";
import { dataEdges, EdgeHistogram } from "../count/edge_histogram.ts";
import { otsuThreshold } from "../mask/otsu.ts";

/** Which pixels are agarose. */
export interface AgaroseMask {
  /** 1 where agarose is, length ny * nx. */
  readonly pixels: Uint8Array;
  /** Smoothed means below are agarose; NaN where no mean is above 0. */
  readonly threshold: number;
}

/** Bins of the histogram of means. */
const BINS = 256;

/**
 * The agarose of a volume. Pixels whose mean is not above 0 were never imaged: they neither count nor belong.
 * Non-finite voxels count as 0. One read; 16 bytes a pixel.
 *
 * @param options `sigma`: standard deviation of the Gaussian over the mean, pixels; left out: 1.
 */
export async function getAgaroseMask(
  source: VolumeSource,
  options: { readonly sigma?: number },
  backend: N4Backend,
  passes: PassContext,
): Promise<AgaroseMask> {
  const { shape: [, ny, nx] } = source;
  const mean = await meanProjection(source, passes);
  const plane: Shape3 = [1, ny, nx];
  const { sigma = 1 } = options;
  const smoothed = new Float32Array(mean.length);
  await using session = await backend.openSmooth({ volume: plane, sigma: [0, sigma, sigma], truncate: 4 });
  await session.smooth(wholeBox(plane), wholeBox(plane), mean, smoothed);
  const threshold = otsuOf(smoothed.filter((_, i) => mean[i] > 0));
  const pixels = Uint8Array.from(smoothed, (value, i) => (mean[i] > 0 && value < threshold ? 1 : 0));
  return { pixels, threshold };
}

/** Mean of every pixel over the planes, summed in float64 in the order of z: boxes of any size give the same bits. */
async function meanProjection(source: VolumeSource, passes: PassContext): Promise<Float32Array> {
  const { shape: [nz, ny, nx] } = source;
  const sums = new Float64Array(ny * nx);
  await scan("mean projection", source, { ...passes, slots: 1 }, {
    work(box, slot) {
      const data = slot.data(box);
      const width = box.x1 - box.x0;
      forEachRow(box, (_z, y, offset) => {
        const at = y * nx + box.x0;
        for (let i = 0; i < width; i++) if (isFinite(data[offset + i])) sums[at + i] += data[offset + i];
      });
    },
  });
  return Float32Array.from(sums, (sum) => sum / nz);
}

function otsuOf(values: Float32Array): number {
  if (values.length === 0) return NaN;
  let [lo, hi] = [Infinity, -Infinity];
  for (const value of values) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  if (lo === hi) return lo;
  const histogram = new EdgeHistogram(dataEdges(lo, hi, BINS));
  histogram.add(values);
  return otsuThreshold(histogram);
}
