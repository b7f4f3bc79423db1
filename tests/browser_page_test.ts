/** The page of examples/browser in headless Chromium: a dropped file is corrected as the library corrects it, with WebGPU and without. */
import assert from "node:assert/strict";
import { buildPage, BUILT_PAGE } from "../examples/browser/build.ts";
import { correctVolume, ownThread } from "../examples/browser/correct_volume.ts";
import { niftiBlob, openNiftiBlob } from "../examples/browser/nifti_blob.ts";
import { buildNiftiHeader } from "../src/io/nifti/template.ts";
import type { Shape3 } from "../src/volume.ts";
import { ChromiumPage, hasChromium } from "./helpers/chromium.ts";
import { print } from "./helpers/print.ts";
import { assertWithin } from "./helpers/tolerances.ts";
import { randomVolume } from "./helpers/volumes.ts";

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

for (const [backend, query, flags] of WAYS) {
  Deno.test({
    name: `the page corrects a dropped file with ${backend}`,
    ignore: !hasChromium() && !Deno.env.get("N4_REQUIRE")?.split(",").includes("browser"),
    fn: async () => {
      await buildPage();
      const file = volumeFile();
      await using page = await ChromiumPage.open(BUILT_PAGE.href + query, flags);
      const answer = await page.evaluate<{ state: string; backend: string; text: string; name: string; data: string }>(
        `(async () => {
          const bytes = Uint8Array.from(atob("${file.toBase64()}"), (c) => c.charCodeAt(0));
          const dropped = new DataTransfer();
          dropped.items.add(new File([bytes], "head.nii"));
          dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
          const status = document.getElementById("status");
          while (!["done", "failed"].includes(status.dataset.state)) await new Promise((r) => setTimeout(r, 50));
          const link = document.getElementById("download");
          const data = link.hidden ? new Uint8Array() : new Uint8Array(await (await fetch(link.href)).arrayBuffer());
          let text = "";
          for (const byte of data) text += String.fromCharCode(byte);
          const { state, backend } = status.dataset;
          return { state, backend, text: status.textContent, name: link.download, data: btoa(text) };
        })()`,
      );
      print(`path: ${answer.backend ?? "none"} (${answer.text})`);
      assert.equal(answer.state, "done", answer.text);
      assert.equal(answer.backend, backend, answer.text);
      assert.equal(answer.name, "head_n4.nii");
      const image = await openNiftiBlob("here", new Blob([file as Uint8Array<ArrayBuffer>]));
      const expected = await correctVolume(image.volume(0), ownThread);
      const wanted = new Uint8Array(await niftiBlob(image, expected.after).arrayBuffer());
      const found = Uint8Array.fromBase64(answer.data);
      assert.equal(found.length, wanted.length);
      const [ours, theirs] = [found, wanted].map((bytes) => new Float32Array(bytes.buffer, 352));
      let apart = 0;
      for (let i = 0; i < theirs.length; i++) apart = Math.max(apart, Math.abs(ours[i] / theirs[i] - 1));
      assertWithin(apart, "fitWebGpu", `page, ${backend}`);
    },
  });
}
