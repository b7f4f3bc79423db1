/// <reference lib="dom" />
/** The pages of comparison and benchmark in headless Chromium: no complaint, no request, volumes that can be told apart, texts that can be read. */

import assert from "node:assert/strict";
import { benchmarkFile } from "../../src/evaluate/benchmark/benchmark.ts";
import { compareFile } from "../../src/evaluate/compare/compare.ts";
import { spherePhantom } from "../../src/phantom/sphere.ts";
import type { Shape3 } from "../../src/volume.ts";
import { browserTest, openPage } from "../helpers/browser_pages.ts";
import { writeImage } from "../helpers/images.ts";
import { contrastsOf } from "../helpers/page_contrast.ts";

const SHAPE: Shape3 = [12, 40, 44];

browserTest("two corrections lie under the divider, named by their programs", async (browser, folder) => {
  const { intensity } = spherePhantom(SHAPE, 2);
  const zarr = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [intensity] });
  const dark = intensity.map((value, i) => value * (1 + (i % 44) / 44));
  const first = await writeImage(`${folder}/other.ome.zarr`, { shape: SHAPE, volumes: [dark] });
  const html = `${folder}/page.html`;
  const fit = { second: "ts", nIterations: [3], nProcesses: 0, splineMm: 30, shrink: 2 };
  await compareFile({ options: { zarr, first, output: `${folder}/a.png`, html, level: 0, ...fit } });
  const { page, complaints, requests } = await openPage(browser, html);
  const stage = page.locator(".pane[data-axis='0'] .stage");
  const views = [];
  for (const name of ["other", "n4 (TypeScript)"]) {
    await page.getByRole("button", { name, exact: true }).click();
    views.push((await stage.screenshot()).toString("base64"));
  }
  assert.notEqual(views[0], views[1]);
  await page.getByLabel("Difference over it").focus();
  await page.keyboard.press("End");
  assert.equal(views.includes((await stage.screenshot()).toString("base64")), false);
  assert.deepEqual([complaints, requests.length], [[], 1]);
  for (const { text, contrast } of await contrastsOf(page)) assert.ok(contrast >= 4.5, `${text} ${contrast}`);
});

browserTest("a benchmark is figures, curves and tables, in both themes and any width", async (browser, folder) => {
  const html = `${folder}/page.html`;
  const phantoms = { phantomShapes: [[8, 16, 16], [8, 24, 24]] as const, nIterations: [3], nProcesses: 0, repeats: 1 };
  await benchmarkFile({ options: { output: `${folder}/out`, html, backends: ["ts"], ...phantoms } });
  for (const colorScheme of ["light", "dark"] as const) {
    const { page, complaints, requests } = await openPage(browser, html, { colorScheme });
    assert.ok(await page.locator(".figures li").count() >= 2);
    assert.ok(await page.locator(".chart svg").count() >= 3);
    assert.ok(await page.locator("table").count() >= 4);
    for (const { text, contrast } of await contrastsOf(page)) assert.ok(contrast >= 4.5, `${text} ${contrast}`);
    await page.setViewportSize({ width: 390, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
    assert.deepEqual([complaints, requests.length], [[], 1]);
  }
});
