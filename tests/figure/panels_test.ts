/** Figures: what the picture shows is what the numbers say. */
import assert from "node:assert/strict";
import { decode } from "npm:fast-png@8.0.0";
import { barNumbers } from "../../src/figure/colour_bar.ts";
import { type ColourMap, COLOURS, colourTable } from "../../src/figure/colour_map.ts";
import { layoutPanels } from "../../src/figure/layout.ts";
import { type Panel, panelPixels, pixelScale } from "../../src/figure/panel.ts";
import { panelsSvg, renderPanels } from "../../src/figure/render_panels.ts";
import type { Rect } from "../../src/figure/svg.ts";
import { colourAt, correlation, valueOf } from "../helpers/pictures.ts";
import { Random } from "../helpers/random.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const MAPS: ColourMap[] = ["grey", "magma", "viridis"];

function testPanel(map: ColourMap, width = 60, height = 40): Panel {
  const random = new Random(width + height);
  const data = Float32Array.from({ length: width * height }, (_, i) => (i % width) / width + 0.3 * random.uniform());
  return { title: `${map} of ${width} x ${height}`, data, width, height, range: [0, 1.3], map };
}

async function draw(panels: Panel[], options = {}): Promise<ReturnType<typeof decode>> {
  return await inFolder(async (directory) => {
    await renderPanels(panels, `${directory}/figure.png`, options);
    return decode(await Deno.readFile(`${directory}/figure.png`));
  });
}

Deno.test("the pixels of a drawn panel follow its array, r > 0.999, in every colour map", async () => {
  const panels = MAPS.map((map) => testPanel(map));
  const image = await draw(panels, { title: "Figure", caption: "Caption" });
  const { places, width, height } = layoutPanels(panels, { title: "Figure", caption: "Caption" });
  assert.deepEqual([image.width, image.height], [width, height]);
  panels.forEach((panel, p) => {
    const { enlarge } = pixelScale(panel);
    const table = colourTable(panel.map);
    const shown = panel.data.map((_, i) => {
      const [x, y] = [i % panel.width, Math.floor(i / panel.width)];
      const at = places[p].image;
      return valueOf(colourAt(image, at.x + (x + 0.5) * enlarge | 0, at.y + (y + 0.5) * enlarge | 0), table);
    });
    const r = correlation(shown, panel.data);
    assert.ok(r > 0.999, `${panel.map}: ${r}`);
  });
});

Deno.test("the colour bar runs through the map from its first colour to its last", async () => {
  const panels = MAPS.map((map) => testPanel(map));
  const image = await draw(panels);
  layoutPanels(panels).places.forEach(({ bar }, p) => {
    const table = colourTable(panels[p].map);
    const y = bar.y + bar.height / 2;
    for (const part of [0, 0.25, 0.5, 1]) {
      const x = bar.x + Math.round(part * (bar.width - 1));
      assert.ok(Math.abs(valueOf(colourAt(image, x, y), table) - part) < 0.01, `${panels[p].map} at ${part}`);
    }
  });
});

Deno.test("the numbers of a colour bar are the ends of the range and its middle", () => {
  const ranges = [[0, 1.8], [0.5, 1.5], [-0.25, 0.25], [0, 4095], [0.97123, 1.04321], [1e-9, 3e-9], [
    -2e7,
    5e8,
  ]] as const;
  for (const [lo, hi] of ranges) {
    const shown = barNumbers([lo, hi]).map((text) => Number(text.replaceAll("−", "-")));
    [lo, (lo + hi) / 2, hi].forEach((value, i) => {
      assert.ok(Math.abs(shown[i] - value) <= (hi - lo) / COLOURS, `${shown[i]} for ${value}`);
    });
  }
  assert.deepEqual(barNumbers([0, 1.8]), ["0", "0.9", "1.8"]);
  const svg = panelsSvg([{ ...testPanel("magma"), range: [-0.25, 1.75] }]);
  for (const text of [">−0.25<", ">0.75<", ">1.75<"]) assert.ok(svg.includes(text), text);
});

Deno.test("what is not finite is blank, what lies beyond the range takes the nearest colour", () => {
  const data = Float32Array.of(NaN, -9, 9, Infinity, 0.5);
  const panel: Panel = { title: "", data, width: 5, height: 1, range: [0, 1], map: "grey" };
  const { data: pixels } = panelPixels(panel, { enlarge: 1, reduce: 1 });
  assert.deepEqual([...pixels], [[236, 237, 240], [0, 0, 0], [255, 255, 255], [236, 237, 240], [128, 128, 128]].flat());
});

Deno.test("a large plane is shown by its block means, a small one by whole blocks of pixels", () => {
  assert.deepEqual(pixelScale({ width: 192, height: 192 }), { enlarge: 2, reduce: 1 });
  assert.deepEqual(pixelScale({ width: 7000, height: 100 }), { enlarge: 1, reduce: 6 });
  const data = Float32Array.of(0, 1, 0.5, 1, NaN, 0.5);
  const panel: Panel = { title: "", data, width: 3, height: 2, range: [0, 1], map: "grey" };
  const { data: pixels, width, height } = panelPixels(panel, { enlarge: 1, reduce: 2 });
  assert.deepEqual([width, height], [2, 1]);
  assert.deepEqual([...pixels], [170, 170, 170, 128, 128, 128]);
});

Deno.test("every colour map gets lighter from its first colour to its last", () => {
  for (const map of MAPS) {
    const table = colourTable(map);
    const lightness = (i: number) => 0.299 * table[3 * i] + 0.587 * table[3 * i + 1] + 0.114 * table[3 * i + 2];
    for (let i = 0; i + 4 < COLOURS; i++) assert.ok(lightness(i + 4) > lightness(i), `${map} at ${i}`);
  }
});

Deno.test("no two parts of a figure overlap, whatever the shapes, and all lie within it", () => {
  const random = new Random(2);
  for (let trial = 0; trial < 50; trial++) {
    const panels = Array.from(
      { length: random.integer(1, 7) },
      () => testPanel("grey", random.integer(1, 500), random.integer(1, 90)),
    );
    const options = { title: "Title", caption: "Caption", columns: random.integer(1, 5) };
    const { places, width, height, heading } = layoutPanels(panels, options);
    const parts: Rect[] = places.flatMap(({ image, title, bar }) => [
      image,
      { x: title.x, y: title.y - 14, width: title.width, height: 18 },
      { ...bar, height: bar.height + 20 },
    ]);
    parts.forEach((a, i) => {
      assert.ok(a.x >= 0 && a.y > heading.caption && a.x + a.width <= width && a.y + a.height <= height);
      for (const b of parts.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, JSON.stringify([a, b]));
      }
    });
  }
});

Deno.test("texts are drawn: title, caption and numbers leave dark pixels, signs of XML among them", async () => {
  const options = { title: 'a < b & "c"', caption: "voxels of 15 µm, −1.5 × 2" };
  const image = await draw([testPanel("viridis")], options);
  const { heading } = layoutPanels([testPanel("viridis")], options);
  for (const base of [heading.title, heading.caption]) {
    let dark = 0;
    for (let y = base - 10; y < base; y++) {
      for (let x = 0; x < image.width; x++) if (colourAt(image, x, y)[0] < 128) dark++;
    }
    assert.ok(dark > 100, `${dark} dark pixels above base line ${base}`);
  }
});

Deno.test("the same figure gives the same file", async () => {
  const [first, second] = [await draw([testPanel("magma")]), await draw([testPanel("magma")])];
  assert.deepEqual(first.data, second.data);
});

Deno.test("panels that contradict themselves are refused with the rule and the value", () => {
  const panel = testPanel("grey");
  assert.throws(() => panelsSvg([]), { name: "RangeError", message: /at least one panel: current count is 0$/ });
  assert.throws(() => panelsSvg([{ ...panel, width: 59 }]), {
    name: "RangeError",
    message: /width x height values: current values are 2400 for 59 x 40$/,
  });
  assert.throws(() => panelsSvg([{ ...panel, range: [1, 1] }]), {
    name: "RangeError",
    message: /range must grow: current value is 1 to 1$/,
  });
});
