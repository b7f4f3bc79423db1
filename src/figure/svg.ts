/**
 * The few SVG elements that figures are made of.
 *
 * @module
 */

import { type Pixels } from "./panel.ts";
import { pngAddress } from "./png.ts";

/** The font's family name. */
export const FONT_FAMILY = "Inter";

/** What a browser without that font takes. */
const FALLBACK_FONTS = "system-ui, sans-serif";

/** A rectangle in pixels from the figure's top left corner; whole numbers. */
export interface Rect {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** Extent to the right. */
  readonly width: number;
  /** Extent downwards. */
  readonly height: number;
}

/** How a text is set. */
export interface TextStyle {
  /** Where its base line starts, or is centred, or ends, by `anchor`. */
  readonly x: number;
  /** Its base line. */
  readonly y: number;
  /** Height of the font in pixels. */
  readonly size: number;
  /** Default `start`. */
  readonly anchor?: "start" | "middle" | "end";
  /** Default 400; 600 is the other one that there is. */
  readonly weight?: 400 | 600;
  /** Default near black. */
  readonly colour?: string;
  /** Class of the document's style sheet that gives the colour instead. */
  readonly className?: string;
  /** Width that it must keep within; it is set smaller where it would not. */
  readonly within?: number;
}

/** Mean width of a letter of the font, in parts of its size; on the wide side. */
const LETTER_WIDTH = 0.6;

/** A line of text. */
export function textElement(text: string, style: TextStyle): string {
  const { x, y, size, anchor = "start", weight = 400, colour = "#17181c", within = Infinity } = style;
  const fitted = Math.min(size, within / (LETTER_WIDTH * Math.max(1, text.length)));
  const font = `font-family="${FONT_FAMILY}, ${FALLBACK_FONTS}" font-size="${
    Number(fitted.toFixed(2))
  }" font-weight="${weight}"`;
  const paint = style.className === undefined ? `fill="${colour}"` : `class="${style.className}"`;
  const at = `x="${Number(x.toFixed(2))}" y="${Number(y.toFixed(2))}"`;
  return `<text ${at} ${font} text-anchor="${anchor}" ${paint}>${escape(text)}</text>`;
}

/** A picture pixel by pixel, with a hair line around it. */
export function imageElement(pixels: Pixels, { x, y }: Pick<Rect, "x" | "y">): string {
  const { width, height } = pixels;
  const size = `width="${width}" height="${height}"`;
  const line = `<rect x="${x - 0.5}" y="${y - 0.5}" width="${width + 1}" height="${height + 1}"`;
  return `<image x="${x}" y="${y}" ${size} image-rendering="optimizeSpeed" href="${pngAddress(pixels)}"/>\n` +
    `${line} fill="none" stroke="#9a9ca5"/>`;
}

/** A whole picture on white. */
export function svgDocument(width: number, height: number, elements: readonly string[]): string {
  return svgRoot(width, height, [`<rect width="${width}" height="${height}" fill="#ffffff"/>`, ...elements]);
}

/** A whole picture without a background. */
export function svgRoot(width: number, height: number, elements: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${elements.join("\n")}\n</svg>\n`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
