/**
 * A phantom with known truth that looks like optical coherence tomography (OCT) of tissue in agarose: `observed = truth
 * x bias field x speckle`, exactly. Every voxel is a function of the seed and its place, so that a phantom of any size
 * can be read box by box and never lies in memory.
 *
 * @module
 */

import { type Shape3, type Triple, type VolumeSource, voxelCount } from "../volume.ts";
import { Anatomy, CLASS_LABEL } from "./anatomy.ts";
import { Bias, type BiasStrengths } from "./bias.ts";
import { ComputedSource, type RowFunction } from "./computed_source.ts";
import { hash } from "./hash.ts";
import { checkLooks, fillSpeckle } from "./speckle.ts";

/** What a phantom shall be. */
interface OctPhantomOptions extends Partial<BiasStrengths> {
  /** Voxels along `[z, y, x]`. The picture fills the volume whatever its shape. */
  readonly shape: Shape3;
  /**
   * Voxel edge lengths in mm, `[z, y, x]`; left out: 0.015 each. Decides how deep a section is, and so how much light
   * it loses.
   */
  readonly voxelSize?: Triple;
  /** Integer in [0, 2^32) that decides anatomy, field and speckle; left out: 1. */
  readonly seed?: number;
  /** Sections stacked along z, each with its own depth and brightness; left out: 1. */
  readonly sections?: number;
  /** Speckle patterns averaged, 1 to 30: the speckle's coefficient of variation is 1 / sqrt(looks). Left out: 20. */
  readonly looks?: number;
}

/**
 * The bias where an option is left out: sections from 0.70 to 1.42 times as bright, a third of the light lost on the
 * way through a section of 12 planes of 15 um, its first plane 1.22 times brighter, planes that differ by up to 2 %
 * either way.
 */
const PHANTOM_BIAS: BiasStrengths = {
  shading: 0.35,
  attenuation: 2.5,
  brightnessJitter: 0.35,
  planeJitter: 0.02,
  surface: 0.2,
};

/** A phantom: six volumes of one geometry, all read box by box. */
export interface OctPhantom {
  /**
   * What the instrument sees: `truth x field x speckle` of the float32 values of these, rounded once; float32, all > 0.
   */
  readonly source: VolumeSource;
  /**
   * Intensities without field and speckle; float32: agarose 0.06, grey matter 0.65, white matter 0.95, ventricles 0.03,
   * blended at borders.
   */
  readonly truth: VolumeSource;
  /**
   * Bias field: shading x brightness of the section x attenuation x surface layer x jitter of the plane; float32,
   * around 1.
   */
  readonly field: VolumeSource;
  /** Grain of the image; float32, mean 1, all > 0. */
  readonly speckle: VolumeSource;
  /** Class of each voxel: 0 agarose, 1 grey matter, 2 white matter, 3 ventricle. */
  readonly labels: VolumeSource;
  /** 1 in tissue (grey and white matter), 0 in agarose and ventricles. */
  readonly mask: VolumeSource;
}

/** What is drawn from the seed, each with its own stream. */
const STREAM = { anatomy: 0, field: 1, speckle: 2 } as const;

/**
 * Makes a phantom. Costs nothing until it is read.
 *
 * @example
 * ```ts
 * import { octPhantom } from "./oct.ts";
 *
 * const phantom = octPhantom({ shape: [64, 192, 192], seed: 7 });
 * const plane = new Float32Array(192 * 192);
 * await phantom.source.read({ z0: 32, z1: 33, y0: 0, y1: 192, x0: 0, x1: 192 }, plane);
 * ```
 *
 * @throws {RangeError} when an option breaks its rule.
 */
export function octPhantom(options: OctPhantomOptions): OctPhantom {
  const { shape, voxelSize = [0.015, 0.015, 0.015], seed = 1, sections = 1, looks = 20 } = options;
  const { shading, attenuation, brightnessJitter, planeJitter, surface } = { ...PHANTOM_BIAS, ...options };
  const strengths = { shading, attenuation, brightnessJitter, planeJitter, surface };
  check(shape, voxelSize, seed, sections, strengths);
  checkLooks(looks);
  const anatomy = new Anatomy(hash(seed, STREAM.anatomy));
  const bias = new Bias({ shape, voxelSize, seed: hash(seed, STREAM.field), sections, ...strengths });
  const speckleSeed = hash(seed, STREAM.speckle);
  const truth = rowsOf(shape, (w, v, u) => anatomy.intensity(w, v, u));
  const field: RowFunction = (row, z, y, x0) => bias.fill(row, z, y, x0);
  const speckle: RowFunction = (row, z, y, x0) => fillSpeckle(row, speckleSeed, looks, z, y, x0);
  const label = rowsOf(shape, (w, v, u) => anatomy.label(w, v, u));
  const float32 = (fill: RowFunction) => new ComputedSource(shape, voxelSize, "float32", fill);
  const uint8 = (fill: RowFunction) => new ComputedSource(shape, voxelSize, "uint8", fill);
  return {
    source: float32(productOf(truth, field, speckle)),
    truth: float32(truth),
    field: float32(field),
    speckle: float32(speckle),
    labels: uint8(label),
    mask: uint8((row, z, y, x0) => {
      label(row, z, y, x0);
      for (let i = 0; i < row.length; i++) row[i] = row[i] === CLASS_LABEL.grey || row[i] === CLASS_LABEL.white ? 1 : 0;
    }),
  };
}

/** Rows of the product of three volumes, rounded to float32 once. */
function productOf(a: RowFunction, b: RowFunction, c: RowFunction): RowFunction {
  let [second, third] = [new Float32Array(0), new Float32Array(0)];
  return (row, z, y, x0) => {
    if (second.length < row.length) [second, third] = [new Float32Array(row.length), new Float32Array(row.length)];
    a(row, z, y, x0);
    b(second.subarray(0, row.length), z, y, x0);
    c(third.subarray(0, row.length), z, y, x0);
    for (let i = 0; i < row.length; i++) row[i] *= second[i] * third[i];
  };
}

/** Rows of a function of the place; `w, v, u` are the voxel's centre along z, y, x, from -1 to 1 over the volume. */
function rowsOf([nz, ny, nx]: Shape3, value: (w: number, v: number, u: number) => number): RowFunction {
  return (row, z, y, x0) => {
    const w = (2 * (z + 0.5)) / nz - 1;
    const v = (2 * (y + 0.5)) / ny - 1;
    for (let i = 0; i < row.length; i++) row[i] = value(w, v, (2 * (x0 + i + 0.5)) / nx - 1);
  };
}

function check(
  shape: Shape3,
  voxelSize: Triple,
  seed: number,
  sections: number,
  strengths: BiasStrengths,
): void {
  const rule = (holds: boolean, text: string, value: unknown) => {
    if (!holds) throw new RangeError(`Cannot make the phantom as ${text}: current value is ${value}`);
  };
  const counts = shape.every((n) => Number.isInteger(n) && n >= 1) && Number.isSafeInteger(voxelCount(shape));
  rule(counts, "'shape' must be three integers >= 1", shape.join(" x "));
  rule(voxelSize.every((mm) => mm > 0 && isFinite(mm)), "'voxelSize' must be three numbers > 0", voxelSize.join(" x "));
  rule(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, "'seed' must be an integer in [0, 2^32)", seed);
  const fits = Number.isInteger(sections) && sections >= 1 && sections <= shape[0];
  rule(fits, `'sections' must be an integer from 1 to ${shape[0]}`, sections);
  for (const [name, value] of Object.entries(strengths)) {
    rule(value >= 0 && isFinite(value), `'${name}' must be a number >= 0`, value);
  }
}
