/**
 * What is drawn over a panel: letters of a body's directions at its edges, and bars of round lengths.
 *
 * @module
 */

import { scaleBar } from "./directions.ts";
import { type Markup, markup, type MarkupValue } from "./markup.ts";
import { type Panel, pixelScale } from "./panel.ts";
import type { Rect } from "./svg.ts";

const SIZE = 14;
/** Distance of everything from the edges. */
const INSET = 8;
/** Edges shorter than this have no room for it. */
const LEAST_EDGE = 60;
/** Lengths along both axes that differ by less are one. */
const ALIKE = 1.01;

/** The marks of a panel whose pixels lie in `image`; none on one too small for them. */
export function panelMarks(panel: Panel, image: Rect): MarkupValue {
  if (Math.min(image.width, image.height) < LEAST_EDGE) return [];
  return [edgeLetters(panel, image), lengthBars(panel, image)];
}

function edgeLetters({ edges }: Panel, { x, y, width, height }: Rect): MarkupValue {
  if (!edges) return [];
  const [column, row] = [x + width / 2, y + height / 2 + SIZE / 3];
  return [
    outlined(edges.left, x + INSET, row, "start"),
    outlined(edges.right, x + width - INSET, row, "end"),
    outlined(edges.top, column, y + INSET + SIZE * 0.75, "middle"),
    outlined(edges.bottom, column, y + height - INSET, "middle"),
  ];
}

/** A bar across at the lower left, and one along the other axis at the lower right where its scale is another. */
function lengthBars(panel: Panel, { x, y, width, height }: Rect): MarkupValue {
  if (!panel.mm) return [];
  const { enlarge, reduce } = pixelScale(panel);
  const [down, across] = panel.mm.map((mm) => (mm * reduce) / enlarge);
  const bottom = y + height - INSET;
  const flat = scaleBar(width * across);
  const bars: MarkupValue[] = [
    outlined(flat.text, x + INSET, bottom - 8, "start"),
    bar({ x: x + INSET, y: bottom - 3, width: flat.mm / across, height: 3 }),
  ];
  if (Math.max(down / across, across / down) < ALIKE) return bars;
  const upright = scaleBar(height * down);
  const right = x + width - INSET;
  bars.push(
    outlined(upright.text, right - 8, bottom, "end"),
    bar({ x: right - 3, y: bottom - upright.mm / down, width: 3, height: upright.mm / down }),
  );
  return bars;
}

function bar({ x, y, width, height }: Rect): Markup {
  return markup`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff" stroke="#000" stroke-width="1"/>\n`;
}

/** White with a dark rim, so that it can be read on any colour. */
function outlined(text: string, x: number, y: number, anchor: "start" | "middle" | "end"): Markup {
  return markup`<text x="${x}" y="${y}" font-size="${SIZE}" font-weight="600" text-anchor="${anchor}" fill="#fff" stroke="#000" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${text}</text>\n`;
}
