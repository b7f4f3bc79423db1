/**
 * What an instrument does to a stack that no field can undo: a section that is missing, a tile that was not recorded,
 * hot pixels. Where it strikes, the image holds something else than tissue under a field.
 *
 * @module
 */

import { type Section, sectionBounds } from "../intensity/sections.ts";
import type { Shape3 } from "../volume.ts";
import { between, hash, mix } from "./hash.ts";

/** How much damage there is; 0 for none. */
export interface DamageTraits {
  /** 1: all planes of the middle section read 0. */
  readonly missingSections: number;
  /** 1: the middle one of three times three tiles of the section after the first third reads 0. */
  readonly lostTiles: number;
  /** Share of the voxels that read 20 to 1000, whatever is there. */
  readonly hotPixels: number;
}

/** Called with a voxel of a row that is damaged, and with what the image holds there. */
type Strike = (i: number, value: number) => void;

/** Damage as a function of place. */
export class Damage {
  readonly #shape: Shape3;
  readonly #seed: number;
  readonly #traits: DamageTraits;
  readonly #missing: Section;
  readonly #tile: Section;

  /** @param seed decides where hot pixels are. @param sections along z. */
  constructor(shape: Shape3, seed: number, sections: number, traits: DamageTraits) {
    const bounds = sectionBounds(shape[0], sections);
    this.#shape = shape;
    this.#seed = seed;
    this.#traits = traits;
    this.#missing = bounds[Math.floor(sections / 2)];
    this.#tile = bounds[Math.floor(sections / 3)];
  }

  /** Finds what is damaged of voxels `x0 .. x0 + length - 1` of row `y` in plane `z`; a voxel may come twice. */
  find(length: number, z: number, y: number, x0: number, strike: Strike): void {
    const { missingSections, lostTiles, hotPixels } = this.#traits;
    const [, ny, nx] = this.#shape;
    if (hotPixels > 0) this.#findHot(length, z, y, x0, strike);
    if (lostTiles > 0 && within(z, this.#tile) && y >= Math.floor(ny / 3) && y < Math.floor((2 * ny) / 3)) {
      const [from, to] = [Math.floor(nx / 3) - x0, Math.floor((2 * nx) / 3) - x0];
      for (let i = Math.max(0, from); i < Math.min(length, to); i++) strike(i, 0);
    }
    if (missingSections > 0 && within(z, this.#missing)) { for (let i = 0; i < length; i++) strike(i, 0); }
  }

  #findHot(length: number, z: number, y: number, x0: number, strike: Strike): void {
    const below = this.#traits.hotPixels * 2 ** 32;
    const ofRow = hash(this.#seed, z, y);
    for (let i = 0; i < length; i++) {
      const bits = mix(ofRow ^ mix(x0 + i + 1));
      if (bits < below) strike(i, between(20, 1000, bits));
    }
  }
}

function within(z: number, { z0, z1 }: Section): boolean {
  return z >= z0 && z < z1;
}
