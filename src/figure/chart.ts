/**
 * What a chart shows, as plain data. `draw_chart.ts` draws it, the same on a page and in a file.
 *
 * @module
 */

/** Two values, the lower one first. */
export type Range = readonly [lo: number, hi: number];

/** An axis of numbers. It reaches over everything that is drawn along it. */
export interface Axis {
  /** What it shows, with its unit. */
  readonly label: string;
  /**
   * Left out: `linear`. A logarithmic axis leaves out what is not above 0, and covers a decade at least, so that noise
   * does not look like news.
   */
  readonly scale?: "linear" | "log";
  /** Whether it begins at 0 and ends at a round number. */
  readonly fromZero?: boolean;
}

/** What every chart has. */
interface Common {
  readonly title: string;
  /** What is drawn, in a sentence. */
  readonly note?: string;
  /** The horizontal axis. */
  readonly x: Axis;
  /** A value of x that is marked by a line from top to bottom. */
  readonly mark?: number;
}

/** Curves over a pair of axes. */
export interface CurveChart extends Common {
  readonly y: Axis;
  /** Drawn in order; those of one name have one entry in the legend. */
  readonly series: readonly Curve[];
  /** A level to be met, as a dashed line. */
  readonly threshold?: { readonly name: string; readonly value: number };
}

/**
 * A dot plot (W. S. Cleveland 1984, doi:10.2307/2683253): rows from the top, in each a mark for every series that has
 * a value there.
 */
export interface DotChart extends Common {
  readonly rows: readonly string[];
  readonly series: readonly Dots[];
}

/** A chart. */
export type Chart = CurveChart | DotChart;

/** What a series of either kind has. */
interface Series {
  readonly name: string;
  /** Its colour, mark and pattern, from 0: the same for the same thing in all charts that are shown together. */
  readonly tone: number;
}

/** A curve. Points that are not finite are left out, and the curve is broken there. */
export interface Curve extends Series {
  /** Steps have one value between two neighbours in x, and an area below. */
  readonly shape: "line" | "steps" | "dots";
  /** One of many that are looked at together. */
  readonly thin?: boolean;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** The dots of one series, `undefined` where a row has none. */
export interface Dots extends Series {
  readonly values: readonly (Dot | undefined)[];
}

/** A value that is marked, and the smallest and largest of it, as a line. */
export interface Dot {
  readonly value: number;
  readonly range?: Range;
}

/** Tones of what a correction began with and of what came of it. */
export const [BEFORE, AFTER] = [0, 1] as const;
