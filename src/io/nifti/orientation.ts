/**
 * Where a NIfTI volume lies: voxel size, affine and orientation codes from the header, and back.
 *
 * Lengths are converted to millimetres by `xyzt_units`; an unknown unit is taken as mm. The affine is the sform where
 * it has a code and an inverse, else the qform (nifti1.h, methods 3 and 2), else there is none.
 *
 * @module
 */

import type { Geometry, Triple } from "../../volume.ts";
import type { HeaderFields } from "./fields.ts";

const MM = 2;
const UNITS: Readonly<Record<number, readonly [name: string, mm: number]>> = {
  1: ["m", 1000],
  [MM]: ["mm", 1],
  3: ["um", 0.001],
};

/** The unit of length: its name, how many mm it is, and whether the header gives it. */
export function lengthUnit(
  fields: HeaderFields,
): { readonly name: string; readonly mm: number; readonly given: boolean } {
  const known = UNITS[fields.get("xyzt_units") & 7];
  const [name, mm] = known ?? ["unknown, taken as mm", 1];
  return { name, mm, given: known !== undefined };
}

/** Voxel edges in mm, `[z, y, x]`. The sign is dropped; 0 and what is not finite become 1 mm. */
export function readVoxelSize(fields: HeaderFields): [z: number, y: number, x: number] {
  const { mm } = lengthUnit(fields);
  const edge = (axis: number) => hasSize(fields, axis) ? Math.abs(fields.get("pixdim", axis)) * mm : 1;
  return [edge(3), edge(2), edge(1)];
}

/** Whether the header says how long a voxel is along an axis, counted from 1. */
export function hasSize(fields: HeaderFields, axis: number): boolean {
  const size = Math.abs(fields.get("pixdim", axis));
  return Number.isFinite(size) && size > 0;
}

/**
 * Row-major 4 x 4 matrices from `(x, y, z, 1)` to mm: the one that counts, and another that the header has besides;
 * the sform goes before the qform. None where a code is 0, or a matrix has numbers that are not finite or no inverse.
 */
export function readAffines(fields: HeaderFields): number[][] {
  const { mm } = lengthUnit(fields);
  const qform = fields.get("qform_code") > 0 ? qformRows(fields) : [];
  return [readSform(fields), qform].filter(isPlace).map((rows) => [...rows.map((value) => value * mm), 0, 0, 0, 1]);
}

/** The first three rows of the sform; none where its code is 0. */
export function readSform(fields: HeaderFields): number[] {
  return fields.get("sform_code") > 0 ? fields.vector("srow", 12) : [];
}

/** Whether three rows of a matrix place voxels. */
export function isPlace([a, b, c, p, d, e, f, q, g, h, i, r]: readonly number[]): boolean {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return Number.isFinite(determinant + p + q + r) && determinant !== 0;
}

/** The first three rows of the matrix that the quaternion, the offsets and pixdim describe. */
function qformRows(fields: HeaderFields): number[] {
  const [b, c, d] = fields.vector("quatern", 3);
  const [tx, ty, tz] = fields.vector("qoffset", 3);
  const [dx, dy, edge] = fields.vector("pixdim", 3, 1).map(Math.abs);
  const dz = fields.get("pixdim", 0) < 0 ? -edge : edge; // pixdim[0] is qfac: -1 for a left-handed grid.
  const rest = 1 - (b * b + c * c + d * d);
  const a = Math.sqrt(Math.max(0, rest));
  const s = 2 / (a * a + b * b + c * c + d * d); // 2 but for the rounding of the stored quaternion.
  return [
    (1 - s * (c * c + d * d)) * dx,
    s * (b * c - a * d) * dy,
    s * (b * d + a * c) * dz,
    tx,
    s * (b * c + a * d) * dx,
    (1 - s * (b * b + d * d)) * dy,
    s * (c * d - a * b) * dz,
    ty,
    s * (b * d - a * c) * dx,
    s * (c * d + a * b) * dy,
    (1 - s * (b * b + c * c)) * dz,
    tz,
  ];
}

/** Writes voxel size and affine in mm. The affine becomes the sform (code 1, scanner); the qform is switched off. */
export function writeGeometry(fields: HeaderFields, { voxelSize, affine }: Geometry): void {
  fields.set("xyzt_units", (fields.get("xyzt_units") & ~7) | MM);
  fields.set("pixdim", 1, 0);
  for (let axis = 1; axis <= 3; axis++) fields.set("pixdim", voxelSize[3 - axis], axis);
  fields.set("qform_code", 0);
  fields.set("sform_code", affine === undefined ? 0 : 1);
  for (let i = 0; i < 12; i++) fields.set("srow", affine?.[i] ?? 0, i);
}

/**
 * Whether `wanted` lies where `present` lies, to the rounding of the float32 that a NIfTI-1 header holds. Without an
 * affine of its own, `wanted` takes the one that is there.
 */
export function sameWorld(wanted: Geometry, present: Geometry): boolean {
  const affine = wanted.affine ?? present.affine ?? [];
  const a = [...wanted.voxelSize, ...affine];
  const b = [...present.voxelSize, ...(present.affine ?? [])];
  const near = (p: number, q: number): boolean => Math.abs(p - q) <= 1e-6 * (Math.abs(p) + Math.abs(q)) + 1e-12;
  return a.length === b.length && a.every((value, i) => near(value, b[i]));
}

/** Which way x, y and z grow, as letters such as `RAS`: each voxel axis by the world axis it runs along most. */
export function orientationCodes(affine: readonly number[]): string {
  const free = new Set([0, 1, 2]);
  const codes = ["", "", ""];
  const strength = (row: number, column: number): number => Math.abs(affine[4 * row + column]);
  const columns = [0, 1, 2].sort((p, q) => columnPeak(affine, q) - columnPeak(affine, p));
  for (const column of columns) {
    const row = [...free].reduce((best, next) => strength(next, column) > strength(best, column) ? next : best);
    free.delete(row);
    codes[column] = "LPIRAS"[affine[4 * row + column] < 0 ? row : row + 3];
  }
  return codes.join("");
}

/** How nearly a voxel axis runs along one world axis, 0 to 1. */
function columnPeak(affine: readonly number[], column: number): number {
  const entries: Triple = [affine[column], affine[4 + column], affine[8 + column]];
  return Math.max(...entries.map(Math.abs)) / (Math.hypot(...entries) || 1);
}
