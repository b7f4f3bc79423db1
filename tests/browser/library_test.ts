/** The program of docs/library.md for browsers, bundled as it says, in a page of headless Chromium. */
import assert from "node:assert/strict";
import { correctArray, niftiBlob, openNiftiBlob } from "../../exports/browser.ts";
import { programsIn, readPage } from "../docs/pages.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { ROOT } from "../helpers/command.ts";
import { randomVolume } from "../helpers/volumes.ts";
import { buildNiftiHeader } from "../../src/io/nifti/template.ts";
import type { Shape3 } from "../../src/volume.ts";

const SHAPE: Shape3 = [12, 20, 16];

browserTest("the library corrects a dropped file in a page of one's own", async (browser, folder) => {
  const program = programsIn(await readPage("docs/library.md")).at(-1) ?? "";
  await Deno.writeTextFile(`${folder}/page.ts`, program.replace("../n4/", ROOT));
  const bundle = {
    args: ["bundle", "--quiet", "--platform", "browser", "--output", "page.js", "page.ts"],
    cwd: folder,
  };
  assert.ok((await new Deno.Command("deno", bundle).output()).success);
  const script = (await Deno.readTextFile(`${folder}/page.js`)).replaceAll("</script", "<\\/script");
  await Deno.writeTextFile(`${folder}/page.html`, `<body><script type="module">${script}</script></body>`);

  const { intensity } = randomVolume({ shape: SHAPE, seed: 7 });
  const { bytes } = buildNiftiHeader({ shape: SHAPE, voxelSize: [1, 1, 1], dataType: "float32", volumes: 1 });
  const file = new Uint8Array([...bytes, ...new Uint8Array(intensity.buffer)]);
  const page = await browser.newPage();
  await page.goto(`file://${folder}/page.html`);
  await page.evaluate(`{
    const dropped = new DataTransfer();
    dropped.items.add(new File([Uint8Array.fromBase64("${file.toBase64()}")], "head.nii"));
    dispatchEvent(new DragEvent("drop", { dataTransfer: dropped }));
  }`);
  // Longest that it may take before it counts as hung; it takes seconds.
  await page.waitForSelector("a[download]", { state: "attached", timeout: 120_000 });
  const found = await page.evaluate(`(async () => {
    const data = await (await fetch(document.querySelector("a[download]").href)).arrayBuffer();
    return [document.title, new Uint8Array(data).toBase64()];
  })()`) as string[];
  assert.match(found[0], /^ts, \d/);
  const { corrected } = await correctArray(intensity, { shape: SHAPE, backend: "ts", nProcesses: 0 });
  const image = await openNiftiBlob("here", new Blob([file]));
  const wanted = new Uint8Array(await niftiBlob(image, corrected).arrayBuffer());
  assert.deepEqual(Uint8Array.fromBase64(found[1]), wanted);
}, ["--disable-gpu", "--disable-features=WebGPU"]);
