/**
 * CRC-32C (Castagnoli), the checksum of Zarr v3's `crc32c` codec and of shard indexes: RFC 3720, appendix B.4,
 * https://doi.org/10.17487/RFC3720. Reflected polynomial 0x82f63b78, initial value and final xor 0xffffffff.
 *
 * @module
 */

/** CRC-32C of `bytes`, as an unsigned 32-bit integer. Takes about 1 ns per byte. */
export const crc32c: (bytes: Uint8Array) => number = crcWith(0x82f63b78);

/** A checksum like CRC-32C of another reflected polynomial; `before` is that of the bytes in front. */
export function crcWith(polynomial: number): (bytes: Uint8Array, before?: number) => number {
  const tables = makeTables(polynomial);
  return (bytes, before = 0) => crcOf(tables, bytes, before);
}

function crcOf(t: Uint32Array, bytes: Uint8Array, before: number): number {
  const whole = bytes.length - bytes.length % 8;
  let crc = before ^ 0xffffffff;
  let i = 0;
  for (; i < whole; i += 8) {
    crc = t[1792 + ((crc ^ bytes[i]) & 255)] ^
      t[1536 + ((crc >>> 8 ^ bytes[i + 1]) & 255)] ^
      t[1280 + ((crc >>> 16 ^ bytes[i + 2]) & 255)] ^
      t[1024 + (crc >>> 24 ^ bytes[i + 3])] ^
      t[768 + bytes[i + 4]] ^
      t[512 + bytes[i + 5]] ^
      t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = t[(crc ^ bytes[i]) & 255] ^ crc >>> 8;
  return (crc ^ 0xffffffff) >>> 0;
}

/** Remainders of all byte values, eight tables of 256: table k is for a byte that k more bytes follow. */
function makeTables(polynomial: number): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) tables[i] = tables[tables[i - 256] & 255] ^ tables[i - 256] >>> 8;
  return tables;
}
