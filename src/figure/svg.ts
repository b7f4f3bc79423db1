/**
 * The few SVG elements that figures are made of.
 *
 * @module
 */

import { Markup, markup, type MarkupValue } from "./markup.ts";
import type { Pixels } from "./panel.ts";
import { pngAddress } from "./png.ts";
import { chartStyle, type Theme } from "./theme.ts";

/** The font's family name. */
export const FONT_FAMILY = "Inter";

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
interface TextStyle {
  /** Where its base line starts, or is centred, or ends, by `anchor`. */
  readonly x: number;
  /** Its base line. */
  readonly y: number;
  /** Height of the font in pixels. */
  readonly size: number;
  /** Default `start`. */
  readonly anchor?: "start" | "middle" | "end";
  /** Left out: 400; 600 is the other one that there is. */
  readonly weight?: 600;
  /** Class of the style sheet that gives the colour: `ink` or `soft`. */
  readonly colour: string;
  /** Width that it must keep within; it is set smaller where it would not. */
  readonly within?: number;
}

/** Mean width of a letter of the font, in parts of its size; on the wide side. */
const LETTER_WIDTH = 0.6;

/** About how many pixels a text takes. */
export function textWidth(text: string, size: number): number {
  return LETTER_WIDTH * size * text.length;
}

/** A text in lines that keep within a width. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A line of text. */
export function textElement(text: string, style: TextStyle): Markup {
  const { x, y, size, anchor = "start", weight, colour, within = Infinity } = style;
  const fitted = Math.min(size, size * within / textWidth(text || " ", size));
  return markup`<text x="${fixed(x)}" y="${fixed(y)}" font-size="${fixed(fitted)}"${
    weight && markup` font-weight="${weight}"`
  } text-anchor="${anchor}" class="${colour}">${text}</text>\n`;
}

/** A picture pixel by pixel, with a hair line around it. */
export function imageElement(pixels: Pixels, { x, y }: Pick<Rect, "x" | "y">): Markup {
  const { width, height } = pixels;
  return markup`<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="optimizeSpeed" href="${new Markup(
    pngAddress(pixels),
  )}"/>
<rect x="${x - 0.5}" y="${y - 0.5}" width="${width + 1}" height="${height + 1}" fill="none" stroke="#9a9ca5"/>
`;
}

/** A whole picture on its paper, as a file. */
export function svgDocument(width: number, height: number, theme: Theme, elements: MarkupValue): string {
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT_FAMILY}, system-ui, sans-serif">
<style>
${new Markup(chartStyle(theme))}
</style>
<rect class="paper" width="${width}" height="${height}"/>
${elements}</svg>
`.text;
}

/** A coordinate with as many decimals as matter. */
export function fixed(value: number): number {
  return Number(value.toFixed(2));
}
