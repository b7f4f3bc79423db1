/**
 * OME-Zarr in zip files, as other programs and n4 write them: directories that lie, names that lead outside, entries that overlap, 64-bit records that
 * point anywhere, bombs.
 *
 * @module
 */

import { makeZip, text, ZIPS } from "../helpers/zip_files.ts";
import { ZipWriter } from "../../src/io/zip/write.ts";
import type { Random } from "../helpers/random.ts";
import { changeBytes, hostileNumber, joined, type NumberKind, putNumber } from "./byte_mutations.ts";
import { type Files, type Mutate, pick, type Seed, type Target } from "./case.ts";
import { ZARR_SEEDS } from "./zarr_target.ts";

const PATH = "image.ome.zarr.zip";

/** Numbers of each record that begins with this signature: offset and kind. */
const RECORDS: Readonly<Record<number, readonly (readonly [at: number, kind: NumberKind])[]>> = {
  // Local header: flags, method, CRC-32, sizes, lengths of name and extra field.
  0x04034b50: [[6, "i16"], [8, "i16"], [14, "i32"], [18, "i32"], [22, "i32"], [26, "i16"], [28, "i16"]],
  // Directory: flags, method, CRC-32, sizes, lengths, disk, offset of the local header.
  0x02014b50: [
    ...[[8, "i16"], [10, "i16"], [16, "i32"], [20, "i32"], [24, "i32"], [28, "i16"], [30, "i16"]] as const,
    ...[[32, "i16"], [34, "i16"], [42, "i32"], [42, "i32"]] as const,
  ],
  // End: disks, entries, length and offset of the directory, length of the comment.
  0x06054b50: [[4, "i16"], [6, "i16"], [8, "i16"], [10, "i16"], [12, "i32"], [16, "i32"], [20, "i16"]],
  // 64-bit end: its length, disks, entries, length and offset of the directory.
  0x06064b50: [[4, "i64"], [16, "i32"], [20, "i32"], [24, "i64"], [32, "i64"], [40, "i64"], [48, "i64"]],
  // Where that is: disk, offset, disks.
  0x07064b50: [[4, "i32"], [8, "i64"], [16, "i32"]],
};
const NAMES = [
  "../../../../outside",
  "/etc/passwd",
  "C:\\windows\\x",
  "a\u0000b",
  "./0/zarr.json",
  "0//0",
  "zarr.json",
  "..",
];

/** Where a record begins, with its numbers. */
function recordsIn(bytes: Uint8Array): [start: number, numbers: readonly (readonly [number, NumberKind])[]][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: ReturnType<typeof recordsIn> = [];
  for (let at = 0; at + 22 <= bytes.length; at++) {
    const numbers = bytes[at] === 0x50 ? RECORDS[view.getUint32(at, true)] : undefined;
    if (numbers) found.push([at, numbers]);
  }
  return found;
}

function lieInRecord(files: Files, random: Random): string {
  const bytes = files.get(PATH) ?? new Uint8Array(0);
  const records = recordsIn(bytes);
  if (records.length === 0) return "no records any more";
  const [start, numbers] = pick(random, records);
  const [at, kind] = pick(random, numbers);
  // The place of another record makes entries overlap.
  const value = random.uniform() < 0.4 ? pick(random, records)[0] : hostileNumber(random, bytes.length);
  putNumber(bytes, start + at, kind, value, true);
  return `record at ${start}: number at ${at} set to ${value}`;
}

/** Overwrites the name of a directory entry; its length stays. */
function lieInName(files: Files, random: Random): string {
  const bytes = files.get(PATH) ?? new Uint8Array(0);
  const entries = recordsIn(bytes).filter(([, numbers]) => numbers === RECORDS[0x02014b50]);
  if (entries.length === 0) return "no entries any more";
  const [start] = pick(random, entries);
  const name = pick(random, NAMES);
  const room = bytes.subarray(start + 46);
  room.set(text(name).subarray(0, room.length));
  return `entry at ${start}: name begins with ${JSON.stringify(name)}`;
}

const MUTATIONS: readonly Mutate[] = [
  ...Array<Mutate>(5).fill(lieInRecord),
  lieInName,
  ...Array<Mutate>(3).fill(changeBytes(() => true)),
];

/** The entries of a golden image, without the folder that it lies in. */
function entriesOf({ files, open }: Seed): { name: string; bytes: Uint8Array }[] {
  return [...files].map(([path, bytes]) => ({ name: path.slice(open.length + 1), bytes }));
}

async function seeds(): Promise<Seed[]> {
  const seed = (name: string, bytes: Uint8Array): Seed => ({ name, files: new Map([[PATH, bytes]]), open: PATH });
  const all = [...ZIPS].map(([name, bytes]) => seed(name, bytes));
  for (const image of ZARR_SEEDS.filter(({ name }) => /shards|zstd float32|lz4 float32|v2 gzip/.test(name))) {
    const entries = entriesOf(image);
    all.push(seed(`${image.name}, stored`, makeZip(entries)));
    all.push(seed(`${image.name}, deflated`, makeZip(entries.map((entry) => ({ ...entry, deflate: true })))));
    all.push(seed(`${image.name}, 64-bit`, await wideZip(entries)));
  }
  const [image] = ZARR_SEEDS;
  const bomb = { bytes: new Uint8Array(2 ** 24), deflate: true };
  for (const broken of ["0/.zarray", "0/0.0.0"]) {
    const entries = entriesOf(image).map((entry) => entry.name === broken ? { ...entry, ...bomb } : entry);
    all.push(seed(`a bomb for ${broken}`, makeZip(entries)));
  }
  const outside = joined(makeZip([{ name: "../outside", bytes: text("x") }, ...entriesOf(image)]));
  return [...all, seed("a name that leads outside", outside)];
}

/** What n4 writes where 64 bits are needed, with all of them in 64 bits. */
async function wideZip(entries: readonly { name: string; bytes: Uint8Array }[]): Promise<Uint8Array> {
  const path = await Deno.makeTempFile();
  try {
    {
      using file = await Deno.open(path, { write: true });
      const writer = new ZipWriter(file, { wideFrom: 1 });
      for (const { name, bytes } of entries) await writer.add(name, bytes);
      await writer.finish();
    }
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path);
  }
}

/** OME-Zarr in zip files. */
export const ZIP_TARGET: Target = {
  name: "zip",
  share: 20,
  seeds: await seeds(),
  mutations: MUTATIONS,
  checks: [...Array<"zip image">(19).fill("zip image"), "correct"],
};
