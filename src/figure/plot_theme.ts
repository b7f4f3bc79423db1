/**
 * Colours and marks of plots, on white and on dark. Series differ in colour and in mark, so that neither colour blindness nor grey print hides one. The colours are
 * M. Okabe and K. Ito's (2008, https://jfly.uni-koeln.de/color/), darkened for white and lightened for dark paper to a contrast of at least 3 to 1.
 *
 * @module
 */

/** Colours of one paper. */
interface Paper {
  /** Background. */
  readonly paper: string;
  /** Titles. */
  readonly ink: string;
  /** Numbers and labels. */
  readonly soft: string;
  /** Axes. */
  readonly axis: string;
  /** Lines across a plot. */
  readonly grid: string;
  /** Series, in order. */
  readonly series: readonly string[];
}

const LIGHT: Paper = {
  paper: "#ffffff",
  ink: "#17181c",
  soft: "#43454d",
  axis: "#6f727c",
  grid: "#e3e4e8",
  series: ["#0072b2", "#d55e00", "#00805c", "#a8457f", "#7a6a00", "#5b5f97"],
};

const DARK: Paper = {
  paper: "#14161b",
  ink: "#f1f2f5",
  soft: "#b9bcc6",
  axis: "#8b8f9b",
  grid: "#2d3038",
  series: ["#56b4e9", "#f28a45", "#3fcf9f", "#e79ac3", "#e0c53a", "#a6abf0"],
};

/** How many series can be told apart. */
export const MOST_SERIES = LIGHT.series.length;

/** For whom a plot is drawn: `auto` follows the reader's choice of light or dark, `light` is white whatever it is. */
export type PlotTheme = "auto" | "light";

/** The style sheet that an SVG document holds: classes `paper`, `ink`, `soft`, `axis`, `grid`, `line0`... (strokes) and `fill0`... (series). */
export function plotStyle(theme: PlotTheme): string {
  const dark = theme === "auto" ? `\n@media (prefers-color-scheme: dark) {\n${rules(DARK)}\n}` : "";
  return `<style>\n${rules(LIGHT)}${dark}\n</style>`;
}

function rules({ paper, ink, soft, axis, grid, series }: Paper): string {
  return [
    `.paper { fill: ${paper} }`,
    `.ink { fill: ${ink} }`,
    `.soft { fill: ${soft} }`,
    `.axis { stroke: ${axis}; fill: none }`,
    `.grid { stroke: ${grid}; fill: none }`,
    ...series.flatMap((colour, i) => [`.line${i} { stroke: ${colour}; fill: none }`, `.fill${i} { fill: ${colour} }`]),
  ].join("\n");
}

/** A mark of series `i` around a point, 8 pixels wide. */
export function markElement(i: number, x: number, y: number): string {
  const [cx, cy] = [fixed(x), fixed(y)];
  const polygon = (...corners: readonly (readonly [number, number])[]) =>
    `<polygon class="fill${i}" points="${corners.map(([dx, dy]) => `${fixed(x + dx)},${fixed(y + dy)}`).join(" ")}"/>`;
  switch (i % 6) {
    case 0:
      return `<circle class="fill${i}" cx="${cx}" cy="${cy}" r="4"/>`;
    case 1:
      return polygon([-3.6, -3.6], [3.6, -3.6], [3.6, 3.6], [-3.6, 3.6]);
    case 2:
      return polygon([0, -4.8], [4.6, 3.6], [-4.6, 3.6]);
    case 3:
      return polygon([0, -5], [5, 0], [0, 5], [-5, 0]);
    case 4:
      return polygon([0, 4.8], [4.6, -3.6], [-4.6, -3.6]);
    default:
      return polygon([-4, -1.5], [4, -1.5], [4, 1.5], [-4, 1.5]);
  }
}

/** Patterns of lines, series by series. */
export const DASHES: readonly string[] = ["", "8 3", "12 3 3 3", "4 2", "2 2", "14 4"];

/** A coordinate with as many decimals as matter. */
export function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
