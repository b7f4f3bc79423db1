/** What benches are made of: sections of the page, the fit of the cost model, the bias that is left, targets, pictures. */
import assert from "node:assert/strict";
import { judge, type VerifiedSubject } from "../../bench/cuda_targets.ts";
import { biasLeft, knownPhantom } from "../../bench/known_bias.ts";
import { fitRelative } from "../../bench/least_squares.ts";
import { copyRate, summarise } from "../../bench/measure.ts";
import { defaultsSvg, equalSvg } from "../../bench/peers_plot.ts";
import { defaultsMarkdown, type KeptDefaults, type PeerCase, peersMarkdown } from "../../bench/peers_table.ts";
import { markdownTable, originSentence, replaceSection } from "../../bench/results_page.ts";

const ORIGIN = {
  date: "2026-11-22",
  command: "deno task suite bench:peers",
  device: "2 cores, x86_64",
  versions: { deno: "2" },
};

Deno.test("a section of the page is replaced between its lines, whatever it held, and must be there", () => {
  const page = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
  const once = replaceSection(page, "x", "new");
  assert.match(
    once,
    /^a\n<!-- x: begin -->\n<!-- deno-fmt-ignore-start -->\n\nnew\n\n<!-- deno-fmt-ignore-end -->\n<!-- x: end -->\nb\n$/,
  );
  assert.equal(replaceSection(once, "x", "new"), once);
  assert.throws(() => replaceSection(page, "y", "new"), { message: /must hold <!-- y: begin -->$/ });
});

Deno.test("tables have a line a row and tell their origin", () => {
  assert.equal(markdownTable(["", "s"], [["a", "1"]]), "|  | s |\n| - | -: |\n| a | 1 |");
  assert.equal(originSentence(ORIGIN), "Made by `deno task suite bench:peers` on 2026-11-22; 2 cores, x86_64; deno 2.");
});

Deno.test("medians are the middle of even and odd counts, and a copy has a rate", () => {
  assert.deepEqual(summarise([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(summarise([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.ok(copyRate(2 ** 16) > 1e8);
});

Deno.test("coefficients of a model are found again, and none is below 0", () => {
  const terms = [[1e5, 1], [1e6, 1], [1e7, 1], [1e8, 1]];
  const [each, fixed] = fitRelative(terms, terms.map(([n]) => 2e-5 * n + 0.3));
  assert.ok(Math.abs(each / 2e-5 - 1) < 1e-9 && Math.abs(fixed / 0.3 - 1) < 1e-9);
  const [alone, none] = fitRelative(terms, terms.map(([n], i) => 2e-5 * n * (1 - 0.3 / 2 ** i)));
  assert.equal(none, 0);
  assert.ok(alone > 1.4e-5 && alone < 2e-5);
});

Deno.test("the bias left of a field is what differs from the truth, a constant apart, in the mask", () => {
  const known = knownPhantom([6, 7, 8]);
  const found = Float32Array.from(known.truth, (value) => value + 5);
  assert.ok(biasLeft(known, found) < 1e-6);
  const off = found.map((value, i) => known.mask[i] ? value + (i % 2 ? 0.1 : -0.1) : NaN);
  assert.ok(Math.abs(biasLeft(known, off) - 0.1) < 0.01);
  assert.ok(biasLeft(known, off, off.map((value, i) => value - found[i])) < 1e-6);
});

const TIMES = { median: 2, min: 1, max: 3 };

Deno.test("targets are judged by the smallest ratio, and one whose peer did not run is not met", () => {
  const subject: VerifiedSubject = {
    name: "head",
    samples: 5e6,
    voxels: 20,
    iterations: 4,
    fitMs: TIMES,
    wholeMs: { ...TIMES, median: 5 },
    iterationMs: TIMES,
    fitBytes: 1,
    iterationFloorMs: 1,
    timesFloor: 2,
    transferFloorMs: 1,
    peers: [{ name: "linumpy-cupy", fitMs: { ...TIMES, median: 50 } }, { name: "n4ax-device", failure: "no jax" }],
  };
  const report = { visible: "0", device: "a", predictedBytes: 5, peakBytes: 5 };
  const faster = {
    ...subject,
    samples: 5,
    peers: [{ name: "linumpy-cupy", fitMs: { ...TIMES, median: 30 } } as const],
  };
  const judged = judge([subject, faster], [report]);
  assert.deepEqual(judged.map(({ met }) => met), [true, false, false, false, true]);
  assert.equal(judged[1].measured, "15.0 to 25.0 times");
  assert.equal(judged[2].measured, "the peer did not run");
  assert.equal(judge([subject], [{ ...report, peakBytes: 6 }])[4].met, false);
  assert.equal(judge([subject], [])[4].met, false);
  assert.equal(judge([{ ...subject, samples: 2e6 }], [report])[0].met, false, "too small to be held to its bytes");
});

const EQUAL: PeerCase = {
  ...ORIGIN,
  title: "a head",
  samples: 1000,
  iterations: 10,
  results: [
    { name: "n4, 2 workers", seconds: [1, 2, 3], summary: TIMES },
    { name: "SimpleITK", seconds: [200], summary: { median: 200, min: 200, max: 200 }, against: { r: 1, max: 0 } },
    { name: "ANTs", seconds: [], summary: TIMES, failure: "no wheel" },
  ],
};

Deno.test("equal work is told with ratios, failures with their reason, and drawn for white and dark paper", () => {
  const table = peersMarkdown([EQUAL]);
  assert.match(table, /\| SimpleITK \| 200 \| 200 \.\. 200 \| 1 \| 20000000 \| 100 \|/);
  assert.match(table, /\| ANTs \| does not run: no wheel \|/);
  const svg = equalSvg(EQUAL);
  assert.match(svg, /SimpleITK \(100×\)/);
  assert.doesNotMatch(svg, /ANTs/);
  assert.match(svg, /prefers-color-scheme: dark/);
});

Deno.test("own defaults are told beside the same bias left, and drawn", () => {
  const budget = { budget: 1, left: 0.02, seconds: [1, 2, 3], summary: TIMES };
  const kept: KeptDefaults = {
    ...ORIGIN,
    title: "a phantom",
    samples: 500,
    voxels: 1000,
    common: 0.03,
    results: [
      { name: "n4", defaults: budget, same: { ...budget, budget: 0.1 } },
      { name: "SimpleITK", defaults: { ...budget, summary: { median: 40, min: 39, max: 41 } }, same: budget },
    ],
  };
  assert.match(defaultsMarkdown([kept]), /\| SimpleITK \| 2\.00 % \| 40\.0 \| 39\.0 \.\. 41\.0 \| 20\.0 \| 100 % \|/);
  assert.match(defaultsSvg(kept), /until 3\.0 % of bias are left/);
});
