/**
 * The axes of an OME-Zarr image: which of t, c, z, y, x each is for n4, and its unit.
 *
 * The specification leaves names and the order of axes in space free, and writers use that freedom: names go without
 * regard to case, axes in space that are not named z, y, x go by their place, and a unit that is no length counts as
 * none. A guess is reported.
 *
 * @module
 */

import type { Triple } from "../../volume.ts";
import { isObject, type JsonField, shortJson } from "../files/json_fields.ts";
import { millimetresPer } from "./units.ts";

/** One axis of the arrays, slowest first. */
export interface OmeAxis {
  /** Which axis it is for n4, whatever the file calls it. */
  readonly name: "t" | "c" | "z" | "y" | "x";
  /** Its name in the file, where that is another. */
  readonly label?: string;
  /** Unit as written in the file; along axes in space one of length. */
  readonly unit?: string;
  /** Which way of the body it runs, as written in the file (RFC-4); only along axes in space. */
  readonly orientation?: unknown;
}

/** Called with what is guessed, in sentences. */
export type Warn = (text: string) => void;

/** The type of each axis. */
export const TYPE_OF = { t: "time", c: "channel", z: "space", y: "space", x: "space" } as const;

type AxisType = (typeof TYPE_OF)[OmeAxis["name"]];

const AXIS_ORDER = ["t", "c", "z", "y", "x"] as const;
const TYPES = ["space", "time", "channel"] as const;

/** Whether an axis is one of z, y, x. */
export function isSpace({ name }: Pick<OmeAxis, "name">): boolean {
  return TYPE_OF[name] === "space";
}

/**
 * Reads a list of axes: objects, or names alone as version 0.3 has them.
 *
 * @throws {InputError} when they are not two or three in space with at most one of time and one of channels.
 */
export function parseAxes(list: JsonField, warn: Warn): OmeAxis[] {
  const entries = list.list(2, AXIS_ORDER.length).map((field) => {
    const name = typeof field.value === "string" ? field : field.field("name");
    const own = isObject(field.value) ? field : undefined;
    return { own, label: name.string(), type: typeOf(name, own?.field("type")) };
  });
  const labels = entries.map(({ label }) => label.toLowerCase());
  const space = entries.filter(({ type }) => type === "space").map(({ label }) => label);
  const count = (type: AxisType) => entries.filter((entry) => entry.type === type).length;
  const distinct = new Set(labels).size === labels.length && count("time") <= 1 && count("channel") <= 1;
  if (!distinct || space.length < 2 || space.length > 3) {
    throw list.fail("two or three axes in space, and at most one of time and one of channels, each name once");
  }
  const names = spaceNames(space);
  if (names.some((name, i) => name !== space[i].toLowerCase())) {
    warn(`The axes in space of '${list.path}' are named ${space.join(", ")}: taken as ${names.join(", ")} in order.`);
  }
  return entries.map(({ own, label, type }) => {
    const [unit, orientation] = [own?.field("unit"), own?.field("orientation")];
    return {
      name: type === "time" ? "t" : type === "channel" ? "c" : names[space.indexOf(label)],
      label,
      unit: unit?.present ? String(unit.value) : undefined,
      orientation: type === "space" && orientation?.present ? orientation.value : undefined,
    };
  });
}

/** The axes of versions 0.1 and 0.2, which list none: the last of t, c, z, y, x. */
export function unnamedAxes(rank: number): OmeAxis[] {
  return AXIS_ORDER.slice(-rank).map((name) => ({ name }));
}

/** The type of an axis; where the file gives none, its name says it. */
function typeOf(name: JsonField, type: JsonField | undefined): AxisType {
  if (type?.present && type.value !== "") {
    return TYPES.find((known) => known === String(type.value).toLowerCase()) ?? type.oneOf(TYPES);
  }
  const known = AXIS_ORDER.find((axis) => axis === name.string().toLowerCase());
  if (known === undefined) throw name.fail(`one of ${AXIS_ORDER.join(", ")}, where no type is given`);
  return TYPE_OF[known];
}

/** Names are taken where they say which axis is which; axes of other names take those that are left, in order. */
function spaceNames(labels: readonly string[]): ("z" | "y" | "x")[] {
  const names = (["z", "y", "x"] as const).slice(-labels.length);
  const named = labels.map((label) => names.find((name) => name === label.toLowerCase()));
  const left = names.filter((name) => !named.includes(name));
  return named.map((name) => name ?? left.splice(0, 1)[0]);
}

/** What the units of the axes come to. */
interface Lengths {
  /** The axes; a unit that is no length is left out. */
  readonly axes: readonly OmeAxis[];
  /** Millimetres per unit along every axis in space, 1 elsewhere. */
  readonly factors: readonly number[];
  /** Whether the file gives a unit of length. */
  readonly given: boolean;
}

/** Reads the units. An axis without one takes that of x, else of y, else of z; without any all are in millimetres. */
export function lengthsOf(path: string, axes: readonly OmeAxis[], warn: Warn): Lengths {
  const lengthOf = (axis: OmeAxis) => isSpace(axis) && axis.unit ? millimetresPer(axis.unit) : undefined;
  const space = axes.filter(isSpace);
  const strange = space.find((axis) => axis.unit !== undefined && lengthOf(axis) === undefined);
  if (strange) warn(`'${path}' gives the unit ${shortJson(strange.unit)}, which is no length: taken as none.`);
  const usual = space.toSorted((a, b) => a.name < b.name ? -1 : 1).find(lengthOf);
  const without = space.filter((axis) => lengthOf(axis) === undefined).map(({ name }) => name);
  if (usual && without.length > 0) {
    warn(
      `'${path}' gives no unit of length along ${
        without.join(" and ")
      }: taken as ${usual.unit}, as along ${usual.name}.`,
    );
  }
  const known = axes.map((axis) => without.includes(axis.name) ? { ...axis, unit: usual?.unit } : axis);
  return { axes: known, factors: known.map((axis) => lengthOf(axis) ?? 1), given: usual !== undefined };
}

/** Axes with units, for people: `z (millimeter), y (millimeter), x (millimeter)`. */
export function describeAxes(axes: readonly OmeAxis[]): string {
  return axes.map(({ name, label = name, unit }) => unit === undefined ? label : `${label} (${unit})`).join(", ");
}

/** The entries of a per-axis list that belong to `z, y, x`; without a z axis it is given x's. */
export function spatialTriple(axes: readonly OmeAxis[], values: readonly number[]): Triple {
  const of = (name: string) => axes.findIndex((axis) => axis.name === name);
  const x = values[of("x")];
  return [values[of("z")] ?? x, values[of("y")], x];
}
