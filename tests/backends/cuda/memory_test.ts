/**
 * Device memory: predicted from the plan, refused where it does not fit, in the report beside what was held; and which
 * of several devices a process sees.
 */
import assert from "node:assert/strict";
import { applyFile } from "../../../src/commands/apply.ts";
import { correctFile } from "../../../src/commands/correct.ts";
import type { CorrectOptions } from "../../../src/options/table.ts";
import type { RunReport } from "../../../src/report/run_report.ts";
import { emulate, emulatorLibrary, emulatorTest, openEmulator, withLibrary } from "../../helpers/cuda.ts";
import { writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { fitInputs } from "../../contract/fit_inputs.ts";

const QUICK: CorrectOptions = { backend: "cuda", nIterations: [2, 2], convergenceThreshold: 0 };

const EMULATOR = emulatorLibrary(Deno.env.get("N4_CUDA_EMULATOR") === "sanitized" ? "sanitized" : "emulated");

/** Corrects a random volume over the emulator; what it told, and its report. */
async function correct(
  shape: readonly [number, number, number],
  options: CorrectOptions,
): Promise<{ report: RunReport | undefined; notes: string[] }> {
  const notes: string[] = [];
  let report: RunReport | undefined;
  await inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape });
    const listener = (event: { event: string; text?: string }) => event.text && notes.push(event.text);
    const job = { input, output: `${folder}/out.nii`, options: { ...QUICK, ...options }, listener };
    report = await withLibrary(EMULATOR, () => correctFile(job));
  });
  return { report, notes };
}

/** A device a case, as a process's peak never falls; device 0 is everybody else's. */
const CASES: readonly (readonly [name: string, shape: readonly [number, number, number], options: CorrectOptions])[] = [
  ["a fit", [20, 40, 48], { preset: "mri", maskMethod: "none", shrinkFactor: [1, 1, 1], splineDistanceMm: 8 }],
  ["a correction larger than the fit", [6, 40, 48], { preset: "mri", maskMethod: "none", shrinkFactor: [4, 4, 4] }],
  ["two passes over a tissue mask", [12, 40, 48], { preset: "oct", nSerialSlices: 3, histogramMatch: true }],
  ["many bins", [6, 30, 30], { preset: "mri", maskMethod: "none", shrinkFactor: [4, 4, 4], nBins: 60_000 }],
];

for (const [index, [name, shape, options]] of CASES.entries()) {
  emulatorTest(`memory predicted for ${name} is at least what is held, and less than a third more`, async () => {
    emulate("devices", 8);
    const { report, notes } = await correct(shape, { ...options, device: index + 1 });
    const { predictedBytes = 0, freeBytes } = report?.deviceMemory ?? {};
    const held = report?.device.peakBytes ?? 0;
    assert.ok(held > 0 && predictedBytes >= held, `${predictedBytes} predicted, ${held} held`);
    assert.ok(predictedBytes <= (4 / 3) * held, `${predictedBytes} predicted, ${held} held`);
    assert.equal(freeBytes, 2 ** 32);
    assert.ok(notes.some((note) => /^Device memory: at most \d+ MiB, of 4096 MiB free\.$/.test(note)));
  });
}

emulatorTest("a plan that does not fit is refused before work, with need and free, in a dry run too", async () => {
  emulate("totalBytes", 100_000);
  for (const dryRun of [true, false]) {
    await assert.rejects(correct([20, 30, 30], { preset: "mri", shrinkFactor: [1, 1, 1], dryRun }), {
      name: "BackendError",
      message: /^Cannot run this plan on the CUDA device as it must have \d{6,} bytes free: current value is 100000$/,
    });
  }
});

emulatorTest("a saved model is applied under the same account, and refused where it does not fit", async () => {
  emulate("devices", 8);
  await inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: [8, 20, 24] });
    const model = `${folder}/model.json`;
    const apply = (output: string) =>
      withLibrary(
        EMULATOR,
        () => applyFile({ model, input, output: `${folder}/${output}`, options: { backend: "cuda", device: 5 } }),
      );
    const options: CorrectOptions = { ...QUICK, preset: "mri", saveBiasModel: model };
    await withLibrary(EMULATOR, () => correctFile({ input, output: `${folder}/out.nii`, options }));
    const { deviceMemory, device } = await apply("applied.nii");
    const [predicted, held] = [deviceMemory?.predictedBytes ?? 0, device.peakBytes ?? 0];
    assert.ok(held > 0 && predicted >= held && predicted <= (4 / 3) * held, `${predicted} predicted, ${held} held`);
    emulate("totalBytes", 20_000);
    await assert.rejects(apply("refused.nii"), { name: "BackendError", message: /current value is 20000$/ });
  });
});

emulatorTest("CUDA_VISIBLE_DEVICES hides devices, and the report names the one that was used", async () => {
  emulate("devices", 8);
  for (const [visible, device, used] of [["7", undefined, 7], ["6,5", 1, 5]] as const) {
    Deno.env.set("CUDA_VISIBLE_DEVICES", visible);
    try {
      const { report } = await correct([6, 8, 10], { preset: "mri", device });
      assert.match(report?.device.name ?? "", new RegExp(`^emulated device ${used} \\(GPU-0{8}-.*0${used}\\)$`));
      assert.ok((report?.device.peakBytes ?? 0) > 0);
      const text = `'device' must be an integer from 0 to ${visible.length >> 1}: current value is 2`;
      await assert.rejects(openEmulator(undefined, 2), { message: `Cannot use CUDA as ${text}` });
    } finally {
      Deno.env.delete("CUDA_VISIBLE_DEVICES");
    }
  }
});

emulatorTest("who comes second takes the device that is free, and neither touches the other's", async () => {
  emulate("devices", 2);
  const { samples } = fitInputs()[0];
  await using first = await openEmulator();
  await using held = await first.openFit(samples);
  await using second = await openEmulator();
  await using own = await second.openFit(samples);
  assert.match(first.device.name, /^emulated device 0/);
  assert.match(second.device.name, /^emulated device 1/);
  const [a, b] = [new Float32Array(samples.value.length), new Float32Array(samples.value.length)];
  await Promise.all([held.values(a), own.values(b)]);
  assert.deepEqual(a, samples.value);
  assert.deepEqual(b, samples.value);
});
