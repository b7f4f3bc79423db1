/**
 * Do two images lie on each other? Shapes and voxel sizes decide; a difference in position is told. Rounding in headers (1e-5 mm) must not
 * kill a run.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import type { Geometry, Shape3, Triple } from "../volume.ts";

/** A difference up to this share of a voxel is rounding in a header. */
const ROUNDING = 1e-3;

/** A difference beyond this share of a voxel means another place. */
const ELSEWHERE = 0.5;

/** How a companion (mask, weights) is held against the image it belongs to. */
export interface GeometryCheck {
  /** Path of the companion, and what it is: `mask`, `weights`. */
  readonly path: string;
  readonly role: string;
  /** Accept other voxel sizes and positions. */
  readonly ignore: boolean;
  /** Told of differences that are accepted. */
  readonly warn: (text: string) => void;
}

/**
 * Checks that a companion covers the image's field of view, at the same or another resolution.
 *
 * @throws {InputError} with the numbers when it does not.
 */
export function checkGeometry(image: Geometry, companion: Geometry, check: GeometryCheck): void {
  const same = image.shape.every((n, a) => n === companion.shape[a]);
  if (!same) return checkFieldOfView(image, companion, check);
  const size = difference(image.voxelSize, companion.voxelSize, image.voxelSize);
  const place = positionDifference(image, companion);
  if (Math.max(size, place) <= ROUNDING) {
    if (Math.max(size, place) > 0) {
      check.warn(
        `The ${check.role} '${check.path}' differs from the image by ${
          share(Math.max(size, place))
        } of a voxel: taken as rounding.`,
      );
    }
    return;
  }
  const numbers = `voxel sizes ${describe(companion.voxelSize)} and ${describe(image.voxelSize)} mm, positions up to ${
    share(place)
  } of a voxel apart`;
  if (check.ignore || Math.max(size, place) < ELSEWHERE) {
    check.warn(`The ${check.role} '${check.path}' lies elsewhere than the image: ${numbers}.`);
    return;
  }
  throw new InputError(
    check.path,
    `Cannot use '${check.path}' as ${check.role} as it must lie where the image lies (or '--ignore-geometry'): current ${numbers}`,
  );
}

/** Another resolution of the same field of view: extents agree within one voxel of the coarser grid. */
function checkFieldOfView(image: Geometry, companion: Geometry, check: GeometryCheck): void {
  const fits = image.shape.every((n, a) => {
    const extent = n * image.voxelSize[a];
    const other = companion.shape[a] * companion.voxelSize[a];
    return Math.abs(extent - other) <= Math.max(image.voxelSize[a], companion.voxelSize[a]) * (1 + ROUNDING);
  });
  if (fits) {
    check.warn(
      `The ${check.role} '${check.path}' has shape ${companion.shape.join(" ")}: resampled to ${
        image.shape.join(" ")
      } by nearest.`,
    );
    return;
  }
  const shapes = `${companion.shape.join(" ")} of ${describe(companion.voxelSize)} mm against ${
    image.shape.join(" ")
  } of ${describe(image.voxelSize)} mm`;
  throw new InputError(
    check.path,
    `Cannot use '${check.path}' as ${check.role} as it must have the image's shape or field of view (Z Y X): current shape is ${shapes}`,
  );
}

/** Largest distance between the corners of two grids of one shape, in voxels; 0 where either has no position. */
function positionDifference(a: Geometry, b: Geometry): number {
  if (!a.affine || !b.affine) return 0;
  const smallest = Math.min(...a.voxelSize);
  let largest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [x, y, z] = [0, 1, 2].map((bit) => (corner >> bit) & 1 ? a.shape[2 - bit] - 1 : 0);
    for (let row = 0; row < 3; row++) {
      const at = (m: readonly number[]) => m[4 * row] * x + m[4 * row + 1] * y + m[4 * row + 2] * z + m[4 * row + 3];
      largest = Math.max(largest, Math.abs(at(a.affine) - at(b.affine)) / smallest);
    }
  }
  return largest;
}

function difference(a: Triple, b: Triple, unit: Triple): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]) / unit[i]));
}

/** The grid at `1 / 2^n` of the resolution over the same field of view. */
export function coarserGeometry(image: Geometry, n: number): Geometry {
  const shape = image.shape.map((size) => Math.max(1, Math.floor(size / 2 ** n))) as unknown as Shape3;
  const ratio = shape.map((size, a) => image.shape[a] / size) as unknown as Triple;
  const voxelSize = image.voxelSize.map((size, a) => size * ratio[a]) as unknown as Triple;
  return { shape, voxelSize, ...(image.affine ? { affine: stretchAffine(image.affine, ratio) } : {}) };
}

/** The affine of a grid whose voxel i' lies at `(i' + 1/2) ratio - 1/2` of the old one. */
function stretchAffine(affine: readonly number[], ratio: Triple): number[] {
  const xyz = [ratio[2], ratio[1], ratio[0]];
  const stretched = [...affine];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      stretched[4 * row + column] = affine[4 * row + column] * xyz[column];
      stretched[4 * row + 3] += affine[4 * row + column] * (xyz[column] - 1) / 2;
    }
  }
  return stretched;
}

function describe(size: Triple): string {
  return size.map((value) => Number(value.toPrecision(6))).join(" x ");
}

function share(value: number): string {
  return value.toPrecision(2);
}
