/** What is kept when the rest is set to 0, against plain loops; and end to end, with no field fitted. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import { HeldBits } from "../../../src/intensity/mask/bit_volume.ts";
import { writeZeroMask, type ZeroMaskMode } from "../../../src/intensity/mask/zero_mask.ts";
import { sectionBounds } from "../../../src/intensity/sections.ts";
import { ArrayVolume } from "../../../src/io/array_volume.ts";
import { resolveOptions, settingsOf } from "../../../src/options/resolve.ts";
import type { CorrectOptions } from "../../../src/options/table.ts";
import { RunLog } from "../../../src/run_log.ts";
import { correct } from "../../../src/steps/correct.ts";
import { wholeBox } from "../../../src/volume.ts";
import { fillHoles } from "../../helpers/byte_planes.ts";
import { octStack } from "../../helpers/oct_stack.ts";
import { Random } from "../../helpers/random.ts";

const SHAPE = [7, 12, 40] as const;
const PLANE = 12 * 40;
const SECTIONS = sectionBounds(7, 3);

/** Each plane's mask as it is defined. */
function expected(tissue: Uint8Array, mode: ZeroMaskMode, radius: number): Uint8Array {
  const out = new Uint8Array(tissue.length);
  for (let z = 0; z < 7; z++) {
    const [z0, z1] = mode === "section"
      ? [z, z + 1]
      : mode === "silhouette"
      ? [0, 7]
      : SECTIONS.filter((section) => section.z0 <= z && z < section.z1).flatMap((section) => [section.z0, section.z1]);
    const all = new Uint8Array(PLANE);
    for (let k = z0; k < z1; k++) for (let i = 0; i < PLANE; i++) all[i] |= tissue[k * PLANE + i];
    if (mode !== "section") fillHoles(all, 12, 40);
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 40; x++) {
        for (let v = 0; v < 12; v++) {
          for (let u = 0; u < 40; u++) {
            if ((v - y) ** 2 + (u - x) ** 2 <= radius ** 2 && all[v * 40 + u]) out[z * PLANE + y * 40 + x] = 1;
          }
        }
      }
    }
  }
  return out;
}

Deno.test("the mask of a plane, of a section and of the stack, holes filled and grown, are as they are defined", async () => {
  const random = new Random(21);
  const tissue = Uint8Array.from({ length: 7 * PLANE }, () => Number(random.uniform() < 0.08));
  const [bits, kept] = [new HeldBits(SHAPE), new HeldBits(SHAPE)];
  await bits.writeBox(wholeBox(SHAPE), tissue);
  for (const mode of ["section", "silhouette", "section_silhouette"] as const) {
    for (const dilation of [0, 2]) {
      await writeZeroMask(bits, kept, SECTIONS, { mode, dilation });
      const found = new Uint8Array(tissue.length);
      await kept.readBox(wholeBox(SHAPE), found);
      assert.deepEqual(found, expected(tissue, mode, dilation), `${mode}, ${dilation}`);
    }
  }
});

const STACK_SHAPE = [12, 40, 40] as const;
const STACK = octStack({ shape: STACK_SHAPE, seed: 4, sections: 3 });

async function corrected(options: CorrectOptions): Promise<{ values: Float32Array; inside: Uint8Array }> {
  await using backend = openTsBackend({ workers: 0 });
  const given = { preset: "oct", nSerialSlices: 3, mode: "mask_only", zprofileSmoothSigma: 0, ...options } as const;
  const output = ArrayVolume.zeros(STACK_SHAPE, [0.02, 0.02, 0.02]);
  const input = new ArrayVolume(STACK, STACK_SHAPE, [0.02, 0.02, 0.02]);
  const settings = settingsOf(resolveOptions(given, "ome-zarr"));
  const { mask } = await correct({ input, settings, backend, log: new RunLog() }, output);
  const inside = new Uint8Array(STACK.length);
  await mask.read(wholeBox(STACK_SHAPE), STACK, inside);
  return { values: output.data, inside };
}

Deno.test("without a fit the tissue is as it was and the rest 0; a silhouette keeps more, and no less", async () => {
  const { values, inside } = await corrected({});
  assert.deepEqual(values, STACK.map((value, i) => inside[i] ? value : 0));
  const silhouette = await corrected({ zeroMaskMode: "silhouette", zeroMaskDilatePx: 1 });
  assert.deepEqual(silhouette.inside, inside, "the mask of the fit stays");
  const kept = (of: Float32Array) => of.filter((value) => value > 0).length;
  assert.ok(kept(silhouette.values) > kept(values));
  assert.ok(silhouette.values.every((value, i) => value === STACK[i] || value === 0 && !inside[i]));
});

Deno.test("an equalised profile has one mean in every plane: the median of what they were", async () => {
  const { values, inside } = await corrected({ zprofileEqualize: true });
  const meansOf = (of: Float32Array) =>
    Array.from({ length: 12 }, (_, z) => {
      const own = [...of.subarray(z * 1600, (z + 1) * 1600)].filter((_, i) => inside[z * 1600 + i]);
      return own.reduce((a, b) => a + b, 0) / own.length;
    });
  const sorted = meansOf(STACK).toSorted((a, b) => a - b);
  for (const mean of meansOf(values)) assert.ok(Math.abs(mean / ((sorted[5] + sorted[6]) / 2) - 1) < 1e-5, `${mean}`);
});
