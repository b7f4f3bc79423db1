/**
 * What the instrument does to the phantom, as a function of place: lateral shading of the optics, and along z the
 * brightness of each section, the loss of light with depth in it, the bright layer at its cut face, and the jitter from
 * plane to plane. Their product is the bias field that a correction should find; all of it is artefact, none of it is
 * anatomy.
 *
 * A smooth field can follow shading, attenuation and the brightness of a section on its own. Jitter and surface layers
 * are as thin as planes: only what looks at single planes (matching per plane, smoothing of the z profile) can take
 * them away.
 *
 * @module
 */

import { sectionBounds } from "../intensity/sections.ts";
import type { Shape3, Triple } from "../volume.ts";
import { between } from "./hash.ts";

/** How strong each part of the bias is. All are in natural log intensity, >= 0, and 0 leaves the part out. */
export interface BiasStrengths {
  /** Loss from the centre of the shading to a place half the width away. */
  readonly shading: number;
  /** Loss per mm of depth in a section, there and back. */
  readonly attenuation: number;
  /** Largest gain of a section, either way. A single section has none. */
  readonly brightnessJitter: number;
  /** Largest gain of a plane, either way. */
  readonly planeJitter: number;
  /** Gain of the first plane of a section: light thrown back by the cut face. */
  readonly surface: number;
  /** Loss at the lower face of a section, where it overlaps the next one: none above its last quarter. */
  readonly overlap: number;
}

/** How the bias is made. */
interface BiasOptions extends BiasStrengths {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Seed of what is drawn. */
  readonly seed: number;
  /** Sections along z, 1 to the number of planes. */
  readonly sections: number;
}

/** Depth over which the surface layer's gain falls to 1/e, mm: about a plane of a stack at 15 um. */
const SURFACE_MM = 0.015;

/** Part of a section that overlaps the next. */
const OVERLAP = 0.25;

/** A bias field as a function of position; around 1. */
export class Bias {
  /** Log shading per row, and shading per column: the field is a product of the two. */
  readonly #logOfY: Float64Array;
  readonly #ofX: Float64Array;
  /** Everything else, per plane. */
  readonly #logOfZ: Float64Array;

  /** Works out the three profiles of which the field is made. */
  constructor(options: BiasOptions) {
    this.#logOfY = shadingAlong(options.shape[1], options, 1);
    this.#ofX = shadingAlong(options.shape[2], options, 2).map(Math.exp);
    this.#logOfZ = depthProfile(options);
  }

  /** Writes part of a row of the field, voxels `x0 ...` of row `y` in plane `z`. */
  fill(row: Float32Array, z: number, y: number, x0: number): void {
    const ofRow = Math.exp(this.#logOfZ[z] + this.#logOfY[y]);
    for (let i = 0; i < row.length; i++) row[i] = ofRow * this.#ofX[x0 + i];
  }
}

/**
 * A parabola around a drawn centre. A third of its height is added back, its mean over the axis, so that the field
 * stays around 1.
 */
function shadingAlong(n: number, { shading, seed }: BiasOptions, axis: number): Float64Array {
  const centre = between(-0.4, 0.4, seed, axis);
  return Float64Array.from({ length: n }, (_, i) => {
    const at = (2 * (i + 0.5)) / n - 1;
    return shading * (1 / 3 - (at - centre) ** 2);
  });
}

function depthProfile(options: BiasOptions): Float64Array {
  const { shape: [planes], voxelSize: [mm], seed, sections } = options;
  const { attenuation, brightnessJitter, planeJitter, surface, overlap } = options;
  const profile = new Float64Array(planes);
  for (const [index, { z0, z1 }] of sectionBounds(planes, sections).entries()) {
    const middle = (z0 + z1 - 1) / 2;
    const gain = sections === 1 ? 0 : between(-brightnessJitter, brightnessJitter, seed, 3, index);
    for (let z = z0; z < z1; z++) {
      const layer = surface * Math.exp(-(z - z0) * mm / SURFACE_MM);
      const jitter = between(-planeJitter, planeJitter, seed, 4, z);
      const dim = overlap * Math.max(0, 1 - (z1 - 1 - z) / (OVERLAP * (z1 - z0)));
      profile[z] = gain + layer + jitter - dim - attenuation * mm * (z - middle);
    }
  }
  return profile;
}
