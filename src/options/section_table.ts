/**
 * The options about stacks of sections: modes, matching, the tissue mask. Names are the predecessor's, see
 * docs/decisions.
 *
 * @module
 */

import {
  type AnyOptions,
  COUNT,
  COUNTS,
  INDEX,
  ITERATIONS,
  KNOT_SPACING,
  type OptionNeed,
  type OptionTable,
} from "./spec.ts";

const madeOfTissue = ({ mask, maskMethod }: AnyOptions): boolean => mask === undefined && maskMethod === "tissue";

const A_FIT_OF_THE_VOLUME: OptionNeed = {
  text: "option 'mode: global' or 'two_pass'",
  met: ({ mode }) => mode === "global" || mode === "two_pass",
};

const TISSUE_ZEROED: OptionNeed = {
  text: "option 'maskMethod: tissue', no option 'mask', and option 'zeroOutsideMask'",
  met: (used) => madeOfTissue(used) && used.zeroOutsideMask === true,
};

const MADE_MASK: OptionNeed = { text: "no option 'mask'", met: ({ mask }) => mask === undefined };

const MATCHING: OptionNeed = { text: "option 'histogramMatch'", met: ({ histogramMatch }) => histogramMatch === true };

const SECTIONS: OptionNeed = {
  text: "option 'mode: per_section' or 'two_pass', option 'histogramMatch' or option 'maskMethod: tissue'; " +
    "option 'preset: oct' is for stacks of sections",
  met: (used) =>
    used.nSerialSlices === 1 || used.mode !== "global" || madeOfTissue(used) ||
    used.histogramMatch === true && used.histogramMatchPerZplane !== true,
};

/** Options of `correct` for stacks of sections. */
export const SECTION_OPTIONS = {
  mode: {
    type: "choice",
    words: ["global", "per_section", "two_pass", "mask_only"],
    group: "Sections",
    help:
      "Fit one field over the volume, one over each section, or each section and then what is left over the volume; 'mask_only' fits none, and only matches and masks.",
  },
  nSerialSlices: {
    ...COUNT,
    or: "auto",
    also: ["sections", "slices", "n-slices"],
    needs: SECTIONS,
    group: "Sections",
    help:
      "How many physical sections the planes of the stack are; 'auto': from the jumps of brightness along z, in the middle of the volume.",
  },
  globalSplineDistanceMm: {
    ...KNOT_SPACING,
    excludes: "controlPoints",
    needs: A_FIT_OF_THE_VOLUME,
    group: "Sections",
    help: "Knot spacing of the first level of the fit over the volume.",
  },
  globalNIterations: {
    ...ITERATIONS,
    needs: A_FIT_OF_THE_VOLUME,
    group: "Sections",
    help: "Most iterations of each level of the fit over the volume.",
  },
  globalShrinkFactor: {
    ...COUNTS,
    excludes: "shrinkResolutionMm",
    needs: A_FIT_OF_THE_VOLUME,
    group: "Sections",
    help: "Distance between samples of the fit over the volume, voxels.",
  },
  histogramMatch: {
    type: "flag",
    negative: "--no-histogram-match",
    group: "Matching",
    help: "Match the histogram of every section to that of the whole volume before the fit.",
  },
  histogramNBins: {
    ...COUNT,
    from: 2,
    to: 65536,
    needs: MATCHING,
    group: "Matching",
    help: "Bins of the matching histograms.",
  },
  histogramMatchPerZplane: {
    type: "flag",
    negative: "--no-histogram-match-per-zplane",
    needs: MATCHING,
    group: "Matching",
    help: "Match every plane by itself instead of every section.",
  },
  tissueThreshold: {
    type: "number",
    from: 0,
    needs: MATCHING,
    group: "Matching",
    help: "Only intensities above it are matched.",
  },
  zprofileSmoothSigma: {
    type: "number",
    from: 0,
    metavar: "planes",
    group: "Matching",
    help: "Smooth the mean tissue intensity along z by a Gaussian of this many planes; 0 leaves it.",
  },
  zprofileEqualize: {
    type: "flag",
    negative: "--no-zprofile-equalize",
    group: "Matching",
    help: "Lead the mean tissue intensity of every plane to the median of all planes' instead of smoothing it along z.",
  },
  winsorize: {
    type: "percentiles",
    group: "Fit samples",
    help:
      "Clip what the fit sees to these percentiles of its samples, and what the mask is made of to those of the volume; the output is not clipped.",
  },
  maskRules: {
    type: "choice",
    words: ["robust", "plain"],
    needs: MADE_MASK,
    group: "Mask and voxels",
    help:
      "How a mask is made: without outliers and so that no tissue is lost at its rim, or as ITK (otsu) and linumpy (tissue) do.",
  },
  maskSpeckPx: {
    ...INDEX,
    metavar: "pixels",
    needs: { text: "option 'maskMethod: tissue' and no option 'mask'", met: madeOfTissue },
    group: "Mask and voxels",
    help: "Leave regions of fewer pixels out of each plane of the tissue mask; 0 keeps them.",
  },
  maskSmoothingSigma: {
    type: "number",
    from: 0,
    metavar: "voxels",
    needs: { text: "option 'maskMethod: tissue' and no option 'mask'", met: madeOfTissue },
    group: "Mask and voxels",
    help: "Gaussian before the tissue mask, along y and x; half of it along z.",
  },
  zeroOutsideMask: {
    type: "flag",
    negative: "--no-zero-outside-mask",
    group: "Result",
    help: "Write 0 outside the mask.",
  },
  zeroMaskMode: {
    type: "choice",
    words: ["section", "silhouette", "section_silhouette"],
    needs: TISSUE_ZEROED,
    group: "Result",
    help:
      "What is kept when the rest is set to 0: the tissue mask of each plane, or what it holds in any plane of the stack or of the section.",
  },
  zeroMaskDilatePx: {
    ...INDEX,
    metavar: "pixels",
    needs: TISSUE_ZEROED,
    group: "Result",
    help: "Grow what is kept by a disk of this radius.",
  },
  keepOutsideMask: {
    type: "flag",
    excludes: "zeroOutsideMask",
    group: "Result",
    help: "Leave voxels outside the mask as they are, bit for bit.",
  },
} as const satisfies OptionTable;
