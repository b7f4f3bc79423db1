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
export interface FigureLayout {
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

/** Places the panels of a figure, row by row. */
export function layoutPanels(panels: readonly Panel[], options: FigureOptions = {}): FigureLayout {
  const columns = Math.min(options.columns ?? 4, panels.length);
  const sizes = panels.map(shownSize);
  const cell = {
    width: Math.max(MIN_CELL, ...sizes.map((size) => size.width)),
    image: Math.max(...sizes.map((size) => size.height)),
  };
  const cellHeight = TITLE_HEIGHT + cell.image + BAR_GAP + BAR_HEIGHT + BAR_TEXT_HEIGHT;
  const titleHeight = options.title === undefined ? 0 : HEADING.title;
  const top = MARGIN + titleHeight + (options.caption === undefined ? 0 : HEADING.caption);
  const places = sizes.map((size, i): PanelPlace => {
    const x = MARGIN + (i % columns) * (cell.width + GAP);
    const y = top + Math.floor(i / columns) * (cellHeight + GAP);
    const image = { x, y: y + TITLE_HEIGHT, ...size };
    const barY = image.y + cell.image + BAR_GAP;
    return {
      image,
      title: { x, y: y + TITLE_HEIGHT - 10, width: cell.width },
      bar: { x, y: barY, width: Math.max(MIN_CELL, size.width), height: BAR_HEIGHT },
    };
  });
  const rows = Math.ceil(panels.length / columns);
  return {
    width: 2 * MARGIN + columns * cell.width + (columns - 1) * GAP,
    height: top + rows * cellHeight + (rows - 1) * GAP + MARGIN - GAP / 2,
    margin: MARGIN,
    heading: { title: MARGIN + 18, caption: MARGIN + titleHeight + 12 },
    places,
  };
}

function shownSize(panel: Panel): { width: number; height: number } {
  const { enlarge, reduce } = pixelScale(panel);
  const shown = (n: number) => Math.ceil(n / reduce) * enlarge;
  return { width: shown(panel.width), height: shown(panel.height) };
}
