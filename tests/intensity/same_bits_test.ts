/**
 * How a volume is stored and cut, and who works on it, changes no bit of masks, matching, profiles and normalisation; and memory stays with the boxes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { getAgaroseMask } from "../../src/intensity/stacks/agarose.ts";
import { bitMask } from "../../src/intensity/mask/bit_volume.ts";
import { matchingTables } from "../../src/intensity/match/histogram_match.ts";
import { normalizeVolume } from "../../src/intensity/stacks/normalize.ts";
import { computeScaleFactors } from "../../src/intensity/stacks/scale_factors.ts";
import { computeTissueMask } from "../../src/intensity/mask/tissue_mask.ts";
import { zProfileGains } from "../../src/intensity/match/z_profile.ts";
import type { PassContext } from "../../src/io/flow/passes.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Shape3, type VolumeSource, wholeBox } from "../../src/volume.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { WatchedSource } from "../helpers/watched_source.ts";

const SHAPE: Shape3 = [13, 40, 45];
const STACK = octStack({ shape: SHAPE, seed: 5, sections: 3, unimaged: true });
STACK[4000] = NaN;
STACK[9000] = Infinity;

function passesOf(boxVoxels: number, slots: number): PassContext {
  return { boxVoxels, slots, log: new RunLog() };
}

/** Everything the pipeline finds, as one list of numbers. */
async function everything(source: VolumeSource, workers: number, passes: PassContext): Promise<number[]> {
  await using backend = openTsBackend({ workers });
  const { bits, sections, max } = await computeTissueMask(
    source,
    { sections: 3, zClosingSections: 1 },
    backend,
    passes,
  );
  const bytes = new Uint8Array(STACK.length);
  await bits.readBox(wholeBox(SHAPE), bytes);
  const luts = await matchingTables(source, { sections: 3, max }, passes);
  const gains = await zProfileGains(source, luts, bitMask(bits, "tissue"), { sigma: 2 }, passes);
  const { factors } = await computeScaleFactors(source, {
    sections: 3,
    sigma: 1,
    percentile: 90,
    minScale: 0.5,
    maxScale: 2,
  }, passes);
  const sink = ArrayVolume.zeros(SHAPE);
  const agarose = await getAgaroseMask(source, {}, backend, passes);
  await normalizeVolume(source, agarose, sink, {}, passes);
  const tables = luts.tables.flatMap((table) => [...table]);
  return [
    ...bytes,
    ...sections.map((s) => s.threshold),
    ...tables,
    ...gains,
    ...factors,
    ...agarose.pixels,
    ...sink.data,
  ];
}

const expected = everything(new ArrayVolume(STACK, SHAPE), 0, passesOf(1e9, 1));

for (const chunk of [[4, 16, 8], [13, 7, 45], [1, 40, 45]] as Shape3[]) {
  Deno.test(`chunks of ${chunk.join(" x ")} change no bit`, async () => {
    assert.deepEqual(
      await everything(new WatchedSource(STACK, SHAPE, { chunk }), 0, passesOf(8000, 3)),
      await expected,
    );
  });
}

Deno.test("columns of chunks change no bit, and only their rims are read again", async () => {
  const shape: Shape3 = [20, 40, 45];
  const stack = octStack({ shape, seed: 6, sections: 2 });
  const maskOf = async (boxVoxels: number) => {
    const source = new WatchedSource(stack, shape, { chunk: [4, 16, 16] });
    await using backend = openTsBackend({ workers: 0 });
    const options = { sections: 2, zClosingSections: 1 };
    const { bits } = await computeTissueMask(source, options, backend, passesOf(boxVoxels, 2));
    const bytes = new Uint8Array(stack.length);
    await bits.readBox(wholeBox(shape), bytes);
    return { bytes, reads: source.voxels / stack.length };
  };
  const [oneColumn, manyColumns] = [await maskOf(40_000), await maskOf(1)];
  assert.deepEqual(manyColumns.bytes, oneColumn.bytes);
  assert.equal(oneColumn.reads, 2, "each of two passes reads each voxel once");
  // Columns of 16 x 16 with a halo of 8 on each side, clipped: (24 + 32 + 16) / 40 by (24 + 32 + 21) / 45.
  assert.equal(manyColumns.reads, 2 * (72 / 40) * (77 / 45));
});

Deno.test("two workers change no bit", async () => {
  assert.deepEqual(await everything(new ArrayVolume(STACK, SHAPE), 2, passesOf(8000, 3)), await expected);
});

Deno.test("a source that must be read forward is read forward, once a pass, and gives the same bits", async () => {
  const source = new WatchedSource(STACK, SHAPE, { forwardOnly: true });
  let reads = 0;
  const log = new RunLog((event) => void (event.event === "boxes" && event.done === event.total && reads++));
  assert.deepEqual(await everything(source, 0, { ...passesOf(4000, 3), log }), await expected);
  assert.equal(source.voxels, reads * STACK.length);
});

Deno.test("no more boxes are in memory than asked for, none larger than twice what is asked for", async () => {
  const source = new WatchedSource(STACK, SHAPE, { chunk: [4, 8, 8] });
  await everything(source, 0, passesOf(8000, 2));
  assert.ok(source.largest <= 2 * 8000, `${source.largest}`);
  assert.ok(source.together <= 2, `${source.together}`);
});
