/**
 * How even the tissue is before and after a correction, from the samples of a fit alone: no voxel is read for it,
 * and no truth is needed. A brain is not even in truth, so that the figures say whether a correction helped, not how
 * much bias is left.
 *
 * @module
 */

import type { FitSamples } from "../../backends/backend.ts";
import { variationOf } from "../count/statistics.ts";
import type { Section } from "../sections.ts";

/** The figures of one state; each leaves a constant factor on all intensities out of account. */
export interface Evenness {
  /** Coefficient of variation of the samples: their standard deviation over their mean. */
  readonly samples: number;
  /** The same of the means of sections, each weighing alike; 0 where there is one section. */
  readonly sections: number;
  /** The same of the means of the sampled planes, each weighing alike: the profile along z. */
  readonly planes: number;
}

/** Intensities as a fit saw them (matched, where they are), and as they are written. */
export interface SampleQuality {
  /** As the fit saw them. */
  readonly before: Evenness;
  /** With as much of the correction as is asked for. */
  readonly after: Evenness;
}

/**
 * Log intensities as they are written: a part of the correction may be asked for.
 *
 * @param before log intensities.
 * @param corrected the same less the log field.
 * @param strength from 0 to 1.
 */
export function writtenSamples(before: Float32Array, corrected: Float32Array, strength: number): Float32Array {
  if (strength === 1) return corrected;
  return before.map((value, i) => value + Math.log(strength * Math.exp(corrected[i] - value) + 1 - strength));
}

/** Numbers kept of each plane: samples, then sum and sum of squares before, and the same after. */
const KEPT = 5;

/** Sums over the samples of sampled planes. */
export class SampleSums {
  /** Position of each plane in the volume, voxels. */
  readonly z: Float64Array;
  readonly #sums: Float64Array;

  /** Sums over planes at `z`; `sums` as {@linkcode SampleSums.encode} gives them, or none. */
  constructor(z: Float64Array, sums: Float64Array = new Float64Array(KEPT * z.length)) {
    this.z = z;
    this.#sums = sums;
  }

  /** Sums over the samples of a fit; `before` and `after` are log intensities in their order. */
  static of({ z, y, rowStart }: FitSamples, before: Float32Array, after: Float32Array): SampleSums {
    const sums = new SampleSums(z);
    for (let iz = 0; iz < z.length; iz++) {
      const [begin, end] = [rowStart[iz * y.length], rowStart[(iz + 1) * y.length]];
      let [sum, squares, sumAfter, squaresAfter] = [0, 0, 0, 0];
      for (let i = begin; i < end; i++) {
        const [a, b] = [Math.exp(before[i]), Math.exp(after[i])];
        sum += a;
        squares += a * a;
        sumAfter += b;
        squaresAfter += b * b;
      }
      sums.#sums.set([end - begin, sum, squares, sumAfter, squaresAfter], KEPT * iz);
    }
    return sums;
  }

  /** One set of sums from those of runs of planes. */
  static join(parts: readonly SampleSums[]): SampleSums {
    const list = (of: (part: SampleSums) => Float64Array) => Float64Array.from(parts.flatMap((part) => [...of(part)]));
    return new SampleSums(list((part) => part.z), list((part) => part.#sums));
  }

  /** All that the sums are. */
  encode(): Float64Array {
    return this.#sums;
  }

  /** The figures; `undefined` where there is no sample. */
  quality(sections: readonly Section[]): SampleQuality | undefined {
    const planes = [...this.z.keys()].filter((i) => this.#sums[KEPT * i] > 0);
    if (planes.length === 0) return undefined;
    const groups = sections.map(({ z0, z1 }) => planes.filter((i) => this.z[i] >= z0 && this.z[i] < z1));
    const evenness = (state: 0 | 1): Evenness => {
      const moments = (of: readonly number[]) => {
        const total = (k: number) => of.reduce((sum, i) => sum + this.#sums[KEPT * i + k], 0);
        return { count: total(0), mean: total(1 + 2 * state) / total(0), squares: total(2 + 2 * state) / total(0) };
      };
      const { mean, squares } = moments(planes);
      return {
        samples: Math.sqrt(Math.max(0, squares - mean * mean)) / mean,
        sections: variationOf(groups.filter((group) => group.length > 0).map((group) => moments(group).mean)),
        planes: variationOf(planes.map((i) => moments([i]).mean)),
      };
    };
    return { before: evenness(0), after: evenness(1) };
  }
}
