/**
 * Where the samples of a fit lie: on voxels of the volume, or on those of a coarser level of it (`--fit-level`), which
 * spares the read of the fine one. A sample's position is in voxels of the volume either way, so that the fit and its
 * field do not know the difference.
 *
 * @module
 */

import type { PaddedShape } from "../n4/bspline.ts";
import {
  capSamples,
  nearestInVolume,
  positionInVolume,
  type SampleGrid,
  sampleGrid,
  stretchAxis,
} from "../n4/shrink.ts";
import { type Geometry, perAxis, type Shape3, type Triple } from "../volume.ts";
import type { CorrectSettings } from "./settings.ts";

/** The samples of a fit. */
interface FitGrid {
  /** Indices in what is read; positions in the volume. */
  readonly grid: SampleGrid;
  /** Distance between samples, voxels of the volume, `[z, y, x]`; whole numbers where the volume itself is read. */
  readonly factors: Triple;
}

/** What decides about the samples beside their distance. */
export type FitGridSettings = Pick<CorrectSettings, "shrinkMethod" | "shrinkGeometry" | "maxFitSamples" | "fitLevel">;

/**
 * The samples over the planes `[z0, z1)` of a volume, about `factors` voxels of it apart.
 *
 * @param padded the grid that the spline spans, where it reaches beyond the volume.
 * @throws {RangeError} when the coarser level has no plane there.
 */
export function fitGrid(
  volume: Geometry,
  [z0, z1]: Planes,
  factors: Triple,
  settings: FitGridSettings,
  padded?: Required<PaddedShape>,
): FitGrid {
  const { shrinkMethod, shrinkGeometry, maxFitSamples, fitLevel } = settings;
  const [, ny, nx] = volume.shape;
  if (!fitLevel) {
    const capped = capSamples([z1 - z0, ny, nx], volume.voxelSize, factors, maxFitSamples);
    const grid = shrinkGeometry === "stretched"
      ? stretchedGrid([z1 - z0, ny, nx], capped, z0, padded)
      : sampleGrid([z1 - z0, ny, nx], capped, shrinkMethod, z0);
    return { grid, factors: perAxis((a) => grid[a].factor) };
  }
  const { shape: level, voxelSize } = fitLevel;
  const ratio = level.map((n, a) => volume.shape[a] / n);
  const [k0, k1] = levelPlanes(volume.shape[0], level[0], [z0, z1]);
  const shape: Shape3 = [k1 - k0, level[1], level[2]];
  const asked = perAxis((a) => Math.max(1, Math.round(factors[a] / ratio[a])));
  const capped = capSamples(shape, voxelSize, asked, maxFitSamples);
  const coarse = sampleGrid(shape, capped, shrinkMethod, k0);
  const grid = perAxis((a) => {
    return { ...coarse[a], positions: coarse[a].positions.map((k) => positionInVolume(k, ratio[a])) };
  });
  return { grid, factors: perAxis((a) => grid[a].factor * ratio[a]) };
}

/** Strided samples, stretched over what the spline spans; of the planes from `z0` on. */
function stretchedGrid(shape: Shape3, factors: Triple, z0: number, padded?: Required<PaddedShape>): SampleGrid {
  return perAxis((a) => {
    const axis = stretchAxis(shape[a], factors[a], padded && { below: padded.below[a], length: padded.shape[a] });
    const from = a === 0 ? z0 : 0;
    return { ...axis, origin: axis.origin + from, positions: axis.positions.map((p) => p + from) };
  });
}

type Planes = readonly [z0: number, z1: number];

/** The planes of a coarser level whose centres lie in planes `[z0, z1)`. @throws {RangeError} when there are none. */
function levelPlanes(planes: number, count: number, [z0, z1]: Planes): Planes {
  const nearest = nearestInVolume(planes, count);
  const first = nearest.findIndex((z) => z >= z0);
  const end = nearest.findIndex((z) => z >= z1);
  const range: Planes = [first < 0 ? count : first, end < 0 ? count : end];
  if (range[0] < range[1]) return range;
  const current = `current level has ${count} planes, none in planes ${z0} to ${z1 - 1} (see option 'fitLevel')`;
  throw new RangeError(`Cannot fit on a coarser level as every section must hold a plane of it: ${current}`);
}
