/**
 * How good a corrected phantom is: how much bias is left in its tissue, how large the steps between its sections are,
 * and whether its classes still differ as they do in truth.
 *
 * @module
 */

import type { Section } from "../intensity/sections.ts";
import { planBoxes, readBlock } from "../io/flow/boxes.ts";
import { type Box, boxShape, boxVoxels, type Shape3, type VolumeSource } from "../volume.ts";
import { CLASS_LABEL } from "./anatomy.ts";
import { ClassMedian } from "./class_median.ts";
import type { OctPhantom } from "./oct.ts";

/** What is measured. */
interface QualityInputs {
  /** The corrected volume, or any other that shall be measured like one. */
  readonly corrected: VolumeSource;
  /** What only the phantom knows. */
  readonly phantom: Pick<OctPhantom, "truth" | "speckle" | "labels">;
  /** Its sections, in order. */
  readonly sections: readonly Section[];
}

/** The figures; `NaN` where there is nothing to measure them on. */
export interface Quality {
  /**
   * Coefficient of variation over the tissue of `corrected / (truth x speckle)`: standard deviation over mean of what
   * bias is left, 0 for none. A constant factor does not count.
   */
  readonly variation: number;
  /** Mean of `corrected / (truth x speckle)`: what the correction's scale is to the truth's. */
  readonly level: number;
  /**
   * Mean over the borders between sections of the difference between the tissue's mean in the last three planes before
   * and in the first three planes after, without its sign, over the mean of the two. Anatomy that changes along z has
   * steps as well: compare with those of `truth x speckle`. A border beside a section without tissue has none.
   */
  readonly step: number;
  /**
   * Median of white matter over median of grey matter, over the same of `truth x speckle`: 1 where all contrast is
   * kept.
   */
  readonly contrast: number;
  /** Part of the tissue that the correction wrote as 0, as its mask left it out; of no account in the other figures. */
  readonly missing: number;
  /** Part of the agarose that the correction wrote as 0. */
  readonly zeroed: number;
}

/** Most voxels that are compared at once, unless a chunk is larger. */
const BOX_VOXELS = 2 ** 20;

/** Planes on either side of a border. */
const STEP_PLANES = 3;

/** Measures a corrected phantom, box by box. */
export async function phantomQuality({ corrected, phantom, sections }: QualityInputs): Promise<Quality> {
  const sums = new QualitySums(corrected.shape);
  for (const box of planBoxes(corrected.shape, readBlock(corrected.chunk), BOX_VOXELS)) {
    const sources = [corrected, phantom.truth, phantom.speckle, phantom.labels];
    const [found, truth, speckle, labels] = await Promise.all(sources.map(async (source) => {
      const values = new Float32Array(boxVoxels(box));
      await source.read(box, values);
      return values;
    }));
    for (let i = 0; i < truth.length; i++) truth[i] *= speckle[i];
    sums.add(box, found, truth, labels);
  }
  return sums.result(sections);
}

/** The sums behind the figures. */
class QualitySums {
  readonly #planeSum: Float64Array;
  readonly #planeCount: Float64Array;
  /** Grey and white matter, as found and as they should be. */
  readonly #found = [new ClassMedian(), new ClassMedian()] as const;
  readonly #expected = [new ClassMedian(), new ClassMedian()] as const;
  #missing = 0;
  #agarose = 0;
  #zeroed = 0;
  // Deviations of the ratio from its first value, so that the squares lose no digits.
  #origin = NaN;
  #sum = 0;
  #squares = 0;

  constructor([nz]: Shape3) {
    this.#planeSum = new Float64Array(nz);
    this.#planeCount = new Float64Array(nz);
  }

  /** Adds a box. `expected` is truth x speckle. */
  add(box: Box, found: Float32Array, expected: Float32Array, labels: Float32Array): void {
    const [nz, ny, nx] = boxShape(box);
    for (let i = 0; i < nz * ny * nx; i++) {
      if (labels[i] === CLASS_LABEL.agarose) {
        this.#agarose++;
        if (found[i] === 0) this.#zeroed++;
      }
      if (labels[i] !== CLASS_LABEL.grey && labels[i] !== CLASS_LABEL.white) continue;
      const tissue = labels[i] === CLASS_LABEL.white ? 1 : 0;
      this.#expected[tissue].add(expected[i]);
      if (found[i] === 0) {
        this.#missing++;
        continue;
      }
      this.#found[tissue].add(found[i]);
      const plane = box.z0 + Math.floor(i / (ny * nx));
      this.#planeSum[plane] += found[i];
      this.#planeCount[plane]++;
      const ratio = found[i] / expected[i];
      if (Number.isNaN(this.#origin)) this.#origin = ratio;
      this.#sum += ratio - this.#origin;
      this.#squares += (ratio - this.#origin) ** 2;
    }
  }

  /** The figures. */
  result(sections: readonly Section[]): Quality {
    const count = this.#planeCount.reduce((a, b) => a + b, 0);
    const mean = this.#sum / count;
    const variance = Math.max(0, this.#squares / count - mean ** 2);
    const ratioOf = ([grey, white]: readonly ClassMedian[]) => white.value() / grey.value();
    return {
      variation: Math.sqrt(variance) / (this.#origin + mean),
      level: this.#origin + mean,
      step: this.#meanStep(sections),
      contrast: ratioOf(this.#found) / ratioOf(this.#expected),
      missing: this.#missing / (count + this.#missing),
      zeroed: this.#zeroed / this.#agarose,
    };
  }

  #meanStep(sections: readonly Section[]): number {
    const steps = sections.slice(1).map(({ z0, z1 }, i) => {
      const before = this.#meanOf(Math.max(sections[i].z0, z0 - STEP_PLANES), z0);
      const after = this.#meanOf(z0, Math.min(z1, z0 + STEP_PLANES));
      return (2 * Math.abs(after - before)) / (after + before);
    }).filter((step) => !Number.isNaN(step));
    return steps.reduce((a, b) => a + b, 0) / steps.length;
  }

  #meanOf(z0: number, z1: number): number {
    let [sum, count] = [0, 0];
    for (let z = z0; z < z1; z++) {
      sum += this.#planeSum[z];
      count += this.#planeCount[z];
    }
    return sum / count;
  }
}
