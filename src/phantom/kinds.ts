/**
 * Kinds of phantoms: what each has that the plain one has not.
 *
 * @module
 */

import type { AnatomyTraits } from "./anatomy.ts";
import type { BiasStrengths } from "./bias.ts";
import type { DamageTraits } from "./damage.ts";

/** The numbers that a phantom is made by, all >= 0. */
export type PhantomTraits = BiasStrengths & AnatomyTraits & DamageTraits;

/**
 * The plain phantom: folds of which 4.6 lie side by side, against bias fields that have less than one wave; sections
 * from 0.70 to 1.42 times as bright, a third of the light lost on the way through a section of 12 planes of 15 um, its
 * first plane 1.22 times brighter, planes that differ by up to 2 % either way.
 */
export const PLAIN: PhantomTraits = {
  shading: 0.35,
  attenuation: 2.5,
  brightnessJitter: 0.35,
  planeJitter: 0.02,
  surface: 0.2,
  overlap: 0,
  folds: 14.5,
  tissueSize: 1,
  missingSections: 0,
  lostTiles: 0,
  hotPixels: 0,
};

/** What the other kinds have. */
const KINDS = {
  plain: {},
  fine_folds: { folds: 145 },
  sparse: { tissueSize: 0.35 },
  full: { tissueSize: 3 },
  dim_overlap: { overlap: 1.6 },
  missing_section: { missingSections: 1 },
  lost_tile: { lostTiles: 1 },
  hot_pixels: { hotPixels: 1 / 300 },
} as const satisfies Record<string, Partial<PhantomTraits>>;

/** A kind of phantom. */
export type PhantomKind = keyof typeof KINDS;

/** The kinds, the plain one first. */
export const PHANTOM_KINDS = Object.keys(KINDS) as readonly PhantomKind[];

/** The numbers of a kind. */
export function traitsOf(kind: PhantomKind): PhantomTraits {
  return { ...PLAIN, ...KINDS[kind] };
}
