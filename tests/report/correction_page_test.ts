/** The page of a correction: whole in one file, closed against the network and against what names and metadata hold, the same for every way to run. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { colourTable } from "../../src/figure/colour_map.ts";
import { openImage } from "../../src/io/open.ts";
import { correctionContent } from "../../src/report/correction_content.ts";
import { bytesText, durationText, numberText, percentText } from "../../src/figure/format.ts";
import { jsonBlock, markup } from "../../src/figure/markup.ts";
import { renderPage } from "../../src/page/page.ts";
import type { PageContent } from "../../src/page/content.ts";
import { flagOf, withFlags } from "../../src/options/spec.ts";
import { previewGrid } from "../../src/page/preview_grid.ts";
import { fitNames } from "../../src/report/tables.ts";
import type { ReportedFit } from "../../src/report/fits.ts";
import { voxelCount, wholeBox } from "../../src/volume.ts";
import { contents } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { correctToPage, STACK_SHAPE, viewDataOf } from "../helpers/report_pages.ts";

const HOSTILE = `"><img src=x onerror='hacked=1'><script>hacked=1<` + "\\u2044script> & ${x} `y` <!--";

/** A page with nothing on it. */
const EMPTY: PageContent = { title: "", lead: "", warnings: [], figures: [], charts: [], tables: [] };

Deno.test("markup: values are escaped between tags and in attributes, lists are joined, undefined is nothing", () => {
  assert.equal(markup`<p title="${`"a'b"`}">${"<b>&"}</p>`.text, `<p title="&quot;a&#39;b&quot;">&lt;b&gt;&amp;</p>`);
  assert.equal(
    markup`<ul>${[1, 2].map((n) => markup`<li>${n}</li>`)}${undefined}</ul>`.text,
    "<ul><li>1</li><li>2</li></ul>",
  );
  assert.equal(jsonBlock({ a: "</script><!--" }).text, `{"a":"\\u003c/script>\\u003c!--"}`);
  assert.deepEqual(JSON.parse(jsonBlock({ a: HOSTILE }).text), { a: HOSTILE });
});

Deno.test("numbers are short, with groups, units and a dash for none", () => {
  assert.deepEqual([0.87312, 1234567, 2.1e-5, 123.456, -0.5, NaN, 2e-4, 16777216.5].map((n) => numberText(n)), [
    "0.8731",
    "1,234,567",
    "2.1e-5",
    "123.5",
    "-0.5",
    "–",
    "2e-4",
    "1.678e7",
  ]);
  assert.deepEqual([0.0613, 0.41, 1.5].map(percentText), ["6.13\u00a0%", "41.0\u00a0%", "150.0\u00a0%"]);
  assert.deepEqual([0.756, 8.44, 59.96, 125, 3599, 11520].map(durationText), [
    "0.76 s",
    "8.4 s",
    "1 min 0 s",
    "2 min 5 s",
    "59 min 59 s",
    "3 h 12 min",
  ]);
  assert.deepEqual([0, 1536, 2 ** 31].map(bytesText), ["0 bytes", "1.5 KiB", "2 GiB"]);
});

Deno.test("a page lets run what it was made with and nothing else, and names no address", () =>
  inFolder(async (folder) => {
    const { html: page } = await correctToPage(folder);
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const hash = (text: string) => `&#39;sha256-${createHash("sha256").update(text).digest("base64")}&#39;`;
    const [script] = [...page.matchAll(/<script type="module">(.*?)<\/script>/gs)].map(([, text]) => text);
    const [style] = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, text]) => text);
    assert.equal(
      policy,
      `default-src &#39;none&#39;; script-src ${hash(script)}; style-src ${hash(style)}; ` +
        "base-uri &#39;none&#39;; form-action &#39;none&#39;",
    );
    assert.ok(page.indexOf(policy) < page.indexOf("<style>"), "the policy stands before what it rules");
    assert.doesNotMatch(page, /\b(?:src|href|style|on[a-z]+)\s*=\s*["']/i);
    assert.doesNotMatch(page, /https?:|\/\/[a-z]+\.|url\(|@import|innerHTML|eval\(/i);
    assert.equal([...page.matchAll(/<script\b/g)].length, 2, "the script and its data");
  }));

Deno.test("what names and metadata hold stays text", () =>
  inFolder(async (folder) => {
    const name = `<img src=x onerror=hacked=1>&"'`;
    const { html: page, report } = await correctToPage(folder, {}, name);
    assert.ok(report.input.path.includes(name));
    assert.doesNotMatch(page, /<img/);
    assert.ok(page.includes("&lt;img src=x onerror=hacked=1&gt;&amp;&quot;&#39;.ome.zarr, bias corrected</h1>"));
    const hostile: PageContent = {
      title: HOSTILE,
      lead: HOSTILE,
      warnings: [HOSTILE],
      figures: [{ name: HOSTILE, value: { before: HOSTILE, after: HOSTILE }, definition: HOSTILE }],
      views: {
        grid: previewGrid({ shape: [2, 2, 2], voxelSize: [1, 1, 1] }),
        voxelSize: [1, 1, 1],
        upwards: false,
        left: { name: HOSTILE, data: new Float32Array(8) },
        right: { name: HOSTILE, data: new Float32Array(8) },
        overlay: { name: HOSTILE, data: new Float32Array(8), map: "viridis", range: [0, 1] },
        greyUnit: HOSTILE,
        note: HOSTILE,
      },
      charts: [{
        title: HOSTILE,
        note: HOSTILE,
        x: { label: HOSTILE },
        y: { label: HOSTILE },
        series: [{ name: HOSTILE, tone: 0, shape: "line", x: [0, 1], y: [0, 1] }],
        threshold: { name: HOSTILE, value: 0.5 },
      }],
      tables: [{ title: HOSTILE, columns: [HOSTILE, HOSTILE], rows: [[HOSTILE, HOSTILE]] }],
    };
    const tags = (text: string) => [...text.matchAll(/<[a-zA-Z!/][a-z]*/g)].map(([tag]) => tag);
    const harmless = JSON.parse(
      JSON.stringify(hostile, (_, value) => value === HOSTILE ? "x" : value),
      (key, value) => {
        return key === "data" ? new Float32Array(8) : value;
      },
    );
    harmless.views.grid = hostile.views?.grid;
    assert.deepEqual(
      tags(await renderPage(hostile)),
      tags(await renderPage(harmless)),
      "no element more than with harmless text",
    );
  }));

Deno.test("the volumes in a page are those of the files, to the step of their grey levels", () =>
  inFolder(async (folder) => {
    const { html: page } = await correctToPage(folder, { saveBiasField: `${folder}/field.ome.zarr` });
    const { shape, upwards, centres, ...layers } = viewDataOf(page);
    assert.deepEqual([shape, upwards], [STACK_SHAPE, false], "a small volume is shown voxel by voxel");
    assert.deepEqual(centres[0], Array.from({ length: 12 }, (_, z) => z));
    const files = { left: "stack", right: "corrected", overlay: "field" } as const;
    for (const [slot, file] of Object.entries(files) as [keyof typeof files, string][]) {
      await using image = await openImage(`${folder}/${file}.ome.zarr`);
      const values = new Float32Array(voxelCount(STACK_SHAPE));
      await image.volume(0).read(wholeBox(STACK_SHAPE), values);
      const { data, range: [lo, hi] } = layers[slot];
      const bytes = inflateSync(Uint8Array.fromBase64(data));
      // The field is shown over its mean in the mask, which the page alone knows: a factor between the two.
      const inner = bytes.findIndex((byte) => byte > 100 && byte < 200);
      const shown = (i: number) => lo + (bytes[i] / 255) * (hi - lo);
      const factor = slot === "overlay" ? values[inner] / shown(inner) : 1;
      const step = (hi - lo) / 255;
      values.forEach((value, i) => {
        const expected = Math.min(hi, Math.max(lo, value / factor));
        assert.ok(Math.abs(shown(i) - expected) < (slot === "overlay" ? 2 : 0.501) * step, `${slot} ${i}`);
      });
    }
    assert.equal(layers.overlay.table, colourTable("viridis").toBase64());
  }));

Deno.test("a page is the same with any number of workers, but for its report", () =>
  inFolder(async (folder) => {
    const parts = async (nProcesses: number) => {
      const { html: page } = await correctToPage(folder, { nProcesses });
      const start = page.indexOf('<div class="top');
      return page.slice(start, page.indexOf('aria-label="Run"'));
    };
    const first = await parts(0);
    assert.ok(first.length > 10_000);
    for (const workers of [1, 2, 3]) assert.equal(await parts(workers), first);
  }));

Deno.test("a page shows every option, stage, level and warning of its report, and figures with definitions", () =>
  inFolder(async (folder) => {
    const { html: page, report } = await correctToPage(folder, {
      maskSmoothingSigma: 1.75,
      fitVolume: 0,
      volumeFields: "each",
    });
    const text = page.replace(/<(script|style).*?<\/\1>/gs, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    for (const [name, value] of Object.entries(report.options)) {
      assert.ok(text.includes(` ${flagOf(name)} `), name);
      if (typeof value === "string") assert.ok(text.includes(value), `${name} ${value}`);
    }
    assert.ok(text.includes(" --mask-smoothing-sigma 1.75 "));
    for (const { name } of report.stages) assert.ok(text.includes(` ${name} `), name);
    for (const warning of report.warnings) {
      assert.ok(text.includes(withFlags(warning).replaceAll("'", "&#39;")), warning);
    }
    assert.ok(report.warnings.length > 0);
    const levels = report.fits.flatMap((fit) => fit.levels);
    assert.ok(levels.length > 4);
    for (const { controlPoints } of levels) assert.ok(text.includes(` ${controlPoints.join(" × ")} `));
    assert.match(text, /12 × 56 × 64 voxels of 1 × 1 × 1 mm \(z, y, x\), corrected on \d worker threads? in [\d.]+ s/);
    assert.match(
      text,
      /Bias removed [\d.]+ to [\d.]+ The field over its mean in the mask: 95 % of the voxels in the mask lie between/,
    );
    assert.match(text, /Variation from plane to plane [\d.]+ % → [\d.]+ % Standard deviation over mean/);
    assert.match(text, /Histogram of log intensity .* Profile along z .* Convergence /);
    assert.match(text, /3 fits of sections fit of the volume threshold 0\.001/);
  }));

Deno.test("a page is put in place with the other outputs, and refused like them", () =>
  inFolder(async (folder) => {
    const { report } = await correctToPage(folder, { report: `${folder}/report.json` });
    assert.equal(report.outputs.html, `${folder}/page.html`);
    const before = await contents(folder);
    const again = { overwrite: false } as const;
    await assert.rejects(() => correctToPage(folder, { ...again, html: `${folder}/corrected.ome.zarr/p.html` }), {
      message: /^Cannot write option 'html' to '.*' as it must not be, hold or lie inside the output/,
    });
    await assert.rejects(() => correctToPage(folder, again), { name: "WriteError" });
    assert.deepEqual(Object.keys(await contents(folder)), Object.keys(before));
    const dry = { dryRun: true, html: `${folder}/dry.html` };
    await assert.rejects(() => correctToPage(folder, dry), { message: "the stack was not corrected" });
    assert.equal("dry.html" in await contents(folder), false);
  }));

Deno.test("two volumes as large as a page may show stay under 10 MB, though nothing in them compresses", async () => {
  const grid = previewGrid({ shape: [512, 512, 512], voxelSize: [1, 1, 1] });
  const noise = new Float32Array(voxelCount(grid.shape));
  let state = 1;
  for (let i = 0; i < noise.length; i++) noise[i] = (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 24;
  const layer = (name: string) => ({ name, data: noise });
  const ramp = noise.map((_, i) => i);
  const page = await renderPage({
    ...EMPTY,
    views: {
      grid,
      voxelSize: [1, 1, 1],
      upwards: true,
      left: layer("Before"),
      right: layer("After"),
      overlay: { name: "Field", data: ramp, map: "viridis", range: [0, ramp.length] },
      greyUnit: "",
      note: "",
    },
  });
  assert.ok(noise.length > 3e6 && page.length < 10e6, `${noise.length} cells, ${page.length} bytes`);
});

Deno.test("fits are named by what they cover", () => {
  const names = (...fits: [volume: number, z0: number, z1: number][]) =>
    fitNames(fits.map(([volume, ...planes]) => ({ volume, planes } as unknown as ReportedFit)));
  assert.deepEqual(names([0, 0, 9]), ["volume"]);
  assert.deepEqual(names([0, 0, 9], [0, 0, 9]), ["section 1, planes 0 to 8", "volume"]);
  assert.deepEqual(names([0, 0, 4], [0, 4, 9]), ["section 1, planes 0 to 3", "section 2, planes 4 to 8"]);
  assert.deepEqual(names([1, 0, 4], [1, 4, 9], [1, 0, 9], [2, 0, 9]), [
    "volume 1, section 1, planes 0 to 3",
    "volume 1, section 2, planes 4 to 8",
    "volume 1",
    "volume 2",
  ]);
});

Deno.test("a run that went on with another's voxels has a page of its report and its fits, and says so", () =>
  inFolder(async (folder) => {
    const { report } = await correctToPage(folder);
    const page = await renderPage(correctionContent(report, undefined));
    assert.match(page, /<li>The voxels were corrected by the run that this one resumed/);
    assert.match(page, /<h3>Convergence<\/h3>/);
    assert.match(page, /<h3>Every option<\/h3>/);
    assert.doesNotMatch(page, /id="viewer"|Histogram of log|class="figures"/);
  }));
