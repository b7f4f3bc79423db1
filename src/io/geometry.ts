/**
 * Whether two images lie on each other. Shapes and voxel sizes decide; a difference in position is a warning. Rounding
 * in headers (1e-5 mm) must not end a run.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { type Geometry, perAxis, type Shape3, type Triple } from "../volume.ts";

/** A difference up to this share of a voxel is rounding in a header. */
const ROUNDING = 1e-3;

/** A difference beyond this share of a voxel means another place. */
const ELSEWHERE = 0.5;

/** How a companion (mask, weights) is compared with the image it belongs to. */
interface GeometryCheck {
  /** Path of the companion, and what it is: `mask`, `weights`. */
  readonly path: string;
  readonly role: string;
  /** Accept other voxel sizes and positions. */
  readonly ignore: boolean;
  /** Called with differences that are accepted. */
  readonly warn: (text: string) => void;
}

/**
 * Checks that a companion covers the image's field of view, at the same or another resolution.
 *
 * @throws {InputError} with the numbers when it does not.
 */
export function checkGeometry(image: Geometry, companion: Geometry, check: GeometryCheck): void {
  if (companion.affine && isInBody(image) !== isInBody(companion)) {
    const reason = "one of the two gives its place in a body, the other does not";
    check.warn(`The place of the ${check.role} '${check.path}' is not compared with the image's: ${reason}.`);
  }
  if (!sameShape(image, companion)) return checkFieldOfView(image, companion, check);
  const size = Math.max(...image.voxelSize.map((edge, a) => Math.abs(edge - companion.voxelSize[a]) / edge));
  const place = positionDifference(image, companion);
  const most = Math.max(size, place);
  const name = `The ${check.role} '${check.path}'`;
  if (most === 0) return;
  if (most <= ROUNDING) {
    return check.warn(`${name} differs from the image by ${share(most)} of a voxel: taken as rounding.`);
  }
  const numbers = `voxel sizes ${describe(companion.voxelSize)} and ${describe(image.voxelSize)} mm, ` +
    `positions up to ${share(place)} of a voxel apart`;
  if (check.ignore || most < ELSEWHERE) return check.warn(`${name} lies elsewhere than the image: ${numbers}.`);
  throw refusal(check, `it must lie where the image lies (or option 'ignoreGeometry'): current ${numbers}`);
}

function refusal({ path, role }: GeometryCheck, reason: string): InputError {
  return new InputError(path, `Cannot use '${path}' as ${role} as ${reason}`);
}

function sameShape(a: Geometry, b: Geometry): boolean {
  return a.shape.every((n, axis) => n === b.shape[axis]);
}

/** A companion on another grid must cover the image, within one voxel of the coarser grid. */
function checkFieldOfView(image: Geometry, companion: Geometry, check: GeometryCheck): void {
  const covered = axisMaps(image, companion)?.every(({ scale, offset }, a) => {
    const margin = 1 + ROUNDING + Math.abs(scale) / 2;
    const ends = [offset, scale * (image.shape[a] - 1) + offset];
    return Math.min(...ends) >= -margin && Math.max(...ends) <= companion.shape[a] - 1 + margin;
  });
  const [own, wanted] = [companion, image].map(({ shape }) => shape.join(" "));
  if (covered) {
    return check.warn(
      `The ${check.role} '${check.path}' has shape ${own}, not ${wanted}: it is read at the image's positions, nearest voxel.`,
    );
  }
  const rule = "it must have the image's shape or cover its field of view (Z Y X)";
  const sizes = [companion, image].map(({ voxelSize }) => describe(voxelSize));
  throw refusal(check, `${rule}: current shape is ${own} of ${sizes[0]} mm against ${wanted} of ${sizes[1]} mm`);
}

/** Index on another grid of index i along one axis: `scale * i + offset`. */
interface AxisMap {
  readonly scale: number;
  readonly offset: number;
}

/** Whether a grid says where it lies in a body. */
function isInBody({ affine, frame }: Geometry): boolean {
  return affine !== undefined && frame !== "own";
}

/** Whether the positions of two grids are of one world. */
function comparable(a: Geometry, b: Geometry): boolean {
  return a.affine !== undefined && b.affine !== undefined && a.frame === b.frame;
}

/**
 * Where the voxels of one grid lie on another, axis by axis: by the affines where both have one, else by stretching one
 * field of view over the other, which needs extents that agree within a voxel of the coarser grid. `undefined` where
 * the grids are turned against each other or the extents differ.
 */
function axisMaps(image: Geometry, other: Geometry): AxisMap[] | undefined {
  const stretched = sameExtent(image, other)
    ? image.shape.map((n, a) => ({ scale: other.shape[a] / n, offset: (other.shape[a] / n - 1) / 2 }))
    : undefined;
  if (!comparable(image, other)) return stretched;
  const placed = affineMaps(image.affine ?? [], other.affine ?? [], image.shape);
  // Most writers of pyramids leave out the half voxels between the first centres of levels that share their faces.
  const sameFaces = image.frame === "own" &&
    stretched?.every(({ scale, offset }, a) =>
      placed !== undefined && Math.abs(placed[a].offset - offset) <= ELSEWHERE * Math.max(1, scale)
    );
  return sameFaces ? stretched : placed;
}

/** Whether two grids are as long along every axis, in mm, within one voxel of the coarser one. */
export function sameExtent(a: Geometry, b: Geometry): boolean {
  return a.shape.every((n, axis) => {
    const difference = Math.abs(n * a.voxelSize[axis] - b.shape[axis] * b.voxelSize[axis]);
    return difference <= Math.max(a.voxelSize[axis], b.voxelSize[axis]) * (1 + ROUNDING);
  });
}

function affineMaps(image: readonly number[], other: readonly number[], shape: Shape3): AxisMap[] | undefined {
  const inverse = invert3(other);
  if (!inverse) return undefined;
  const column = (c: number) => [image[c], image[4 + c], image[8 + c]];
  const times = (v: readonly number[]) =>
    [0, 1, 2].map((r) => inverse[3 * r] * v[0] + inverse[3 * r + 1] * v[1] + inverse[3 * r + 2] * v[2]);
  const matrix = [0, 1, 2].map((c) => times(column(c)));
  const origin = times(column(3).map((value, r) => value - other[4 * r + 3]));
  for (let c = 0; c < 3; c++) {
    for (let r = 0; r < 3; r++) {
      // Turned by half a voxel or more over the image: no longer axis by axis.
      if (r !== c && Math.abs(matrix[c][r]) * shape[2 - c] > ELSEWHERE) return undefined;
    }
  }
  return [2, 1, 0].map((c) => ({ scale: matrix[c][c], offset: origin[c] }));
}

/** Inverse of the upper 3 x 3 part of a row-major 4 x 4 matrix, row-major; `undefined` where it has none. */
function invert3(m: readonly number[]): number[] | undefined {
  const [a, b, c, d, e, f, g, h, i] = [m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (determinant === 0) return undefined;
  const first = [e * i - f * h, c * h - b * i, b * f - c * e];
  const second = [f * g - d * i, a * i - c * g, c * d - a * f];
  const third = [d * h - e * g, b * g - a * h, a * e - b * d];
  return [...first, ...second, ...third].map((cofactor) => cofactor / determinant);
}

/**
 * For each index of the image's grid along `[z, y, x]` the nearest index of another grid, -1 outside it; `undefined`
 * where the shapes are equal.
 *
 * @throws {RangeError} when the grids cannot be compared (`checkGeometry` refuses them first).
 */
export function nearestIndices(image: Geometry, other: Geometry): readonly Int32Array[] | undefined {
  if (sameShape(image, other)) return undefined;
  const maps = axisMaps(image, other);
  if (!maps) {
    const text = "Cannot resample as both grids must lie along the same axes over one field of view";
    throw new RangeError(`${text}: current shapes are ${other.shape.join(" ")} and ${image.shape.join(" ")}`);
  }
  return maps.map(({ scale, offset }, a) =>
    Int32Array.from({ length: image.shape[a] }, (_, i) => {
      const nearest = Math.floor(scale * i + offset + 0.5);
      return nearest >= 0 && nearest < other.shape[a] ? nearest : -1;
    })
  );
}

/**
 * Largest distance between the corners of two grids of one shape, in voxels; 0 where either has no position. Of two
 * positions that a file gives, the nearer one counts.
 */
function positionDifference(a: Geometry, b: Geometry): number {
  if (!comparable(a, b)) return 0;
  const pairs = placesOf(a).flatMap((one) => placesOf(b).map((other) => [one, other]));
  return Math.min(...pairs.map(([one, other]) => cornerDistance(a.shape, one, other))) / Math.min(...a.voxelSize);
}

function placesOf({ affine, otherAffine }: Geometry): (readonly number[])[] {
  return [affine, otherAffine].filter((place) => place !== undefined);
}

/** Largest distance between the corners of a grid in two places, mm along an axis. */
function cornerDistance(shape: Shape3, one: readonly number[], other: readonly number[]): number {
  let largest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [x, y, z] = [0, 1, 2].map((bit) => (corner >> bit) & 1 ? shape[2 - bit] - 1 : 0);
    for (let row = 0; row < 3; row++) {
      const at = (m: readonly number[]) => m[4 * row] * x + m[4 * row + 1] * y + m[4 * row + 2] * z + m[4 * row + 3];
      largest = Math.max(largest, Math.abs(at(one) - at(other)));
    }
  }
  return largest;
}

/** The grid at `1 / 2^n` of the resolution over the same field of view. */
export function coarserGeometry(image: Geometry, n: number): Geometry {
  const shape = perAxis((a) => Math.max(1, Math.floor(image.shape[a] / 2 ** n)));
  const ratio = perAxis((a) => image.shape[a] / shape[a]);
  const voxelSize = perAxis((a) => image.voxelSize[a] * ratio[a]);
  return { shape, voxelSize, affine: image.affine && stretchAffine(image.affine, ratio), frame: image.frame };
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
  return value < 100 ? value.toPrecision(2) : value.toFixed(0);
}
