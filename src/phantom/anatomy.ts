/**
 * What the phantom is made of: a rounded piece of tissue in agarose, folded into sheets of two classes, with two dark
 * ventricles. All of it leans through z, so that no plane is like the next. Everything is an implicit function of
 * position, positive inside, so that any voxel can be asked alone.
 *
 * Coordinates `w, v, u` run along z, y, x from -1 to 1 over the volume: the same picture at every shape.
 *
 * @module
 */

import { between } from "./hash.ts";

/** Mean intensity of each class, before field and speckle. */
export const CLASS_INTENSITY = { agarose: 0.06, grey: 0.65, white: 0.95, ventricle: 0.03 } as const;

/** Label of each class. */
export const CLASS_LABEL = { agarose: 0, grey: 1, white: 2, ventricle: 3 } as const;

/**
 * Half the width of a border between classes, in the units of the implicit functions: the blur of the optics, about one
 * voxel at 192 voxels a side.
 */
const BORDER = 0.01;

/**
 * Wave number of the folds over half the volume's width: 4.6 of them from side to side, against bias fields that have
 * less than one wave.
 */
const FOLDS = 14.5;

/** Lobes of the outline: waves per turn, and the part of the radius each adds. */
const LOBES = [[2, 0.05], [3, 0.04], [5, 0.025], [7, 0.012]] as const;

/**
 * Half axes of a ventricle's cross-section in parts of the volume's half width, and where its centre lies beside the
 * tissue's.
 */
const VENTRICLE = { short: 0.07, long: 0.16, beside: 0.2 } as const;

/** A seeded piece of tissue. */
export class Anatomy {
  readonly #centre: readonly [v: number, u: number];
  readonly #lean: readonly [v: number, u: number];
  readonly #lobePhases: readonly number[];
  readonly #cos: number;
  readonly #sin: number;
  readonly #phases: readonly number[];
  readonly #ventricleTilt: readonly [cos: number, sin: number];

  /** Outline, direction and course of the folds are drawn from `seed`, an integer in [0, 2^32). */
  constructor(seed: number) {
    const draw = (lo: number, hi: number, ...place: number[]) => between(lo, hi, seed, ...place);
    this.#centre = [draw(-0.04, 0.04, 0), draw(-0.04, 0.04, 1)];
    const [lean, towards] = [draw(0.1, 0.16, 2), draw(0, 2 * Math.PI, 3)];
    this.#lean = [lean * Math.sin(towards), lean * Math.cos(towards)];
    this.#lobePhases = LOBES.map((_, i) => draw(0, 2 * Math.PI, 4, i));
    const angle = draw(0.15, 0.85, 5) * Math.PI;
    this.#cos = Math.cos(angle);
    this.#sin = Math.sin(angle);
    this.#phases = [0, 1, 2, 3].map((i) => draw(0, 2 * Math.PI, 6, i));
    const tilt = draw(-0.5, 0.5, 7);
    this.#ventricleTilt = [Math.cos(tilt), Math.sin(tilt)];
  }

  /** Positive inside the outline, ventricles included, negative in agarose; in parts of the tissue's radius. */
  outline(w: number, v: number, u: number): number {
    const dv = (v - this.#centre[0] - this.#lean[0] * w) / 0.7;
    const du = (u - this.#centre[1] - this.#lean[1] * w) / 0.74;
    const angle = Math.atan2(dv, du);
    let radius = 1 - 0.03 * w * w;
    for (let i = 0; i < LOBES.length; i++) {
      radius += LOBES[i][1] * Math.cos(LOBES[i][0] * angle + this.#lobePhases[i] + 0.8 * w);
    }
    return radius - Math.hypot(dv, du);
  }

  /**
   * Positive in a ventricle, negative around it; about in parts of the volume's half width. Thinner towards both ends
   * of the stack.
   */
  ventricle(w: number, v: number, u: number): number {
    const dv = v - this.#centre[0] - this.#lean[0] * w;
    const du = u - this.#centre[1] - this.#lean[1] * w;
    const [cos, sin] = this.#ventricleTilt;
    const beside = Math.abs(cos * du + sin * dv) - VENTRICLE.beside;
    const along = cos * dv - sin * du;
    const size = 1 - 0.5 * w * w;
    return VENTRICLE.short * (size - Math.hypot(beside / VENTRICLE.short, along / VENTRICLE.long));
  }

  /** Positive in white matter, negative in grey matter; about in parts of the volume's half width. */
  white(w: number, v: number, u: number): number {
    const across = this.#cos * u + this.#sin * v;
    const along = this.#cos * v - this.#sin * u;
    const [a, b, c, d] = this.#phases;
    const bend = 1.6 * Math.sin(3.1 * along + 0.9 * w + a) + 0.8 * Math.sin(5.9 * along - 2.3 * across + b);
    const folds = Math.sin(FOLDS * across + 2.6 * w + bend + c);
    const gaps = 0.75 * Math.sin(7.3 * along + 1.7 * w + 1.3 * Math.sin(4.7 * across) + d);
    return (folds + gaps) / FOLDS;
  }

  /** Intensity before field and speckle. */
  intensity(w: number, v: number, u: number): number {
    const { agarose, grey, white, ventricle } = CLASS_INTENSITY;
    const inside = blend(this.outline(w, v, u));
    if (inside === 0) return agarose;
    const solid = grey + blend(this.white(w, v, u)) * (white - grey);
    const filled = solid + blend(this.ventricle(w, v, u)) * (ventricle - solid);
    return agarose + inside * (filled - agarose);
  }

  /** Class label: the one that has more than half of the border's blend. */
  label(w: number, v: number, u: number): number {
    if (this.outline(w, v, u) <= 0) return CLASS_LABEL.agarose;
    if (this.ventricle(w, v, u) > 0) return CLASS_LABEL.ventricle;
    return this.white(w, v, u) > 0 ? CLASS_LABEL.white : CLASS_LABEL.grey;
  }
}

/** From 0 outside to 1 inside, 1/2 on the border, smooth over its width. */
function blend(inside: number): number {
  const t = inside / (2 * BORDER) + 0.5;
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}
