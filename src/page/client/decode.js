// @ts-check
/// <reference lib="dom" />
/**
 * Volumes out of the page's data block.
 *
 * @module
 */

/**
 * Bytes out of base64.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  // A loop: a call for each of some million letters would hold up the first picture.
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/**
 * A volume of bytes, compressed by zlib, in base64.
 *
 * @param {string} text
 * @returns {Promise<Uint8Array>} one byte a cell, C order.
 */
export async function decodeVolume(text) {
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
