/** How many sections brightness along z tells. */

import assert from "node:assert/strict";
import { findSections } from "../../../src/intensity/stacks/detect_sections.ts";
import { ArrayVolume } from "../../../src/io/array_volume.ts";
import { octPhantom } from "../../../src/phantom/oct.ts";
import { RunLog } from "../../../src/run_log.ts";
import { Random } from "../../helpers/random.ts";

const PASSES = { boxVoxels: 2 ** 16, slots: 1, log: new RunLog() };

Deno.test("the sections of phantoms are found, also where planes do not divide by them, and their borders are jumps", async () => {
  for (const [planes, sections, seed] of [[64, 8, 1], [60, 7, 2], [40, 2, 3], [48, 3, 4]]) {
    const { source } = octPhantom({ shape: [planes, 40, 40], sections, seed, voxelSize: [0.025, 0.05, 0.05] });
    const { count, jumps } = await findSections(source, PASSES);
    assert.equal(count, sections, `${planes} planes, seed ${seed}`);
    assert.ok(jumps > (sections - 1) / 2);
  }
});

Deno.test("a volume without jumps is one section: smooth, noisy, constant, empty", async () => {
  const { source } = octPhantom({ shape: [40, 30, 30], attenuation: 0, surface: 0 });
  assert.deepEqual(await findSections(source, PASSES), { count: 1, jumps: 0 });
  const random = new Random(3);
  const profiles = [
    Float64Array.from({ length: 80 }, (_, z) => 100 + 40 * Math.sin(z / 20)),
    Float64Array.from({ length: 80 }, () => 100 + 10 * random.uniform()),
    new Float64Array(80).fill(5),
    new Float64Array(80),
    new Float64Array(1).fill(2),
  ];
  for (const profile of profiles) {
    const volume = new ArrayVolume(Float32Array.from(profile), [profile.length, 1, 1]);
    assert.deepEqual(await findSections(volume, PASSES), { count: 1, jumps: 0 });
  }
});
