/**
 * Colour bars: what each colour stands for, with the numbers at both ends and in the middle.
 *
 * @module
 */

import { COLOURS } from "./colour_map.ts";
import type { MarkupValue } from "./markup.ts";
import { type Panel, panelPixels } from "./panel.ts";
import { imageElement, type Rect, textElement } from "./svg.ts";

/** Height of a bar's numbers with their distance to it. */
export const BAR_TEXT_HEIGHT = 22;

const FONT_SIZE = 13;

/** A bar in `rect`, its numbers below, the middle one with the unit. */
export function colourBar({ map, range, unit }: Pick<Panel, "map" | "range" | "unit">, rect: Rect): MarkupValue {
  const { x, y, width, height } = rect;
  const data = Float32Array.from({ length: width * height }, (_, i) => (i % width) / Math.max(1, width - 1));
  const bar = panelPixels({ title: "", data, width, height, range: [0, 1], map }, { enlarge: 1, reduce: 1 });
  const style = { y: y + height + BAR_TEXT_HEIGHT - 6, size: FONT_SIZE, colour: "soft" };
  const [lo, middle, hi] = barNumbers(range);
  return [
    imageElement(bar, rect),
    textElement(lo, { ...style, x, anchor: "start" }),
    textElement([middle, unit].join(" ").trim(), { ...style, x: x + width / 2, anchor: "middle" }),
    textElement(hi, { ...style, x: x + width, anchor: "end" }),
  ];
}

/**
 * The numbers below a bar: the ends of the range and its middle, to a 256th of the range or finer, so that none hides a
 * colour.
 */
export function barNumbers([lo, hi]: readonly [lo: number, hi: number]): [lo: string, middle: string, hi: string] {
  const decimals = Math.max(0, Math.ceil(Math.log10(COLOURS / (hi - lo))));
  const show = (value: number) => {
    const plain = decimals <= 6 && Math.abs(value) < 1e6;
    const text = plain ? String(Number(value.toFixed(decimals))) : value.toPrecision(4).replace(/\.?0+(?=e|$)/, "");
    return text.replaceAll("-", "−");
  };
  return [show(lo), show((lo + hi) / 2), show(hi)];
}
