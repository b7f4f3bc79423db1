/** The page of a comparison: both sides as their files have them, every figure with its meaning. */

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { compareFile } from "../../../src/evaluate/compare/compare.ts";
import type { CompareResult } from "../../../src/evaluate/compare/result.ts";
import type { CompareOptions } from "../../../src/options/compare_table.ts";
import { spherePhantom } from "../../../src/phantom/sphere.ts";
import type { Shape3 } from "../../../src/volume.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { viewDataOf, type ViewLayer } from "../../helpers/report_pages.ts";

const SHAPE: Shape3 = [12, 40, 44];
const FIT: CompareOptions = { second: "ts", nIterations: [4], nProcesses: 0, splineMm: 30, shrink: 2 };

async function compared(folder: string, options: CompareOptions): Promise<{ result: CompareResult; html: string }> {
  const html = `${folder}/page.html`;
  const job = { zarr: `${folder}/in.ome.zarr`, output: `${folder}/a.png`, html, level: 0, ...FIT, ...options };
  const result = await compareFile({ options: job, command: "n4 compare" });
  assert.ok(result);
  return { result, html: await Deno.readTextFile(html) };
}

/** The values that a layer's bytes stand for differ from these by half a step at most, but beyond its range. */
function assertShows({ data, range: [lo, hi] }: ViewLayer, values: Float32Array): void {
  const bytes = inflateSync(Uint8Array.fromBase64(data));
  assert.equal(bytes.length, values.length);
  values.forEach((value, i) => {
    const expected = Math.min(hi, Math.max(lo, value));
    assert.ok(Math.abs(lo + (bytes[i] / 255) * (hi - lo) - expected) < (0.501 * (hi - lo)) / 255, `voxel ${i}`);
  });
}

Deno.test("beside the input: the correction, its field over its mean, all figures with definitions", () =>
  inFolder(async (folder) => {
    const { intensity } = spherePhantom(SHAPE, 2);
    await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [intensity] });
    const { result, html } = await compared(folder, {});
    const { left, right, overlay } = viewDataOf(html);
    const [input, own] = result.sides;
    assert.deepEqual([left.name, right.name, overlay.name], ["Input", "n4 (TypeScript)", "Field"]);
    assertShows(left, intensity);
    assertShows(right, own.corrected);
    const meanOf = (values: Float32Array) => {
      const inside = values.filter((_, i) => result.mask[i] === 1);
      return inside.reduce((sum, value) => sum + value, 0) / inside.length;
    };
    const mean = meanOf(own.field);
    assertShows(overlay, own.field.map((value, i) => result.mask[i] === 1 ? value / mean : 0));
    const brightness = [left.range[1] / meanOf(input.corrected), right.range[1] / meanOf(own.corrected)];
    assert.ok(Math.abs(brightness[0] / brightness[1] - 1) < 1e-5, "both are white at the same multiple of their means");
    const text = html.replace(/<script.*?<\/script>/gs, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    for (const { label, definition } of result.metrics) {
      assert.ok(text.includes(label), label);
      assert.ok(text.includes(definition.replaceAll("<", "&lt;").replaceAll("'", "&#39;")), definition);
    }
    assert.match(text, /Log intensity .* Difference of intensities .* Convergence /);
    assert.equal(result.outputs.html, `${folder}/page.html`);
  }));

Deno.test("two corrections: one from a file on one side, how far their fields are apart over both", () =>
  inFolder(async (folder) => {
    const { intensity } = spherePhantom(SHAPE, 2);
    await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [intensity] });
    const flat = intensity.map((value, i) => value * (1 + i / intensity.length));
    await writeImage(`${folder}/flat.ome.zarr`, { shape: SHAPE, volumes: [flat] });
    const { result, html } = await compared(folder, { first: `${folder}/flat.ome.zarr` });
    const { left, right, overlay } = viewDataOf(html);
    assert.deepEqual([left.name, right.name, overlay.name], ["flat", "n4 (TypeScript)", "Difference"]);
    assertShows(left, await readImage(`${folder}/flat.ome.zarr`));
    assertShows(right, result.sides[1].corrected);
    const largest = result.metrics.find(({ key }) => key === "largestFieldDifference")?.value ?? NaN;
    assert.ok(Math.abs(overlay.range[1] / largest - 1) < 1e-5);
    assert.match(html, /flat from a file; n4 \(TypeScript\) on [^;]* in [\d.]+ s\./);
  }));
