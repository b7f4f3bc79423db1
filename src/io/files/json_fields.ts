/**
 * Reading untrusted metadata: every access checks the JSON type and every failure is one sentence that
 * names the file, the place in it, the rule and the value that broke it.
 *
 * @module
 */

import type { InputError } from "../../errors.ts";
import { openFailure } from "./file_errors.ts";

/** Files that describe voxels in a Zarr hierarchy. */
export const METADATA = ["zarr.json", ".zattrs", ".zgroup", ".zarray"];

/** Longest piece of a foreign value that a message repeats. */
const SHOWN = 60;

/** One value of a JSON file, together with where it stands. */
export class JsonField {
  /** Path of the image the file belongs to. */
  readonly path: string;
  /** Where the value stands, for messages: `'zarr.json' attributes.ome.version`. */
  readonly place: string;
  /** The value; `undefined` where the file has none. */
  readonly value: unknown;

  /** A value at a place of the image at `path`. */
  constructor(path: string, place: string, value: unknown) {
    this.path = path;
    this.place = place;
    this.value = value;
  }

  /** Whether the file has a value here; `null` counts as none. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** An error that says what this value must be. */
  fail(rule: string): InputError {
    return openFailure(this.path, `${this.place} must be ${rule}: current value is ${shortJson(this.value)}`);
  }

  /** The value named `name`, `undefined` where there is none. @throws {InputError} when this is no object. */
  field(name: string): JsonField {
    const value = this.object();
    const place = `${this.place} ${shortened(name)}`;
    return new JsonField(this.path, place, Object.hasOwn(value, name) ? value[name] : undefined);
  }

  /** This value as an object. @throws {InputError} when it is none. */
  object(): Readonly<Record<string, unknown>> {
    if (!isObject(this.value)) throw this.fail("an object");
    return this.value;
  }

  /** The entries of this list. @throws {InputError} when it is no list or not `least` to `most` long. */
  list(least: number, most: number): JsonField[] {
    const { value } = this;
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      throw this.fail(
        least === most
          ? `a list of ${least} entries`
          : `a list of ${least} ${most === Infinity ? "or more" : `to ${most}`} entries`,
      );
    }
    return value.map((entry, index) => new JsonField(this.path, `${this.place}[${index}]`, entry));
  }

  /** This value as text. @throws {InputError} when it is none. */
  string(): string {
    if (typeof this.value !== "string") throw this.fail("a string");
    return this.value;
  }

  /** This value as one of some words. @throws {InputError} when it is none of them. */
  oneOf<T extends string | number>(allowed: readonly T[]): T {
    const found = allowed.find((candidate) => candidate === this.value);
    if (found === undefined) throw this.fail(allowed.map((word) => JSON.stringify(word)).join(" or "));
    return found;
  }

  /** This value as a finite number. @throws {InputError} when it is none. */
  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) throw this.fail("a finite number");
    return this.value;
  }

  /** This value as an integer >= 1 (and exact in float64). @throws {InputError} when it is none. */
  count(): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw this.fail("an integer >= 1");
    return value;
  }
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as JSON, cut short: foreign metadata must not flood a message. */
export function shortJson(value: unknown): string {
  return shortened(value === undefined ? "missing" : JSON.stringify(value) ?? typeof value);
}

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
