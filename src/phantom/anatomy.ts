/**
 * What the phantom is made of: a rounded piece of tissue in agarose, folded into sheets of two classes, with two dark
 * ventricles. All of it leans through z, so that no plane is like the next. Everything is an implicit function of
 * position, positive inside, so that any voxel can be asked alone.
 *
 * Coordinates `w, v, u` run along z, y, x from -1 to 1 over the volume: the same picture at every shape. What is the
 * same for a row or a column is worked out once: waves by `sin(a + b) = sin a cos b + cos a sin b`, and the outline's
 * lobes only where a place is not inside or outside of all of them.
 *
 * @module
 */

import type { Shape3 } from "../volume.ts";
import { between } from "./hash.ts";
import { sine, Waves } from "./waves.ts";

/** Mean intensity of each class, before field and speckle. */
export const CLASS_INTENSITY = { agarose: 0.06, grey: 0.65, white: 0.95, ventricle: 0.03 } as const;

/** Label of each class, and of what a damaged image does not show. */
export const CLASS_LABEL = { agarose: 0, grey: 1, white: 2, ventricle: 3, damaged: 4 } as const;

/**
 * Half the width of a border between classes, in the units of the implicit functions: the blur of the optics, about one
 * voxel at 192 voxels a side.
 */
const BORDER = 0.01;

/** Lobes of the outline: waves per turn, and the part of the radius each adds. */
const LOBES = [[2, 0.05], [3, 0.04], [5, 0.025], [7, 0.012]] as const;
const MOST_LOBES = LOBES.reduce((sum, [, part]) => sum + part, 0);

/**
 * Half axes of a ventricle's cross-section in parts of the volume's half width, and where its centre lies beside the
 * tissue's.
 */
const VENTRICLE = { short: 0.07, long: 0.16, beside: 0.2 } as const;

/** How the tissue is made. */
export interface AnatomyTraits {
  /** Wave number of the folds over half the volume's width. */
  readonly folds: number;
  /** Size of the tissue beside the volume: 1 is seven tenths of its width. */
  readonly tissueSize: number;
}

/** What the implicit functions are, voxel by voxel of part of a row; both classes only where there is tissue. */
interface Row {
  /** Positive inside the outline, ventricles included, negative in agarose; in parts of the tissue's radius. */
  readonly outline: Float64Array;
  /** Positive in white matter, negative in grey matter; about in parts of the volume's half width. */
  readonly white: Float64Array;
  /** Positive in a ventricle, negative around it; about in parts of the volume's half width. */
  readonly ventricle: Float64Array;
}

/** A seeded piece of tissue. */
export class Anatomy {
  readonly #shape: Shape3;
  readonly #traits: AnatomyTraits;
  readonly #centre: readonly [v: number, u: number];
  readonly #lean: readonly [v: number, u: number];
  readonly #lobePhases: readonly number[];
  readonly #cos: number;
  readonly #sin: number;
  readonly #phases: readonly number[];
  readonly #ventricleTilt: readonly [cos: number, sin: number];
  /** Place of each column, and how the waves of the sheets go on along it. */
  readonly #u: Float64Array;
  readonly #bend: Waves;
  readonly #wiggle: Waves;
  readonly #gap: Waves;
  #row: Row = newRow(0);

  /** Outline, direction and course of the folds are drawn from `seed`, an integer in [0, 2^32). */
  constructor(seed: number, shape: Shape3, traits: AnatomyTraits) {
    const draw = (lo: number, hi: number, ...place: number[]) => between(lo, hi, seed, ...place);
    this.#shape = shape;
    this.#traits = traits;
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
    this.#u = Float64Array.from({ length: shape[2] }, (_, x) => placeOf(x, shape[2]));
    this.#bend = new Waves(this.#u, -3.1 * this.#sin);
    this.#wiggle = new Waves(this.#u, -5.9 * this.#sin - 2.3 * this.#cos);
    this.#gap = new Waves(this.#u, 4.7 * this.#cos);
  }

  /** Writes intensities before field and speckle: part of a row, voxels `x0 ...` of row `y` in plane `z`. */
  fillIntensity(row: Float32Array, z: number, y: number, x0: number): void {
    const { agarose, grey, white, ventricle } = CLASS_INTENSITY;
    const shapes = this.#look(row.length, z, y, x0);
    for (let i = 0; i < row.length; i++) {
      const inside = blend(shapes.outline[i]);
      if (inside === 0) {
        row[i] = agarose;
        continue;
      }
      const solid = grey + blend(shapes.white[i]) * (white - grey);
      const filled = solid + blend(shapes.ventricle[i]) * (ventricle - solid);
      row[i] = agarose + inside * (filled - agarose);
    }
  }

  /** Writes class labels, of what has more than half of a border's blend. */
  fillLabels(row: Float32Array, z: number, y: number, x0: number): void {
    const { outline, white, ventricle } = this.#look(row.length, z, y, x0);
    for (let i = 0; i < row.length; i++) {
      if (outline[i] <= 0) row[i] = CLASS_LABEL.agarose;
      else if (ventricle[i] > 0) row[i] = CLASS_LABEL.ventricle;
      else row[i] = white[i] > 0 ? CLASS_LABEL.white : CLASS_LABEL.grey;
    }
  }

  /** The implicit functions of part of a row, in memory that the next call uses again. */
  #look(length: number, z: number, y: number, x0: number): Row {
    if (this.#row.outline.length < length) this.#row = newRow(length);
    const w = placeOf(z, this.#shape[0]);
    const v = placeOf(y, this.#shape[1]);
    this.#lookOutline(length, w, v, x0);
    this.#lookWhite(length, w, v, x0);
    this.#lookVentricle(length, w, v, x0);
    return this.#row;
  }

  #lookOutline(length: number, w: number, v: number, x0: number): void {
    const { outline } = this.#row;
    const size = this.#traits.tissueSize;
    const [u, centre, leanU, across] = [this.#u, this.#centre[1], this.#lean[1] * w, 1 / size / 0.74];
    const dv = (v - this.#centre[0] - this.#lean[0] * w) / size / 0.7;
    const base = 1 - 0.03 * w * w;
    const [far, near] = [(base + MOST_LOBES + BORDER) ** 2, (base - MOST_LOBES - BORDER) ** 2];
    const lobe = (i: number, part: (angle: number) => number) => LOBES[i][1] * part(this.#lobePhases[i] + 0.8 * w);
    const [cos2, cos3, cos5, cos7] = LOBES.map((_, i) => lobe(i, Math.cos));
    const [sin2, sin3, sin5, sin7] = LOBES.map((_, i) => lobe(i, Math.sin));
    for (let i = 0; i < length; i++) {
      const du = (u[x0 + i] - centre - leanU) * across;
      const squares = dv * dv + du * du;
      if (squares > far || squares < near) {
        outline[i] = squares < near ? 1 : -1;
        continue;
      }
      // The lobes go round 2, 3, 5 and 7 times: powers of the direction.
      const distance = Math.sqrt(squares);
      const c1 = du / distance, s1 = dv / distance;
      const c2 = c1 * c1 - s1 * s1, s2 = 2 * c1 * s1;
      const c3 = c2 * c1 - s2 * s1, s3 = s2 * c1 + c2 * s1;
      const c5 = c3 * c2 - s3 * s2, s5 = s3 * c2 + c3 * s2;
      const c7 = c5 * c2 - s5 * s2, s7 = s5 * c2 + c5 * s2;
      const lobes = c2 * cos2 - s2 * sin2 + c3 * cos3 - s3 * sin3 + c5 * cos5 - s5 * sin5 + c7 * cos7 - s7 * sin7;
      outline[i] = base + lobes - distance;
    }
  }

  #lookVentricle(length: number, w: number, v: number, x0: number): void {
    const { outline, ventricle } = this.#row;
    const scale = this.#traits.tissueSize;
    const [u, centre, leanU] = [this.#u, this.#centre[1], this.#lean[1] * w];
    const dv = (v - this.#centre[0] - this.#lean[0] * w) / scale;
    const [cos, sin] = this.#ventricleTilt;
    // Thinner towards both ends of the stack.
    const size = 1 - 0.5 * w * w;
    for (let i = 0; i < length; i++) {
      if (outline[i] < -BORDER) continue;
      const du = (u[x0 + i] - centre - leanU) * (1 / scale);
      const beside = (Math.abs(cos * du + sin * dv) - VENTRICLE.beside) * (1 / VENTRICLE.short);
      const along = (cos * dv - sin * du) * (1 / VENTRICLE.long);
      ventricle[i] = VENTRICLE.short * (size - Math.sqrt(beside * beside + along * along));
    }
  }

  #lookWhite(length: number, w: number, v: number, x0: number): void {
    const { outline, white } = this.#row;
    const { folds } = this.#traits;
    const [u, cos, sin] = [this.#u, this.#cos, this.#sin];
    const [a, b, c, d] = this.#phases;
    const bend = this.#bend.from(3.1 * cos * v + 0.9 * w + a);
    const wiggle = this.#wiggle.from((5.9 * cos - 2.3 * sin) * v + b);
    const gap = this.#gap.from(4.7 * sin * v);
    const [acrossRow, alongRow] = [sin * v, cos * v];
    for (let i = 0, x = x0; i < length; i++, x++) {
      if (outline[i] < -BORDER) continue;
      const across = cos * u[x] + acrossRow;
      const along = alongRow - sin * u[x];
      const bent = 1.6 * bend.at(x) + 0.8 * wiggle.at(x);
      const sheets = sine(folds * across + 2.6 * w + bent + c);
      const gaps = 0.75 * sine(7.3 * along + 1.7 * w + 1.3 * gap.at(x) + d);
      white[i] = (sheets + gaps) * (1 / folds);
    }
  }
}

function newRow(length: number): Row {
  const [outline, white, ventricle] = [0, 1, 2].map(() => new Float64Array(length));
  return { outline, white, ventricle };
}

/** Centre of a voxel, from -1 to 1 over an axis of `n`. */
function placeOf(index: number, n: number): number {
  return (2 * (index + 0.5)) / n - 1;
}

/** From 0 outside to 1 inside, 1/2 on the border, smooth over its width. */
function blend(inside: number): number {
  const t = inside * (0.5 / BORDER) + 0.5;
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}
