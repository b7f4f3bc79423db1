/**
 * A phantom with known truth that looks like optical coherence tomography (OCT) of tissue in agarose: `observed = truth
 * x bias field x speckle`, exactly. Every voxel is a function of the seed and its place, so that a phantom of any size
 * can be read box by box and never lies in memory.
 *
 * @module
 */

import { type Shape3, type Triple, type VolumeSource, voxelCount } from "../volume.ts";
import { Anatomy, CLASS_LABEL } from "./anatomy.ts";
import { Bias } from "./bias.ts";
import { ComputedSource, type RowFunction } from "./computed_source.ts";
import { Damage } from "./damage.ts";
import { hash } from "./hash.ts";
import { type PhantomKind, type PhantomTraits, PLAIN, traitsOf } from "./kinds.ts";
import { checkLooks, Speckle } from "./speckle.ts";

/** What a phantom shall be. */
export interface OctPhantomOptions extends Partial<PhantomTraits> {
  /** Decides what is not given by itself; left out: plain. */
  readonly kind?: PhantomKind;
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

/** A phantom: six volumes of one geometry, all read box by box. */
export interface OctPhantom {
  /**
   * What the instrument sees: `truth x field x speckle` of the float32 values of these, rounded once; float32, all > 0.
   * Where a voxel's label is 4 it holds something else.
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
  /** Class of each voxel: 0 agarose, 1 grey matter, 2 white matter, 3 ventricle, 4 damaged. */
  readonly labels: VolumeSource;
  /** 1 in tissue (grey and white matter), else 0. */
  readonly mask: VolumeSource;
}

/** What is drawn from the seed, each with its own stream. */
const STREAM = { anatomy: 0, field: 1, speckle: 2, damage: 3 } as const;

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
  const { shape, voxelSize = [0.015, 0.015, 0.015], seed = 1, sections = 1, looks = 20, kind = "plain" } = options;
  const traits: PhantomTraits = { ...traitsOf(kind), ...options };
  check(shape, voxelSize, seed, sections, traits);
  checkLooks(looks);
  const anatomy = new Anatomy(hash(seed, STREAM.anatomy), shape, traits);
  const bias = new Bias({ ...traits, shape, voxelSize, seed: hash(seed, STREAM.field), sections });
  const grain = new Speckle(hash(seed, STREAM.speckle), looks, shape[2]);
  const damage = new Damage(shape, hash(seed, STREAM.damage), sections, traits);
  const truth: RowFunction = (row, z, y, x0) => anatomy.fillIntensity(row, z, y, x0);
  const field: RowFunction = (row, z, y, x0) => bias.fill(row, z, y, x0);
  const speckle: RowFunction = (row, z, y, x0) => grain.fill(row, z, y, x0);
  const product = productOf(truth, field, speckle);
  const source: RowFunction = (row, z, y, x0) => {
    product(row, z, y, x0);
    damage.find(row.length, z, y, x0, (i, value) => row[i] = value);
  };
  const labels: RowFunction = (row, z, y, x0) => {
    anatomy.fillLabels(row, z, y, x0);
    damage.find(row.length, z, y, x0, (i) => row[i] = CLASS_LABEL.damaged);
  };
  const float32 = (fill: RowFunction) => new ComputedSource(shape, voxelSize, "float32", fill);
  const uint8 = (fill: RowFunction) => new ComputedSource(shape, voxelSize, "uint8", fill);
  return {
    source: float32(source),
    truth: float32(truth),
    field: float32(field),
    speckle: float32(speckle),
    labels: uint8(labels),
    mask: uint8((row, z, y, x0) => {
      labels(row, z, y, x0);
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

function check(
  shape: Shape3,
  voxelSize: Triple,
  seed: number,
  sections: number,
  traits: PhantomTraits,
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
  for (const name of Object.keys(PLAIN) as (keyof PhantomTraits)[]) {
    rule(traits[name] >= 0 && isFinite(traits[name]), `'${name}' must be a number >= 0`, traits[name]);
  }
}
