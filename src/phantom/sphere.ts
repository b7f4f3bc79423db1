/**
 * The phantom that linumpy's benchmark measures on: a bright ellipsoid in a dim shell under a smooth bias, with
 * Gaussian noise. A third of a volume's extent is the ellipsoid's semi-axis; the mask reaches a fifth further. Its
 * numbers are linumpy's, its noise is drawn by place (`hash.ts`), so that it has the same voxels everywhere.
 *
 * @module
 */

import { type Shape3, voxelCount } from "../volume.ts";
import { hash, unit } from "./hash.ts";

/** A phantom in memory; all arrays C order `[z, y, x]`. */
interface SpherePhantom {
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** What the instrument sees: `(truth + noise) x field`. */
  readonly intensity: Float32Array;
  /** The true bias field, 0.4 to 2.5. */
  readonly field: Float32Array;
  /** 1 in ellipsoid and shell, 0 outside. */
  readonly mask: Uint8Array;
}

/** Intensities inside the ellipsoid and outside it, and the noise's standard deviation. */
const [INSIDE, OUTSIDE, NOISE] = [1, 0.3, 0.02];

/** Radius of the mask in semi-axes. */
const MASK_RADIUS = 1.2;

/** Slope of the bias over the volume's extent; half of it is a wave. */
const BIAS = 0.5;

/** Makes a phantom. @param seed an integer in [0, 2^32). */
export function spherePhantom(shape: Shape3, seed: number): SpherePhantom {
  const [nz, ny, nx] = shape;
  const [intensity, field] = [new Float32Array(voxelCount(shape)), new Float32Array(voxelCount(shape))];
  const mask = new Uint8Array(voxelCount(shape));
  const u = Float64Array.from({ length: nx }, (_, x) => x / nx - 0.5);
  for (let z = 0, i = 0; z < nz; z++) {
    const w = z / nz - 0.5;
    for (let y = 0; y < ny; y++) {
      const v = y / ny - 0.5;
      const ofRow = 1 + BIAS * (w + v / 2) + (BIAS / 2) * Math.cos(Math.PI * w) * Math.cos(Math.PI * v);
      const place = hash(seed, z, y);
      for (let x = 0; x < nx; x++, i++) {
        const bias = Math.min(2.5, Math.max(0.4, ofRow - (BIAS / 2) * u[x]));
        const radius = 3 * Math.sqrt(w * w + v * v + u[x] * u[x]);
        field[i] = bias;
        intensity[i] = ((radius < 1 ? INSIDE : OUTSIDE) + NOISE * normalAt(place, x)) * bias;
        mask[i] = radius < MASK_RADIUS ? 1 : 0;
      }
    }
  }
  return { shape, intensity, field, mask };
}

/** A normal number for a place in a row (Box and Muller 1958, doi:10.1214/aoms/1177706645). */
function normalAt(row: number, x: number): number {
  const length = Math.sqrt(-2 * Math.log(unit(hash(row, x, 0))));
  return length * Math.cos(2 * Math.PI * unit(hash(row, x, 1)));
}
