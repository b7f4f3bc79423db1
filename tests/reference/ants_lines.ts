/**
 * The command lines that both programs are given: those of every client of ANTs' N4BiasFieldCorrection that is known to
 * us, with fewer iterations, then the grammar's traps and what else changes numbers.
 *
 * @module
 */

/** A command line for both programs. */
export interface AntsLine {
  /** The words; `OUT` and `FIELD` stand for the images that are written. */
  readonly line: string;
  /** Largest difference of the log fields; left out: 2e-5. Wider ones say why. */
  readonly gate?: number;
  /** Why the gate is wider, or the exit code another one. */
  readonly why?: string;
  /** Our exit code, where it is not ANTs'. */
  readonly code?: number;
}

const BOTH = "-o [OUT,FIELD]";

const STOP = "ITK sums its convergence measure in float32, too large, and runs on past the threshold";
const DROPPED = "ITK drops the brightest sample where a float32 quotient rounds up";

/** What the clients write. */
const CLIENTS: readonly AntsLine[] = [
  {
    line:
      "--bspline-fitting [ 300, 5 ] -d 3 --input-image head.nii.gz --convergence [ 1, 1e-06 ] --output [ OUT, FIELD ]",
    code: 1,
    why: "splines are cubic",
  },
  {
    line:
      "--bspline-fitting [ 300 ] -d 3 --histogram-sharpening [0.12,0.02,200] --input-image head.nii.gz --mask-image mask.nii.gz --convergence [ 4x3x2, 1e-06 ] --output [ OUT, FIELD ] -r --shrink-factor 3 --weight-image weight.nii.gz",
  },
  { line: "-d 3 --input-image head.nii.gz --convergence [ 5x5x5x5, 1e-07 ] --output [ OUT, FIELD ] --shrink-factor 4" },
  {
    line:
      "--bspline-fitting [ 200 ] -d 3 --input-image head.nii.gz --convergence [ 5x5x5x5, 1e-07 ] --output [ OUT, FIELD ] -r --shrink-factor 4 --weight-image weight.nii.gz",
  },
  { line: "-d 3 --input-image head.nii.gz --output [ OUT, FIELD ] -r --shrink-factor 2 -c [ 4x4, 0 ]" },
  { line: `-d 3 -i head.nii.gz -w mask.nii.gz ${BOTH} -s 4 -b [100,3] -c [20,0.0]` },
  { line: `-i head.nii.gz ${BOTH} -c [5x4x3x2, 1e-6] -v 1` },
  { line: `-i head.nii.gz ${BOTH} -c [8, 1e-6] -v 0 -w mask.nii.gz -b [60, 3] -s 4` },
  { line: `-d 3 -i head.nii.gz -x mask.nii.gz -s 2 -c [ 4x4x4x4,0.0000000001 ] -b [ 200 ] ${BOTH} --verbose 1` },
  { line: `-d 3 -i head.nii.gz -s 4 -c [ 5x5x5,1e-10 ] -b [ 1x1x1, 3 ] ${BOTH} -r 0` },
  { line: `-d 3 -i head.nii.gz -x mask.nii.gz -s 4 -c [ 5x5x5,1e-10 ] -b [ 1x1x1, 3 ] ${BOTH} -r 1` },
  { line: `-d 2 -i slice.nii.gz -x slice_mask.nii.gz -s 2 -c [ 5x5x5x5,1e-10 ] -b [ 200 ] ${BOTH}` },
  { line: `-d 2 -i slice.nii.gz -s 2 -c [ 5x5x5x5,1e-10 ] -b [ 200 ] ${BOTH}` },
  { line: `3 -i head.nii.gz ${BOTH} -b [100,3,1x1x1,3] -c [4x4] -v` },
  { line: `-d 3 -i head.nii.gz -t 0.3 0.01 200 -c [5x5] ${BOTH}` },
];

/** How lists and names may be written. */
const GRAMMAR: readonly AntsLine[] = [
  { line: "-i head.nii.gz -o OUT -c [5]" },
  { line: "-i head.nii.gz -o [OUT] -c [5]" },
  { line: "-i head.nii.gz -o [ OUT , FIELD ] -c [5]" },
  { line: "-i head.nii.gz -o {OUT,FIELD} -c (5)" },
  { line: `-i head.nii.gz -s 3 -s 4 -c [5] ${BOTH}` },
  { line: `-i head.nii.gz -c 5 ${BOTH}` },
  { line: `-i head.nii.gz -b 100 -c [5] ${BOTH}` },
  { line: `-i head.nii.gz -c [5x5,0.01] ${BOTH}` },
  { line: `-i head.nii.gz -b [1x2x3] -c [5] ${BOTH}` },
  { line: `-i head.nii.gz -q 1 -c [5] ${BOTH}` },
  { line: `-i head.nii.gz -c [5] -b [100,2] ${BOTH}`, code: 1, why: "splines are cubic" },
  { line: `-d 4 -i head.nii.gz -c [5] ${BOTH}`, code: 1, why: "no fit of four dimensions" },
  { line: `-i none.nii.gz -c [5] ${BOTH}`, code: 1, why: "ANTs ends in a segmentation fault" },
  { line: `-i head.nii.gz -x slab.nii.gz -c [5] ${BOTH}` },
];

/** The same of every image: shrink factors, distances, masks. */
const NUMBERS: readonly AntsLine[] = [
  ...[1, 2, 3, 4].flatMap((factor) => [
    { line: `-d 3 -i head.nii.gz -s ${factor} -c [4x3,0] ${BOTH}` },
    {
      line: `-d 3 -i head.nii.gz -x mask.nii.gz -s ${factor} -c [4x3,0] -b [70] ${BOTH}`,
      ...(factor === 4 ? { gate: 1e-4, why: DROPPED } : {}),
    },
  ]),
  ...[25, 50, 77.7, 150].map((distance) => ({ line: `-d 3 -i head.nii.gz -s 3 -c [4x3,0] -b [${distance}] ${BOTH}` })),
  ...["mask.nii.gz", "mask255.nii.gz", "labels.nii.gz"].flatMap((mask) => [
    { line: `-d 3 -i int16.nii.gz -x ${mask} -s 2 -c [4x3,0] ${BOTH}` },
    { line: `-d 3 -i uint8.nii.gz -x ${mask} -s 3 -c [4x3,0] -r 0 ${BOTH}` },
  ]),
  { line: `-d 3 -i uint8.nii.gz -s 4 -c [4x3,0] -b [90] ${BOTH}` },
  { line: `-d 3 -i int16.nii.gz -w weight.nii.gz -x mask.nii.gz -s 1 -c [3x2,0] ${BOTH}` },
  { line: `-d 3 -i head.nii.gz -w weight.nii.gz -s 2 -c [4x3,0] -b [3x2x1] ${BOTH}` },
  { line: `-d 3 -i head.nii.gz -s 4 -c [6,0] -t [0.3,0.02,150] ${BOTH}` },
  { line: `-d 3 -i head.nii.gz -s 4 -c [6,0] -t [0.05] ${BOTH}` },
  // A whole schedule, with bins of which ITK loses no sample (docs/accuracy.md).
  { line: `-d 3 -i head.nii.gz -s 4 -c [50x50x50x50,0] -b [200] -t [0.15,0.01,257] ${BOTH}` },
  { line: `-d 3 -i head.nii.gz -s 4 -c [40x40,0.0005] ${BOTH}`, gate: 5e-3, why: STOP },
  ...[1, 2, 4].map((factor) => ({ line: `-d 3 -i flat.nii.gz -s ${factor} -c [4x3,0] -b [60] ${BOTH}` })),
  ...[1, 2, 3].map((factor) => ({ line: `-d 3 -i oblique.nii.gz -s ${factor} -c [4x3,0] -b [60] ${BOTH}` })),
  { line: `-d 2 -i slice.nii.gz -x slice_mask.nii.gz -s 1 -c [4x3,0] -b [2x3] ${BOTH}` },
  { line: `-d 2 -i slice.nii.gz -s 1 -c [4x3,0] -b [40] -t [0.2,0.01,100] ${BOTH}` },
];

/** All of them. */
export const ANTS_LINES: readonly AntsLine[] = [...CLIENTS, ...GRAMMAR, ...NUMBERS];
