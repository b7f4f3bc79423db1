/** The page of a benchmark shows the numbers of its JSON, and charts choose ticks that can be read. */

import assert from "node:assert/strict";
import { benchmarkFile } from "../../../src/evaluate/benchmark/benchmark.ts";
import { benchmarkContent } from "../../../src/evaluate/benchmark/page.ts";
import type { BenchmarkResult } from "../../../src/evaluate/benchmark/result.ts";
import { domainOf, placeAxis } from "../../../src/figure/axis.ts";
import { hasValues } from "../../../src/figure/draw_chart.ts";
import { numberText, percentText } from "../../../src/figure/format.ts";
import { renderPage } from "../../../src/page/page.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

Deno.test("a benchmark's page has every volume, contestant, figure and definition, and curves over the voxels", () =>
  inFolder(async (folder) => {
    const html = `${folder}/page.html`;
    const options = {
      output: `${folder}/out`,
      html,
      backends: ["ts"] as const,
      phantomShapes: [[8, 16, 16], [8, 24, 24]] as const,
      nIterations: [3, 2],
      nProcesses: 0,
      repeats: 1,
    };
    const outcome = await benchmarkFile({ options, command: "n4 benchmark <x>" });
    assert.ok(outcome);
    const { result } = outcome;
    assert.equal(outcome.outputs.html, html);
    const page = await Deno.readTextFile(html);
    const text = page.replace(/<(script|style).*?<\/\1>/gs, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    assert.ok(text.includes("n4 benchmark &lt;x&gt;"));
    for (const { label, measured } of result.cases) {
      const [{ seconds, truthVariation }] = measured;
      assert.ok(text.includes(`${label} n4 (TypeScript) ${numberText(seconds.median, 3)} `), label);
      assert.ok(truthVariation !== null && text.includes(percentText(truthVariation).replace("\u00a0", " ")), label);
    }
    for (const definition of Object.values(result.definitions)) {
      assert.ok(text.includes(definition.replaceAll("'", "&#39;").replaceAll("<", "&lt;")), definition);
    }
    assert.deepEqual(
      [...page.matchAll(/<circle/g)].length,
      2 + 2 + 5,
      "times, truth, and five iterations of the larger volume",
    );
    assert.doesNotMatch(page, /id="viewer"/);
  }));

Deno.test("a contestant that is slower than the base, or has no figure, is shown without a point too many", async () => {
  const measured = (contestant: string, median: number, speedUp: number, medianError: number | null) => ({
    contestant,
    warmUp: [],
    seconds: { each: [median], median, min: median, max: median },
    fitSeconds: null,
    speedUp,
    fieldCorrelation: medianError === null ? null : 0.99999,
    medianError,
    p95Error: medianError,
    truthVariation: null,
    maskVariation: 0.1,
    peakMemoryBytes: null,
    levels: [],
  });
  const shape = [4, 5, 6] as const;
  const result = {
    tool: "n4 benchmark",
    version: "0",
    command: "",
    finished: "2026-11-22T00:00:00Z",
    runtime: {},
    base: "a",
    contestants: [{ name: "a", label: "A", kind: "backend" }, { name: "b", label: "B", kind: "reference" }],
    definitions: { seconds: "S.", speedUp: "U." },
    cases: [{
      label: "v",
      shape,
      voxelSizeMm: [1, 1, 1],
      source: { kind: "phantom", seed: 0 },
      maskVoxels: 1,
      samples: 1,
      schedule: { fit: { iterations: [1], convergenceThreshold: 0 } },
      inputVariation: 0.2,
      measured: [measured("a", 1, 1, null), measured("b", 4, 0.25, 0.01)],
    }],
  } as unknown as BenchmarkResult;
  const content = benchmarkContent(result);
  assert.deepEqual(content.figures.map(({ name, value }) => [name, value]), [["A, the base", "1.0 s"], [
    "B",
    "0.25 × as fast",
  ]]);
  const titles = ["Time of a correction", "Difference to the base"];
  assert.deepEqual(content.charts.filter(hasValues).map(({ title }) => title), titles);
  const page = await renderPage(content);
  assert.deepEqual([...page.matchAll(/<figure class="chart card"><h3>([^<]*)/g)].map(([, title]) => title), titles);
  assert.match(page, /<td>1 − 1e-5<\/td>/);
});

Deno.test("ticks of a logarithmic axis: powers of ten where there are three, else 1, 2 and 5, else what there is", () => {
  const log = { label: "", scale: "log" } as const;
  const ticks = (lo: number, hi: number) => placeAxis(log, [lo, hi], 0, 500).ticks.map(([value]) => value);
  assert.deepEqual(ticks(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
  assert.deepEqual(ticks(0.002, 0.014), [0.002, 0.005, 0.01]);
  assert.deepEqual(ticks(0.0031, 0.0045), [0.0032, 0.0034, 0.0036, 0.0038, 0.004, 0.0042, 0.0044]);
  assert.deepEqual(ticks(0.0055, 0.0085), [0.006, 0.007, 0.008]);
  assert.equal(domainOf(log, [[0, -1, NaN]]), undefined);
  const zero = { label: "", fromZero: true };
  const domain = domainOf(zero, [[3, NaN, 7]]);
  assert.deepEqual(domain, [0, 7]);
  assert.deepEqual(placeAxis(zero, domain ?? [0, 0], 0, 500).ticks.map(([value]) => value), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(placeAxis(log, [1, 100], 0, 100).at(0), 0, "below the axis: its low end");
});
