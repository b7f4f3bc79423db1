/** Stacks on the page of web/ in headless Chromium: OME-Zarr as folder and archive, corrected as the command does. */
import assert from "node:assert/strict";
import type { Page } from "npm:playwright-core@1.65.1";
import { correctFile } from "../../mod.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { buildPage } from "../../web/build.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { readImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { HUNG, levelOf, NO_GPU, offered, openWeb, settled, voxelsOf, WAYS } from "../helpers/web_page.ts";

const STACK = { shape: [24, 40, 44], nSerialSlices: 4 } as const;

/** What is typed for a stack, and what that is for the command. */
const TYPED = { preset: "oct", nSerialSlices: "4", nIterations: "4 4" };
const GIVEN = { preset: "oct", nSerialSlices: 4, nIterations: [4, 4] } as const;

/** Sets options on the page. */
async function type(page: Page): Promise<void> {
  await page.click("summary");
  await page.selectOption("#preset", TYPED.preset);
  await page.fill("#nSerialSlices", TYPED.nSerialSlices);
  await page.fill("#nIterations", TYPED.nIterations);
}

/** Drops something of the disk, as the system does. */
async function dropPath(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  for (const kind of ["dragEnter", "dragOver", "drop"] as const) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await session.send("Input.dispatchDragEvent", { type: kind, x: 300, y: 200, data });
  }
}

function apartness(found: Float32Array, wanted: Float32Array): number {
  assert.equal(found.length, wanted.length);
  let apart = 0;
  for (let i = 0; i < found.length; i++) {
    if (found[i] !== wanted[i]) apart = Math.max(apart, Math.abs(found[i] / wanted[i] - 1));
  }
  return apart;
}

for (const [backend, query, flags] of WAYS) {
  browserTest(
    `a stack is corrected with ${backend}, chosen or dropped, as archive and as folder`,
    async (browser, folder) => {
      await buildPage();
      const paths = ["stack.ome.zarr", "stack.ozx"].map((name) => `${folder}/${name}`);
      for (const output of paths) await phantomFile({ output, options: STACK });
      const out = `${folder}/out.ome.zarr`;
      await correctFile({
        input: paths[0],
        output: out,
        options: { ...GIVEN, backend: "ts", nProcesses: 0, saveBiasField: `${folder}/field.nii` },
      });
      const wanted = [await readImage(out), await readImage(out, 0, 1)];
      const ways: readonly ((page: Page) => Promise<void>)[] = [
        (page) => page.setInputFiles("#folder", paths[0]),
        (page) => dropPath(page, paths[0]),
        (page) => page.setInputFiles("#image", paths[1]),
        (page) => dropPath(page, paths[1]),
      ];
      // On SwiftShader one way is enough: they differ in what comes before the fit.
      for (const give of backend === "ts" ? ways : ways.slice(0, 1)) {
        const { page, complaints } = await openWeb(browser, query);
        await type(page);
        await give(page);
        const text = await settled(page);
        print(text);
        assert.equal(await page.getAttribute("#status", "data-backend"), backend, text);
        assert.match(
          await page.textContent("#command") ?? "",
          /^n4 correct stack\.(ozx|ome\.zarr) stack_n4\.ozx --preset oct --n-iterations 4 4 --n-serial-slices 4$/,
        );
        const archive = await offered(page, "image");
        for (const [level, values] of wanted.entries()) {
          const apart = apartness(await levelOf(archive, level), values);
          assertWithin(apart, "fitWebGpu", `level ${level}, ${backend}`);
          if (backend === "ts") assert.equal(apart, 0);
        }
        assert.equal((await levelOf(await offered(page, "mask"), 0)).length, wanted[0].length);
        await page.selectOption("#format", "nii.gz");
        await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
        await page.click("#correct");
        assert.match(await settled(page), /^Corrected in/);
        const field = await voxelsOf(await offered(page, "field"));
        assertWithin(apartness(field, await readImage(`${folder}/field.nii`)), "fitWebGpu", `field, ${backend}`);
        await page.frameLocator("#report").locator("#viewer[data-state=ready]").waitFor(HUNG);
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    },
    flags,
  );
}

browserTest("what is no stack, and what does not fit, is refused in a sentence", async (browser, folder) => {
  await buildPage();
  const path = `${folder}/stack.ome.zarr`;
  await phantomFile({ output: path, options: STACK });
  const { page, complaints } = await openWeb(
    browser,
    "",
    {},
    `
    Object.defineProperty(navigator, "deviceMemory", { value: 0.25 });`,
  );
  await page.setInputFiles("#folder", path);
  assert.match(await settled(page), /must fit into the 0\.25 GiB.*The command line can: n4 correct stack\.ome\.zarr/);
  for (const give of [() => page.setInputFiles("#folder", `${path}/0`), () => dropPath(page, `${path}/0/c`)]) {
    await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
    await give();
    assert.match(await settled(page), /^Cannot open/);
  }
  assert.deepEqual(complaints, []);
}, NO_GPU);
