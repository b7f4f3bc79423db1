/// <reference lib="dom" />
/** The page of a correction in headless Chromium: it moves with pointer and keyboard, asks nobody for anything, and is readable in both themes. */

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import type { Browser, Locator, Page } from "npm:playwright-core@1.65.1";
import { correctFile } from "../../src/commands/correct.ts";
import { browserTest, openPage } from "../helpers/browser_pages.ts";
import { writeImage } from "../helpers/images.ts";
import { contrastsOf } from "../helpers/page_contrast.ts";
import { correctToPage, type ViewData, viewDataOf, type WrittenPage } from "../helpers/report_pages.ts";

/** A test with the page of a correction. */
function pageTest(
  name: string,
  work: (browser: Browser, written: WrittenPage) => Promise<void>,
  inputName?: string,
): void {
  browserTest(name, async (browser, folder) => await work(browser, await correctToPage(folder, {}, inputName)));
}

/** Red of every pixel of a canvas, from its first row to its last. */
async function redsOf(canvas: Locator): Promise<number[]> {
  return await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const image = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, i) => image?.data[4 * i] ?? -1);
  });
}

browserTest(
  "a head has its planes' names, letters at the edges and places in mm of its affine",
  async (browser, folder) => {
    const affine = [-4, 0, 0, 40, 0, 4, 0, -60, 0, 0, 4, -40, 0, 0, 0, 1];
    await writeImage(`${folder}/head.nii`, { shape: [20, 30, 20], voxelSize: [4, 4, 4], affine });
    const html = `${folder}/page.html`;
    await correctFile({ input: `${folder}/head.nii`, output: `${folder}/out.nii`, options: { backend: "ts", html } });
    const { page, complaints } = await openPage(browser, html);
    assert.deepEqual(await page.locator(".pane label").allTextContents(), ["axial (z)", "coronal (y)", "sagittal (x)"]);
    assert.deepEqual(await page.locator(".pane[data-axis='0'] .edge").allTextContents(), ["R", "L", "A", "P"]);
    assert.deepEqual(await page.locator(".tag-scale").allTextContents(), ["20 mm", "20 mm", "20 mm"]);
    const stage = await page.locator(".pane[data-axis='0'] .stage").boundingBox();
    const bar = await page.locator(".pane[data-axis='0'] .scale rect").boundingBox();
    assert.ok(stage && bar && Math.abs(bar.width / stage.width - 20 / 80) < 0.01, "20 of 80 mm");
    // The voxel at the lower left: first row and column.
    await page.mouse.move(stage.x + 2, stage.y + stage.height - 2);
    assert.match(
      await page.locator(".readout").textContent() ?? "",
      /^z 9 {2}y 0 {2}x 0 {3}40.0 R {2}60.0 P {2}4.0 I mm {3}before/,
    );
    assert.deepEqual(complaints, []);
  },
);

/** A picture of the large pane. */
async function picture(page: Page): Promise<string> {
  return (await page.locator(".pane[data-axis='0'] .stage").screenshot()).toString("base64");
}

/** The bytes of a plane of a volume in the data block, by its definition. */
function planeOf({ shape: [nz, ny, nx], left }: ViewData, axis: number, index: number): number[] {
  const bytes = inflateSync(Uint8Array.fromBase64(left.data));
  const plane: number[] = [];
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) if ([z, y, x][axis] === index) plane.push(bytes[(z * ny + y) * nx + x]);
    }
  }
  return plane;
}

pageTest("each slider shows its plane, voxel by voxel, and arrow keys move it", async (browser, { path, html }) => {
  const { page, complaints } = await openPage(browser, path);
  const data = viewDataOf(html);
  for (const [axis, name] of ["z", "y", "x"].entries()) {
    const slider = page.getByLabel(name, { exact: true });
    const canvas = page.locator(`.pane[data-axis='${axis}'] canvas.left`);
    const start = Number(await slider.inputValue());
    assert.deepEqual(await redsOf(canvas), planeOf(data, axis, start));
    await slider.focus();
    for (
      const [key, index] of [["ArrowRight", start + 1], ["ArrowLeft", start], ["Home", 0], [
        "End",
        data.shape[axis] - 1,
      ]] as const
    ) {
      await page.keyboard.press(key);
      assert.deepEqual(await redsOf(canvas), planeOf(data, axis, index), `${name} after ${key}`);
      assert.equal(await page.locator(`.pane[data-axis='${axis}'] output`).textContent(), String(index));
      assert.equal(await slider.getAttribute("aria-valuetext"), `plane ${index} along ${name}`);
    }
  }
  assert.deepEqual(complaints, []);
});

pageTest(
  "the divider moves by key, by button and by pointer, and shows one volume on either side",
  async (browser, { path }) => {
    const { page, complaints } = await openPage(browser, path);
    const divider = page.getByLabel("Divider");
    const half = await picture(page);
    await divider.focus();
    await page.keyboard.press("Home");
    const after = await picture(page);
    await page.keyboard.press("End");
    const before = await picture(page);
    assert.ok(half !== after && half !== before && before !== after);
    await page.getByRole("button", { name: "After" }).click();
    assert.equal(await divider.inputValue(), "0");
    await page.getByRole("button", { name: "Before" }).click();
    assert.equal(await divider.inputValue(), "100");
    await divider.focus();
    for (let i = 0; i < 50; i++) await page.keyboard.press("ArrowLeft");
    assert.equal(await picture(page), half, "the same place, the same picture");
    const stage = await page.locator(".pane[data-axis='0'] .stage").boundingBox();
    assert.ok(stage);
    await page.mouse.move(stage.x + stage.width / 2, stage.y + 20);
    await page.mouse.down();
    await page.mouse.move(stage.x + 0.2 * stage.width, stage.y + 40);
    await page.mouse.up();
    assert.equal(await divider.inputValue(), "20");
    await page.mouse.dblclick(stage.x + 0.25 * stage.width, stage.y + 0.75 * stage.height);
    assert.deepEqual(await Promise.all(["y", "x"].map((name) => page.getByLabel(name, { exact: true }).inputValue())), [
      "42",
      "16",
    ]);
    assert.equal(await page.locator(".pane[data-axis='1'] output").textContent(), "42", "the plane is drawn as well");
    await page.mouse.move(stage.x + 0.2 * stage.width, stage.y + 40);
    assert.match(
      await page.locator(".readout").textContent() ?? "",
      /^z 5 {2}y (\d+) {2}x (\d+) {3}5.0 {2}\1\.0 {2}\2\.0 mm {3}before [\d.]+ {3}after [\d.]+ {3}field [\d.]+$/,
    );
    assert.deepEqual(complaints, []);
  },
);

pageTest(
  "the field lies over both sides in the colours of its bar, and brightness brightens",
  async (browser, { path, html }) => {
    const { page, complaints } = await openPage(browser, path);
    const { overlay } = viewDataOf(html);
    const table = Uint8Array.fromBase64(overlay.table);
    const plain = await picture(page);
    await page.getByLabel("Field over it").focus();
    await page.keyboard.press("End");
    const covered = await picture(page);
    assert.notEqual(covered, plain);
    const canvas = page.locator(".pane[data-axis='0'] canvas.overlay");
    const bytes = inflateSync(Uint8Array.fromBase64(overlay.data));
    const plane = bytes.subarray(5 * 56 * 64, 6 * 56 * 64);
    assert.deepEqual(await redsOf(canvas), [...plane].map((byte) => table[3 * byte]));
    assert.equal(await canvas.evaluate((element) => getComputedStyle(element).opacity), "1");
    await page.keyboard.press("Home");
    assert.equal(await picture(page), plain);
    await page.getByLabel("Brightness").focus();
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await picture(page), plain);
    assert.deepEqual(complaints, []);
  },
);

pageTest(
  "everything can be reached by the Tab key, in reading order, with a mark on what has the focus",
  async (browser, { path }) => {
    const { page } = await openPage(browser, path);
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press("Tab");
      const [name, width] = await page.evaluate(() => {
        const element = document.activeElement;
        const label = element?.id || element?.textContent?.trim().slice(0, 30) || "";
        return [element === document.body ? "" : label, element ? getComputedStyle(element).outlineWidth : ""];
      });
      if (name === "" || reached.length > 40) break;
      assert.equal(width, "2px", `${name} shows that it has the focus`);
      reached.push(name);
    }
    assert.deepEqual(reached, [
      "theme",
      ...["plane-z", "plane-y", "plane-x", "Before", "swipe", "After", "overlay", "brightness"],
      ...[
        "How it ran",
        "Where the time went",
        "Levels of the fits",
        "Fits",
        "Variation of the samples",
        "Every option",
      ],
    ]);
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll("input")].filter((one) => !one.labels?.length).length
    );
    assert.equal(unnamed, 0, "every slider has a label");
  },
);

pageTest("no request leaves the page, and a name that would be markup is shown as text", async (browser, { path }) => {
  const { page, complaints, requests } = await openPage(browser, path);
  assert.equal(requests.length, 1, requests.join(" "));
  assert.ok(requests[0].startsWith("file://"));
  assert.deepEqual(complaints, []);
  assert.equal(await page.locator("h1").textContent(), `<img src=x onerror=alert(1)>&"'.ome.zarr, bias corrected`);
  assert.equal(await page.locator("img").count(), 0);
  const refused = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'run'";
    document.body.append(script);
    return [document.title, await fetch("data:text/plain,x").then(() => "fetched", () => "refused")];
  });
  assert.ok(refused[0].endsWith("bias corrected"), "the policy lets no other script run");
  assert.equal(refused[1], "refused");
}, `<img src=x onerror=alert(1)>&"'`);

for (const theme of ["light", "dark"] as const) {
  pageTest(`in ${theme} every text has a contrast of at least 4.5`, async (browser, { path }) => {
    const { page } = await openPage(browser, path, { colorScheme: theme });
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => details.open = true));
    const contrasts = await contrastsOf(page);
    assert.ok(contrasts.length > 150, `${contrasts.length} texts`);
    for (const { text, contrast } of contrasts) assert.ok(contrast >= 4.5, `'${text}' has ${contrast.toFixed(2)}`);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await ground();
    await page.getByRole("button", { name: theme === "light" ? "Use dark colours" : "Use light colours" }).click();
    assert.notEqual(await ground(), before);
    const other = await contrastsOf(page);
    assert.ok(other.every(({ contrast }) => contrast >= 4.5), "the other theme by its button");
  });
}

pageTest(
  "a narrow window scrolls down only, and on paper there are no controls and nothing is shut",
  async (browser, { path }) => {
    for (const width of [320, 390, 768, 1100]) {
      const { page } = await openPage(browser, path, { viewport: { width, height: 800 } });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
      await page.context().close();
    }
    const { page } = await openPage(browser, path);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator(".settings").isVisible(), false);
    assert.equal(await page.locator("canvas.left").first().isVisible(), true);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("details:not([open])").count(), 0);
    assert.ok((await page.pdf()).length > 20_000);
  },
);
