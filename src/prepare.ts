/**
 * What happens to intensities before a fit: which voxels belong to the object, how sections are matched, the profile along z. Reads are
 * shared where they can be: the tissue mask's second read fills the matching histograms as well.
 *
 * @module
 */

import type { N4Backend } from "./backends/backend.ts";
import type { PassContext } from "./io/passes.ts";
import type { CorrectSettings } from "./plan/settings.ts";
import type { RunLog } from "./report.ts";
import { boxShape, boxVoxels, type VolumeSource } from "./volume.ts";
import { bitMask } from "./intensity/bit_volume.ts";
import { MatchingHistograms, matchingTables } from "./intensity/histogram_match.ts";
import type { MaskReader } from "./intensity/mask.ts";
import type { Matching } from "./intensity/matched.ts";
import { type GivenMask, openMask } from "./intensity/open_mask.ts";
import type { SmoothedBox } from "./intensity/smoothed.ts";
import { computeTissueMask } from "./intensity/tissue_mask.ts";
import { zProfileGains } from "./intensity/z_profile.ts";

/** What is prepared. */
export interface PrepareJob {
  /** The volume; only read. */
  readonly input: VolumeSource;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where the tissue mask is smoothed. */
  readonly backend: N4Backend;
  /** Told what happens. */
  readonly log: RunLog;
  /** The mask, where it is given. */
  readonly mask?: GivenMask;
}

/** A mask and what is done to intensities. */
export interface Prepared {
  /** Which voxels take part. */
  readonly mask: MaskReader;
  /** What is done to intensities before the fit, and with it to the output. */
  readonly matching: Matching;
}

/** Works out the mask, the matching tables and the gains along z. @throws {DataError} when no voxel is finite. */
export async function prepareIntensities(job: PrepareJob, passes: PassContext): Promise<Prepared> {
  const { input, settings, log } = job;
  const { mask, luts } = job.mask === undefined && settings.maskMethod === "tissue"
    ? await prepareTissue(job, passes)
    : await prepareApart(job, passes);
  log.note(`Mask: ${mask.description}.`);
  if (luts) {
    log.note(
      `Matched ${luts.tables.length} of ${tableCount(settings, input)} ${
        settings.match?.perPlane ? "planes" : "sections"
      }.`,
    );
  }
  if (settings.zProfileSigma === 0) return { mask, matching: luts ? { luts } : {} };
  const zGain = await zProfileGains(input, luts, mask, { sigma: settings.zProfileSigma }, passes);
  return { mask, matching: { ...(luts ? { luts } : {}), zGain } };
}

type MaskAndTables = { readonly mask: MaskReader; readonly luts?: Matching["luts"] };

async function prepareApart({ input, settings, mask: given }: PrepareJob, passes: PassContext): Promise<MaskAndTables> {
  // With method `tissue` a mask is given, and the method of no account.
  const method = settings.maskMethod === "tissue" ? "none" : settings.maskMethod;
  const mask = await openMask(input, given, method, passes);
  if (!settings.match) return { mask };
  return { mask, luts: await matchingTables(input, { ...settings.match, sections: settings.sections }, passes) };
}

/** The tissue mask, with the matching histograms filled on the way. */
async function prepareTissue({ input, settings, backend }: PrepareJob, passes: PassContext): Promise<MaskAndTables> {
  const { match, sections, maskSmoothingSigma: sigma } = settings;
  let max = -Infinity;
  let histograms: MatchingHistograms | undefined;
  const beside = (read: "range" | "histogram", { box, padded, raw }: SmoothedBox) => {
    if (!match) return;
    const own = cropped(raw, padded, box);
    if (read === "range") {
      for (let i = 0; i < own.length; i++) if (own[i] > max) max = own[i];
      return;
    }
    histograms ??= new MatchingHistograms(input.shape[0], { ...match, sections }, max);
    histograms.add(box, own);
  };
  const options = { sigma: [sigma / 2, sigma, sigma] as const, sections, beside };
  const { bits } = await computeTissueMask(input, options, backend, passes);
  const description = `tissue, by Otsu's threshold in each of ${sections} sections after a Gaussian of ${sigma} voxels`;
  const mask = bitMask(bits, sections === 1 ? description.replace("each of 1 sections", "the stack") : description);
  return { mask, ...(histograms ? { luts: histograms.tables() } : {}) };
}

/** The values of `box` out of those of `padded`, which contains it. */
function cropped(values: Float32Array, padded: SmoothedBox["padded"], box: SmoothedBox["box"]): Float32Array {
  const [, ny, nx] = boxShape(padded);
  const own = new Float32Array(boxVoxels(box));
  const width = box.x1 - box.x0;
  let at = 0;
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++, at += width) {
      const from = ((z - padded.z0) * ny + (y - padded.y0)) * nx + (box.x0 - padded.x0);
      own.set(values.subarray(from, from + width), at);
    }
  }
  return own;
}

function tableCount({ match, sections }: CorrectSettings, { shape }: VolumeSource): number {
  return match?.perPlane ? shape[0] : sections;
}
