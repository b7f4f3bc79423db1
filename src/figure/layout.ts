/**
 * Where everything of a figure lies: panels in a grid, each with its title above and its colour bar below.
 *
 * @module
 */

import { BAR_TEXT_HEIGHT } from "./colour_bar.ts";
import { type Panel, pixelScale } from "./panel.ts";
import type { Rect } from "./svg.ts";

/** What a figure has besides its panels. */
export interface FigureOptions {
  /** Title above all panels; left out: none. */
  readonly title?: string;
  /** A line below the title; left out: none. */
  readonly caption?: string;
  /** Panels side by side; left out: 4, or fewer where there are fewer. */
  readonly columns?: number;
}

/** Place of one panel's parts. */
export interface PanelPlace {
  /** Its pixels, one to one. */
  readonly image: Rect;
  /** Start of its title's base line, and the width that the title must keep within. */
  readonly title: { readonly x: number; readonly y: number; readonly width: number };
  /** Its colour bar without the numbers. */
  readonly bar: Rect;
}

/** Place of every part of a figure, in pixels. */
interface FigureLayout {
  /** Extent of the figure. */
  readonly width: number;
  /** Extent of the figure. */
  readonly height: number;
  /** Distance of everything from the figure's edges. */
  readonly margin: number;
  /** Base lines of title and caption. */
  readonly heading: { readonly title: number; readonly caption: number };
  /** One place per panel, in order. */
  readonly places: readonly PanelPlace[];
}

const MARGIN = 28;
const GAP = 28;
const TITLE_HEIGHT = 26;
const BAR_GAP = 12;
const BAR_HEIGHT = 12;
/** Narrowest cell: three numbers of a colour bar side by side, and a title. */
const MIN_CELL = 180;
/** Heights of the figure's title and caption with what they keep clear. */
const HEADING = { title: 34, caption: 26 } as const;

/** Places the panels of a figure, row by row; a row is as high as its highest panel. */
export function layoutPanels(panels: readonly Panel[], options: FigureOptions = {}): FigureLayout {
  const columns = Math.min(options.columns ?? 4, panels.length);
  const sizes = panels.map(shownSize);
  const cellWidth = Math.max(MIN_CELL, ...sizes.map((size) => size.width));
  const titleHeight = options.title === undefined ? 0 : HEADING.title;
  let y = MARGIN + titleHeight + (options.caption === undefined ? 0 : HEADING.caption);
  const places: PanelPlace[] = [];
  for (let first = 0; first < sizes.length; first += columns) {
    const row = sizes.slice(first, first + columns);
    const imageHeight = Math.max(...row.map((size) => size.height));
    row.forEach((size, column) => places.push(placePanel(size, column, cellWidth, y, imageHeight)));
    y += cellHeight(imageHeight) + GAP;
  }
  return {
    width: 2 * MARGIN + columns * cellWidth + (columns - 1) * GAP,
    height: y - GAP + MARGIN - BAR_TEXT_HEIGHT / 2,
    margin: MARGIN,
    heading: { title: MARGIN + 18, caption: MARGIN + titleHeight + 12 },
    places,
  };
}

function cellHeight(imageHeight: number): number {
  return TITLE_HEIGHT + imageHeight + BAR_GAP + BAR_HEIGHT + BAR_TEXT_HEIGHT;
}

function placePanel(size: Size, column: number, cellWidth: number, y: number, imageHeight: number): PanelPlace {
  const x = MARGIN + column * (cellWidth + GAP);
  const top = y + TITLE_HEIGHT;
  return {
    image: { x, y: top, ...size },
    title: { x, y: top - 10, width: cellWidth },
    bar: { x, y: top + imageHeight + BAR_GAP, width: Math.max(MIN_CELL, size.width), height: BAR_HEIGHT },
  };
}

type Size = Pick<Rect, "width" | "height">;

function shownSize(panel: Panel): Size {
  const { enlarge, reduce } = pixelScale(panel);
  const shown = (n: number) => Math.ceil(n / reduce) * enlarge;
  return { width: shown(panel.width), height: shown(panel.height) };
}
