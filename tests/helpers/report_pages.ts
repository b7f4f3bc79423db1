/**
 * Pages as `n4 correct --html` writes them, of small stacks, and what is in them.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import type { RunReport } from "../../src/report/run_report.ts";
import type { Shape3 } from "../../src/volume.ts";
import { writeImage } from "./images.ts";
import { octStack } from "./oct_stack.ts";

/** Voxels of the stack that is corrected. */
export const STACK_SHAPE: Shape3 = [12, 56, 64];

/** A page and the report of its run. */
export interface WrittenPage {
  readonly html: string;
  readonly path: string;
  readonly report: RunReport;
}

/** Corrects a small stack of three sections into `folder` and reads the page. @param name of the input, without its ending. */
export async function correctToPage(
  folder: string,
  options: CorrectOptions = {},
  name = "stack",
): Promise<WrittenPage> {
  const input = `${folder}/${name}.ome.zarr`;
  if (!await exists(input)) {
    const volumes = [octStack({ shape: STACK_SHAPE, seed: 7, sections: 3, scale: 400 })];
    await writeImage(input, { shape: STACK_SHAPE, volumes });
  }
  const path = `${folder}/page.html`;
  const report = await correctFile({
    input,
    output: `${folder}/corrected.ome.zarr`,
    options: { backend: "ts", html: path, overwrite: true, nSerialSlices: 3, nLevels: 0, ...options },
    command: `n4 correct ${input}`,
  });
  if (!report) throw new Error("the stack was not corrected");
  return { html: await Deno.readTextFile(path), path, report };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The data of the viewer. */
export function viewDataOf(html: string): ViewData {
  const [, text] = /<script id="view-data" type="application\/json">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(text);
}

/** What `src/page/client/viewer.js` reads. */
export interface ViewData {
  readonly shape: Shape3;
  readonly centres: readonly number[][];
  readonly extent: readonly number[];
  readonly upwards: boolean;
  readonly left: ViewLayer;
  readonly right: ViewLayer;
  readonly overlay: ViewLayer & { readonly table: string };
}

/** A volume in it. */
export interface ViewLayer {
  readonly name: string;
  readonly data: string;
  readonly range: readonly [number, number];
}
