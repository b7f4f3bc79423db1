/**
 * Serial sections: how the planes of a stack are shared out.
 *
 * @module
 */

import { roundHalfToEven } from "../n4/numbers.ts";

/** A contiguous run of planes. */
export interface Section {
  /** First plane. */
  readonly z0: number;
  /** One past the last plane. */
  readonly z1: number;
}

/**
 * The sections of a stack: borders at `i * planes / sections`, rounded half to even (as Python's `round`), so that they
 * agree with stacks cut by Python programs.
 *
 * @param planes planes of the stack, an integer >= 1.
 * @param sections number of sections; `undefined`: every plane is one.
 * @throws {RangeError} when there are more sections than planes, or less than one.
 */
export function sectionBounds(planes: number, sections: number | undefined): Section[] {
  const count = sections ?? planes;
  if (!Number.isInteger(count) || count < 1 || count > planes) {
    throw new RangeError(
      `Cannot cut the stack as its sections (option 'nSerialSlices') must be an integer from 1 to its ${planes} ` +
        `planes: current value is ${count}`,
    );
  }
  const planesPerSection = planes / count;
  const border = (i: number) => roundHalfToEven(i * planesPerSection);
  return Array.from({ length: count }, (_, i) => ({ z0: border(i), z1: border(i + 1) }));
}

/** Index of each plane's section. */
export function sectionOfPlane(planes: number, sections: readonly Section[]): Int32Array {
  const of = new Int32Array(planes).fill(-1);
  sections.forEach(({ z0, z1 }, index) => of.fill(index, z0, z1));
  return of;
}
