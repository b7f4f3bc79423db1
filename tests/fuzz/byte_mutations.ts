/**
 * Changes to bytes of which nothing is known: flipped bits, cuts, numbers that lie.
 *
 * @module
 */

import type { Random } from "../helpers/random.ts";
import { type Files, type Mutate, pick } from "./case.ts";

/** Changes bytes and says how. The result may be the same array. */
type ChangeBytes = (bytes: Uint8Array, random: Random) => readonly [changed: Uint8Array, how: string];

/** Numbers at which formats break: around 0, the ends of integer types, and what is no size at all. */
const HOSTILE = [
  ...[0, 1, -1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 20, 2 ** 24, 2 ** 29],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63, -(2 ** 31), -(2 ** 63)],
  ...[0.5, -0.5, 1e-300, 1e300, 3.5e38, NaN, Infinity, -Infinity],
];

/** A number at which formats break; at times one close to `near`, a length or place that is true. */
export function hostileNumber(random: Random, near: number): number {
  return random.uniform() < 0.3 ? near + random.integer(-9, 9) : pick(random, HOSTILE);
}

/** How a number is stored. */
export type NumberKind = "u8" | "i16" | "i32" | "i64" | "f32" | "f64";
/** Bytes that each takes. */
const WIDTHS: Readonly<Record<NumberKind, number>> = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 };
const KINDS = Object.keys(WIDTHS) as NumberKind[];

/** Stores a number, cut to what its kind can hold; nothing where it does not fit in. */
export function putNumber(bytes: Uint8Array, at: number, kind: NumberKind, value: number, little: boolean): void {
  if (at < 0 || at + WIDTHS[kind] > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : -1n;
  if (kind === "u8") view.setUint8(at, Number(BigInt.asUintN(8, whole)));
  if (kind === "i16") view.setInt16(at, Number(BigInt.asIntN(16, whole)), little);
  if (kind === "i32") view.setInt32(at, Number(BigInt.asIntN(32, whole)), little);
  if (kind === "i64") view.setBigInt64(at, BigInt.asIntN(64, whole), little);
  if (kind === "f32") view.setFloat32(at, value, little);
  if (kind === "f64") view.setFloat64(at, value, little);
}

/** Bytes of the part of a file that formats keep their sizes in. */
const HEADER = 64;

const CHANGES: readonly ChangeBytes[] = [
  (bytes, random) => {
    const count = random.integer(1, 8);
    for (let i = 0; i < count && bytes.length > 0; i++) {
      bytes[random.integer(0, bytes.length - 1)] ^= 1 << random.integer(0, 7);
    }
    return [bytes, `${count} bits flipped`];
  },
  (bytes, random) => {
    const length = random.integer(0, Math.max(0, bytes.length - 1));
    return [bytes.slice(0, length), `cut to ${length} of ${bytes.length} bytes`];
  },
  (bytes, random) => {
    const more = Uint8Array.from({ length: random.integer(1, 64) }, () => random.integer(0, 255));
    return [joined(bytes, more), `${more.length} bytes appended`];
  },
  (bytes, random) => {
    const [from, length] = range(bytes, random);
    return [joined(bytes.slice(0, from), bytes.slice(from + length)), `${length} bytes taken out at ${from}`];
  },
  (bytes, random) => {
    const [from, length] = range(bytes, random);
    return [joined(bytes.slice(0, from + length), bytes.slice(from)), `${length} bytes doubled at ${from}`];
  },
  (bytes, random) => {
    const [from, length] = range(bytes, random);
    const value = pick(random, [0, 255, 128, 10, 32]);
    return [bytes.fill(value, from, from + length), `${length} bytes at ${from} set to ${value}`];
  },
  (bytes, random) => lie(bytes, random, bytes.length),
  (bytes, random) => lie(bytes, random, HEADER),
  (bytes, random) => lie(bytes, random, HEADER),
  () => [new Uint8Array(0), "emptied"],
];

function range(bytes: Uint8Array, random: Random): [from: number, length: number] {
  const from = random.integer(0, Math.max(0, bytes.length - 1));
  return [from, random.integer(0, Math.min(64, bytes.length - from))];
}

/** Overwrites a number in the first `end` bytes. */
function lie(bytes: Uint8Array, random: Random, end: number): readonly [Uint8Array, string] {
  const at = random.integer(0, Math.max(0, Math.min(end, bytes.length) - 1));
  const kind = pick(random, KINDS);
  const value = hostileNumber(random, bytes.length);
  putNumber(bytes, at, kind, value, random.uniform() < 0.7);
  return [bytes, `${kind} at ${at} set to ${value}`];
}

/** Bytes after bytes. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Changes the bytes of one file whose path `matches`. */
export function changeBytes(matches: (path: string) => boolean): Mutate {
  return (files, random) => {
    const path = pickPath(files, random, matches);
    if (path === undefined) return "nothing to change";
    const [changed, how] = pick(random, CHANGES)(files.get(path) ?? new Uint8Array(0), random);
    files.set(path, changed);
    return `${path}: ${how}`;
  };
}

/** Takes a file out whose path `matches`, puts a folder in its place, or the bytes of another such file. */
export function moveFiles(matches: (path: string) => boolean): Mutate {
  return (files, random) => {
    const path = pickPath(files, random, matches);
    const other = pickPath(files, random, matches);
    if (path === undefined || other === undefined) return "no files";
    const bytes = files.get(other) ?? new Uint8Array(0);
    const way = random.integer(0, 2);
    files.delete(path);
    if (way === 1) files.set(`${path}/`, new Uint8Array(0));
    if (way === 2) files.set(path, bytes.slice());
    return `${path}: ${["taken out", "a folder now", `what ${other} is`][way]}`;
  };
}

/** One of the files whose path matches. */
export function pickPath(files: Files, random: Random, matches: (path: string) => boolean): string | undefined {
  const paths = [...files.keys()].filter((path) => !path.endsWith("/") && matches(path));
  return paths.length === 0 ? undefined : pick(random, paths);
}
