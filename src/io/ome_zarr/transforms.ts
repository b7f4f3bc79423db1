/**
 * The coordinate transformations of OME-Zarr that n4 can hold: a scale and a translation along every axis.
 *
 * Versions 0.4 and 0.5 list them one after the other; 0.6 has one, which may be a sequence. What stands along axes of
 * time and channels is never an error.
 *
 * @module
 */

import type { JsonField } from "../files/json_fields.ts";
import { isSpace, type OmeAxis } from "./axes.ts";

/** Per axis: what an index is multiplied with, and what is added then; outside space what is no number is 1 or 0. */
interface Placement {
  readonly scale: readonly number[];
  readonly translation: readonly number[];
}

const STEPS = ["identity", "scale", "translation"] as const;
/** More transformations than any level has: a bound on untrusted metadata. */
const MOST_STEPS = 3;

/**
 * Reads a list of transformations.
 *
 * @param required whether there must be one.
 * @returns a scale that is > 0, but for one of 0 along z, which the shape may excuse.
 * @throws {InputError} when they are others, or not one scale and at most one translation after it.
 */
export function parseTransforms(list: JsonField, axes: readonly OmeAxis[], required: boolean): Placement {
  let { scale, translation } = unmoved(axes);
  if (!list.present && !required) return { scale, translation };
  const seen: string[] = [];
  const fail = () => list.fail("one scale, then at most one translation");
  for (const [type, entry] of steps(list, required ? 1 : 0)) {
    if (seen.includes(type) || (type === "scale" && seen.includes("translation"))) throw fail();
    seen.push(type);
    if (type === "scale") scale = numbersOf(entry.field(type), axes, scale, checkScale);
    if (type === "translation") translation = numbersOf(entry.field(type), axes, translation, () => {});
  }
  if (required && !seen.includes("scale") && !seen.includes("identity")) throw fail();
  return { scale, translation };
}

/** The placement that changes nothing. */
export function unmoved(axes: readonly OmeAxis[]): Placement {
  return { scale: axes.map(() => 1), translation: axes.map(() => 0) };
}

/** One transformation, and the list entry that says it. */
type Step = readonly [type: (typeof STEPS)[number], entry: JsonField];

/** The steps of a list, those of a sequence in its place; a sequence holds no other one. */
function steps(list: JsonField, least: number): Step[] {
  return list.list(least, MOST_STEPS).flatMap((entry): Step[] => {
    const type = entry.field("type").oneOf([...STEPS, "sequence"]);
    if (type !== "sequence") return [[type, entry]];
    const parts = entry.field("transformations").list(1, MOST_STEPS);
    return parts.map((part): Step => [part.field("type").oneOf(STEPS), part]);
  });
}

function numbersOf(
  field: JsonField,
  axes: readonly OmeAxis[],
  without: readonly number[],
  check: (value: number, axis: OmeAxis, field: JsonField) => void,
): number[] {
  return field.list(axes.length, axes.length).map((entry, i) => {
    if (!isSpace(axes[i])) return typeof entry.value === "number" && entry.value > 0 ? entry.number() : without[i];
    check(entry.number(), axes[i], field);
    return entry.number();
  });
}

function checkScale(value: number, { name }: OmeAxis, field: JsonField): void {
  if (!(value > 0 || (value === 0 && name === "z"))) throw field.fail("greater than 0 along every axis in space");
}
