/**
 * The mean of the matched tissue along z, led back to a smooth profile by one gain a plane.
 *
 * @module
 */

import { ExactSums, type SumParts } from "../intensity/count/exact_sum.ts";
import type { Matching } from "../intensity/match/matched.ts";
import { profileGains, profilePlanes, sumPlanes } from "../intensity/match/z_profile.ts";
import { readTables } from "./histogram.ts";
import { readMask } from "./mask.ts";
import { keepsTissue, withoutOutliers } from "./range.ts";
import { need, needAll, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

function hasProfile({ settings: { zProfileSigma, zProfileEqualize } }: VolumeRun): boolean {
  return zProfileSigma > 0 || zProfileEqualize === true;
}

/** The stage. Of each step: the exact sums of its planes; gathered: the gains. */
export const profileStage: Stage<VolumeRun> = {
  name: "profile",
  tasks: (run) => hasProfile(run) ? run.parts.length : 0,
  async task(run, index) {
    const [mask, luts] = [await readMask(run), await readTables(run)];
    const source = await withoutOutliers(run, run.input);
    const sums = await sumPlanes(source, luts, mask, passesOf(run, run.parts[index]), keepsTissue(run));
    await run.store.write(`profile.${index}`, { record: {}, arrays: sums.encode() });
  },
  async gather(run) {
    const sums = new ExactSums(run.input.shape[0]);
    const parts = await needAll(run, profileStage);
    parts.forEach(({ arrays }, i) => {
      sums.merge(arrays as SumParts, run.parts[i][0]);
    });
    const { followed, dark } = profilePlanes(sums);
    if (dark.length > 0 && followed.length > 0) run.log.warn(darkPlanes(dark));
    const { zProfileSigma: sigma, zProfileEqualize: equalize } = run.settings;
    const gains = profileGains(sums, { sigma, equalize });
    await run.store.write("profile", { record: {}, arrays: { gains } });
  },
};

/** Planes that are listed by number at most. */
const MOST_LISTED = 10;

function darkPlanes(planes: readonly number[]): string {
  const listed = planes.slice(0, MOST_LISTED).join(", ") + (planes.length > MOST_LISTED ? ", ..." : "");
  const which = planes.length === 1 ? `Plane ${listed} keeps its` : `${planes.length} planes keep their`;
  const where = planes.length === 1 ? "" : ` (${listed})`;
  return `${which} level along z${where}: the mean of the mask there is about 0 or below, as of a lost frame.`;
}

/** What is done to intensities before the fit, and with it to the output. */
export async function readMatching(run: VolumeRun): Promise<Matching> {
  const luts = await readTables(run);
  const matched = luts ? { luts } : {};
  if (!hasProfile(run)) return matched;
  const { arrays } = await need(run, "profile");
  return { ...matched, zGain: arrays.gains as Float32Array };
}
