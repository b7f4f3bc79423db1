/**
 * The figures that say what a correction did, when nobody knows the truth.
 *
 * @module
 */

import { meanOf, variationOf } from "../intensity/count/statistics.ts";
import { quantiles } from "../n4/numbers.ts";
import { numberText, percentText, tripleText } from "../figure/format.ts";
import { logEntropy } from "../page/log_histogram.ts";
import type { Figure } from "../page/content.ts";
import type { Watched } from "./correction_watch.ts";

/** Part of the mask that the range of the field leaves out at either end. */
const FIELD_TAIL = 0.025;

/** Standard deviation over mean; NaN where there are fewer than two values, or their mean is not above 0. */
export function variation(values: Float32Array | Float64Array): number {
  return values.length > 1 && meanOf(values) > 0 ? variationOf(values) : NaN;
}

/** What intensities are shown in multiples of. */
interface ShownUnits {
  /** Of the input. */
  readonly before: number;
  /** Of the corrected volume. */
  readonly after: number;
  /** Whether they are the means in the mask; else both are 1. */
  readonly relative: boolean;
}

/**
 * The means in the mask, since the fit leaves the scale of its field open and before and after can differ by a factor;
 * intensities as they are where a mean is not above 0.
 */
export function shownUnits({ before, after }: Watched): ShownUnits {
  const relative = before.mean > 0 && after.mean > 0;
  return relative ? { before: before.mean, after: after.mean, relative } : { before: 1, after: 1, relative };
}

/** The values of the cells that lie in the mask. */
export function insideMask(data: Float32Array, mask: Uint8Array): Float32Array {
  // A loop: `filter` makes an object of every value.
  const inside = new Float32Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) if (mask[i] === 1) inside[count++] = data[i];
  return inside.slice(0, count);
}

/**
 * The figures of a correction; those that have no value are left out. `field` is that of every cell's centre, over its
 * mean in the mask.
 *
 * @param gains whether planes or sections were brought to one level by what is no part of the field.
 */
export function correctionFigures(
  { grid, before, after, mask }: Watched,
  field: Float32Array,
  gains = false,
): Figure[] {
  const widths = grid.axes.map(({ width }) => width);
  const cell = widths.every((width) => width === 1)
    ? "voxels in the mask"
    : `cells of ${tripleText(widths)} voxels that lie in the mask`;
  const inside = insideMask(field, mask);
  const [low, high] = quantiles(inside, [FIELD_TAIL, 1 - FIELD_TAIL]);
  const pair = (of: (end: Watched["before"]) => number, text: (value: number) => string) => ({
    values: [of(before), of(after)],
    value: { before: text(of(before)), after: text(of(after)) },
  });
  const planes = ({ planeMeans }: Watched["before"]) => variation(planeMeans.filter((mean) => !isNaN(mean)));
  const figures: (Figure & { readonly values: readonly number[] })[] = [
    {
      name: "Bias removed",
      values: [low, high],
      value: `${numberText(low, 3)} to ${numberText(high, 3)}`,
      definition: `The field over its mean in the mask: 95 % of the ${cell} lie between these values.` +
        (gains ? " Gains of planes and sections come on top of it." : ""),
    },
    {
      name: "Variation of intensity",
      ...pair(({ means }) => variation(insideMask(means, mask)), percentText),
      definition: `Standard deviation over mean of the ${cell}. Tissue contrast is part of it; bias adds to it.`,
    },
    {
      name: "Entropy of log intensity",
      ...pair(
        ({ histogram }) => histogram.length > 0 ? logEntropy(histogram) : NaN,
        (bits) => `${bits.toFixed(2)} bits`,
      ),
      definition:
        "Shannon entropy of the log intensities in the mask, as of bins of 1/32 octave: bias blurs the histogram and raises it.",
    },
    {
      name: "Variation from plane to plane",
      ...pair(planes, percentText),
      definition:
        "Standard deviation over mean of the mean intensities of all planes z, each over its voxels in the mask.",
    },
  ];
  return figures.filter(({ values }) => values.every(Number.isFinite)).map(({ values: _, ...figure }) => figure);
}
