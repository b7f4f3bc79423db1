/**
 * Options that were given and change nothing, since what they belong to is off: said as warnings, so that nobody takes them for heeded.
 *
 * @module
 */

import { flagOf } from "./parsers.ts";
import type { ResolvedOptions } from "./presets.ts";
import type { CorrectOptions } from "./table.ts";

/** What some options need in order to change anything. */
interface Need {
  readonly keys: readonly (keyof CorrectOptions)[];
  /** The need, for the user. */
  readonly text: string;
  readonly met: (used: ResolvedOptions) => boolean;
}

const makesTissueMask = (used: ResolvedOptions) => used.mask === undefined && used.maskMethod === "tissue";

const NEEDS: readonly Need[] = [
  {
    keys: ["nSerialSlices"],
    text: "'--mode per_section' or 'two_pass', '--histogram-match' or '--mask-method tissue'",
    met: (used) =>
      used.nSerialSlices === 1 || used.mode !== "global" || makesTissueMask(used) ||
      (used.histogramMatch && !used.histogramMatchPerZplane),
  },
  {
    keys: ["histogramNBins", "histogramMatchPerZplane", "tissueThreshold"],
    text: "'--histogram-match'",
    met: (used) => used.histogramMatch,
  },
  { keys: ["maskSmoothingSigma"], text: "'--mask-method tissue' and no '--mask'", met: makesTissueMask },
  {
    keys: ["globalSplineDistanceMm", "globalNIterations", "globalShrinkFactor"],
    text: "'--mode global' or 'two_pass'",
    met: (used) => used.mode !== "per_section",
  },
  { keys: ["fitVolume"], text: "'--volume-fields shared'", met: (used) => used.volumeFields === "shared" },
];

/** A sentence for each option that was given in vain. */
export function idleOptions(given: CorrectOptions, used: ResolvedOptions): string[] {
  return NEEDS.filter(({ met }) => !met(used)).flatMap(({ keys, text }) =>
    keys.filter((key) => given[key] !== undefined && given[key] !== false)
      .map((key) => `'${flagOf(key)}' changes nothing as it needs ${text}.`)
  );
}
