/**
 * Changes to JSON that keep it JSON, most of the time: values of another kind, numbers that lie, names that mean another place, nesting without end.
 *
 * @module
 */

import type { Random } from "../helpers/random.ts";
import { hostileNumber, pickPath } from "./byte_mutations.ts";
import { type Mutate, pick } from "./case.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
/** A place of a document: an object or list, and a name or index in it. */
type Place = readonly [parent: Json[] | { [name: string]: Json }, key: string];

const NAMES = [
  ...[
    "",
    ".",
    "..",
    "../../outside",
    "/etc/passwd",
    "a/../../b",
    "c:\\x",
    "0/../0",
    "0\u0000",
    "\u202egnp.0",
    "\ud800",
  ],
  ...["__proto__", "constructor", "toString", "length", "0", "1", "zarr.json", "\u00fc\u{1f9e0}", "z".repeat(70000)],
  ...["NaN", "Infinity", "-Infinity", "0x7fc00000", "gzip", "blosc", "zstd", "lz4", "crc32c", "transpose", "bytes"],
  ...["sharding_indexed", "float64", "uint8", "int64", "<u8", ">f4", "|b1", "C", "F", "little", "big", "start", "end"],
];

/** A value of some kind. */
function hostileValue(random: Random): Json {
  switch (random.integer(0, 7)) {
    case 0:
      return pick(random, [null, true, false, [], {}, [[]], [null]]);
    case 1:
    case 2:
      return pick(random, NAMES);
    case 3:
      return Array.from({ length: pick(random, [1, 2, 3, 5, 9, 5000]) }, () => number(random));
    case 4:
      return nested(pick(random, [3, 100, 5000]));
    default:
      return number(random);
  }
}

/** JSON has no number that is not finite; those are put in as text, see `PLAIN_TEXT`. */
function number(random: Random): number {
  const value = hostileNumber(random, 4);
  return Number.isFinite(value) ? value : 1e308;
}

function nested(depth: number): Json {
  let value: Json = 0;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Every place of a document. */
function placesOf(value: Json, found: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null || found.length > 500) return found;
  for (const key of Object.keys(value)) {
    const parent = value as { [name: string]: Json };
    found.push([parent, key]);
    placesOf(parent[key], found);
  }
  return found;
}

function change(document: Json, random: Random): string {
  const places = placesOf(document);
  if (places.length === 0) return "nothing in it";
  const [parent, key] = pick(random, places);
  const list = parent as { [name: string]: Json };
  switch (random.integer(0, 6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete list[key];
      return `${key} taken out`;
    case 1: {
      const [other, name] = pick(random, places);
      list[key] = structuredClone((other as { [name: string]: Json })[name]);
      return `${key} set to what ${name} is`;
    }
    case 2:
      if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
      else Object.defineProperty(list, pick(random, NAMES), { value: list[key], enumerable: true, configurable: true });
      return `${key} doubled`;
    default: {
      const value = hostileValue(random);
      list[key] = value;
      return `${key} set to ${shown(value)}`;
    }
  }
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 60);
}

/** Puts numbers and nesting into the text that no document holds. */
const PLAIN_TEXT: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.replace(/\d+/, pick(random, ["1e999", "-1e999", "-0", "9".repeat(400), "0x10", "NaN", "01"])),
  (text, random) => "[".repeat(pick(random, [10, 10000, 300000])) + text,
  (text, random) => {
    const depth = pick(random, [100, 5000, 100000]);
    return text.replace(/\d+/, `${"[".repeat(depth)}1${"]".repeat(depth)}`);
  },
  (text) => text.replace(/"(\w+)":/, '"$1":0,"$1":'),
  (text) => text.replace(/}\s*$/, `,"multiscales":[],"shape":[1]}`),
  (text) => `\ufeff${text}`,
  (text) => text.replace(/"(\w+)"/, '"\\ud800$1\\u0000"'),
  (text, random) => text.slice(0, random.integer(0, text.length)),
  (text) => `${text} ${text}`,
  (text) => text.replaceAll(",", ",\n// comment\n"),
  (text) => text.replace(/\[/, `[${"0,".repeat(200000)}`),
];

/** Changes the text of a JSON document, and says how. */
export function changeJsonText(text: string, random: Random): readonly [changed: string, how: string] {
  if (random.uniform() < 0.15) {
    const way = random.integer(0, PLAIN_TEXT.length - 1);
    return [PLAIN_TEXT[way](text, random), `text changed in way ${way}`];
  }
  try {
    const document: Json = JSON.parse(text);
    const how = change(document, random);
    return [JSON.stringify(document), how];
  } catch (error) {
    // A change before this one nested it deeper than the stack is, or made it no JSON.
    return [text, `left as it is (${error instanceof Error ? error.name : "?"})`];
  }
}

/** Changes one JSON file whose path `matches`. */
export function changeJson(matches: (path: string) => boolean): Mutate {
  return (files, random) => {
    const path = pickPath(files, random, matches);
    if (path === undefined) return "nothing to change";
    const [changed, how] = changeJsonText(new TextDecoder().decode(files.get(path)), random);
    files.set(path, new TextEncoder().encode(changed));
    return `${path}: ${how}`;
  };
}
