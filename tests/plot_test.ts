/** Plots: axes whose pixels are the numbers, marks where the values are, both papers. */

import assert from "node:assert/strict";
import { decode } from "npm:fast-png@8.0.0";
import { axisAlong, type AxisSpec, numberText } from "../src/figure/plot_axis.ts";
import { type PlotSheet, plotSheetSvg } from "../src/figure/plot_sheet.ts";
import { MOST_SERIES, plotStyle } from "../src/figure/plot_theme.ts";
import { rasterise } from "../src/figure/rasterise.ts";
import { colourAt } from "./helpers/pictures.ts";
import { Random } from "./helpers/random.ts";

const LINES: PlotSheet = {
  title: "Lines <of> a & b",
  caption: ["A caption."],
  series: ["a", "b"],
  plots: [{
    kind: "line",
    title: "Plot",
    x: { label: "x", domain: [0, 10] },
    y: { label: "y", domain: [0, 4] },
    lines: [
      { series: 0, x: [0, 5, 10], y: [1, NaN, 3] },
      { series: 1, x: [0, 5, 10], y: [4, 2] },
    ],
    mark: 5,
  }],
};

const DOTS: PlotSheet = {
  title: "Dots",
  caption: [],
  series: ["a", "b"],
  plots: [{
    kind: "dot",
    title: "Plot",
    x: { label: "s", scale: "log", domain: [0.1, 100] },
    rows: [
      { label: "first", dots: [{ series: 0, value: 1, range: [0.5, 2] }, { series: 1, value: 10 }] },
      { label: "second", dots: [{ series: 0, value: 50 }] },
    ],
  }],
};

Deno.test("ticks lie where their numbers say, within the axis, at least two and not too many, on either scale", () => {
  const random = new Random(4);
  for (let trial = 0; trial < 300; trial++) {
    const lo = 10 ** random.between(-9, 6);
    const log = trial % 2 === 1;
    const hi = lo * (1 + 10 ** random.between(log ? -0.3 : -3, log ? 9 : 4));
    const spec: AxisSpec = { label: "", scale: log ? "log" : "linear", domain: [lo, hi] };
    const { at, ticks } = axisAlong(spec, 40, 440, 70);
    assert.ok(ticks.length >= 2 && ticks.length <= 13, `${ticks.length} ticks from ${lo} to ${hi}`);
    for (const [value, text] of ticks) {
      assert.ok(at(value) >= 40 - 1e-6 && at(value) <= 440 + 1e-6, text);
      const part = log ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
      const inside = (at(value) - at(lo)) / (at(hi) - at(lo));
      assert.ok(Math.abs(part - inside) < 1e-6);
      const back = Number(text.replaceAll("−", "-"));
      assert.ok(Math.abs(back - value) <= 1e-5 * Math.max(Math.abs(value), hi - lo), `${text} for ${value}`);
    }
    assert.equal(new Set(ticks.map(([, text]) => text)).size, ticks.length, "no number twice");
  }
});

Deno.test("numbers are short: plain ones, powers of ten beyond, a true minus sign", () => {
  assert.deepEqual([0, 0.5, -2, 12000, 1e-9, 2.5e7].map(numberText), ["0", "0.5", "−2", "12000", "1e−9", "2.5e7"]);
});

Deno.test("a mark stands at its value, a hair line from the smallest to the largest", () => {
  const svg = plotSheetSvg(DOTS, "light");
  // The first mark is the legend's.
  const [, x1, x50] = [...svg.matchAll(/<circle class="fill0" cx="([\d.]+)"/g)].map(([, x]) => x);
  const [, from, to] = /class="line0" stroke-width="1.5" d="M([\d.]+) [\d.]+H([\d.]+)"/.exec(svg) ?? [];
  const decade = (Number(x50) - Number(x1)) / Math.log10(50);
  assert.ok(decade > 50);
  assert.ok(Math.abs(Number(x1) - Number(from) - decade * Math.log10(2)) < 0.05);
  assert.ok(Math.abs(Number(to) - Number(x1) - decade * Math.log10(2)) < 0.05);
});

Deno.test("lines have a gap where there is no value, steps run along their edges, texts are those of XML", () => {
  const svg = plotSheetSvg(LINES, "light");
  const [, line] = /class="line0" stroke-width="1.8"[^>]* d="([^"]+)"/.exec(svg) ?? [];
  assert.equal(line?.match(/M/g)?.length, 2);
  const [, steps] = /class="line1" stroke-width="1.8"[^>]* d="([^"]+)"/.exec(svg) ?? [];
  assert.match(steps ?? "", /^M[\d.]+ [\d.]+V[\d.]+H[\d.]+V[\d.]+H[\d.]+V[\d.]+$/);
  assert.ok(svg.includes("Lines &lt;of&gt; a &amp; b"));
});

Deno.test("a plot is drawn in the colours of its paper, and only a file for browsers knows the dark one", async () => {
  assert.match(plotStyle("auto"), /@media \(prefers-color-scheme: dark\)/);
  assert.doesNotMatch(plotStyle("light"), /@media/);
  const image = decode(await rasterise(plotSheetSvg(DOTS, "light")));
  assert.deepEqual(colourAt(image, 2, 2), [255, 255, 255]);
  const colours = new Set<string>();
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) colours.add(colourAt(image, x, y).join());
  }
  for (const [r, g, b] of [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00]]) assert.ok(colours.has(`${r},${g},${b}`));
});

Deno.test("every colour of a series stands out from both papers (3 to 1) and differs from the others", () => {
  for (const [paper, rules] of plotStyle("auto").split("@media").map((part, i) => [["#ffffff", "#14161b"][i], part])) {
    const series = [...rules.matchAll(/\.fill\d \{ fill: (#\w{6}) \}/g)].map(([, colour]) => colour);
    assert.equal(series.length, MOST_SERIES);
    assert.equal(new Set(series).size, MOST_SERIES);
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

Deno.test("a sheet without a plot, or with more series than can be told apart, is refused", () => {
  assert.throws(() => plotSheetSvg({ ...DOTS, plots: [] }, "light"), {
    name: "RangeError",
    message: /counts are 0 and 2$/,
  });
  const many = Array.from({ length: MOST_SERIES + 1 }, (_, i) => `s${i}`);
  assert.throws(() => plotSheetSvg({ ...DOTS, series: many }, "light"), {
    name: "RangeError",
    message: /at most 6 series/,
  });
});
