/**
 * Colours of charts, on white and on dark. Those of series are M. Okabe and K. Ito's (2008,
 * https://jfly.uni-koeln.de/color/), darkened for white and lightened for dark paper to a contrast of at least 3 to 1;
 * the first two, which pages use for text as well, to 4.5.
 *
 * @module
 */

/** A colour on white and on dark paper. */
type Pair = readonly [light: string, dark: string];

const COLOURS = {
  /** Background. */
  paper: ["#ffffff", "#14161b"],
  /** Titles. */
  ink: ["#17181c", "#f1f2f5"],
  /** Numbers and labels. */
  soft: ["#43454d", "#b9bcc6"],
  /** Axes and marked values. */
  axis: ["#6f727c", "#8b8f9b"],
  /** Lines across a chart. */
  grid: ["#e3e4e8", "#2d3038"],
} as const satisfies Readonly<Record<string, Pair>>;

const TONES: readonly Pair[] = [
  ["#a8480a", "#f2a663"],
  ["#0a5fbd", "#79b8ff"],
  ["#00805c", "#3fcf9f"],
  ["#a8457f", "#e79ac3"],
  ["#7a6a00", "#e0c53a"],
  ["#5b5f97", "#a6abf0"],
];

/** How many series can be told apart. */
export const MOST_TONES: number = TONES.length;

/**
 * Where a chart is drawn: `page` follows the page's own choice of light or dark, `auto` is a file for browsers that
 * follows the reader's, `light` is white whatever that is.
 */
export type Theme = "page" | "auto" | "light";

const SHAPES = `.axis, .grid, .line { fill: none }
.line { stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round }
.thin .line { stroke-width: 1; opacity: 0.55 }
.area { fill: currentColor; opacity: 0.13 }
.mark { fill: currentColor }`;

/** The rules for the classes that charts are drawn with: `paper`, `ink`, `soft`, `axis`, `grid`, `tone0` and so on. */
export function chartStyle(theme: Theme): string {
  if (theme === "page") return `${coloursOf(([light, dark]) => `light-dark(${light}, ${dark})`)}\n${SHAPES}`;
  const light = `${coloursOf(([light]) => light)}\n${SHAPES}`;
  return theme === "light"
    ? light
    : `${light}\n@media (prefers-color-scheme: dark) {\n${coloursOf(([, dark]) => dark)}\n}`;
}

function coloursOf(pick: (pair: Pair) => string): string {
  const { paper, ink, soft, axis, grid } = COLOURS;
  return [
    `.paper { fill: ${pick(paper)} }`,
    `.ink { fill: ${pick(ink)} }`,
    `.soft { fill: ${pick(soft)} }`,
    `.axis { stroke: ${pick(axis)} }`,
    `.grid { stroke: ${pick(grid)} }`,
    ...TONES.map((tone, i) => `.tone${i} { color: ${pick(tone)} }`),
  ].join("\n");
}
