/** Zip files for tests: those that other programs wrote (`tests/golden/zips.json`), and hand-made ones with a lie in them. */

import { crc32, deflateRawSync } from "node:zlib";

/** Zip files of one small image, by the program that wrote them. `tests/fixtures/make_zips.py` says what is in them. */
export const ZIPS: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries(
    JSON.parse(await Deno.readTextFile(new URL("../golden/zips.json", import.meta.url))) as Record<string, string>,
  ).map(([name, base64]) => [name, Uint8Array.fromBase64(base64)]),
);

/** One entry, and what its records say that is not so. */
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly stored?: number;
  readonly offset?: number;
  readonly disk?: number;
  /** Name in the local header. */
  readonly localName?: string;
}

/** What the end record says that is not so. */
export interface End {
  readonly disk?: number;
  readonly entries?: number;
  readonly length?: number;
  readonly offset?: number;
  readonly comment?: string;
}

/** A zip file of `entries`. */
export function makeZip(entries: readonly Entry[], end: End = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const put = (...more: Uint8Array[]) => more.forEach((part) => (parts.push(part), at += part.length));
  for (const entry of entries) {
    const stored = entry.deflate ? new Uint8Array(deflateRawSync(entry.bytes)) : entry.bytes;
    const method = entry.method ?? (entry.deflate ? 8 : 0);
    const crc = entry.crc ?? crc32(entry.bytes);
    const numbers = [crc, entry.stored ?? stored.length, entry.size ?? entry.bytes.length];
    const local = text(entry.localName ?? entry.name);
    const name = text(entry.name);
    const both = [...u16(20), ...u16(entry.flags ?? 0), ...u16(method), ...u16(0), ...u16(33), ...numbers.flatMap(u32)];
    central.push(
      Uint8Array.from([...u32(0x02014b50), ...u16(20), ...both, ...u16(name.length), ...u16(0), ...u16(0)]),
      Uint8Array.from([...u16(entry.disk ?? 0), ...u16(0), ...u32(0), ...u32(entry.offset ?? at)]),
      name,
    );
    put(Uint8Array.from([...u32(0x04034b50), ...both, ...u16(local.length), ...u16(0)]), local, stored);
  }
  const offset = at;
  put(...central);
  const count = u16(end.entries ?? entries.length);
  const comment = text(end.comment ?? "");
  const disk = u16(end.disk ?? 0);
  const place = [...u32(end.length ?? at - offset), ...u32(end.offset ?? offset)];
  put(Uint8Array.from([...u32(0x06054b50), ...disk, ...disk, ...count, ...count, ...place, ...u16(comment.length)]));
  put(comment);
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** The bytes of a text. */
export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function u16(value: number): number[] {
  return [value & 255, value >> 8 & 255];
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}
