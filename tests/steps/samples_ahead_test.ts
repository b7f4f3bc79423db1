/** Sections that are thinner than the chunks they lie in: chunks are read once for all of them where memory allows, and no bit depends on it. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { estimateBias } from "../../src/steps/correct.ts";
import { planJob } from "../../src/steps/volume_run.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import { aheadBytes, denseBytes, sectionsAlongside } from "../../src/plan/sampled_together.ts";
import { RunLog } from "../../src/run_log.ts";
import type { BiasEstimate } from "../../src/steps/estimate.ts";
import { MemoryStore } from "../../src/store/store.ts";
import type { Shape3 } from "../../src/volume.ts";
import { MemorySource } from "../helpers/memory_volumes.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [36, 20, 22];
const VOLUME = randomVolume({ shape: SHAPE, seed: 12 }).intensity;

/** Six sections of six planes in chunks of 18. */
function sixSections(backend: ReturnType<typeof openTsBackend>) {
  const options = { preset: "oct", nSerialSlices: 6, zprofileSmoothSigma: 0 } as const;
  const settings = { ...settingsOf(resolveOptions(options, "ome-zarr")), maskMethod: "none" as const };
  const input = new MemorySource(SHAPE, VOLUME, { chunk: [18, 20, 22] });
  const job = { input, settings, backend, log: new RunLog() };
  return { input, job, plan: planJob(job) };
}

/** What an estimate found. */
function foundIn({ model, fits, quality }: BiasEstimate) {
  return { model, fits, quality };
}

Deno.test("a chunk that holds several sections is read once for all of them, or once for each where they may not wait", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const { input, job, plan } = sixSections(backend);
  assert.equal(plan.aheadBytes, 2 * denseBytes(plan.sectionFits[0], false));
  const together = await estimateBias(job, plan);
  assert.deepEqual(input.boxes.map(({ z0, z1 }) => [z0, z1]), [[0, 18], [18, 36]]);
  input.boxes.length = 0;
  const oneByOne = await estimateBias(job, { ...plan, aheadBytes: 0 });
  assert.equal(input.boxes.length, 6);
  assert.deepEqual(foundIn(together), foundIn(oneByOne));
});

Deno.test("sections whose fits are done already are not read again", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const { input, job, plan } = sixSections(backend);
  const store = new MemoryStore();
  const whole = await estimateBias(job, plan, store);
  const again = new MemoryStore();
  for (const name of ["section.1", "section.3"]) {
    const found = await store.read(name);
    assert.ok(found);
    await again.write(name, found);
  }
  input.boxes.length = 0;
  assert.deepEqual(foundIn(await estimateBias(job, plan, again)), foundIn(whole));
  assert.deepEqual(input.boxes.map(({ z0, z1 }) => [z0, z1]), [[0, 6], [12, 18], [24, 36]]);
});

Deno.test("sections are read together up to the end of a layer of chunks, and within a quarter of the memory that is left", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const { plan: { sectionFits } } = sixSections(backend);
  const firsts = (index: number, thickness: number) =>
    sectionsAlongside(sectionFits, index, thickness).map(({ z0 }) => z0);
  assert.deepEqual(firsts(0, 18), [6, 12]);
  assert.deepEqual(firsts(2, 18), []);
  // Planes 6 to 11 end in the second chunk, which holds the next section's first planes.
  assert.deepEqual(firsts(1, 8), [12]);
  assert.deepEqual(firsts(0, 1), []);
  const each = denseBytes(sectionFits[0], true);
  assert.equal(aheadBytes(sectionFits, 18, { left: 1e9, weighted: true }), 2 * each);
  assert.equal(aheadBytes(sectionFits, 18, { left: 4 * each, weighted: true }), each);
  assert.equal(aheadBytes(sectionFits, 18, { left: -5, weighted: true }), 0);
});
