/**
 * `deno task suite bench:page IMAGE`: the page of web/ in headless Chromium without a GPU, opened from the disk: milliseconds to its first paint, and from the
 * choice of an image to the picture of the correction, four times.
 *
 * @module
 */

import { chromium } from "../tests/helpers/playwright.ts";
import { NO_GPU, openWeb } from "../tests/helpers/web_page.ts";
import { print } from "../tests/helpers/print.ts";
import { buildPage } from "../web/build.ts";

/** When the browser painted something first, ms since it was asked for the page. */
const FIRST_PAINT = `new Promise((resolve) => new PerformanceObserver((list) =>
  list.getEntriesByName("first-contentful-paint").forEach(({ startTime }) => resolve(startTime))
).observe({ type: "paint", buffered: true }))`;

await buildPage();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", ...NO_GPU] });
for (let round = 0; round < 4; round++) {
  const { page } = await openWeb(browser);
  const paint = Number(await page.evaluate(FIRST_PAINT));
  const begin = performance.now();
  await page.setInputFiles("#image", Deno.args[0]);
  await page.frameLocator("#report").locator("#viewer[data-state=ready]").waitFor();
  print(`first paint ${paint.toFixed(0)} ms, picture ${(performance.now() - begin).toFixed(0)} ms`);
  await page.context().close();
}
await browser.close();
