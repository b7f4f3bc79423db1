/**
 * Pages in headless Chromium, driven by playwright-core.
 *
 * @module
 */

import type { Browser, BrowserContextOptions, Page } from "npm:playwright-core@1.65.1";
import { inFolder } from "./nifti_files.ts";
import { chromium } from "./playwright.ts";

/** Where Debian's package puts it. */
const CHROMIUM = "/usr/bin/chromium";

/** An opened page and everything that it complained about or asked for. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** Opens a page; one with a viewer once its volumes are shown. */
export async function openPage(
  browser: Browser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on("console", (message) => {
    // That canvases are read back is these tests' doing.
    if (!message.text().startsWith("Canvas2D: Multiple readback")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`file://${encodeURI(path)}`);
  await page.waitForSelector("#theme:not([hidden])");
  if (await page.locator("#viewer").count() > 0) await page.waitForSelector("#viewer[data-state=ready]");
  return { page, complaints, requests };
}

function hasChromium(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

/**
 * A test in a folder of its own with a browser. It is left out where there is none, unless that is refused.
 *
 * @param flags of the command line.
 */
export function browserTest(
  name: string,
  work: (browser: Browser, folder: string) => Promise<void>,
  flags: readonly string[] = [],
): void {
  Deno.test({
    name,
    ignore: !hasChromium() && !Deno.env.get("N4_REQUIRE")?.split(",").includes("browser"),
    // Playwright keeps its pipe and its child until the process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", ...flags] });
        try {
          await work(browser, folder);
        } finally {
          await browser.close();
        }
      }),
  });
}
