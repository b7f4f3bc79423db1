/**
 * The page of web/ in headless Chromium, for tests.
 *
 * @module
 */

import type { Browser, BrowserContextOptions, Page } from "npm:playwright-core@1.65.1";
import { openNiftiBlob, wholeBox } from "../../exports/browser.ts";
import { buildNiftiHeader } from "../../src/io/nifti/template.ts";
import { openOmeZarrBlob } from "../../src/io/ome_zarr/blob.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";
import { BUILT_PAGE } from "../../web/build.ts";

/** Longest that anything may take before it counts as hung; it takes seconds, on a busy machine minutes. */
export const HUNG = { timeout: 900_000 };

/** A head of Debian's package mricron-data. */
export const HEAD = "/usr/share/mricron/templates/ch2.nii.gz";

/** Chromium without WebGPU. */
export const NO_GPU = ["--disable-gpu", "--disable-features=WebGPU"];

/** Chromium's own software adapter, and none at all. */
export const WAYS: readonly [backend: string, query: string, flags: readonly string[]][] = [
  ["webgpu", "?software", ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--ignore-gpu-blocklist"]],
  ["ts", "", NO_GPU],
];

/** A NIfTI of volumes. */
export function niftiFile(shape: Shape3, volumes: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const { bytes } = buildNiftiHeader({ shape, voxelSize: [1, 1, 1], dataType: "float32", volumes: volumes.length });
  return new Uint8Array([bytes, ...volumes.map(({ buffer }) => new Uint8Array(buffer))].flatMap((part) => [...part]));
}

/** An opened page, with what it complained about and asked for. */
export async function openWeb(
  browser: Browser,
  query = "",
  options: BrowserContextOptions = {},
  before = "",
  address: string = BUILT_PAGE.href,
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })).newPage();
  page.setDefaultTimeout(HUNG.timeout);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (/^(https?|wss?):/.test(request.url()) && request.url() !== address) {
      complaints.push(`asks for ${request.url()}`);
    }
  });
  await page.addInitScript(before);
  await page.goto(address + query);
  return { page, complaints };
}

/** Drops a file on the page; a place on it, for the mask. */
export async function dropFile(page: Page, bytes: Uint8Array, name = "head.nii", on = "body"): Promise<void> {
  await page.evaluate(`{
    const dropped = new DataTransfer();
    dropped.items.add(new File([Uint8Array.fromBase64("${bytes.toBase64()}")], "${name}"));
    const event = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
    document.querySelector("${on}").dispatchEvent(event);
  }`);
}

/** Waits for a correction to end, and returns what the page says of it. */
export async function settled(page: Page): Promise<string> {
  await page.waitForSelector("#status[data-state=done], #status[data-state=failed]", HUNG);
  return await page.textContent("#status") ?? "";
}

/** Waits until every worker has ended. */
export async function noWorkers(page: Page): Promise<void> {
  await Promise.all(page.workers().map((worker) => worker.waitForEvent("close", HUNG)));
}

/** A file that the page offers, inflated where it is a gzip. */
export async function offered(page: Page, role: string): Promise<Uint8Array<ArrayBuffer>> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#downloads a[data-role=${role}]`)]);
  const bytes = new Uint8Array(await Deno.readFile(await download.path()));
  if (!download.suggestedFilename().endsWith(".gz")) return bytes;
  return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).bytes();
}

/** The voxels of a NIfTI. */
export async function voxelsOf(bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const image = await openNiftiBlob("here", new Blob([bytes]));
  const values = new Float32Array(image.shape[0] * image.shape[1] * image.shape[2]);
  await image.volume(0).read(wholeBox(image.shape), values);
  return values;
}

/** The voxels of a level of an archive. */
export async function levelOf(archive: Uint8Array<ArrayBuffer>, level: number): Promise<Float32Array> {
  await using image = await openOmeZarrBlob("made", new Blob([archive]), { level, requireAllChunks: true });
  const values = new Float32Array(voxelCount(image.shape));
  await image.volume(0).read(wholeBox(image.shape), values);
  return values;
}
