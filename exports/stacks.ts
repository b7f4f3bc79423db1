/**
 * Tools for stacks of serial sections, each on its own: tissue masks, matching of sections, profile along z,
 * normalisation by agarose. Arrays are ordered `[z, y, x]`; what each does is in docs/oct_pipeline.md.
 *
 * @module
 */

export { downsample } from "../src/intensity/stacks/downsample.ts";
export { type AgaroseMask, getAgaroseMask } from "../src/intensity/stacks/agarose.ts";
export { applyBiasField, type ApplyFieldOptions } from "../src/intensity/stacks/apply_field.ts";
export {
  applyHistogramMatching,
  type MatchingOptions,
  matchingTables,
} from "../src/intensity/match/histogram_match.ts";
export { type Normalization, type NormalizeOptions, normalizeVolume } from "../src/intensity/stacks/normalize.ts";
export { groupPercentiles, type PercentileRequest, type Percentiles } from "../src/intensity/count/percentile.ts";
export {
  computeScaleFactors,
  type ScaleFactorOptions,
  type ScaleFactors,
} from "../src/intensity/stacks/scale_factors.ts";
export { type Section, sectionBounds } from "../src/intensity/sections.ts";
export {
  computeTissueMask,
  type SectionThreshold,
  type TissueMask,
  type TissueMaskOptions,
} from "../src/intensity/mask/tissue_mask.ts";
export type { MaskRules } from "../src/intensity/mask/otsu.ts";
export type { ZeroMaskMode, ZeroMaskOptions } from "../src/intensity/mask/zero_mask.ts";
export { applyZProfileSmoothing, zProfileGains, type ZProfileOptions } from "../src/intensity/match/z_profile.ts";
export { BitFile } from "../src/intensity/mask/bit_file.ts";
export { bitMask, type BitVolume, countInside, HeldBits } from "../src/intensity/mask/bit_volume.ts";
export { type SmoothedBox } from "../src/intensity/mask/smoothed.ts";
export { type Matching } from "../src/intensity/match/matched.ts";
export { type NonfinitePolicy } from "../src/intensity/nonfinite.ts";
export { type MaskReader } from "../src/intensity/mask/mask.ts";
