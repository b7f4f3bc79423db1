/**
 * Which way a plane of a volume lies: letters at its edges where it lies in a body, and a bar of a round length.
 *
 * @module
 */

import { orientationCodes } from "../io/nifti/orientation.ts";
import type { Geometry } from "../volume.ts";

/** Where a volume lies: in a body, in a world of its own, or unknown. */
export type Place = Pick<Geometry, "affine" | "frame">;

/** Which way of the body lies beyond each edge of a plane: R, L, A, P, S or I. */
export interface Edges {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

const OPPOSITE: Readonly<Record<string, string>> = { R: "L", L: "R", A: "P", P: "A", S: "I", I: "S" };
const PLANES: Readonly<Record<string, string>> = { S: "axial", A: "coronal", R: "sagittal" };

/** The letters of the directions in which z, y and x grow, each the nearest one; `undefined` outside a body. */
function lettersOf({ affine, frame }: Place): readonly string[] | undefined {
  return affine && frame === undefined ? [...orientationCodes(affine)].reverse() : undefined;
}

/** The letters around a plane across an axis (0, 1, 2: z, y, x); `undefined` where the place in a body is not known. */
export function edgesOf(place: Place, axis: number, upwards: boolean): Edges | undefined {
  const letters = lettersOf(place)?.filter((_, a) => a !== axis);
  if (!letters) return undefined;
  const [down, right] = letters;
  const [bottom, top] = upwards ? [OPPOSITE[down], down] : [down, OPPOSITE[down]];
  return { left: OPPOSITE[right], right, top, bottom };
}

/** `axial`, `coronal` or `sagittal`, whichever a plane across an axis is nearest to. */
export function bodyPlane(place: Place, axis: number): string | undefined {
  const letter = lettersOf(place)?.[axis];
  return letter && (PLANES[letter] ?? PLANES[OPPOSITE[letter]]);
}

/** A bar of 1, 2 or 5 times a power of ten, at most a third as long as what it stands beside. */
export function scaleBar(extentMm: number): { readonly mm: number; readonly text: string } {
  const most = extentMm / 3;
  const power = 10 ** Math.floor(Math.log10(most));
  const mm = power * ([5, 2].find((step) => step * power <= most) ?? 1);
  const text = mm < 1 ? `${Number((1000 * mm).toPrecision(3))} µm` : `${Number(mm.toPrecision(3))} mm`;
  return { mm, text };
}
