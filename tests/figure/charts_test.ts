/** Charts: axes whose pixels are the numbers, marks where the values are, both papers. */

import assert from "node:assert/strict";
import { decode } from "npm:fast-png@8.0.0";
import { domainOf, placeAxis, tickText } from "../../src/figure/axis.ts";
import type { Axis, CurveChart, DotChart } from "../../src/figure/chart.ts";
import { rasterise } from "../../src/figure/rasterise.ts";
import { type Sheet, sheetSvg } from "../../src/figure/sheet.ts";
import { textWidth } from "../../src/figure/svg.ts";
import { chartStyle, MOST_TONES } from "../../src/figure/theme.ts";
import { colourAt } from "../helpers/pictures.ts";
import { Random } from "../helpers/random.ts";

const CURVES: CurveChart = {
  title: "Chart",
  x: { label: "x" },
  y: { label: "y", fromZero: true },
  series: [
    { name: "a", tone: 0, shape: "line", x: [0, 5, 10], y: [1, NaN, 3] },
    { name: "b", tone: 1, shape: "steps", x: [0, 5, 10], y: [4, 2] },
  ],
  mark: 5,
};

const MARKS: DotChart = {
  title: "Chart",
  x: { label: "s", scale: "log" },
  rows: ["first", "second"],
  series: [
    { name: "a", tone: 0, values: [{ value: 1, range: [0.5, 2] }, { value: 50 }] },
    { name: "b", tone: 1, values: [{ value: 10 }, undefined] },
  ],
};

const LINES: Sheet = { title: "Lines <of> a & b", caption: "A caption.", charts: [CURVES] };
const DOTS: Sheet = { title: "Dots", caption: "", charts: [MARKS] };

Deno.test("ticks lie where their numbers say, within the axis, apart, at least two and not too many, on either scale", () => {
  const random = new Random(4);
  for (let trial = 0; trial < 300; trial++) {
    const lo = 10 ** random.between(-9, 6);
    const log = trial % 2 === 1;
    const hi = lo * (1 + 10 ** random.between(log ? -0.3 : -3, log ? 9 : 4));
    const axis: Axis = { label: "", scale: log ? "log" : "linear", fromZero: !log && trial % 3 === 0 };
    const { at, ticks } = placeAxis(axis, [axis.fromZero ? 0 : lo, hi], 40, 440);
    assert.ok(ticks.length >= 2 && ticks.length <= 13, `${ticks.length} ticks from ${lo} to ${hi}`);
    for (const [i, [value, text]] of ticks.entries()) {
      assert.ok(at(value) >= 40 - 1e-6 && at(value) <= 440 + 1e-6, text);
      const part = log ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
      const inside = (at(value) - at(lo)) / (at(hi) - at(lo));
      assert.ok(Math.abs(part - inside) < 1e-6);
      const back = Number(text.replaceAll("−", "-").replaceAll(",", ""));
      assert.ok(Math.abs(back - value) <= 1e-5 * Math.max(Math.abs(value), hi - lo), `${text} for ${value}`);
      const before = i === 0 ? -Infinity : at(ticks[i - 1][0]) + textWidth(ticks[i - 1][1], 12) / 2;
      assert.ok(at(value) - textWidth(text, 12) / 2 > before, `${text} beside its neighbour from ${lo} to ${hi}`);
    }
    assert.equal(new Set(ticks.map(([, text]) => text)).size, ticks.length, "no number twice");
  }
});

Deno.test("an axis reaches over its values, a logarithmic one over a decade at least", () => {
  assert.deepEqual(domainOf({ label: "" }, [[3, NaN], [1, Infinity]]), [1, 3]);
  assert.deepEqual(domainOf({ label: "", fromZero: true }, [[0, 0]]), [0, 1]);
  assert.deepEqual(domainOf({ label: "", scale: "log" }, [[0, 1, 100]]), [1, 100]);
  const [lo, hi] = domainOf({ label: "", scale: "log" }, [[2, 3]]) ?? [NaN, NaN];
  assert.ok(Math.abs(hi / lo - 10) < 1e-9 && Math.abs(lo * hi - 6) < 1e-9);
  assert.equal(domainOf({ label: "" }, [[NaN]]), undefined);
});

Deno.test("numbers are short: plain ones, powers of ten beyond, a true minus sign", () => {
  assert.deepEqual([0, 0.5, -2, 12000, 1e-9, 2.5e7].map(tickText), ["0", "0.5", "−2", "12,000", "1e−9", "2.5e7"]);
});

Deno.test("a mark stands at its value, a hair line from the smallest to the largest", () => {
  const svg = sheetSvg(DOTS, "light");
  // The first mark is the legend's.
  const [, x1, x50] = [...svg.matchAll(/<circle class="mark" cx="([\d.]+)"/g)].map(([, x]) => x);
  const [, from, to] = /class="line" d="M([\d.]+) [\d.]+H([\d.]+)"/.exec(svg) ?? [];
  const decade = (Number(x50) - Number(x1)) / Math.log10(50);
  assert.ok(decade > 50);
  assert.ok(Math.abs(Number(x1) - Number(from) - decade * Math.log10(2)) < 0.05);
  assert.ok(Math.abs(Number(to) - Number(x1) - decade * Math.log10(2)) < 0.05);
});

Deno.test("lines have a gap where there is no value, steps run along their edges, texts are those of XML", () => {
  const svg = sheetSvg(LINES, "light");
  // The first two lines are the legend's.
  const [, , line, steps] = [...svg.matchAll(/class="line"[^>]* d="([^"]+)"/g)].map(([, path]) => path);
  assert.equal(line?.match(/M/g)?.length, 2);
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = steps.slice(1).split("L").map((point) =>
    point.split(" ").map(Number)
  );
  assert.deepEqual([y1, x2, y3], [y0, x1, y2], "along, up or down, along");
  assert.ok(x0 < x1 && x2 < x3 && y0 < y2, "edges from the left, the higher value first");
  assert.ok(svg.includes("Lines &lt;of&gt; a &amp; b"));
});

Deno.test("a plot is drawn in the colours of its paper, and only a file for browsers knows the dark one", async () => {
  assert.match(chartStyle("auto"), /@media \(prefers-color-scheme: dark\)/);
  assert.doesNotMatch(chartStyle("light"), /@media/);
  const image = decode(await rasterise(sheetSvg(DOTS, "light")));
  assert.deepEqual(colourAt(image, 2, 2), [255, 255, 255]);
  const colours = new Set<string>();
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) colours.add(colourAt(image, x, y).join());
  }
  for (const [r, g, b] of [[0xa8, 0x48, 0x0a], [0x0a, 0x5f, 0xbd]]) assert.ok(colours.has(`${r},${g},${b}`));
});

Deno.test("every colour of a series stands out from both papers (3 to 1) and differs from the others", () => {
  for (const [paper, rules] of chartStyle("auto").split("@media").map((part, i) => [["#ffffff", "#14161b"][i], part])) {
    const series = [...rules.matchAll(/\.tone\d \{ color: (#\w{6}) \}/g)].map(([, colour]) => colour);
    assert.equal(series.length, MOST_TONES);
    assert.equal(new Set(series).size, MOST_TONES);
    for (const colour of series) assert.ok(contrast(colour, paper) >= 3, `${colour} on ${paper}`);
  }
});

/** Contrast of two colours by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [lo, hi] = [luminance(a), luminance(b)].sort((p, q) => p - q);
  return (hi + 0.05) / (lo + 0.05);
}

Deno.test("a sheet without a chart, or with more series than can be told apart, is refused", () => {
  assert.throws(() => sheetSvg({ ...DOTS, charts: [] }, "light"), {
    name: "RangeError",
    message: /counts are 0 and 0$/,
  });
  const many = Array.from({ length: MOST_TONES + 1 }, (_, tone) => ({ name: `s${tone}`, tone, values: [] }));
  assert.throws(() => sheetSvg({ ...DOTS, charts: [{ ...MARKS, series: many }] }, "light"), {
    name: "RangeError",
    message: /at most 6 series/,
  });
});

Deno.test("a long caption and a long legend take more lines, and no letter gets smaller or leaves the sheet", () => {
  const series = MARKS.series.map((dots) => ({ ...dots, name: `${dots.name} ${"long ".repeat(9)}` }));
  const svg = sheetSvg({ ...DOTS, caption: "word ".repeat(40), charts: [{ ...MARKS, series }] }, "light");
  const [, width] = /width="(\d+)"/.exec(svg) ?? [];
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"[^>]*>([^<]*)</g)];
  for (const name of [/^word/, /long/]) {
    const lines = texts.filter(([, , , , text]) => name.test(text));
    assert.ok(lines.length > 1);
    assert.equal(new Set(lines.map(([, , y]) => y)).size, lines.length, "a line each");
    for (const [, x, , size, text] of lines) {
      assert.equal(size, "13");
      assert.ok(Number(x) + textWidth(text, 13) <= Number(width), text);
    }
  }
});
