/** The page of web/ in headless Firefox. */
import assert from "node:assert/strict";
import { correctArray, niftiBlob, openNiftiBlob } from "../../exports/browser.ts";
import { buildPage, BUILT_PAGE } from "../../web/build.ts";
import { type FirefoxPage, withFirefox } from "../helpers/firefox.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { print } from "../helpers/print.ts";
import { randomVolume } from "../helpers/volumes.ts";

const required = Deno.env.get("N4_REQUIRE")?.split(",").includes("browser");
const isHere = await Deno.stat("/usr/bin/firefox-esr").then(() => true, () => false);

/** Waits for an expression of the page to be true; a test that waits for ever is ended from outside. */
async function waitFor(page: FirefoxPage, expression: string, inFrame = false): Promise<void> {
  while (await page.evaluate(expression, inFrame) !== "true") await new Promise((resolve) => setTimeout(resolve, 100));
}

Deno.test({
  name: "the page corrects a file in Firefox as the library does, shows its report and offers its files",
  ignore: !isHere && !required,
  // Firefox itself is ended, what it has started ends a little later.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      await buildPage();
      const shape = [16, 20, 18] as const;
      const { intensity } = randomVolume({ shape, seed: 6 });
      const path = await writeImage(`${folder}/head.nii`, { shape, volumes: [intensity] });
      await Deno.mkdir(`${folder}/profile`);
      await withFirefox(BUILT_PAGE.href, `${folder}/profile`, async (page) => {
        // Its policy lets nobody fetch what it offers: the blobs are kept as they are made.
        await page.evaluate(`{
          window.kept = new Map();
          const make = URL.createObjectURL.bind(URL);
          URL.createObjectURL = (blob) => { const url = make(blob); kept.set(url, blob); return url; };
        }`);
        await page.choose("#image", path);
        await waitFor(page, `/done|failed/.test(document.querySelector("#status").dataset.state)`);
        const text = await page.evaluate(`document.querySelector("#status").textContent`);
        print(text);
        assert.match(text, /^Corrected in/);
        await waitFor(page, `document.querySelector("#viewer")?.dataset.state === "ready"`, true);
        assert.equal(await page.evaluate(`document.querySelectorAll("#downloads a").length`), "5");
        const found = await page.evaluate(`(async () => {
          const link = document.querySelector("#downloads a[data-role=image]");
          return new Uint8Array(await kept.get(link.href).arrayBuffer()).toBase64();
        })()`);
        const { corrected } = await correctArray(intensity, { shape, backend: "ts", nProcesses: 0 });
        const image = await openNiftiBlob("here", new Blob([await Deno.readFile(path)]));
        const wanted = new Uint8Array(await niftiBlob(image, corrected).arrayBuffer());
        assert.deepEqual(Uint8Array.fromBase64(found), wanted);
        assert.deepEqual(page.complaints, []);
      });
    }),
});
