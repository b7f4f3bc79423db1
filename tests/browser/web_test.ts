/** The page of web/ in headless Chromium: dropped files are corrected as the command corrects them, with WebGPU and without. */
import assert from "node:assert/strict";
import { correctArray } from "../../exports/browser.ts";
import type { Shape3 } from "../../src/volume.ts";
import { buildPage } from "../../web/build.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { print } from "../helpers/print.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { randomVolume } from "../helpers/volumes.ts";
import {
  dropFile,
  HEAD,
  HUNG,
  niftiFile,
  NO_GPU,
  noWorkers,
  offered,
  openWeb,
  settled,
  voxelsOf,
  WAYS,
} from "../helpers/web_page.ts";

for (const [backend, query, flags] of WAYS) {
  browserTest(
    `the page corrects a dropped file with ${backend}, shows its report and offers its files`,
    async (browser) => {
      await buildPage();
      const shape: Shape3 = [24, 30, 36];
      const { intensity } = randomVolume({ shape, seed: 3 });
      const { page, complaints } = await openWeb(browser, query);
      await dropFile(page, niftiFile(shape, [intensity]));
      const text = await settled(page);
      print(text);
      assert.equal(await page.getAttribute("#status", "data-backend"), backend, text);
      const report = page.frameLocator("#report");
      await report.locator("#viewer[data-state=ready]").waitFor(HUNG);
      assert.match(await report.locator("h1").textContent() ?? "", /^head\.nii, bias corrected/);
      assert.equal(await page.textContent("#command"), "n4 correct head.nii head_n4.nii");

      const wanted = await correctArray(intensity, { shape, backend: "ts", nProcesses: 0 });
      for (const [role, values] of [["image", wanted.corrected], ["field", await wanted.field()]] as const) {
        const found = await voxelsOf(await offered(page, role));
        assert.equal(found.length, values.length);
        let apart = 0;
        for (let i = 0; i < values.length; i++) apart = Math.max(apart, Math.abs(found[i] / values[i] - 1));
        assertWithin(apart, "fitWebGpu", `${role}, ${backend}`);
        if (backend === "ts") assert.deepEqual(found, values);
      }
      const own = new TextDecoder().decode(await offered(page, "page"));
      assert.match(own, /^<!doctype html>[^]*bias corrected/);
      assert.deepEqual(complaints, []);
    },
    flags,
  );
}

/** What the worker begins with: an adapter that passes for a GPU. */
const A_GPU = `
  Object.defineProperty(GPUAdapter.prototype, "info", { get: () => ({ description: "A GPU", vendor: "test" }) });
  const open = GPUAdapter.prototype.requestDevice;
`;

/** What the worker begins with: a device that is changed by \`does\`. */
const changedDevice = (does: string) =>
  `${A_GPU}
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    const device = await open.apply(this, wanted);
    const submit = device.queue.submit.bind(device.queue);
    const compile = device.createComputePipelineAsync.bind(device);
    ${does}
    return device;
  };
`;

/** How WebGPU fails, what makes it so, and what the page warns of. */
const FAILURES: readonly [what: string, script: string, warning: RegExp][] = [
  ["has no adapter", `GPU.prototype.requestAdapter = () => Promise.resolve(null);`, /^$/],
  [
    "gives no device",
    `${A_GPU} GPUAdapter.prototype.requestDevice = () => Promise.reject(new DOMException("no device"));`,
    /^$/,
  ],
  [
    "has no memory",
    changedDevice(`device.createBuffer = () => { throw new RangeError("out of memory"); };`),
    /device must have memory left: out of memory\. Going on with the TypeScript backend/,
  ],
  [
    "refuses a kernel",
    changedDevice(`device.createComputePipelineAsync = () => Promise.reject(new DOMException("no such kernel"));`),
    /device must accept it: no such kernel\. Going on with the TypeScript backend/,
  ],
  [
    "is lost in the middle of the fit",
    changedDevice(`
      let submitted = 0;
      device.queue.submit = (commands) => {
        submit(commands);
        if (++submitted === 30) device.destroy();
      };`),
    /device must be there: it was lost.*Going on with the TypeScript backend/,
  ],
  [
    "is lost in the middle of the correction",
    changedDevice(`
      let corrects = false;
      device.createComputePipelineAsync = (kernel) => {
        corrects ||= kernel.label === "apply";
        return compile(kernel);
      };
      device.queue.submit = (commands) => {
        submit(commands);
        if (corrects) device.destroy();
      };`),
    /device must be there: it was lost.*Correcting again with WebAssembly/,
  ],
];

for (const [what, script, warning] of FAILURES) {
  browserTest(`WebAssembly does the work where WebGPU ${what}`, async (browser) => {
    await buildPage();
    const shape: Shape3 = [24, 30, 36];
    const { intensity } = randomVolume({ shape, seed: 3 });
    const { page, complaints } = await openWeb(
      browser,
      "",
      {},
      `{
      const make = URL.createObjectURL.bind(URL);
      URL.createObjectURL = (blob) => make(
        blob.type === "text/javascript" ? new Blob([${JSON.stringify(script)}, blob], { type: blob.type }) : blob,
      );
    }`,
    );
    await dropFile(page, niftiFile(shape, [intensity]));
    assert.match(await settled(page), /^Corrected in .* by WebAssembly/);
    assert.match(await page.textContent("#warnings") ?? "", warning);
    const { corrected } = await correctArray(intensity, { shape, backend: "ts", nProcesses: 0 });
    const found = await voxelsOf(await offered(page, "image"));
    let apart = 0;
    for (let i = 0; i < found.length; i++) apart = Math.max(apart, Math.abs(found[i] / corrected[i] - 1));
    assertWithin(apart, "fitWebGpu", `image, WebGPU ${what}`);
    assert.deepEqual(complaints, []);
  }, WAYS[0][2]);
}

browserTest("a browser that lacks what the page needs is told so", async (browser) => {
  await buildPage();
  const { page, complaints } = await openWeb(browser, "", {}, "delete Uint8Array.fromBase64;");
  assert.match(await page.textContent("#status") ?? "", /the browser is too old: Chrome or Edge 140/);
  assert.deepEqual(complaints, []);
  const { page: another } = await openWeb(browser);
  assert.equal(await another.textContent("#status"), "No image yet.");
}, NO_GPU);

browserTest("bad files and options are told in a sentence, and the page goes on", async (browser) => {
  await buildPage();
  const shape: Shape3 = [12, 16, 14];
  const { intensity } = randomVolume({ shape, seed: 4 });
  const good = niftiFile(shape, [intensity]);
  const { page, complaints } = await openWeb(browser);
  const bad = [new TextEncoder().encode("no image at all"), good.subarray(0, 900), new Uint8Array([0x1f, 0x8b, 8, 0])];
  for (const bytes of bad) {
    await dropFile(page, bytes);
    assert.match(await settled(page), /^Cannot /);
    await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
  }
  await page.click("summary");
  await page.fill("#nIterations", "many");
  await dropFile(page, good);
  assert.match(await settled(page), /'Iterations' as it must be integers/);
  await page.fill("#nIterations", "3 2");
  await dropFile(page, good, "mask.nii", "#mask-place");
  await page.waitForSelector("#no-mask:not([hidden])", HUNG);
  await page.click("#correct");
  await page.waitForSelector("#result:not([hidden])", HUNG);
  assert.match(await settled(page), /^Corrected in/);
  assert.equal(
    await page.textContent("#command"),
    "n4 correct head.nii head_n4.nii --n-iterations 3 2 --mask mask.nii",
  );
  assert.deepEqual(complaints, []);
}, NO_GPU);

browserTest("a correction is cancelled at once, and twenty more leave nothing behind", async (browser) => {
  await buildPage();
  const shape: Shape3 = [40, 48, 44];
  const { intensity } = randomVolume({ shape, seed: 5 });
  const { page, complaints } = await openWeb(browser);
  await page.click("summary");
  await page.fill("#shrinkFactor", "1");
  // Every voxel of a head: it would take minutes.
  await page.setInputFiles("#image", HEAD);
  await page.click("#cancel", HUNG);
  assert.equal(await page.textContent("#status"), "Cancelled.");
  await noWorkers(page);
  await page.fill("#shrinkFactor", "4");
  await page.fill("#nIterations", "2");
  await dropFile(page, niftiFile(shape, [intensity]));
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize / 2 ** 20;
  };
  const heaps: number[] = [];
  for (let i = 0; i < 21; i++) {
    await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
    await page.evaluate(`document.querySelector("#form").requestSubmit()`);
    assert.match(await settled(page), /^Corrected in/);
    heaps.push(await heap());
  }
  print(`heap of the page after the first and the last: ${heaps[0].toFixed(2)} and ${heaps[20].toFixed(2)} MiB`);
  assert.ok(heaps[20] < heaps[0] + 2, `${heaps.map((size) => size.toFixed(1)).join(" ")} MiB`);
  await noWorkers(page);
  assert.equal(await page.locator("#downloads a").count(), 5);
  assert.deepEqual(complaints, []);
}, NO_GPU);

browserTest(
  "a head is shown on a phone in the dark, and every control has a name and is reached by keyboard",
  async (browser) => {
    await buildPage();
    const options = { viewport: { width: 400, height: 800 }, colorScheme: "dark", hasTouch: true } as const;
    const { page, complaints } = await openWeb(browser, "", options);
    await page.setInputFiles("#image", HEAD);
    assert.match(await settled(page), /^Corrected in/);
    await page.frameLocator("#report").locator("#viewer[data-state=ready]").waitFor(HUNG);
    assert.ok(
      Number(await page.evaluate(`document.documentElement.scrollWidth`)) <= 400,
      "nothing is wider than the screen",
    );
    assert.equal(await page.evaluate(`getComputedStyle(document.body).backgroundColor`), "rgb(13, 15, 19)");
    const nameless = await page.evaluate(`[...document.querySelectorAll("input, select, button, progress, iframe, a")]
    .filter((one) => !(one.labels?.length || one.getAttribute("aria-label") || one.title || one.textContent.trim()))
    .map((one) => one.outerHTML)`);
    assert.deepEqual(nameless, []);
    const reached: unknown[] = [];
    await page.evaluate(`document.querySelector("details").open = true`);
    for (let i = 0; i < 40 && !reached.includes("report"); i++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(`document.activeElement.id || document.activeElement.tagName`));
    }
    for (const id of ["image", "folder", "mask", "SUMMARY", "preset", "nIterations", "correct", "copy"]) {
      assert.ok(reached.includes(id), `${id} is reached by keyboard: ${reached.join(" ")}`);
    }
    assert.deepEqual(complaints, []);
  },
  NO_GPU,
);
