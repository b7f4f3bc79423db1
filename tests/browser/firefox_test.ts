/** The page of web/ in headless Firefox. */
import assert from "node:assert/strict";
import { correctArray, niftiBlob, openNiftiBlob } from "../../exports/browser.ts";
import { correctFile } from "../../mod.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { openOmeZarrBlob } from "../../src/io/ome_zarr/blob.ts";
import { voxelCount, wholeBox } from "../../src/volume.ts";
import { buildPage, BUILT_PAGE } from "../../web/build.ts";
import { type FirefoxPage, withFirefox } from "../helpers/firefox.ts";
import { filesOf } from "../helpers/folder_files.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { print } from "../helpers/print.ts";
import { randomVolume } from "../helpers/volumes.ts";

const required = Deno.env.get("N4_REQUIRE")?.split(",").includes("browser");
const isHere = await Deno.stat("/usr/bin/firefox-esr").then(() => true, () => false);

/** Waits for an expression of the page to be true; a test that waits for ever is ended from outside. */
async function waitFor(page: FirefoxPage, expression: string, inFrame = false): Promise<void> {
  while (await page.evaluate(expression, inFrame) !== "true") await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Waits for the end of a correction. */
async function settled(page: FirefoxPage): Promise<string> {
  await waitFor(page, `/done|failed/.test(document.querySelector("#status").dataset.state)`);
  const text = await page.evaluate(`document.querySelector("#status").textContent`);
  print(text);
  return text;
}

/** Its policy lets nobody fetch what it offers: the blobs are kept as they are made. */
const KEEP = `{
  window.kept = new Map();
  const make = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => { const url = make(blob); kept.set(url, blob); return url; };
}`;

/** The bytes of a file that it offers. */
async function offered(page: FirefoxPage, role: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.fromBase64(
    await page.evaluate(`(async () => {
      const link = document.querySelector("#downloads a[data-role=${role}]");
      return new Uint8Array(await kept.get(link.href).arrayBuffer()).toBase64();
    })()`),
  );
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
        await page.evaluate(KEEP);
        await page.choose("#image", path);
        const text = await settled(page);
        assert.match(text, /^Corrected in/);
        await waitFor(page, `document.querySelector("#viewer")?.dataset.state === "ready"`, true);
        assert.equal(await page.evaluate(`document.querySelectorAll("#downloads a").length`), "5");
        const { corrected } = await correctArray(intensity, { shape, backend: "ts", nProcesses: 0 });
        const image = await openNiftiBlob("here", new Blob([await Deno.readFile(path)]));
        const wanted = new Uint8Array(await niftiBlob(image, corrected).arrayBuffer());
        assert.deepEqual(await offered(page, "image"), wanted);
        assert.deepEqual(page.complaints, []);
      });
    }),
});

/** Drops a folder's files; what Firefox hands out of a drop are entries, which nobody else can make. */
const dropFolder = (name: string, files: Readonly<Record<string, string>>) =>
  `{
  const entryOf = (name, below) => typeof below === "string"
    ? { name, isFile: true, file: (found) => found(new File([Uint8Array.fromBase64(below)], name)) }
    : { name, isDirectory: true, createReader() {
      const rest = Object.entries(below).map(([name, inside]) => entryOf(name, inside));
      return { readEntries: (found) => found(rest.splice(0, 2)) };
    } };
  const tree = {};
  for (const [path, bytes] of Object.entries(${JSON.stringify(files)})) {
    const parts = path.split("/");
    const last = parts.pop();
    parts.reduce((at, part) => at[part] ??= {}, tree)[last] = bytes;
  }
  const item = { kind: "file", getAsFile: () => null, webkitGetAsEntry: () => entryOf("${name}", tree) };
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { items: [item] };
  document.body.dispatchEvent(event);
}`;

Deno.test({
  name: "a stack as archive and as folder in Firefox is corrected as the command does",
  ignore: !isHere && !required,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      await buildPage();
      const options = { shape: [24, 40, 44], nSerialSlices: 4 } as const;
      for (const name of ["stack.ozx", "stack.ome.zarr"]) await phantomFile({ output: `${folder}/${name}`, options });
      const [input, output] = [`${folder}/stack.ozx`, `${folder}/out.ozx`];
      await correctFile({ input, output, options: { backend: "ts", nProcesses: 0 } });
      const wanted = await readImage(output);
      await Deno.mkdir(`${folder}/profile`);
      await withFirefox(BUILT_PAGE.href, `${folder}/profile`, async (page) => {
        await page.evaluate(KEEP);
        const files = await filesOf(`${folder}/stack.ome.zarr`);
        const texts = await Promise.all([...files].map(async ([key, blob]) => [key, (await blob.bytes()).toBase64()]));
        const ways = [
          () => page.choose("#image", input),
          () => page.evaluate(dropFolder("stack.ome.zarr", Object.fromEntries(texts))),
        ];
        for (const give of ways) {
          await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
          await give();
          assert.match(await settled(page), /^Corrected in/);
          await using image = await openOmeZarrBlob("made", new Blob([await offered(page, "image")]));
          const found = new Float32Array(voxelCount(image.shape));
          await image.volume(0).read(wholeBox(image.shape), found);
          assert.deepEqual(found, wanted);
        }
        assert.deepEqual(page.complaints, []);
      });
    }),
});
