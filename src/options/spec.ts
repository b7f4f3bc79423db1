/**
 * What an option is, as data: its spec. The types of values, the command line, its help, the documentation, and the
 * lists of what a run reads, writes, compares and repeats are all made from it.
 *
 * @module
 */

import type { Triple } from "../volume.ts";

/**
 * What a run has to do with an option. No bit of the result depends on the last three.
 *
 * - `value`: the result depends on it.
 * - `input`: a file that is read, and the result depends on what it holds.
 * - `output`: a file that is part of the result.
 * - `report`: a file that describes the run.
 * - `machine`: what computes, and with how much memory.
 * - `run`: how this one run begins, and what it prints.
 */
type OptionKind = "value" | "input" | "output" | "report" | "machine" | "run";

/** Options by name, whatever their types. */
export type AnyOptions = Readonly<Record<string, unknown>>;

/** What an option needs in order to change anything. */
export interface OptionNeed {
  /** The need, for the user. */
  readonly text: string;
  /** Whether the options that are used meet it. */
  readonly met: (used: AnyOptions) => boolean;
}

/** What every option says of itself. */
interface OptionBase {
  /** Heading it stands under in the help. */
  readonly group: string;
  /** What it does, in one or two sentences. */
  readonly help: string;
  /** Its letter: `f` for `-f`. */
  readonly short?: string;
  /** What other programs call it, without dashes; a suggestion where somebody tries such a name. */
  readonly also?: readonly string[];
  /** A word for its value in the help; left out: its type has one. */
  readonly metavar?: string;
  /** Left out: `value`. */
  readonly kind?: OptionKind;
  /** The option that it cannot be given with. */
  readonly excludes?: string;
  /** The option that must be given as well. */
  readonly requires?: string;
  /** Without it the option changes nothing, and a warning says so. */
  readonly needs?: OptionNeed;
}

/** Which numbers an option takes. */
export interface Bounds {
  readonly integer?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
}

/**
 * One option. A `triple` is one number for all axes, or three as `Z Y X`; `levels` are iterations, one number a level;
 * `bytes` have an optional unit; `shapes` are several `ZxYxX`.
 */
export type OptionSpec =
  & OptionBase
  & (
    /** `or`: a word that is taken as well. */
    | Bounds & { readonly type: "number"; readonly or?: string }
    | { readonly type: "levels" | "path"; readonly or?: string }
    | Bounds & { readonly type: "triple" }
    | Bounds & { readonly type: "numbers"; readonly most?: number }
    | { readonly type: "choice" | "choices"; readonly words: readonly string[] }
    /** `negative`: the spelling that turns it off; left out: it can only be turned on. */
    | { readonly type: "flag"; readonly negative?: string }
    | { readonly type: "bytes" | "percentiles" | "shapes" }
  );

/** A table of options. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The type of an option's value. */
export type OptionValue<Spec> = Spec extends { type: "choice"; words: readonly (infer Word)[] } ? Word
  : Spec extends { type: "choices"; words: readonly (infer Word)[] } ? readonly Word[]
  : Spec extends { type: "number"; or: infer Word } ? number | Word
  : Spec extends { type: "levels"; or: infer Word } ? readonly number[] | Word
  : Spec extends { type: "number" | "bytes" } ? number
  : Spec extends { type: "numbers" | "levels" } ? readonly number[]
  : Spec extends { type: "percentiles" } ? readonly [low: number, high: number]
  : Spec extends { type: "triple" } ? Triple
  : Spec extends { type: "shapes" } ? readonly Triple[]
  : Spec extends { type: "path" } ? string
  : boolean;

/** The values of a table of options; `undefined` where the user gave none. */
export type OptionValues<Table> = { readonly [Key in keyof Table]?: OptionValue<Table[Key]> };

/** An integer that counts from 0. */
export const INDEX = { type: "number", integer: true, from: 0 } as const;

/** An integer that counts from 1. */
export const COUNT = { type: "number", integer: true, from: 1 } as const;

/** Voxels along each axis, from 1. */
export const COUNTS = { type: "triple", integer: true, from: 1 } as const;

/** A length. */
export const MILLIMETRES = { type: "number", above: 0, metavar: "mm" } as const;

/** A knot spacing, which `plan/auto_fit.ts` chooses where the word is given. */
export const KNOT_SPACING = { ...MILLIMETRES, or: "auto" } as const;

/** Most iterations of each level; `auto` likewise. */
export const ITERATIONS = { type: "levels", or: "auto" } as const;

/** A file that is read. */
export const INPUT_FILE = { type: "path", kind: "input" } as const;

/** A file or folder that is written. */
export const OUTPUT_FILE = { type: "path", kind: "output" } as const;

/** A file that describes the run. */
export const REPORT_FILE = { type: "path", kind: "report" } as const;

/** An option's name on the command line: `shrinkFactor` is `--shrink-factor`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Options as they are typed: where messages have `option 'mode: global'`, `'--mode global'`; of what is turned off by
 * `option 'copyLabels: false'`, `'--no-copy-labels'`.
 */
export function withFlags(text: string): string {
  return text.replaceAll(
    /\boption '(\w+)(?::( [^'\n]+))?'/gi,
    (_, key: string, value = "") =>
      value === " false" ? `'${flagOf(`no${key[0].toUpperCase()}${key.slice(1)}`)}'` : `'${flagOf(key)}${value}'`,
  );
}

/** The role of a file in a message; most roles are options. */
export function roleText(table: OptionTable, role: string): string {
  return role in table ? `option '${role}'` : role;
}

/** The options of some kinds, in the table's order. */
export function keysOfKind(table: OptionTable, ...kinds: readonly OptionKind[]): string[] {
  return Object.keys(table).filter((key) => kinds.includes(table[key].kind ?? "value"));
}

/** The files that options of some kinds name, no words that stand for one, by the option's key, e.g. `saveMask`. */
export function pathsOfKind(
  table: OptionTable,
  options: AnyOptions,
  ...kinds: readonly OptionKind[]
): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const key of keysOfKind(table, ...kinds)) {
    const [{ [key]: spec }, { [key]: path }] = [table, options];
    if (typeof path === "string" && !("or" in spec && spec.or === path)) paths[key] = path;
  }
  return paths;
}
