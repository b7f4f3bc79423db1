/**
 * What the `multiscales` metadata of an OME-Zarr says: axes, levels, and where a voxel lies, in millimetres.
 *
 * Versions 0.4 (https://ngff.openmicroscopy.org/0.4/) and 0.5 (https://ngff.openmicroscopy.org/0.5/) are read, 0.5 is
 * written. The transformations of a level are applied first, those of the whole multiscale after it. A file that names
 * no unit for any axis in space is taken to be in millimetres (docs/decisions/ome_zarr_missing_unit.md); one that names
 * some and not others is refused.
 *
 * @module
 */

import type { Triple } from "../../volume.ts";
import type { JsonField } from "../files/json_fields.ts";
import { millimetresPer } from "./units.ts";

/** The versions that are read. */
type OmeVersion = "0.4" | "0.5";

/** Attributes of a group, as JSON holds them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One axis of the arrays, slowest first. */
export interface OmeAxis {
  /** Which axis it is for n4; the file may name a time or channel axis otherwise. */
  readonly name: "t" | "c" | "z" | "y" | "x";
  /** Unit as written in the file. */
  readonly unit?: string;
}

/** One resolution level. */
export interface OmeLevel {
  /** Path of its array below the image. */
  readonly path: string;
  /** Per axis: mm per voxel in space, the file's own number elsewhere. All > 0. */
  readonly scale: readonly number[];
  /** Per axis: position of the centre of voxel 0, mm in space. */
  readonly translation: readonly number[];
}

/** One image of an OME-Zarr. */
export interface OmeMultiscale {
  readonly version: OmeVersion;
  /** Two to five axes, a part of `t c z y x` in this order, always with y and x. */
  readonly axes: readonly OmeAxis[];
  /** Finest first. */
  readonly levels: readonly OmeLevel[];
  /** `false` where no axis in space names its unit, so that millimetres were assumed. */
  readonly unitsGiven: boolean;
  /** How many images the metadata lists; the first is read. */
  readonly images: number;
}

/** Per-axis scale and translation of one list of transformations. */
interface Placement {
  readonly scale: readonly number[];
  readonly translation: readonly number[];
}

const AXIS_ORDER = "tczyx";
const TYPE_OF = { t: "time", c: "channel", z: "space", y: "space", x: "space" } as const;
/** More levels than any pyramid has: a bound on untrusted metadata. */
const MOST_LEVELS = 64;
/** Longer than any level's path, and short enough for a message. */
const LONGEST_PATH = 200;

/**
 * Reads the first image of a `multiscales` list.
 *
 * @param multiscales The value of `multiscales`.
 * @param version Version of the metadata around it.
 * @throws {InputError} when it is not what the specification says, or not an image n4 can read.
 */
export function parseMultiscales(multiscales: JsonField, version: OmeVersion): OmeMultiscale {
  const images = multiscales.list(1, Number.MAX_SAFE_INTEGER);
  const image = images[0];
  const axes = parseAxes(image.field("axes"));
  const factors = millimetreFactors(image.field("axes"), axes);
  const outer = parseTransforms(image.field("coordinateTransformations"), axes.length, false);
  const levels = image.field("datasets").list(1, MOST_LEVELS).map((dataset) => {
    const inner = parseTransforms(dataset.field("coordinateTransformations"), axes.length, true);
    return {
      path: parsePath(dataset.field("path")),
      scale: inner.scale.map((value, i) => value * outer.scale[i] * factors[i]),
      translation: inner.translation.map((value, i) => (value * outer.scale[i] + outer.translation[i]) * factors[i]),
    };
  });
  const unitsGiven = axes.some((axis) => TYPE_OF[axis.name] === "space" && axis.unit !== undefined);
  return { version, axes, levels, unitsGiven, images: images.length };
}

/**
 * The attributes of a group that holds one image, version 0.5.
 *
 * @param axes Names, slowest first: `["z", "y", "x"]` or `["c", "z", "y", "x"]`.
 * @param levels Paths with scales (and translations where one is not 0) in millimetres.
 * @param metadata How the coarser levels were made; left out where there are none.
 * @param unit of the lengths; `undefined` where nobody knows.
 */
export function multiscaleAttributes(
  axes: readonly OmeAxis["name"][],
  levels: readonly OmeLevel[],
  metadata?: Readonly<Record<string, unknown>>,
  unit?: string,
): { readonly ome: Readonly<Record<string, unknown>> } {
  const datasets = levels.map(({ path, scale, translation }) => {
    const coordinateTransformations: Record<string, unknown>[] = [{ type: "scale", scale }];
    if (translation.some((value) => value !== 0)) {
      coordinateTransformations.push({ type: "translation", translation });
    }
    return { path, coordinateTransformations };
  });
  const described = axes.map((name) =>
    TYPE_OF[name] === "space" ? { name, type: "space", unit } : { name, type: TYPE_OF[name] }
  );
  return { ome: { version: "0.5", multiscales: [{ name: "/", axes: described, datasets, metadata }] } };
}

/** Axes with units, for people: `z (millimeter), y (millimeter), x (millimeter)`. */
export function describeAxes(axes: readonly OmeAxis[]): string {
  return axes.map(({ name, unit }) => unit === undefined ? name : `${name} (${unit})`).join(", ");
}

/** The entries of a per-axis list that belong to `z, y, x`; without a z axis it is given x's. */
export function spatialTriple(axes: readonly OmeAxis[], values: readonly number[]): Triple {
  const of = (name: string) => axes.findIndex((axis) => axis.name === name);
  const x = values[of("x")];
  return [values[of("z")] ?? x, values[of("y")], x];
}

function parseAxes(list: JsonField): OmeAxis[] {
  const axes = list.list(2, 5).map((entry) => {
    const name = axisName(entry);
    const unit = entry.field("unit");
    return unit.present ? { name, unit: unit.string() } : { name };
  });
  const order = axes.map((axis) => AXIS_ORDER.indexOf(axis.name));
  const sorted = order.every((place, i) => i === 0 || place > order[i - 1]);
  if (!sorted || !order.includes(3) || !order.includes(4)) {
    throw list.fail("a part of t, c, z, y, x in this order, each once, with y and x");
  }
  return axes;
}

/** Time and channel axes go by their type, since the specification leaves their names open; space goes by name. */
function axisName(entry: JsonField): OmeAxis["name"] {
  const type = entry.field("type");
  if (type.value === "time") return "t";
  if (type.value === "channel") return "c";
  const name = entry.field("name").oneOf(["t", "c", "z", "y", "x"] as const);
  if (type.present && type.value !== TYPE_OF[name]) throw type.fail(`"${TYPE_OF[name]}" for the axis named "${name}"`);
  return name;
}

/** Millimetres per unit of every axis in space, 1 elsewhere. */
function millimetreFactors(list: JsonField, axes: readonly OmeAxis[]): number[] {
  const space = axes.filter((axis) => TYPE_OF[axis.name] === "space");
  const given = space.filter((axis) => axis.unit !== undefined);
  if (given.length > 0 && given.length < space.length) throw list.fail("given units for all axes in space or for none");
  const fields = list.list(2, 5);
  return axes.map((axis, i) => {
    if (TYPE_OF[axis.name] !== "space" || axis.unit === undefined) return 1;
    const factor = millimetresPer(axis.unit);
    if (factor === undefined) throw fields[i].field("unit").fail("a unit of length");
    return factor;
  });
}

function parseTransforms(list: JsonField, rank: number, required: boolean): Placement {
  let scale: readonly number[] = new Array(rank).fill(1);
  let translation: readonly number[] = new Array(rank).fill(0);
  if (!list.present && !required) return { scale, translation };
  const seen: string[] = [];
  for (const entry of list.list(required ? 1 : 0, 3)) {
    const type = entry.field("type").oneOf(["identity", "scale", "translation"] as const);
    if (seen.includes(type) || (type === "scale" && seen.includes("translation"))) {
      throw list.fail("one scale, then at most one translation");
    }
    seen.push(type);
    if (type === "identity") continue;
    const numbers = entry.field(type).list(rank, rank).map((value) => value.number());
    if (type === "translation") translation = numbers;
    else if (numbers.every((value) => value > 0)) scale = numbers;
    else throw entry.field("scale").fail("greater than 0 along every axis");
  }
  if (required && !seen.includes("scale")) throw list.fail("one scale, then at most one translation");
  return { scale, translation };
}

/** A path below the image: plain names between slashes, so that no metadata can point outside of the store. */
function parsePath(field: JsonField): string {
  const path = field.string();
  const plain = path.length <= LONGEST_PATH &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  // deno-lint-ignore no-control-regex
  if (!plain || /[\\\x00-\x1f]/.test(path) || /^[A-Za-z]:/.test(path)) {
    throw field.fail(`a relative path of at most ${LONGEST_PATH} characters without '.' and '..'`);
  }
  return path;
}
