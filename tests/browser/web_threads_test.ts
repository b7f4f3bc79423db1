/** The page of web/ on a host that isolates it: WebAssembly threads, the same bits. */
import assert from "node:assert/strict";
import { correctFile } from "../../mod.ts";
import { phantomFile } from "../../src/commands/phantom.ts";
import { buildPage, BUILT_PAGE } from "../../web/build.ts";
import { browserTest } from "../helpers/browser_pages.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { HEAD, HUNG, levelOf, NO_GPU, offered, openWeb, settled, voxelsOf } from "../helpers/web_page.ts";

/** Serves the page with the headers that its folder names. */
async function serveWeb(): Promise<Disposable & { readonly address: string }> {
  const page = await Deno.readFile(new URL("index.html", BUILT_PAGE));
  const text = await Deno.readTextFile(new URL("_headers", BUILT_PAGE));
  const lines = text.matchAll(/^ {2}(\S+): (.*)$/gm);
  const named = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
  const headers = { ...named, "content-type": "text/html" };
  // A browser may keep connections open, for whose end a server that is shut down would wait.
  const end = new AbortController();
  const how = { hostname: "127.0.0.1", port: 0, signal: end.signal, onListen() {} };
  const server = Deno.serve(how, () => new Response(page, { headers }));
  return { address: `http://127.0.0.1:${server.addr.port}/`, [Symbol.dispose]: () => end.abort() };
}

browserTest("an isolated page works on threads, to the bits of one, and cancels", async (browser, folder) => {
  await buildPage();
  using host = await serveWeb();
  const image = await writeImage(`${folder}/head.nii`, { shape: [40, 48, 44] });
  const stack = `${folder}/stack.ozx`;
  await phantomFile({ output: stack, options: { shape: [24, 40, 44], nSerialSlices: 4 } });
  const options = { backend: "ts", nProcesses: 0 } as const;
  for (const [input, output] of [[image, `${folder}/out.nii`], [stack, `${folder}/out.ozx`]]) {
    await correctFile({ input, output, options });
  }
  const { page, complaints } = await openWeb(browser, "", {}, "", host.address);
  assert.equal(await page.evaluate(`crossOriginIsolated`), true);
  await page.setInputFiles("#image", image);
  const text = await settled(page);
  print(text);
  const cores = Number(await page.evaluate(`navigator.hardwareConcurrency`));
  if (cores > 1) assert.match(text, new RegExp(`WebAssembly, ${cores} threads`));
  assert.deepEqual(await voxelsOf(await offered(page, "image")), await readImage(`${folder}/out.nii`));

  await page.evaluate(`document.querySelector("#status").dataset.state = ""`);
  await page.setInputFiles("#image", stack);
  assert.match(await settled(page), /^Corrected in/);
  assert.deepEqual(await levelOf(await offered(page, "image"), 0), await readImage(`${folder}/out.ozx`));

  await page.click("summary");
  await page.fill("#shrinkFactor", "1");
  // Every voxel of a head: it would take minutes.
  await page.setInputFiles("#image", HEAD);
  await page.click("#cancel", HUNG);
  assert.equal(await page.textContent("#status"), "Cancelled.");
  assert.deepEqual(complaints, []);
}, NO_GPU);
