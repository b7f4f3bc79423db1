/**
 * Sections that are thinner than the chunks they lie in are sampled together, so that a chunk is read once for all of
 * them: what is drawn ahead of its fit waits here, as far as memory goes.
 *
 * @module
 */

import type { DenseSamples } from "../n4/samples.ts";
import type { GridFitPlan } from "../plan/fit_plan.ts";
import { denseBytes } from "../plan/sampled_together.ts";

/** Samples that wait for their section's fit. */
export class SamplesAhead {
  #bytes: number;
  readonly #waiting = new Map<GridFitPlan, DenseSamples>();

  /** Nothing waits yet. @param bytes that may wait at once. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** The first of some sections whose samples there is room for. */
  room(sections: readonly GridFitPlan[], weighted: boolean): readonly GridFitPlan[] {
    let left = this.#bytes;
    const end = sections.findIndex((section) => (left -= denseBytes(section, weighted)) < 0);
    return end < 0 ? sections : sections.slice(0, end);
  }

  /** Lets samples wait for a section's turn. */
  keep(section: GridFitPlan, samples: DenseSamples): void {
    this.#bytes -= bytesOf(samples);
    this.#waiting.set(section, samples);
  }

  /** Those of a section, if they were drawn; they wait no longer. */
  take(section: GridFitPlan): DenseSamples | undefined {
    const samples = this.#waiting.get(section);
    if (samples && this.#waiting.delete(section)) this.#bytes += bytesOf(samples);
    return samples;
  }
}

function bytesOf({ intensity, weight }: DenseSamples): number {
  return intensity.byteLength + (weight?.byteLength ?? 0);
}
