/**
 * Where an OME-Zarr image lies: from the scale, translation and orientation of its axes (RFC-4,
 * https://ngff.openmicroscopy.org/rfc/4/) to an affine, and back.
 *
 * Coordinates grow along an axis the way its orientation says, so `right-to-left` at 40 mm lies 40 mm to the left. Only
 * directions of a body that a NIfTI has as well are understood; without them the world is the file's own.
 *
 * @module
 */

import { isObject } from "../files/json_fields.ts";
import { orientationCodes } from "../nifti/orientation.ts";
import type { Geometry, Triple } from "../../volume.ts";
import type { OmeAxis } from "./axes.ts";

/** What an axis that grows towards a letter is called; the letters in the order of world axes, negative ones first. */
const DIRECTIONS = {
  L: "right-to-left",
  P: "anterior-to-posterior",
  I: "superior-to-inferior",
  R: "left-to-right",
  A: "posterior-to-anterior",
  S: "inferior-to-superior",
} as const;

const LETTERS = Object.keys(DIRECTIONS) as (keyof typeof DIRECTIONS)[];

/** The place of an image along its axes, `[z, y, x]`. */
interface Place {
  /** Centre of voxel 0, mm. */
  readonly translation: Triple;
  /** Orientation of each axis; left out: none is known. */
  readonly orientation?: readonly [z: string, y: string, x: string];
  /** Largest angle between an axis and the direction that it is named by, degrees. */
  readonly angle: number;
}

/** World axis and direction (1 or -1) of a letter. */
function worldAxis(letter: keyof typeof DIRECTIONS): { readonly row: number; readonly sign: number } {
  const at = LETTERS.indexOf(letter);
  return { row: at % 3, sign: at < 3 ? -1 : 1 };
}

/** The affine of an image, and whether its world is its own. @param translation centre of voxel 0, mm, `[z, y, x]`. */
export function affineOf(
  axes: readonly OmeAxis[],
  voxelSize: Triple,
  translation: Triple,
): Pick<Geometry, "affine" | "frame"> {
  const letters = (["x", "y", "z"] as const).map((name) => letterOf(axes.find((axis) => axis.name === name)));
  const known = letters.filter((letter) => letter !== undefined);
  const inBody = known.length === 3 && new Set(known.map((letter) => worldAxis(letter).row)).size === 3;
  const affine = new Array<number>(16).fill(0);
  affine[15] = 1;
  (inBody ? known : ["R", "A", "S"] as const).forEach((letter, column) => {
    const { row, sign } = worldAxis(letter);
    affine[4 * row + column] = sign * voxelSize[2 - column];
    // 0 and not -0, which JSON would turn into 0.
    affine[4 * row + 3] = sign * translation[2 - column] + 0;
  });
  return inBody ? { affine } : { affine, frame: "own" };
}

function letterOf(axis: OmeAxis | undefined): keyof typeof DIRECTIONS | undefined {
  const { orientation } = axis ?? {};
  const value = isObject(orientation) ? orientation.value : orientation;
  return LETTERS.find((letter) => DIRECTIONS[letter] === value);
}

/** The place that an affine says. An axis that is oblique in a body is named by the nearest direction. */
export function placeOf({ affine, frame }: Pick<Geometry, "affine" | "frame">): Place {
  if (affine === undefined) return { translation: [0, 0, 0], angle: 0 };
  if (frame === "own") return { translation: [affine[11], affine[7], affine[3]], angle: 0 };
  const [x, y, z] = ([0, 1, 2] as const).map((column) => {
    const letter = orientationCodes(affine)[column] as keyof typeof DIRECTIONS;
    const { row, sign } = worldAxis(letter);
    const length = Math.hypot(affine[column], affine[4 + column], affine[8 + column]);
    const angle = Math.acos(Math.min(1, Math.abs(affine[4 * row + column]) / length)) * 180 / Math.PI;
    return { at: sign * affine[4 * row + 3] + 0, direction: DIRECTIONS[letter], angle };
  });
  return {
    translation: [z.at, y.at, x.at],
    orientation: [z.direction, y.direction, x.direction],
    angle: Math.max(x.angle, y.angle, z.angle),
  };
}
