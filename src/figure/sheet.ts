/**
 * Sheets of charts: one or several side by side under a title, with one legend, as an SVG file.
 *
 * @module
 */

import type { Chart } from "./chart.ts";
import { AROUND, chartElements, ROW_HEIGHT } from "./draw_chart.ts";
import { legendOf } from "./legend.ts";
import { type Rect, svgDocument, textElement, wrapText } from "./svg.ts";
import { MOST_TONES, type Theme } from "./theme.ts";

/** A sheet. */
export interface Sheet {
  /** Text above all charts. */
  readonly title: string;
  /** A sentence or two below it. */
  readonly caption: string;
  /** Charts from the left; all of one kind, and dot plots with the same rows. */
  readonly charts: readonly Chart[];
}

const MARGIN = 28;
const GAP = 40;
const CURVES = { width: 420, height: 260 } as const;
const DOTS = { width: 330, labels: 190 } as const;
const CAPTION = { size: 13, line: 19 } as const;
/** Height of a chart's title. */
const TITLE = 28;

/**
 * Draws a sheet.
 *
 * @param theme `auto` for files that a browser shows, `light` for what becomes a PNG.
 * @throws {RangeError} when there is no chart, or more series than can be told apart.
 */
export function sheetSvg({ title, caption, charts }: Sheet, theme: Theme): string {
  const tones = Math.max(0, ...charts.flatMap(({ series }) => series.map(({ tone }) => tone + 1)));
  if (charts.length === 0 || tones > MOST_TONES) {
    const rule = `at least one chart and at most ${MOST_TONES} series`;
    throw new RangeError(
      `Cannot draw charts as a sheet needs ${rule}: current counts are ${charts.length} and ${tones}`,
    );
  }
  const columns = columnsOf(charts);
  const last = columns[columns.length - 1];
  const width = last.x + last.width + MARGIN;
  const within = width - 2 * MARGIN;
  const lines = wrapText(caption, CAPTION.size, within);
  const below = MARGIN + 30 + CAPTION.line * lines.length;
  const legend = legendOf(charts, { x: MARGIN, y: below, width: within });
  const top = below + legend.height + 12;
  const areas = columns.map((column, i) => ({
    ...column,
    y: top + ("rows" in charts[i] ? TITLE : TITLE + AROUND.above),
  }));
  const height = Math.max(...areas.map((area) => area.y + area.height)) + AROUND.below + MARGIN - 8;
  return svgDocument(width, height, theme, [
    textElement(title, { x: MARGIN, y: MARGIN + 16, size: 19, weight: 600, colour: "ink", within }),
    ...lines.map((text, i) =>
      textElement(text, { x: MARGIN, y: MARGIN + 40 + CAPTION.line * i, size: CAPTION.size, colour: "soft" })
    ),
    ...legend.elements,
    ...charts.map((chart, i) => [
      textElement(chart.title, {
        x: areas[i].x - ("rows" in chart ? 0 : 8),
        y: top + 16,
        size: 14,
        weight: 600,
        colour: "ink",
      }),
      chartElements(chart, areas[i], i === 0 ? DOTS.labels : 0),
    ]),
  ]);
}

/**
 * Where the axes of each chart begin and end, and how high they are. The first of several dot plots names the rows of
 * all.
 */
function columnsOf(charts: readonly Chart[]): Omit<Rect, "y">[] {
  let x = MARGIN;
  return charts.map((chart, i) => {
    const dots = "rows" in chart;
    const { width, height } = dots ? { width: DOTS.width, height: ROW_HEIGHT * chart.rows.length } : CURVES;
    const column = { x: x + (!dots ? AROUND.left : i === 0 ? DOTS.labels + 12 : 0), width, height };
    x = column.x + width + GAP;
    return column;
  });
}
