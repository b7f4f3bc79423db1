/**
 * SVG to PNG, by resvg compiled to WebAssembly and the font Inter, both from npm packages, so that a figure has the
 * same pixels on every machine.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { initWasm, Resvg } from "npm:@resvg/resvg-wasm@2.6.2";
// A file of the font's package that can be imported: it brings the package, whose other files are then read, into the
// module graph.
import "npm:@fontsource/inter@5.3.0/package.json" with { type: "json" };
import { readFailure } from "../io/files/file_errors.ts";
import { encodePng } from "./png.ts";
import { packedFile } from "../bundled.ts";
import { FONT_FAMILY } from "./svg.ts";

const RENDERER = "npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm";
const FONTS = [400, 600].map((weight) => `npm:@fontsource/inter@5.3.0/files/inter-latin-${weight}-normal.woff2`);

/** The files of npm packages that figures are drawn with. */
export const FIGURE_FILES: readonly string[] = [RENDERER, ...FONTS];

let loading: Promise<Uint8Array[]> | undefined;

/**
 * Draws an SVG document. Texts have the letters of the Latin alphabet, digits and common signs.
 *
 * @param svg an opaque picture.
 * @returns a PNG file of the document's size.
 * @throws {InputError} when renderer or fonts cannot be read: they lie in Deno's cache, for which `--allow-read` is
 * needed.
 */
export async function rasterise(svg: string): Promise<Uint8Array> {
  const fontBuffers = await (loading ??= load());
  const renderer = new Resvg(svg, { font: { fontBuffers, defaultFontFamily: FONT_FAMILY } });
  try {
    const image = renderer.render();
    const { width, height, pixels } = image;
    const png = encodePng({ data: withoutAlpha(pixels), width, height });
    image.free();
    return png;
  } finally {
    renderer.free();
  }
}

/**
 * Red, green and blue of opaque pixels: a third less to store, and packed harder than the renderer's own file, a figure
 * takes half the bytes.
 */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}

/** Starts the renderer, which can be done once a process, and reads the fonts. */
async function load(): Promise<Uint8Array[]> {
  const [renderer, ...fonts] = await Promise.all(FIGURE_FILES.map(readAsset));
  await initWasm(renderer);
  return fonts;
}

async function readAsset(name: string): Promise<Uint8Array> {
  const packed = packedFile(name);
  if (packed) return packed;
  const path = fileURLToPath(import.meta.resolve(name));
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}
