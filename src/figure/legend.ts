/**
 * The signs of series, and the legend that names them. Series differ in colour and in mark or pattern, so that neither
 * colour blindness nor grey print hides one.
 *
 * @module
 */

import type { Chart, Curve } from "./chart.ts";
import { type Markup, markup } from "./markup.ts";
import { fixed, type Rect, textElement, textWidth } from "./svg.ts";

/** Corners of the marks, tone by tone; the first is a circle. */
const MARKS: readonly (readonly (readonly [dx: number, dy: number])[])[] = [
  [],
  [[-3.6, -3.6], [3.6, -3.6], [3.6, 3.6], [-3.6, 3.6]],
  [[0, -4.8], [4.6, 3.6], [-4.6, 3.6]],
  [[0, -5], [5, 0], [0, 5], [-5, 0]],
  [[0, 4.8], [4.6, -3.6], [-4.6, -3.6]],
  [[-4, -1.5], [4, -1.5], [4, 1.5], [-4, 1.5]],
];

/** A mark of a tone around a point, 8 pixels wide. */
export function markElement(tone: number, x: number, y: number): Markup {
  if (tone === 0) return markup`<circle class="mark" cx="${fixed(x)}" cy="${fixed(y)}" r="4"/>`;
  const corners = MARKS[tone].map(([dx, dy]) => `${fixed(x + dx)},${fixed(y + dy)}`);
  return markup`<polygon class="mark" points="${corners.join(" ")}"/>`;
}

/** Patterns of lines, tone by tone. */
const DASHES: readonly string[] = ["none", "8 3", "12 3 3 3", "4 2", "2 2", "14 4"];

/** The line of a curve along a path; in one piece where no other curve of the chart could be taken for it. */
export function lineElement({ tone, thin }: Curve, all: readonly Curve[], path: string): Markup {
  const alone = thin || all.every((other) => other.thin || other.tone === tone);
  return markup`<path class="line" stroke-dasharray="${alone ? "none" : DASHES[tone]}" d="${path}"/>`;
}

/** The classes of a series. */
export function classOf({ tone, thin }: Pick<Curve, "tone" | "thin">): string {
  return `tone${tone}${thin ? " thin" : ""}`;
}

/** A dashed line for a level to be met. */
export function levelElement(x0: number, x1: number, y: number): Markup {
  return markup`<path class="axis" stroke-dasharray="5 4" d="M${fixed(x0)} ${fixed(y)}H${fixed(x1)}"/>\n`;
}

type Sign = (x: number, y: number) => Markup;

/** A legend: its elements, and how high they are. */
interface Legend {
  readonly elements: readonly Markup[];
  readonly height: number;
}

/** Width of a sign with its distance to the name. */
const SIGN = { curve: 34, dot: 16 } as const;
/** Distance from entry to entry; height of a line; of its letters. */
const [GAP, LINE, SIZE] = [24, 20, 13] as const;

/** An entry for every name in the charts, in as many lines as the width asks for. */
export function legendOf(charts: readonly Chart[], { x, y, width }: Omit<Rect, "height">): Legend {
  const indent = charts.some((chart) => "rows" in chart) ? SIGN.dot : SIGN.curve;
  let [left, base] = [x, y + 14];
  const elements = [...signsOf(charts)].map(([name, sign]) => {
    const extent = indent + textWidth(name, SIZE);
    if (left > x && left + extent > x + width) [left, base] = [x, base + LINE];
    const text = textElement(name, { x: left + indent, y: base, size: SIZE, colour: "soft" });
    const entry = markup`${sign(left, base - 4)}${text}`;
    left += extent + GAP;
    return entry;
  });
  return { elements, height: base - y + LINE - 14 };
}

/** How the sign of each name is drawn, from a point to the right. */
function signsOf(charts: readonly Chart[]): ReadonlyMap<string, Sign> {
  return new Map(charts.flatMap((chart): [string, Sign][] => {
    if ("rows" in chart) {
      return chart.series.map((dots) => [
        dots.name,
        (x, y) => markup`<g class="${classOf(dots)}">${markElement(dots.tone, x + 5, y)}</g>`,
      ]);
    }
    const { series, threshold } = chart;
    return [
      ...series.map((curve): [string, Sign] => [
        curve.name,
        (x, y) => markup`<g class="${classOf(curve)}">${lineElement(curve, series, `M${x} ${y}h26`)}</g>`,
      ]),
      ...(threshold ? [[threshold.name, (x, y) => levelElement(x, x + 26, y)] as [string, Sign]] : []),
    ];
  }));
}
