/**
 * The bias model: everything a fit found, small enough for a JSON file. Its lattices stand for the whole field at any
 * resolution; `n4 apply` corrects other channels and resolutions of the same field of view with it. The file holds no
 * intensities, no matching and no gains.
 *
 * @module
 */

import type { ApplySection, Lattice } from "../backends/backend.ts";
import { InputError } from "../errors.ts";
import { type Geometry, perAxis, type Shape3, type Triple, voxelCount } from "../volume.ts";
import { type PaddedShape, refinedPoints, refineLattice, SPLINE_ORDER } from "./bspline.ts";

/** Version of the file format. */
const MODEL_VERSION = 1;
/** Version where the lattice reaches beyond the volume, which readers of version 1 do not know. */
const PADDED_VERSION = 2;
const MODEL_FORMAT = "n4-bias-model";

/**
 * A fitted bias field. Its log is the section's field plus the global field; the field itself is divided by `scale`.
 */
export interface BiasModel extends Geometry {
  /** Fields of runs of planes, ascending and disjoint; empty where there are none. */
  readonly sections: readonly ApplySection[];
  /** Field over the whole volume. */
  readonly global?: Lattice;
  /** What the global field's lattice spans where it reaches beyond the volume; then there are no sections. */
  readonly padded?: Required<PaddedShape>;
  /** Factor on the corrected intensities (`--rescale`); 1 for none. */
  readonly scale: number;
}

/** The model as text: versioned JSON with every control value in full float64 precision. */
export function formatBiasModel(model: BiasModel): string {
  const lattice = (l: Lattice) => ({ points: l.points, logValues: Array.from(l.values) });
  return JSON.stringify({
    format: MODEL_FORMAT,
    version: model.padded ? PADDED_VERSION : MODEL_VERSION,
    axes: ["z", "y", "x"],
    shape: model.shape,
    voxelSizeMm: model.voxelSize,
    affine: model.affine,
    scale: model.scale,
    sections: model.sections.map((s) => ({ z0: s.z0, z1: s.z1, lattice: s.lattice && lattice(s.lattice) })),
    global: model.global && lattice(model.global),
    padded: model.padded,
  }) + "\n";
}

/**
 * Reads a model from text.
 *
 * @param path named in errors.
 * @throws {InputError} when the text is no bias model of this version, or contradicts itself.
 */
export function parseBiasModel(text: string, path: string): BiasModel {
  const fields = record(parseJson(text, path));
  const rule: Rule = ruleOf(path);
  rule(fields.format === MODEL_FORMAT, `'format' must be "${MODEL_FORMAT}"`, fields.format);
  const isPadded = fields.version === PADDED_VERSION;
  const versions = `'version' must be ${MODEL_VERSION} or ${PADDED_VERSION}`;
  rule(isPadded || fields.version === MODEL_VERSION, versions, fields.version);
  rule(JSON.stringify(fields.axes) === '["z","y","x"]', `'axes' must be ["z","y","x"]`, fields.axes);
  const { shape, voxelSizeMm: voxelSize, affine, scale } = fields;
  rule(isTriple(shape, (n) => Number.isInteger(n) && n >= 1), "'shape' must be three integers >= 1", shape);
  rule(isTriple(voxelSize, (n) => n > 0), "'voxelSizeMm' must be three numbers > 0", voxelSize);
  rule(isNumber(scale) && scale > 0, "'scale' must be a number > 0", scale);
  rule(affine === undefined || (isNumbers(affine) && affine.length === 16), "'affine' must be 16 numbers", affine);
  const padded = isPadded ? parsePadded(fields.padded, shape, rule) : undefined;
  if (padded) rule(Array.isArray(fields.sections) && fields.sections.length === 0, "'sections' must be empty", "some");
  return {
    shape,
    voxelSize,
    affine,
    scale,
    padded,
    sections: parseSections(fields.sections, shape[0], rule),
    global: fields.global === undefined ? undefined : parseLattice(fields.global, "global", rule),
  };
}

/** Refuses the model where a rule does not hold. */
type Rule = (holds: boolean, text: string, value: unknown) => asserts holds;

function ruleOf(path: string): Rule {
  return (holds, text, value) => {
    if (holds) return;
    const current = (JSON.stringify(value) ?? "none").slice(0, 80);
    throw new InputError(path, `Cannot read the bias model '${path}' as ${text}: current value is ${current}`);
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(path, `Cannot read the bias model as '${path}' must be JSON: it is not`, { cause });
  }
}

function parseSections(values: unknown, planes: number, rule: Rule): ApplySection[] {
  rule(Array.isArray(values), "'sections' must be a list", values);
  let end = 0;
  return values.map((value, i) => {
    const { z0, z1, lattice } = record(value) as { z0: number; z1: number; lattice: unknown };
    const holds = Number.isInteger(z0) && Number.isInteger(z1) && z0 >= end && z0 < z1 && z1 <= planes;
    rule(holds, `'sections[${i}]' must lie within the ${planes} planes, behind the one before`, [z0, z1]);
    end = z1;
    return {
      z0,
      z1,
      lattice: lattice === undefined ? undefined : parseLattice(lattice, `sections[${i}].lattice`, rule),
    };
  });
}

function parsePadded(value: unknown, volume: Shape3, rule: Rule): Required<PaddedShape> {
  const { shape, below } = record(value);
  const count = (n: number) => Number.isInteger(n) && n >= 0 && n < 2 ** 31;
  rule(isTriple(below, count), "'padded.below' must be three integers >= 0", below);
  const holds = isTriple(shape, count) && shape.every((n, a) => n >= volume[a] + below[a]);
  rule(holds, "'padded.shape' must be three integers that hold the volume and what is below it", shape);
  return { shape: shape as Triple, below };
}

/** The grid that the global field's lattice spans. */
export function modelDomain({ shape, padded }: BiasModel): Shape3 {
  return padded?.shape ?? shape;
}

function parseLattice(value: unknown, name: string, rule: Rule): Lattice {
  const { points, logValues } = record(value);
  const count = (n: number) => Number.isInteger(n) && n >= 4 && n < 2 ** 20;
  rule(isTriple(points, count), `'${name}.points' must be three integers >= 4`, points);
  const size = voxelCount(points);
  const current = Array.isArray(logValues) ? logValues.length : logValues;
  rule(isNumbers(logValues) && logValues.length === size, `'${name}.logValues' must be ${size} numbers`, current);
  return { points, values: Float64Array.from(logValues) };
}

/**
 * For each index of another grid over the same field of view, its index on the model's grid:
 * `(i + 1/2) N / N' - 1/2`, clamped to [0, N - 1].
 */
export function gridPositions(model: Shape3, grid: Shape3): [z: Float64Array, y: Float64Array, x: Float64Array] {
  const clamped = (i: number, a: number) => Math.min(Math.max(((i + 0.5) * model[a]) / grid[a] - 0.5, 0), model[a] - 1);
  return perAxis((a) => Float64Array.from({ length: grid[a] }, (_, i) => clamped(i, a)));
}

/**
 * Adds two log fields over the same grid. Where their spans differ, the coarser one is refined first by halving its
 * spans.
 *
 * @throws {RangeError} when the spans of an axis are not a power of two apart.
 */
export function addLattices(a: Lattice, b: Lattice): Lattice {
  const [left, right] = [refineTo(a, b.points), refineTo(b, a.points)];
  return { points: left.points, values: left.values.map((value, i) => value + right.values[i]) };
}

/** Whether {@linkcode addLattices} can add lattices of these points. */
export function canAddLattices(a: Triple, b: Triple): boolean {
  return a.every((points, axis) => {
    const ratio = (points - SPLINE_ORDER) / (b[axis] - SPLINE_ORDER);
    return Number.isInteger(Math.log2(ratio));
  });
}

function refineTo(lattice: Lattice, points: Triple): Lattice {
  if (!canAddLattices(lattice.points, points)) {
    const text = `Cannot add the fields as their spans must be a power of two apart on each axis`;
    throw new RangeError(`${text}: current control points are ${lattice.points.join(" ")} and ${points.join(" ")}`);
  }
  let refined = lattice;
  for (;;) {
    const axes = refined.points.map((n, a) => refinedPoints(n) <= points[a]) as [boolean, boolean, boolean];
    if (!axes.some(Boolean)) return refined;
    refined = refineLattice(refined, axes);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isNumber);
}

function isTriple(value: unknown, holds: (n: number) => boolean): value is Triple {
  return isNumbers(value) && value.length === 3 && value.every(holds);
}
