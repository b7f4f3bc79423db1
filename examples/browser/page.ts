/// <reference lib="dom" />
/**
 * The page: drop a NIfTI file, see the middle plane before and after beside the field, download the result. Nothing
 * leaves the page.
 *
 * @module
 */

import { correctArray, niftiBlob, openNiftiBlob, type Shape3, wholeBox } from "../../exports/browser.ts";

/** `?software` lets a processor stand in for a GPU. */
const BACKEND = new URLSearchParams(location.search).has("software") ? "webgpu" : "auto";

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Cannot show the page as it must have an element '${id}': it has none`);
  return found as T;
}

/** Draws the middle plane, first row at the bottom, between two intensities. */
function drawPlane(canvas: HTMLCanvasElement, data: Float32Array, [nz, ny, nx]: Shape3, [lo, hi]: number[]): void {
  canvas.width = nx;
  canvas.height = ny;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(nx, ny);
  const plane = (nz >> 1) * ny * nx;
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      const grey = (255 * (data[plane + y * nx + x] - lo)) / (hi - lo || 1);
      image.data.set([grey, grey, grey, 255], 4 * ((ny - 1 - y) * nx + x));
    }
  }
  context.putImageData(image, 0, 0);
}

/** The value below which the given share of the voxels lies, from every so many of them. */
function percentile(data: Float32Array, share: number): number {
  const step = Math.max(1, Math.floor(data.length / 100_000));
  const some = data.filter((value, i) => i % step === 0 && isFinite(value)).sort();
  return some[Math.floor(share * (some.length - 1))] ?? 1;
}

async function take(file: File): Promise<void> {
  const status = element("status");
  status.dataset.state = "working";
  status.textContent = `Correcting ${file.name} ...`;
  // Lets the browser draw the line above before the work begins.
  await new Promise((resolve) => setTimeout(resolve, 20));
  try {
    const image = await openNiftiBlob(file.name, file);
    const { shape, voxelSize } = image;
    const before = new Float32Array(shape[0] * shape[1] * shape[2]);
    await image.volume(0).read(wholeBox(shape), before);
    const result = await correctArray(before, { shape, voxelSize, backend: BACKEND });
    const { corrected, report: { device, seconds, warnings } } = result;
    const field = await result.field();
    const ends = [percentile(field, 0), percentile(field, 1)];
    drawPlane(element("before"), before, shape, [0, percentile(before, 0.995)]);
    drawPlane(element("after"), corrected, shape, [0, percentile(corrected, 0.995)]);
    drawPlane(element("field"), field, shape, ends);
    element("range").textContent = `, black ${ends[0].toPrecision(3)} to white ${ends[1].toPrecision(3)}`;
    const link = element<HTMLAnchorElement>("download");
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(niftiBlob(image, corrected));
    link.download = file.name.replace(/(\.nii)?(\.gz)?$/, "_n4.nii");
    link.hidden = false;
    status.dataset.backend = device.kind;
    status.dataset.state = "done";
    const path = device.kind === "webgpu" ? "WebGPU" : "TypeScript";
    status.textContent = `${path}, ${seconds.toFixed(1)} s, ${device.name}. ${warnings.join(" ")}`;
  } catch (error) {
    status.dataset.state = "failed";
    status.textContent = error instanceof Error ? error.message : String(error);
  }
}

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) take(file);
});
element<HTMLInputElement>("file").addEventListener("change", (event) => {
  const file = (event.target as HTMLInputElement).files?.[0];
  if (file) take(file);
});
