/**
 * Sheets of plots: one or several plots side by side under a title, with one legend, as SVG.
 *
 * @module
 */

import { type DotPlot, dotPlotElements, ROW_HEIGHT } from "./dot_plot.ts";
import { type LinePlot, linePlotElements } from "./line_plot.ts";
import { DASHES, markElement, MOST_SERIES, plotStyle, type PlotTheme } from "./plot_theme.ts";
import { type Rect, svgRoot, textElement } from "./svg.ts";

/** A sheet. */
export interface PlotSheet {
  /** Text above all plots. */
  readonly title: string;
  /** Lines below it. */
  readonly caption: readonly string[];
  /** Names of the series, in the order of their numbers. */
  readonly series: readonly string[];
  /** Plots from the left; all of one kind, and dot plots with the same rows. */
  readonly plots: readonly (LinePlot | DotPlot)[];
}

const MARGIN = 28;
const GAP = 40;
const LINE_PLOT = { width: 420, height: 260, left: 48 } as const;
const DOT_PLOT = { width: 330, labels: 190 } as const;
/** Room above a plot's area for its title and, of lines, the label of the vertical axis. */
const ABOVE = { line: 52, dot: 36 } as const;
/** Room below it for numbers and label. */
const BELOW = 48;
/** Mean width of a letter in parts of the font's size, for the legend's spacing. */
const LETTER = 0.56;

/**
 * Draws a sheet.
 *
 * @param theme `auto` for files that a browser shows, `light` for what becomes a PNG.
 * @throws {RangeError} when there is no plot, or more series than can be told apart.
 */
export function plotSheetSvg(sheet: PlotSheet, theme: PlotTheme): string {
  const { title, caption, series, plots } = sheet;
  if (plots.length === 0 || series.length > MOST_SERIES) {
    const rule = `at least one plot and at most ${MOST_SERIES} series`;
    throw new RangeError(
      `Cannot draw plots as a sheet needs ${rule}: current counts are ${plots.length} and ${series.length}`,
    );
  }
  const areas = areasOf(sheet);
  const last = areas[areas.length - 1];
  const width = last.x + last.width + MARGIN;
  const height = last.y + last.height + BELOW + MARGIN - 8;
  const within = width - 2 * MARGIN;
  return svgRoot(width, height, [
    plotStyle(theme),
    `<rect class="paper" width="${width}" height="${height}"/>`,
    textElement(title, { x: MARGIN, y: MARGIN + 16, size: 19, weight: 600, className: "ink", within }),
    ...caption.map((line, i) =>
      textElement(line, { x: MARGIN, y: MARGIN + 40 + 19 * i, size: 13, className: "soft", within })
    ),
    ...legendElements(sheet, headingHeight(sheet) - 14),
    ...plots.flatMap((plot, i) => [
      textElement(plot.title, {
        x: titleX(plot, areas[i]),
        y: areas[i].y - ABOVE[plot.kind] + 20,
        size: 14,
        weight: 600,
        className: "ink",
      }),
      ...(plot.kind === "line"
        ? linePlotElements(plot, areas[i])
        : dotPlotElements(plot, areas[i], i === 0 ? DOT_PLOT.labels : 0)),
    ]),
  ]);
}

function titleX(plot: LinePlot | DotPlot, area: Rect): number {
  return plot.kind === "line" ? area.x - 8 : area.x;
}

/** Height of title, caption and legend. */
function headingHeight({ caption }: PlotSheet): number {
  return MARGIN + 24 + 19 * caption.length + 34;
}

function areasOf(sheet: PlotSheet): Rect[] {
  const y = headingHeight(sheet) + ABOVE[sheet.plots[0].kind];
  let x = MARGIN;
  return sheet.plots.map((plot, i) => {
    const left = plot.kind === "line" ? LINE_PLOT.left : i === 0 ? DOT_PLOT.labels + 12 : 0;
    const size = plot.kind === "line" ? LINE_PLOT : { width: DOT_PLOT.width, height: ROW_HEIGHT * plot.rows.length };
    const area = { x: x + left, y, width: size.width, height: size.height };
    x = area.x + area.width + GAP;
    return area;
  });
}

/** The legend in one line: a mark or a piece of line before each name. */
function legendElements({ series, plots }: PlotSheet, y: number): string[] {
  let x = MARGIN;
  return series.flatMap((name, i) => {
    const [start, long] = [x, plots[0].kind === "line"];
    const sign = long
      ? `<path class="line${i}" stroke-width="2" stroke-dasharray="${DASHES[i] || "none"}" d="M${start} ${y - 4}h26"/>`
      : markElement(i, start + 5, y - 4);
    const text = start + (long ? 34 : 16);
    x = text + LETTER * 13 * name.length + 28;
    return [sign, textElement(name, { x: text, y, size: 13, className: "soft" })];
  });
}
