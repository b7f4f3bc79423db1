/**
 * Figures: planes of numbers side by side as pictures, each with a title and a colour bar with numbers, as one PNG
 * file.
 *
 * @module
 */

import { createPartial } from "../io/files/partial.ts";
import { colourBar } from "./colour_bar.ts";
import { type FigureOptions, layoutPanels, type PanelPlace } from "./layout.ts";
import type { MarkupValue } from "./markup.ts";
import { checkPanel, type Panel, panelPixels } from "./panel.ts";
import { panelMarks } from "./panel_marks.ts";
import { rasterise } from "./rasterise.ts";
import { imageElement, svgDocument, textElement } from "./svg.ts";

/**
 * Draws panels into a PNG file; an existing one is replaced.
 *
 * @example
 * ```ts
 * import { renderPanels } from "./render_panels.ts";
 *
 * const data = Float32Array.from({ length: 64 * 48 }, (_, i) => Math.hypot((i % 64) - 32, i / 64 - 24));
 * await renderPanels([
 *   { title: "distance", data, width: 64, height: 48, range: [0, 40], map: "magma" },
 * ], "distance.png");
 * ```
 *
 * @throws {RangeError} when there is no panel, or one contradicts itself.
 * @throws {InputError} when the renderer or its fonts, in Deno's cache, cannot be read.
 * @throws {WriteError} when the file cannot be written.
 */
export async function renderPanels(
  panels: readonly Panel[],
  path: string,
  options: FigureOptions = {},
): Promise<void> {
  const png = await rasterise(panelsSvg(panels, options));
  await using partial = await createPartial(path, { kind: "file", overwrite: true, inputs: [] });
  await partial.write(png);
  await partial.commit();
}

/**
 * The figure as an SVG document.
 *
 * @throws {RangeError} when there is no panel, or one contradicts itself.
 */
export function panelsSvg(panels: readonly Panel[], options: FigureOptions = {}): string {
  if (panels.length === 0) {
    throw new RangeError("Cannot draw a figure as it needs at least one panel: current count is 0");
  }
  panels.forEach(checkPanel);
  const layout = layoutPanels(panels, options);
  const { width, height, margin: x, heading } = layout;
  const within = width - 2 * x;
  const { title, caption } = options;
  return svgDocument(width, height, "light", [
    title && textElement(title, { x, y: heading.title, size: 22, weight: 600, colour: "ink", within }),
    caption && textElement(caption, { x, y: heading.caption, size: 14, colour: "soft", within }),
    ...panels.map((panel, i) => panelElements(panel, layout.places[i])),
  ]);
}

function panelElements(panel: Panel, { image, title: { x, y, width }, bar }: PanelPlace): MarkupValue {
  return [
    textElement(panel.title, { x, y, size: 15, weight: 600, colour: "ink", within: width }),
    imageElement(panelPixels(panel), image),
    panelMarks(panel, image),
    colourBar(panel, bar),
  ];
}
