/** The page of examples/browser in headless Chromium: a dropped file is corrected as the library corrects it, with WebGPU and without. */
import assert from "node:assert/strict";
import type { Page } from "npm:playwright-core@1.65.1";
import { buildPage, BUILT_PAGE } from "../../examples/browser/build.ts";
import { correctArray, niftiBlob, openNiftiBlob } from "../../exports/browser.ts";
import { buildNiftiHeader } from "../../src/io/nifti/template.ts";
import type { Shape3 } from "../../src/volume.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { print } from "../helpers/print.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [24, 30, 36];

/** Chromium's own software adapter, and none at all. */
const WAYS: readonly [backend: string, query: string, flags: readonly string[]][] = [
  ["webgpu", "?software", ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--ignore-gpu-blocklist"]],
  ["ts", "", ["--disable-gpu", "--disable-features=WebGPU"]],
];

function volumeFile(): Uint8Array {
  const { intensity } = randomVolume({ shape: SHAPE, seed: 3 });
  const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType: "float32", volumes: 1 } as const;
  const { bytes } = buildNiftiHeader(spec);
  return new Uint8Array([...bytes, ...new Uint8Array(intensity.buffer)]);
}

/** Drops a file on the page. @returns the page's status and what it offers for download, once it is done or has failed. */
async function dropFile(page: Page, file: Uint8Array) {
  await page.evaluate(`{
    const bytes = Uint8Array.fromBase64("${file.toBase64()}");
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], "head.nii"));
    dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }`);
  // Longest that it may take before it counts as hung; it takes seconds.
  await page.waitForSelector("#status[data-state=done], #status[data-state=failed]", { timeout: 120_000 });
  const answer = await page.evaluate(`(async () => {
    const [status, link] = ["status", "download"].map((id) => document.getElementById(id));
    const data = link.hidden ? new Uint8Array() : new Uint8Array(await (await fetch(link.href)).arrayBuffer());
    return { ...status.dataset, text: status.textContent, name: link.download, data: data.toBase64() };
  })()`);
  return answer as Readonly<Record<"state" | "backend" | "text" | "name" | "data", string>>;
}

for (const [backend, query, flags] of WAYS) {
  browserTest(`the page corrects a dropped file with ${backend}`, async (browser) => {
    await buildPage();
    const file = volumeFile();
    const page = await browser.newPage();
    await page.goto(BUILT_PAGE.href + query);
    const answer = await dropFile(page, file);
    print(`path: ${answer.backend ?? "none"} (${answer.text})`);
    assert.equal(answer.state, "done", answer.text);
    assert.equal(answer.backend, backend, answer.text);
    assert.equal(answer.name, "head_n4.nii");
    const image = await openNiftiBlob("here", new Blob([file as Uint8Array<ArrayBuffer>]));
    const { intensity } = randomVolume({ shape: SHAPE, seed: 3 });
    const { corrected } = await correctArray(intensity, { shape: SHAPE, backend: "ts", nProcesses: 0 });
    const wanted = new Uint8Array(await niftiBlob(image, corrected).arrayBuffer());
    const found = Uint8Array.fromBase64(answer.data);
    assert.equal(found.length, wanted.length);
    const [ours, theirs] = [found, wanted].map((bytes) => new Float32Array(bytes.buffer, 352));
    let apart = 0;
    for (let i = 0; i < theirs.length; i++) apart = Math.max(apart, Math.abs(ours[i] / theirs[i] - 1));
    assertWithin(apart, "fitWebGpu", `page, ${backend}`);
  }, flags);
}
