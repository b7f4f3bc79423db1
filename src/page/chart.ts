/**
 * Charts inside a page: without a script, in the colours of the page's theme.
 *
 * @module
 */

import type { CurveChart } from "../figure/chart.ts";
import { AROUND, chartElements } from "../figure/draw_chart.ts";
import { legendOf } from "../figure/legend.ts";
import { type Markup, markup } from "../figure/markup.ts";

/** Width of the drawing and height of its axes, in units of the SVG. */
const [WIDTH, AXES] = [440, 200] as const;

/** A chart with its title, legend and note. */
export function chartMarkup(chart: CurveChart): Markup {
  const { title, note } = chart;
  const legend = legendOf([chart], { x: 0, y: 0, width: WIDTH });
  const y = legend.height + 8 + AROUND.above;
  const area = { x: AROUND.left, y, width: WIDTH - AROUND.left - 6, height: AXES };
  return markup`<figure class="chart card"><h3>${title}</h3>
<svg viewBox="0 0 ${WIDTH} ${y + AXES + AROUND.below}" role="img" aria-label="${title}: ${note}">
${legend.elements}${chartElements(chart, area)}</svg>
<figcaption>${note}</figcaption></figure>
`;
}
