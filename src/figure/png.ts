/**
 * PNG files as bytes.
 *
 * @module
 */

import { encode } from "npm:fast-png@8.0.0";
import type { Pixels } from "./panel.ts";

/** A picture as a PNG file. */
export function encodePng({ data, width, height }: Pixels): Uint8Array {
  return encode({ data, width, height, channels: 3, depth: 8 }, { zlib: { level: 9 } });
}

/** A picture as an address that SVG can hold. */
export function pngAddress(pixels: Pixels): string {
  return `data:image/png;base64,${encodePng(pixels).toBase64()}`;
}
