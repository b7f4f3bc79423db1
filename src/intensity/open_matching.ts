/**
 * What a run does to intensities before a field is fitted: histogram matching, then a smooth profile along z, as the settings say.
 *
 * @module
 */

import type { PassContext } from "../io/passes.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import type { VolumeSource } from "../volume.ts";
import { matchingTables } from "./histogram_match.ts";
import type { MaskReader } from "./mask.ts";
import type { Matching } from "./matched.ts";
import { zProfileGains } from "./z_profile.ts";

/** Works out tables and gains; two reads for the tables, one for the gains. */
export async function openMatching(
  { input, settings }: { readonly input: VolumeSource; readonly settings: CorrectSettings },
  mask: MaskReader,
  passes: PassContext,
): Promise<Matching> {
  const { match, sections, zProfileSigma } = settings;
  const luts = match ? await matchingTables(input, { ...match, sections }, passes) : undefined;
  if (zProfileSigma === 0) return luts ? { luts } : {};
  const zGain = await zProfileGains(input, luts, mask, { sigma: zProfileSigma }, passes);
  return { ...(luts ? { luts } : {}), zGain };
}
