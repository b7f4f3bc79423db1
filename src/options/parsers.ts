/**
 * The kinds of option there are: how each reads its text, and the sentence when a rule is broken.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Triple } from "../volume.ts";

/** One option. */
export interface OptionSpec<T> {
  /** Heading it stands under in the help. */
  readonly group: string;
  /** Name of its value in the help, e.g. `<n>`, `<z y x>`; empty for a switch. */
  readonly value: string;
  /** What it does, in one or two sentences. */
  readonly help: string;
  /** Most words it takes from the command line: 0 for a switch. */
  readonly words: number;
  /** The words that its list is made of; left out: a list is one of numbers. */
  readonly listed?: readonly string[];
  /** Spelling that turns a switch off, e.g. `--no-histogram-match`; left out: it can only be turned on. */
  readonly negative?: string;
  /** Reads it; the words are joined by spaces. @throws {UsageError} when a rule is broken. */
  readonly parse: (text: string, name: string) => T;
}

/** The values of a table of options; `undefined` where the user gave none. */
export type OptionValues<Table> = {
  readonly [K in keyof Table]?: Table[K] extends OptionSpec<infer T> ? T : never;
};

/** A table of options, by the types of their values. These stand beside each table, since what a package offers must be plain without looking into functions. */
export type OptionSpecs<Values> = { readonly [Key in keyof Values]: OptionSpec<Values[Key]> };

/** What every option says of itself. */
export type OptionText = Pick<OptionSpec<unknown>, "group" | "value" | "help">;

/** Longest part of a value that a message repeats. */
const SHOWN = 60;

function refuse(name: string, rule: string, text: string): never {
  const value = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  throw new UsageError(`Cannot use '${name}' as it must be ${rule}: current value is '${value}'`);
}

function readNumber(text: string, name: string, rule: string, holds: (n: number) => boolean): number {
  const n = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(n) && holds(n) ? n : refuse(name, rule, text);
}

/** A number for which `holds` is true. */
export function number(text: OptionText, rule: string, holds: (n: number) => boolean): OptionSpec<number> {
  return { ...text, words: 1, parse: (value, name) => readNumber(value, name, rule, holds) };
}

/** Several numbers, separated by spaces, commas or `x`. */
export function numbers(
  text: OptionText,
  most: number,
  rule: string,
  holds: (n: number) => boolean,
): OptionSpec<readonly number[]> {
  return {
    ...text,
    words: most,
    parse(value, name) {
      const list = value.trim().split(/\s*[,x]\s*|\s+/).map((part) => readNumber(part, name, rule, holds));
      return list.length > most ? refuse(name, rule, value) : list;
    },
  };
}

/** One number for all axes, or three as `Z Y X`. */
export function perAxis(text: OptionText, rule: string, holds: (n: number) => boolean): OptionSpec<Triple> {
  const list = numbers(text, 3, `${rule}, one or three (Z Y X)`, holds);
  return {
    ...list,
    parse(value, name) {
      const parts = list.parse(value, name);
      if (parts.length === 1) return [parts[0], parts[0], parts[0]];
      return parts.length === 3 ? [parts[0], parts[1], parts[2]] : refuse(name, `${rule}, one or three (Z Y X)`, value);
    },
  };
}

/** One word of a list. */
export function choice<const T extends string>(text: Omit<OptionText, "value">, words: readonly T[]): OptionSpec<T> {
  return {
    ...text,
    value: `<${words.join("|")}>`,
    words: 1,
    parse: (value, name) => words.find((word) => word === value) ?? refuse(name, `one of ${words.join(", ")}`, value),
  };
}

/** Several words of a list, each once, separated by spaces or commas. */
export function choices<const T extends string>(
  text: Omit<OptionText, "value">,
  words: readonly T[],
): OptionSpec<readonly T[]> {
  const one = choice(text, words);
  return {
    ...one,
    value: `<${words.join("|")}...>`,
    words: words.length,
    listed: words,
    parse(value, name) {
      const list = value.trim().split(/[\s,]+/).map((word) => one.parse(word, name));
      return new Set(list).size === list.length ? list : refuse(name, "words of which each comes once", value);
    },
  };
}

/** Shapes `ZxYxX` of integers >= 1, separated by spaces. */
export function shapes(text: OptionText): OptionSpec<readonly Triple[]> {
  const rule = "shapes such as 64x128x128";
  return {
    ...text,
    words: 32,
    parse: (value, name) =>
      value.trim().split(/\s+/).map((word) => {
        const match = /^(\d+)x(\d+)x(\d+)$/.exec(word);
        const shape = match ? [Number(match[1]), Number(match[2]), Number(match[3])] as const : undefined;
        return shape?.every((n) => n >= 1) ? shape : refuse(name, rule, value);
      }),
  };
}

/** A path. */
export function path(text: Omit<OptionText, "value">): OptionSpec<string> {
  return {
    ...text,
    value: "<path>",
    words: 1,
    parse: (value, name) => value === "" ? refuse(name, "a path", value) : value,
  };
}

/** On or off. */
export function flag(text: Omit<OptionText, "value">): OptionSpec<boolean> {
  return { ...text, value: "", words: 0, parse: () => true };
}

/** On or off, each with its own spelling; for switches that a preset turns on. */
export function toggle(text: Omit<OptionText, "value">, negative: string): OptionSpec<boolean> {
  return { ...text, value: "", words: 0, negative, parse: () => true };
}

/** Two numbers for which `holds` is true. */
export function pair(
  text: OptionText,
  rule: string,
  holds: (a: number, b: number) => boolean,
): OptionSpec<readonly [number, number]> {
  const list = numbers(text, 2, rule, () => true);
  return {
    ...list,
    parse(value, name) {
      const [a, b] = list.parse(value, name);
      return b !== undefined && holds(a, b) ? [a, b] : refuse(name, rule, value);
    },
  };
}

/** Bytes, with an optional unit: `800MB`, `2GiB`, `2G`. */
export function bytes(text: Omit<OptionText, "value">): OptionSpec<number> {
  const rule = "a size such as 2GiB, 800MB or 1073741824";
  return {
    ...text,
    value: "<size>",
    words: 1,
    parse(value, name) {
      const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(value.trim());
      if (!match) return refuse(name, rule, value);
      const base = match[3] === "" && /b$/i.test(value) ? 1000 : 1024;
      const size = Math.floor(Number(match[1]) * base ** " kmgt".indexOf(match[2].toLowerCase() || " "));
      return size > 0 ? size : refuse(name, rule, value);
    },
  };
}

/** One number, or the word `all`. */
export function indexOrAll(text: Omit<OptionText, "value">): OptionSpec<number | "all"> {
  const rule = "an integer >= 0 or 'all'";
  return {
    ...text,
    value: "<n|all>",
    words: 1,
    parse: (value, name) =>
      value === "all" ? value : readNumber(value, name, rule, (n) => Number.isInteger(n) && n >= 0),
  };
}

/** One number, or the word `auto`. */
export function countOrAuto(text: Omit<OptionText, "value">): OptionSpec<number | "auto"> {
  const rule = "an integer >= 0 or 'auto'";
  return {
    ...text,
    value: "<n|auto>",
    words: 1,
    parse: (value, name) =>
      value === "auto" ? value : readNumber(value, name, rule, (n) => Number.isInteger(n) && n >= 0),
  };
}

/** The rule of an integer of at least `least`. */
export function atLeast(least: number): (n: number) => boolean {
  return (n) => Number.isInteger(n) && n >= least;
}

/** The rule of a number above 0. */
export function positive(n: number): boolean {
  return n > 0;
}

/** An option's name on the command line: `shrinkFactor` is `--shrink-factor`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
