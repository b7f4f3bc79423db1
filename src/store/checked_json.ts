/**
 * Checksums of small JSON files of a run's folder: damage is reported, since what it says would be
 * believed.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** A record with the CRC-32 of all the rest of it, as JSON without spaces, in hexadecimal. */
type Checked<T> = T & { readonly checksum: string };

/** Adds the checksum. */
export function withChecksum<T extends object>(record: T): Checked<T> {
  return { ...record, checksum: checksumOf(record) };
}

/** What a text holds; `holds` is whether it is JSON whose checksum is right. */
export function readChecked<T extends object>(text: string): { found: Partial<Checked<T>>; holds: boolean } {
  try {
    const found: Checked<T> = JSON.parse(text);
    const { checksum, ...rest } = found;
    return { found, holds: checksumOf(rest) === checksum };
  } catch {
    return { found: {}, holds: false };
  }
}

function checksumOf(rest: object): string {
  return crc32(JSON.stringify(rest)).toString(16).padStart(8, "0");
}
