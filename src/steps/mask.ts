/**
 * Which voxels take part. Only the tissue mask is kept as bits, made plane by plane of the draft of the second read, or
 * in a third one, and then closed along z; the other masks are worked out wherever they are needed.
 *
 * @module
 */

import { bitMask, type BitVolume, coarseBitMask, countInside } from "../intensity/mask/bit_volume.ts";
import {
  gradedMask,
  type MaskReader,
  nonzeroMask,
  thresholdMask,
  volumeMask,
  wholeMask,
} from "../intensity/mask/mask.ts";
import { writeZeroMask } from "../intensity/mask/zero_mask.ts";
import type { RangeMap } from "../intensity/sample/rescale.ts";
import { closeAlongZ } from "../intensity/mask/morphology.ts";
import { closeTissue, markTissue, missedPlanes, outsideOf, Z_CLOSING } from "../intensity/mask/tissue_mask.ts";
import { StepError } from "../errors.ts";
import { readGuesses, readSectionThresholds, readThreshold } from "./histogram.ts";
import { readRefined } from "./refined_mask.ts";
import { makesTissueMask, readRange, withSmoothing } from "./range.ts";
import type { Geometry } from "../volume.ts";
import { need, needAll, type Stage } from "./stage.ts";
import { passesOf, type VolumeRun } from "./volume_run.ts";

/** The stage; none but the tissue mask has steps. */
export const maskStage: Stage<VolumeRun> = {
  name: "mask",
  tasks: (run) => makesTissueMask(run) ? run.parts.length : 0,
  async task(run, index) {
    const { store, input: source, plan: { sections: bounds, closingSlots: atOnce }, parts: { [index]: planes } } = run;
    const { settings: { maskRules, maskSpecks: specks } } = run;
    const thresholds = await readSectionThresholds(run);
    const { clip } = await readRange(run);
    const guesses = await readGuesses(run, index);
    const drafted = `histogram.${index}`;
    using draft = await store.createBits(`mask.${index}`, source.shape, guesses && drafted);
    const before = draft.takenOver ? draft.bits : guesses && await store.openBits(drafted, source.shape);
    const { bits } = draft;
    const passes = passesOf(run, planes);
    const missed = missedPlanes({ source, passes, bounds }, thresholds, before && guesses);
    for (const part of missed) await withSmoothing(run, part, (reads) => markTissue(reads, thresholds, bits), clip);
    const isMissed = (z: number) => missed.some(([first, end]) => first <= z && z < end);
    const from = (z: number) => before === undefined || isMissed(z) ? bits : before;
    const outside = outsideOf(maskRules);
    const lost = await closeTissue({ source, passes, bounds }, { thresholds, bits, from, specks, outside, atOnce });
    await draft.keep();
    await store.write(`mask.${index}`, { record: { lost }, arrays: {} });
  },
  async gather(run) {
    // One step alone has made the whole mask.
    const whole = run.parts.length === 1 ? "mask.0" : undefined;
    using draft = await run.store.createBits("mask", run.input.shape, whole);
    for (const [index, [first, end]] of run.parts.entries()) {
      if (draft.takenOver) break;
      const bits = await run.store.openBits(`mask.${index}`, run.input.shape);
      if (!bits) throw new StepError(`mask.${index}`);
      await copyPlanes(bits, draft.bits, first, end);
    }
    const parts = await needAll(run, maskStage);
    let lost = parts.reduce((sum, { record }) => sum + Number(record.lost), 0);
    if (run.plan.sections.length > 1) {
      lost += await closeAlongZ(draft.bits, Z_CLOSING, outsideOf(run.settings.maskRules), run.signal);
    }
    const inside = await countInside(draft.bits);
    const { zeroMask } = run.settings;
    if (zeroMask && isOwnZeroMask(run)) {
      using kept = await run.store.createBits("zero", run.input.shape);
      await writeZeroMask(draft.bits, kept.bits, run.plan.sections, zeroMask);
      await kept.keep();
    }
    await draft.keep();
    await run.store.write("mask", { record: { lost, inside }, arrays: {} });
  },
};

/** Whether what is kept when the rest is set to 0 is another mask than that of the fit. */
function isOwnZeroMask(run: VolumeRun): boolean {
  const { zeroOutside, zeroMask } = run.settings;
  if (!zeroMask || !zeroOutside || !makesTissueMask(run)) return false;
  return zeroMask.mode !== "section" || zeroMask.dilation > 0;
}

/** What is kept when the rest is set to 0; `undefined` where that is the mask. */
export async function readZeroMask(run: VolumeRun): Promise<MaskReader | undefined> {
  if (!isOwnZeroMask(run)) return undefined;
  const bits = await run.store.openBits("zero", run.input.shape);
  if (!bits) throw new StepError("mask");
  return bitMask(bits, "what is kept");
}

/** What the user should know of a tissue mask that what lies outside it is written as 0 by. */
export async function lostTissueWarnings(run: VolumeRun): Promise<string[]> {
  if (!makesTissueMask(run) || !run.settings.zeroOutside) return [];
  const { record: { lost, inside } } = await need(run, "mask");
  const thresholds = await readSectionThresholds(run);
  const whole = thresholds.filter((threshold) => threshold === -Infinity).length;
  const warnings = whole === 0 ? [] : [
    `No dark agarose is found in ${whole} of ${thresholds.length} sections: all of them is tissue, and nothing of them ` +
    "is written as 0.",
  ];
  if (typeof lost !== "number" || typeof inside !== "number" || lost === 0 || isOwnZeroMask(run)) return warnings;
  const share = Number((100 * lost / (lost + inside)).toPrecision(2));
  return [
    ...warnings,
    `${lost} voxels above their section's threshold, ${share} % of all such, are written as 0: closing takes them away ` +
    "at the borders of planes and of the stack; option 'maskRules: robust' keeps them.",
  ];
}

async function copyPlanes(from: BitVolume, to: BitVolume, first: number, end: number): Promise<void> {
  const words = new Uint32Array(from.planeWords);
  for (let z = first; z < end; z++) {
    await from.readPacked(z, words);
    await to.writePacked(z, words);
  }
}

/** The voxels that `--rescale range` maps. */
export async function readRangeMask(run: VolumeRun): Promise<Pick<RangeMap, "mask" | "least">> {
  const { mask, input, settings: { rescaleLabel: label } } = run;
  if (!mask || label === undefined) return { mask: await readMask(run), least: 1 };
  return { mask: gradedMask(mask, input, label), least: 2 };
}

/**
 * The mask, once the stages that lead to it are done.
 *
 * @param grid that boxes are asked on; left out: the input's. On a coarser level of it the nearest voxel of a mask that
 * is kept or given counts, and a threshold is held against the level's own values.
 */
export async function readMask(run: VolumeRun, grid: Geometry = run.input): Promise<MaskReader> {
  const { mask, input, settings: { maskMethod, maskSmoothingSigma: sigma }, plan: { sections } } = run;
  if (mask) return volumeMask(mask.source, grid, mask.name, mask.label);
  switch (maskMethod) {
    case "none":
      return wholeMask();
    case "nonzero":
      return nonzeroMask();
    case "otsu": {
      const refined = await readRefined(run, grid);
      if (refined) return refined;
      const found = await readThreshold(run);
      return found ? thresholdMask(found.threshold, found.origin) : wholeMask();
    }
    case "tissue": {
      const bits = await run.store.openBits("mask", input.shape);
      if (!bits) throw new StepError("mask");
      const where = sections.length === 1 ? "the stack" : `each of ${sections.length} sections`;
      const description = `tissue, by Otsu's threshold in ${where} after a Gaussian of ${sigma} voxels`;
      return grid === input ? bitMask(bits, description) : coarseBitMask(bits, grid.shape, description);
    }
  }
}
