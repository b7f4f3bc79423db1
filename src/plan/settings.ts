/**
 * The parameters of a correction, with every default filled in (`options/presets.ts` owns the defaults).
 *
 * @module
 */

import type { MaskMethod } from "../intensity/mask/mask.ts";
import type { MaskRules } from "../intensity/mask/otsu.ts";
import type { NonfinitePolicy } from "../intensity/nonfinite.ts";
import type { ZeroMaskOptions } from "../intensity/mask/zero_mask.ts";
import type { Rescale } from "../intensity/sample/rescale.ts";
import type { FitOptions } from "../n4/fit.ts";
import type { NonPositivePolicy } from "../n4/samples.ts";
import type { ShrinkGeometry, ShrinkMethod } from "../n4/shrink.ts";
import type { Geometry, Triple } from "../volume.ts";

/**
 * Which fields are fitted: one over the volume, one over each section, these and then one over what they leave, or
 * none.
 */
type CorrectionMode = "global" | "per_section" | "two_pass" | "mask_only";

/** How a knot spacing becomes control points: spans by length (n4), or points by voxels, never refined (linumpy). */
export type SpacingRule = "spans" | "points";

/** What the spline spans: the image, or the image padded to whole knot spacings as ANTs does. */
type SplineDomain = "image" | "padded";

/** One kind of fit: of the sections, or of the whole volume. */
export interface FitSettings {
  /** The fit; `controlPoints` counts where `splineDistance` is left out, and `auto_fit.ts` chooses what is `auto`. */
  readonly fit: Omit<FitOptions, "iterations"> & { readonly iterations: FitOptions["iterations"] | "auto" };
  /** Knot spacing of the first level, mm. */
  readonly splineDistance?: number | "auto";
  /** How the spacing becomes control points. */
  readonly spacingRule: SpacingRule;
  /** What the spline spans; `padded` counts with `splineDistance`. */
  readonly splineDomain: SplineDomain;
  /** Whether a spacing too fine for the samples is made coarser, as a preset's is, or refused, as the user's is. */
  readonly coarsen: boolean;
  /** Distance between samples in voxels, `[z, y, x]`; counts where `shrinkResolution` is left out. */
  readonly shrinkFactors: Triple;
  /** Distance between samples, mm: the largest factors that stay at or below it. */
  readonly shrinkResolution?: number;
}

/** Histogram matching before the fit. */
interface MatchSettings {
  /** Bins of the histograms. */
  readonly bins: number;
  /** Match every plane by itself instead of every section. */
  readonly perPlane: boolean;
  /** Only intensities above it are matched. */
  readonly threshold: number;
}

/** The parameters of a correction. */
export interface CorrectSettings {
  /** Which fields are fitted. */
  readonly mode: CorrectionMode;
  /** How many sections the planes are cut into. */
  readonly sections: number;
  /** The fit of each section; ignored in mode `global`. */
  readonly sectionFit: FitSettings;
  /** The fit of the whole volume; ignored in mode `per_section`. */
  readonly globalFit: FitSettings;
  /** Strided picking or block means. */
  readonly shrinkMethod: ShrinkMethod;
  /** Where shrunk samples lie for the fit. */
  readonly shrinkGeometry: ShrinkGeometry;
  /** Most samples of one fit's grid; above it the factors are raised. */
  readonly maxFitSamples: number;
  /** Which voxels take part when no mask is given. */
  readonly maskMethod: MaskMethod;
  /** Whether Otsu's mask is made anew of the image as a first fit corrects it. */
  readonly refineMask?: boolean;
  /** Where thresholds lie, and what closing does at borders. */
  readonly maskRules: MaskRules;
  /** Regions of a plane of the tissue mask with fewer voxels are left out; 0 for none. */
  readonly maskSpecks: number;
  /** Gaussian before the tissue mask, standard deviation in voxels along y and x (half of it along z). */
  readonly maskSmoothingSigma: number;
  /** Histogram matching; left out: none. */
  readonly match?: MatchSettings;
  /** Smoothing of the mean intensity along z, standard deviation in planes; 0 for none. */
  readonly zProfileSigma: number;
  /** Whether the profile along z is led to its median, instead of smoothed. */
  readonly zProfileEqualize?: boolean;
  /** What a tissue mask keeps when the rest is set to 0; left out: what it holds. */
  readonly zeroMask?: ZeroMaskOptions;
  /**
   * Percentiles that the samples of a fit are clipped to, and of the volume what a mask is made of, `[low, high]`; left
   * out: none. The output is not clipped.
   */
  readonly winsorize?: readonly [low: number, high: number];
  /** Whether samples that are hardly brighter than what lies outside the mask get no weight. */
  readonly dampDark?: boolean;
  /** Whether a field is divided by its geometric mean over the samples. */
  readonly fieldScale: "centred" | "free";
  /** Voxels <= 0 in the fit. */
  readonly nonPositive: NonPositivePolicy;
  /** Non-finite voxels in the output. */
  readonly nonfinite: NonfinitePolicy;
  /** Whether two halves of the samples are fitted as well, which shows the least error of the field. */
  readonly fitHalves?: boolean;
  /** Whether a volume keeps its intensities where its field does not make it more even. */
  readonly skipIfEven?: boolean;
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** Write 0 outside the mask. */
  readonly zeroOutside: boolean;
  /** Leave voxels outside the mask as they are. */
  readonly keepOutside?: boolean;
  /** The mask value whose voxels `rescale: "range"` maps; left out: every one that counts. */
  readonly rescaleLabel?: number;
  /** What the output's scale is held to. */
  readonly rescale: Rescale;
  /** The coarser level of the image that the fits' samples are read from; left out: the volume itself. */
  readonly fitLevel?: Geometry;
  /** Whether the bits of a tissue mask lie in a file; left out: in memory. */
  readonly bitsInFile?: boolean;
  /** Bytes the whole process may use. */
  readonly memoryLimit: number;
  /** Bytes of it that others hold, such as the previews of a page; left out: none. */
  readonly heldBytes?: number;
}
