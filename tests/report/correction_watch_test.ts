/** What a page gathers while boxes pass: means of cells, histograms, means of planes; against plain loops, and the same however the volume is cut. */

import assert from "node:assert/strict";
import { maskAlongside, thresholdMask, volumeMask, wholeMask } from "../../src/intensity/mask/mask.ts";
import { planBoxes } from "../../src/io/flow/boxes.ts";
import { transform } from "../../src/io/flow/passes.ts";
import { CorrectionWatch, type Watched } from "../../src/report/correction_watch.ts";
import { correctionFigures, insideMask, shownUnits, variation } from "../../src/report/figures.ts";
import { logEntropy, LogHistogram } from "../../src/page/log_histogram.ts";
import { type PreviewGrid, previewGrid } from "../../src/page/preview_grid.ts";
import { PreviewMask, PreviewSums } from "../../src/page/preview_sums.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Shape3, type Triple, voxelCount, wholeBox } from "../../src/volume.ts";
import { MemorySink, MemorySource } from "../helpers/memory_volumes.ts";
import { cut } from "../helpers/nifti_files.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel, randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [9, 22, 31];
const VALUES = randomVolume({ shape: SHAPE, seed: 4 }).intensity;
VALUES[5] = NaN;
VALUES[77] = -3;

/** Which part of voxel `i` of an axis lies in cell `k`. */
function overlap(width: number, i: number, k: number): number {
  return Math.max(0, Math.min(i + 1, (k + 1) * width) - Math.max(i, k * width));
}

/** The mean of every cell, by its definition. */
function meansOf({ shape, axes }: PreviewGrid, volume: Shape3, values: Float32Array): Float64Array {
  const [sums, weights] = [new Float64Array(voxelCount(shape)), new Float64Array(voxelCount(shape))];
  forEachVoxel(volume, (i, ...voxel) => {
    forEachVoxel(shape, (at, ...cell) => {
      const weight = [0, 1, 2].reduce((product, a) => product * overlap(axes[a].width, voxel[a], cell[a]), 1);
      weights[at] += weight;
      sums[at] += weight * (isFinite(values[i]) ? values[i] : 0);
    });
  });
  return sums.map((sum, i) => sum / weights[i]);
}

Deno.test("a grid has the finest cells, as close to cubes as the voxels allow, within the count", () => {
  const widths = (shape: Shape3, voxelSize: Triple, most: number) =>
    previewGrid({ shape, voxelSize }, most).axes.map((axis) => axis.width);
  assert.deepEqual(widths([10, 10, 10], [1, 1, 1], 1000), [1, 1, 1]);
  assert.deepEqual(widths([10, 10, 10], [1, 1, 1], 999), [1.25, 1.25, 1.25]);
  assert.deepEqual(widths([512, 512, 512], [1, 1, 1], 3.2e6), [3.5, 3.5, 3.5]);
  assert.deepEqual(widths([20, 100, 100], [5, 1, 1], 20000), [1, 3.5, 3.5]);
  assert.deepEqual(widths([1, 4000, 3000], [1, 0.001, 0.001], 3e6), [1, 2, 2]);
  assert.deepEqual(widths([3, 3, 3], [0.30000001, 0.3, 0.3], 8), [1.5, 1.5, 1.5]);
  const random = new Random(3);
  for (let round = 0; round < 200; round++) {
    const triple = (of: () => number) => [of(), of(), of()] as const;
    const shape = triple(() => random.integer(1, 90));
    const voxelSize = triple(() => random.between(0.1, 4));
    const most = random.integer(1, 5000);
    const { axes, shape: cells } = previewGrid({ shape, voxelSize }, most);
    assert.ok(voxelCount(cells) <= most);
    for (const [a, { width, bounds, centres, first, share }] of axes.entries()) {
      assert.equal(bounds.length, cells[a] + 1);
      assert.deepEqual([bounds[0], bounds[cells[a]]], [0, 4 * shape[a]], "the parts of all cells are the voxels");
      assert.ok(bounds.every((bound, i) => i === 0 || (bound > bounds[i - 1] && bound - bounds[i - 1] <= 4 * width)));
      assert.ok(
        centres.every((c, i) => c >= -0.5 && c <= shape[a] - 0.5 && Math.abs(c + 0.5 - (i + 0.5) * width) <= width),
      );
      assert.ok(first.every((cell, i) => share[i] === 4 * overlap(width, i, cell)));
    }
  }
});

Deno.test("the mean of a cell is that of its voxels, those on a border by the part that lies in it", () => {
  for (const most of [5000, 2000, 700, 90, 1]) {
    const grid = previewGrid({ shape: SHAPE, voxelSize: [1, 1, 1] }, most);
    const sums = new PreviewSums(grid);
    sums.add(wholeBox(SHAPE), VALUES);
    const expected = meansOf(grid, SHAPE, VALUES);
    sums.means().forEach((mean, i) => assert.ok(Math.abs(mean - expected[i]) <= 1e-6 * Math.abs(expected[i])));
  }
});

Deno.test("cells and mask have the same bits however the volume is cut and whatever the order", () => {
  const grid = previewGrid({ shape: SHAPE, voxelSize: [1, 1, 1] }, 700);
  const answers = [[9, 22, 31], [1, 1, 31], [2, 5, 7], [3, 22, 4]].map((block, i) => {
    const [sums, mask] = [new PreviewSums(grid), new PreviewMask(grid)];
    const boxes = planBoxes(SHAPE, block as unknown as Shape3, 1);
    for (const box of i % 2 === 0 ? boxes : boxes.reverse()) {
      const values = cut(VALUES, SHAPE, box);
      sums.add(box, values);
      mask.add(box, Uint8Array.from(values, (value) => value > 60 ? 1 : 0));
    }
    return { means: sums.means(), outside: mask.outside };
  });
  for (const answer of answers.slice(1)) assert.deepEqual(answer, answers[0]);
  assert.ok(answers[0].outside.includes(0) && answers[0].outside.includes(1));
});

Deno.test("a cell is inside a mask when each voxel that it touches is", () => {
  const shape: Shape3 = [1, 1, 6];
  const grid = previewGrid({ shape, voxelSize: [1, 1, 1] }, 4);
  assert.equal(grid.axes[2].width, 1.5);
  const outsideOf = (inside: number[]) => {
    const mask = new PreviewMask(grid);
    mask.add(wholeBox(shape), Uint8Array.from(inside));
    return [...mask.outside];
  };
  assert.deepEqual(outsideOf([1, 1, 1, 1, 1, 1]), [0, 0, 0, 0]);
  assert.deepEqual(outsideOf([1, 0, 1, 1, 1, 1]), [1, 1, 0, 0]);
  assert.deepEqual(outsideOf([1, 1, 0, 1, 1, 1]), [0, 1, 0, 0]);
});

Deno.test("a histogram counts positive finite voxels in the mask, each between its bin's ends", () => {
  const values = Float32Array.of(1, 1.02, 2, 3.99, 4, 0, -1, NaN, Infinity, 1e-40, 5);
  const histogram = new LogHistogram();
  histogram.add(values, Uint8Array.from(values, (value) => value === 5 ? 0 : 1));
  const bins = histogram.bins();
  const holding = bins.filter(({ part }) => part > 0);
  assert.deepEqual(holding.map(({ part }) => Number((6 * part).toFixed(9))), [1, 2, 1, 1, 1]);
  assert.deepEqual(holding.slice(1).map(({ from, to }) => [from, to]), [[1, 1.03125], [2, 2.0625], [3.9375, 4], [
    4,
    4.125,
  ]]);
  assert.ok(bins.every(({ from, to }, i) => from < to && (i === 0 || from === bins[i - 1].to)), "bins touch");
  assert.deepEqual(new LogHistogram().bins(), []);
});

Deno.test("entropy: even log intensities over n octaves have log2(32 n) bits, and a factor changes next to nothing", () => {
  const values = Float32Array.from({ length: 400_000 }, (_, i) => 64 * 2 ** ((3 * i) / 400_000));
  const bits = (factor: number) => {
    const histogram = new LogHistogram();
    histogram.add(values.map((value) => value * factor), new Uint8Array(values.length).fill(1));
    return logEntropy(histogram.bins());
  };
  assert.ok(Math.abs(bits(1) - Math.log2(96)) < 1e-3, `${bits(1)}`);
  assert.ok(Math.abs(bits(1.37) - bits(1)) < 0.02, `${bits(1.37)}`);
  assert.equal(logEntropy([{ from: 1, to: 2, part: 1 }]), 5);
});

/** Watches a correction that takes the square root, in boxes of a size. */
async function watchRoots(chunk: Shape3, slots: number): Promise<{ watched: Watched; sink: MemorySink }> {
  const sink = new MemorySink(SHAPE, { chunk: [1, 1, 31] });
  const watch = new CorrectionWatch(new MemorySource(SHAPE, VALUES, { chunk }), sink, thresholdMask(60, "test"));
  await transform("apply", watch.source, watch.sink, { boxVoxels: voxelCount(chunk), slots, log: new RunLog() }, {
    work: (box, slot) => slot.data(box).forEach((value, i, data) => data[i] = Math.sqrt(value)),
  });
  return { watched: watch.result(), sink };
}

Deno.test("a watch changes nothing and sees both ends: means, planes, the mask", async () => {
  const { watched, sink } = await watchRoots(SHAPE, 1);
  const roots = VALUES.map(Math.sqrt);
  assert.deepEqual(sink.values, roots);
  const { before, after, mask, maskPart, rowStep } = watched;
  assert.equal(rowStep, 1);
  assert.equal(maskPart, VALUES.filter((value) => value > 60).length / VALUES.length);
  assert.deepEqual(watched.grid.shape, SHAPE, "a small volume is shown voxel by voxel");
  assert.deepEqual(before.means, VALUES.map((value) => isFinite(value) ? value : 0));
  assert.deepEqual(after.means, roots.map((value) => isFinite(value) ? value : 0));
  assert.deepEqual(mask, Uint8Array.from(VALUES, (value) => value > 60 ? 1 : 0));
  for (const [end, values] of [[before, VALUES], [after, roots]] as const) {
    const inside = values.filter((_, i) => VALUES[i] > 60);
    assert.ok(Math.abs(end.mean / (inside.reduce((a, b) => a + b, 0) / inside.length) - 1) < 1e-6);
    const plane = voxelCount(SHAPE) / SHAPE[0];
    end.planeMeans.forEach((mean, z) => {
      const own = values.filter((_, i) => VALUES[i] > 60 && Math.floor(i / plane) === z);
      assert.ok(Math.abs(mean / (own.reduce((a, b) => a + b, 0) / own.length) - 1) < 1e-6);
    });
  }
});

Deno.test("what a watch sees does not depend on how the volume is cut, nor on how many boxes are in flight", async () => {
  const { watched } = await watchRoots(SHAPE, 1);
  for (const [chunk, slots] of [[[1, 1, 31], 4], [[2, 5, 31], 3], [[9, 4, 31], 2]] as const) {
    assert.deepEqual((await watchRoots(chunk, slots)).watched, watched);
  }
});

Deno.test("a mask that cannot go back is read once for each box, by whoever asks", async () => {
  const inside = VALUES.map((value) => value > 60 ? 1 : 0);
  for (const forwardOnly of [true, false]) {
    const source = new MemorySource(SHAPE, inside, { forwardOnly });
    const mask = volumeMask(source, { shape: SHAPE, voxelSize: [1, 1, 1] }, "mask");
    const sink = new MemorySink(SHAPE);
    const watch = new CorrectionWatch(new MemorySource(SHAPE, VALUES), sink, mask);
    const passes = { boxVoxels: 1000, slots: 3, log: new RunLog() };
    const seen = new Uint8Array(VALUES.length);
    await transform("apply", watch.source, watch.sink, passes, {
      alongside: maskAlongside(watch.mask),
      work: (box, slot) => seen.set(slot.bytes(box), box.z0 * 22 * 31 + box.y0 * 31),
    });
    assert.deepEqual(seen, Uint8Array.from(inside, (value, i) => isFinite(VALUES[i]) ? value : 0));
    if (forwardOnly) assert.equal(source.goesBack, 0);
    assert.equal(watch.result().maskPart, inside.reduce((sum, value) => sum + value, 0) / inside.length);
  }
});

Deno.test("of a large volume every n-th row is counted, and at least 32 of a plane", async () => {
  const shape: Shape3 = [2, 100, 8];
  const values = randomVolume({ shape, seed: 9 }).intensity;
  for (const [counted, rowStep] of [[1600, 1], [1599, 2], [10, 3]]) {
    const watch = new CorrectionWatch(new MemorySource(shape, values), new MemorySink(shape), wholeMask(), counted);
    const passes = { boxVoxels: 100, slots: 2, log: new RunLog() };
    await transform("apply", watch.source, watch.sink, passes, { work: () => {} });
    const watched = watch.result();
    const rows = [...values.keys()].filter((i) => (Math.floor(i / 8) % 100) % rowStep === 0);
    const mean = rows.filter((i) => i >= 800).reduce((sum, i) => sum + values[i], 0) / (rows.length / 2);
    assert.deepEqual([watched.rowStep, watched.maskPart], [rowStep, 1]);
    assert.ok(Math.abs(watched.before.planeMeans[1] / mean - 1) < 1e-6);
    assert.deepEqual(watched.after, watched.before);
  }
});

Deno.test("figures of a correction follow their definitions", async () => {
  const { watched } = await watchRoots(SHAPE, 1);
  const field = VALUES.map((_, i) => 1 + i / VALUES.length);
  const figures = Object.fromEntries(correctionFigures(watched, field).map(({ name, value }) => [name, value]));
  const inside = insideMask(VALUES, watched.mask);
  const mean = inside.reduce((a, b) => a + b, 0) / inside.length;
  const deviation = Math.sqrt(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length);
  assert.ok(Math.abs(variation(inside) - deviation / mean) < 1e-12);
  const shown = figures["Variation of intensity"] as { before: string; after: string };
  assert.equal(shown.before, `${((100 * deviation) / mean).toFixed(1)}\u00a0%`);
  const sorted = [...insideMask(field, watched.mask)].sort((a, b) => a - b);
  const at = (part: number) => Number(sorted[Math.floor(part * (sorted.length - 1))].toPrecision(3));
  assert.equal(figures["Bias removed"], `${at(0.025)} to ${at(0.975)}`);
  assert.equal(Object.keys(figures).length, 4);
  const empty = { ...watched, mask: new Uint8Array(watched.mask.length) };
  const left = correctionFigures(empty, field).map(({ name }) => name);
  assert.deepEqual(
    left,
    ["Entropy of log intensity", "Variation from plane to plane"],
    "none without a cell in the mask",
  );
});

Deno.test("intensities are shown over their means, and as they are where a mean is not above 0; then figures over it are left out", async () => {
  const { watched } = await watchRoots(SHAPE, 1);
  const { before, after } = watched;
  assert.deepEqual(shownUnits(watched), { before: before.mean, after: after.mean, relative: true });
  const negative = {
    ...before,
    mean: -1,
    means: before.means.map((mean) => -mean),
    planeMeans: before.planeMeans.map((mean) => -mean),
  };
  const wrong = { ...watched, before: negative };
  assert.deepEqual(shownUnits(wrong), { before: 1, after: 1, relative: false });
  const names = correctionFigures(wrong, new Float32Array(VALUES.length).fill(1)).map(({ name }) => name);
  assert.deepEqual(names, ["Bias removed", "Entropy of log intensity"]);
});
