/** The call for volumes that are no files. */
import assert from "node:assert/strict";
import { ArrayVolume, biasField, correctArray } from "../../mod.ts";
import { correctVolume, writeBiasField } from "../../exports/io.ts";
import { MemorySource } from "../helpers/memory_volumes.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE = [12, 16, 14] as const;
const OPTIONS = { backend: "ts", nProcesses: 0, nIterations: [4], shrinkFactor: [2, 2, 2] } as const;

Deno.test("a volume that is read forwards, with a mask of half its resolution, is corrected as an array", async () => {
  const { intensity } = randomVolume({ shape: SHAPE, seed: 5 });
  const coarse = Uint8Array.from({ length: 6 * 8 * 7 }, (_, i) => Number(i % 7 > 1));
  const fine = Uint8Array.from(intensity, (_, i) => {
    const [z, y, x] = [Math.floor(i / (16 * 14)), Math.floor(i / 14) % 16, i % 14];
    return coarse[((z >> 1) * 8 + (y >> 1)) * 7 + (x >> 1)];
  });
  const input = new MemorySource(SHAPE, intensity, { chunk: [2, 16, 14], forwardOnly: true, mostBytes: 4 * 2688 });
  const mask = new ArrayVolume(Float32Array.from(coarse), [6, 8, 7], [2, 2, 2]);
  const output = ArrayVolume.zeros(SHAPE);
  const { model, report } = await correctVolume(input, output, { ...OPTIONS, mask });
  const array = await correctArray(intensity, { ...OPTIONS, shape: SHAPE, mask: fine });
  assert.deepEqual(output.data, array.corrected);
  assert.deepEqual(report.fits[0].samples, array.report.fits[0].samples);
  const field = ArrayVolume.zeros([3, 4, 5]);
  await writeBiasField(model, field, OPTIONS);
  assert.deepEqual(field.data, await biasField(model, { ...OPTIONS, shape: field.shape }));
});
