/**
 * How an option is read, by its type, from text or from what a program gives, and the sentence when its rule is broken.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Bounds, OptionSpec, OptionTable, OptionValue } from "./spec.ts";

/** Most numbers or shapes of a list. */
const LIST = 32;

/** The name of an option's value in the help, e.g. `<n>`; empty for a switch. */
export function valueName(spec: OptionSpec): string {
  const number = spec.metavar ?? ("integer" in spec ? "n" : "x");
  switch (spec.type) {
    case "flag":
      return "";
    case "number":
      return spec.or === undefined ? `<${number}>` : `<${number}|${spec.or}>`;
    case "triple":
      return `<${number} | z y x>`;
    case "numbers":
      return `<${number}...>`;
    case "choice":
      return `<${spec.metavar ?? spec.words.join("|")}>`;
    case "choices":
      return `<${spec.words.join("|")}...>`;
    default:
      return `<${spec.metavar ?? TYPE_NAMES[spec.type]}${"or" in spec ? `|${spec.or}` : ""}>`;
  }
}

const TYPE_NAMES = { path: "path", bytes: "size", levels: "n...", percentiles: "low high", shapes: "ZxYxX..." };

/** Most words that an option takes from the command line: 0 for a switch. */
export function mostWords(spec: OptionSpec): number {
  switch (spec.type) {
    case "flag":
      return 0;
    case "triple":
      return 3;
    case "percentiles":
      return 2;
    case "choices":
      return spec.words.length;
    case "numbers":
      return spec.most ?? LIST;
    case "levels":
    case "shapes":
      return LIST;
    default:
      return 1;
  }
}

/** What the text of an option must be, for a message. */
function ruleOf(spec: OptionSpec): string {
  switch (spec.type) {
    case "number":
      return `${spec.integer ? "an integer" : "a number"}${boundsText(spec)}${spec.or ? ` or '${spec.or}'` : ""}`;
    case "numbers":
      return `${spec.integer ? "integers" : "numbers"}${boundsText(spec)}`;
    case "triple":
      return `${spec.integer ? "integers" : "numbers"}${boundsText(spec)}, one or three (Z Y X)`;
    case "choice":
      return `one of ${spec.words.join(", ")}`;
    default:
      return `${TYPE_RULES[spec.type]}${"or" in spec ? ` or '${spec.or}'` : ""}`;
  }
}

const TYPE_RULES = {
  flag: "true or false",
  path: "a path",
  bytes: "a size such as 2GiB, 800MB or 1073741824",
  choices: "words of which each comes once",
  levels: "integers >= 1, one a level",
  percentiles: "two percentiles from 0 to 100, the lower one first",
  shapes: "shapes such as 64x128x128",
};

function boundsText({ from, above, to }: Bounds): string {
  if (above !== undefined) return to === undefined ? ` > ${above}` : ` above ${above}, at most ${to}`;
  if (from === undefined) return "";
  return to === undefined ? ` >= ${from}` : ` from ${from} to ${to}`;
}

/** Longest part of a value that a message repeats. */
const SHOWN = 60;

/** A value as a message shows it, whatever it is. */
export function shown(value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/**
 * Reads the options that a program or a file gives, by the rules of the command line: for three axes one number will
 * do.
 *
 * @throws {UsageError} when there is no such option, or its rule is broken.
 */
export function readValues<Given extends object>(table: OptionTable, given: Given): Given {
  const values = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(values.map(([name, value]) => [name, readValue(table, value, name)])) as Given;
}

function readValue(table: OptionTable, value: unknown, name: string): unknown {
  if (!Object.hasOwn(table, name)) {
    throw new UsageError(`Cannot use option '${shown(name)}' as there must be one of that name: there is none`);
  }
  const { [name]: spec } = table;
  if (spec.type === "flag" && typeof value === "boolean") return value;
  const words: unknown[] = Array.isArray(value) ? value : [value];
  const isText = spec.type !== "flag" && words.every((word) => typeof word === "string" || typeof word === "number");
  if (isText) return readOption(spec, words.join(" "), name);
  throw new UsageError(`Cannot use option '${name}' as it must be ${ruleOf(spec)}: current value is ${shown(value)}`);
}

/** Reads an option; its words are joined by spaces. @throws {UsageError} when its rule is broken. */
export function readOption<Spec extends OptionSpec>(spec: Spec, text: string, name: string): OptionValue<Spec>;
export function readOption(spec: OptionSpec, text: string, name: string): unknown {
  const refuse = (part = text): never => {
    throw new UsageError(
      `Cannot use option '${name}' as it must be ${ruleOf(spec)}: current value is '${shown(part)}'`,
    );
  };
  const numbers = (bounds: Bounds) => {
    const list = text.trim().split(/\s*[,x]\s*|\s+/).map((part) => readNumber(part, bounds) ?? refuse(part));
    return list.length > mostWords(spec) ? refuse() : list;
  };
  if ("or" in spec && spec.or !== undefined && isWord(spec.or, text)) return spec.or;
  switch (spec.type) {
    case "flag":
      return true;
    case "path":
      return text === "" ? refuse() : text;
    case "number":
      return readNumber(text, spec) ?? refuse();
    case "numbers":
      return numbers(spec);
    case "levels":
      return numbers({ integer: true, from: 1 });
    case "triple": {
      const list = numbers(spec);
      if (list.length === 2) return refuse();
      return list.length === 1 ? [list[0], list[0], list[0]] : list;
    }
    case "percentiles": {
      const [low, high] = numbers({});
      return low >= 0 && low < high && high <= 100 ? [low, high] : refuse();
    }
    case "choice":
      return spec.words.find((word) => isWord(word, text)) ?? refuse();
    case "choices": {
      const list = text.trim().split(/[\s,]+/).map((word) => readOption({ ...spec, type: "choice" }, word, name));
      return new Set(list).size === list.length ? list : refuse();
    }
    case "bytes":
      return readBytes(text) ?? refuse();
    case "shapes":
      return text.trim().split(/\s+/).map((word) => readShape(word) ?? refuse());
  }
}

/** Whether a text means a word of a list: case does not matter, and a dash is as good as an underscore. */
export function isWord(word: string, text: string): boolean {
  const plain = (one: string) => one.toLowerCase().replaceAll("-", "_");
  return plain(word) === plain(text);
}

function readNumber(text: string, { integer, from = -Infinity, above = -Infinity, to = Infinity }: Bounds) {
  const n = text.trim() === "" ? NaN : Number(text);
  const holds = Number.isFinite(n) && (!integer || Number.isInteger(n)) && n >= from && n > above && n <= to;
  return holds ? n : undefined;
}

/** Bytes: `800MB`, `2GiB`, `2G`. */
function readBytes(text: string): number | undefined {
  const [, number, prefix, binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const base = binary === "" && /b$/i.test(text) ? 1000 : 1024;
  const size = Math.floor(Number(number) * base ** " kmgt".indexOf(prefix.toLowerCase() || " "));
  return size > 0 ? size : undefined;
}

function readShape(word: string): readonly number[] | undefined {
  const shape = /^(\d+)x(\d+)x(\d+)$/.exec(word)?.slice(1).map(Number);
  return shape?.every((n) => n >= 1) ? shape : undefined;
}
