/** The call for arrays in memory. */
import assert from "node:assert/strict";
import {
  biasField,
  correctArray,
  type CorrectArrayOptions,
  correctFile,
  openBackend,
  type RunEvent,
  UsageError,
} from "../../mod.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { randomVolume } from "../helpers/volumes.ts";

Deno.test("an array in memory is corrected to the voxels that a file of it is", () =>
  inFolder(async (folder) => {
    const shape = [10, 12, 14] as const;
    const { intensity } = randomVolume({ shape, seed: 3 });
    const mask = Uint8Array.from(intensity, (_, i) => Number(i % 14 > 2));
    const options = { backend: "ts", nProcesses: 0, nIterations: [5, 5], shrinkFactor: [2, 2, 2] } as const;
    await writeImage(`${folder}/in.nii`, { shape, volumes: [intensity] });
    await writeImage(`${folder}/mask.nii`, { shape, volumes: [Float32Array.from(mask)] });
    const saveBiasField = `${folder}/field.nii`;
    const output = `${folder}/out.nii`;
    const ofFile = { ...options, mask: `${folder}/mask.nii`, saveBiasField };
    const ofReport = await correctFile({ input: `${folder}/in.nii`, output, options: ofFile });
    const { corrected, field, model, report } = await correctArray(intensity, { shape, mask, ...options });
    assert.deepEqual(corrected, await readImage(output));
    assert.deepEqual(await field(), await readImage(saveBiasField));
    assert.deepEqual(model.shape, shape);
    assert.deepEqual(report.quality, ofReport?.quality);
    const plain = (fits: typeof report.fits) => fits.map((fit) => ({ ...fit, mask: "" }));
    assert.deepEqual(plain(report.fits), plain(ofReport?.fits ?? []));
    assert.deepEqual(report.options.shrinkFactor, options.shrinkFactor);
    assert.deepEqual(Object.keys(report).filter((key) => !(key in (ofReport ?? {}))), [], "words of a file's report");
  }));

Deno.test("a preset whose lengths do not fit is changed for an array as for a file", () =>
  inFolder(async (folder) => {
    const shape = [10, 12, 14] as const;
    const { intensity } = randomVolume({ shape, seed: 3 });
    const quick = { nIterations: [3], globalNIterations: [3], shrinkFactor: [2, 2, 2] } as const;
    const options = { preset: "oct", backend: "ts", nProcesses: 0, maskMethod: "none", ...quick } as const;
    await writeImage(`${folder}/in.nii`, { shape, volumes: [intensity] });
    await correctFile({ input: `${folder}/in.nii`, output: `${folder}/out.nii`, options });
    assert.deepEqual(
      (await correctArray(intensity, { shape, ...options })).corrected,
      await readImage(`${folder}/out.nii`),
    );
  }));

Deno.test("an array of another length is refused, a plane is no special case", async () => {
  const options = { backend: "ts", nProcesses: 0, nIterations: [3], shrinkFactor: [1, 1, 1] } as const;
  await assert.rejects(correctArray([1, 2, 3], { shape: [1, 2, 2], ...options }), RangeError);
  const data = Array.from({ length: 256 }, (_, i) => 100 + (i % 16) + 40 * ((i >> 5) % 2));
  const { corrected } = await correctArray(data, { shape: [1, 16, 16], ...options });
  assert.ok(corrected.every((value) => value > 0));
});

Deno.test("options that need a mask or rule it out see that of an array", async () => {
  const shape = [10, 12, 14] as const;
  const { intensity: data } = randomVolume({ shape, seed: 3 });
  const mask = Uint8Array.from(data, (_, i) => i % 3);
  const fit = { backend: "ts", nProcesses: 0, nIterations: [3], shrinkFactor: [1, 1, 1] } as const;
  const labelled = await correctArray(data, { shape, mask, ...fit, maskLabel: 2 });
  const alone = await correctArray(data, { shape, mask: mask.map((n) => Number(n === 2)), ...fit });
  assert.deepEqual(labelled.corrected, alone.corrected);
  await assert.rejects(correctArray(data, { shape, mask, ...fit, maskMethod: "otsu" }), UsageError);
  await assert.rejects(correctArray(data, { shape, ...fit, maskLabel: 2 }), UsageError);
});

Deno.test("a region and weights against dark voxels are those of a file", async () => {
  const shape = [10, 12, 14] as const;
  const { intensity } = randomVolume({ shape, seed: 3 });
  const mask = Uint8Array.from(intensity, (_, i) => Number(i % 14 > 2));
  const data = intensity.map((value, i) => i % 14 === 3 ? 1 : i % 14 < 3 ? 4 : value);
  const roi = Uint8Array.from(data, (_, i) => Number(i % 14 > 9));
  const fit = { shape, backend: "ts", nProcesses: 0, nIterations: [3], shrinkFactor: [1, 1, 1] } as const;
  const { report, corrected } = await correctArray(data, { ...fit, mask, roi, weights: "dark" });
  assert.equal(report.quality?.[0].roiSamples, 10 * 12 * 4);
  const exact = await correctArray(data, { ...fit, mask: mask.map((inside, i) => i % 14 === 3 ? 0 : inside) });
  assert.deepEqual(corrected, exact.corrected);
});

Deno.test("a fit starts from another one's model, if that is of its shape", async () => {
  const fit = { backend: "ts", nProcesses: 0, nIterations: [4], shrinkFactor: [1, 1, 1] } as const;
  const shape = [10, 12, 14] as const;
  const { intensity: data } = randomVolume({ shape, seed: 3 });
  const { model: initialModel } = await correctArray(data, { shape, ...fit });
  const { model } = await correctArray(data, { shape, ...fit, initialModel });
  assert.notDeepEqual(model.global?.values, initialModel.global?.values);
  const other = { ...initialModel, shape: [10, 12, 15] as const };
  const refused = (options: object, message: RegExp) =>
    assert.rejects(correctArray(data, { shape, ...fit, ...options }), { name: "UsageError", message });
  await refused(
    { initialModel: other },
    /^Cannot start from option 'initialModel' as the model must have .* 10 12 15$/,
  );
  await refused({ initialModel, skipIfEven: true }, /'skipIfEven' as it needs a fit without option 'initialModel'/);
  await refused({ skipIfEven: true, mode: "two_pass" }, /'skipIfEven' as it needs option 'mode: global'.* two_pass$/);
  await refused({ initialModel, mode: "two_pass" }, /'initialModel' as it needs option 'mode: global'.* two_pass$/);
});

Deno.test("a backend that is open stays so, the field is that of any shape, and a signal ends a call", async () => {
  await using backend = await openBackend("ts", { workers: 0 });
  const shape = [10, 12, 14] as const;
  const { intensity: data } = randomVolume({ shape, seed: 3 });
  const warned: string[] = [];
  const listener = (event: RunEvent) => event.event === "warning" ? warned.push(event.text) : undefined;
  const options = { shape, backend, nProcesses: 0, nIterations: [2], listener, nSerialSlices: 2 };
  const { field, model, report } = await correctArray(data, options);
  assert.deepEqual(await biasField(model, { backend, nProcesses: 0 }), await field());
  assert.equal((await biasField(model, { backend, nProcesses: 0, shape: [5, 6, 7] })).length, 210);
  assert.deepEqual(warned, report.warnings);
  assert.match(warned.join(), /^Option 'nSerialSlices' changes nothing as it needs option 'mode: per_section'/);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(correctArray(data, { ...options, signal }), /enough/);
  await assert.rejects(
    correctArray(data, { ...options, memoryLimit: 2 ** 20 }),
    /option 'memoryLimit' must hold .*, at least \d+MiB: current value is 1MiB$/,
  );
});

Deno.test("options that a program gives follow the rules of the command line", async () => {
  const data = Array.from({ length: 256 }, (_, i) => 100 + (i % 16) + 40 * ((i >> 5) % 2));
  const job = { shape: [1, 16, 16], backend: "ts", nProcesses: 0, nIterations: [3] };
  const run = (options: object) => correctArray(data, { ...job, ...options } as unknown as CorrectArrayOptions);
  const { report } = await run({ shrinkFactor: 2, nIterations: 4 });
  assert.deepEqual([report.options.shrinkFactor, report.options.nIterations], [[2, 2, 2], [4]]);
  const refused: readonly (readonly [options: object, message: RegExp])[] = [
    [{ nBins: 1 }, /^Cannot use option 'nBins' as it must be an integer from 2 to 65536: current value is '1'$/],
    [{ preset: "brain" }, /option 'preset' as it must be one of mri, oct, linumpy: current value is 'brain'$/],
    [{ histogramMatch: 1 }, /option 'histogramMatch' as it must be true or false: current value is 1$/],
    [{ fwhm: { value: 1 } }, /option 'fwhm' as it must be a number > 0: current value is an object$/],
    [{ saveMask: "m.nii" }, /^Cannot use option 'saveMask' as it is about files: current input is an array in memory$/],
    [{ resume: true }, /option 'resume' as it is about files/],
    [{ nLevels: 2 }, /option 'nLevels' as it is about files/],
    [{ shrinkFactors: [1, 1, 1] }, /option 'shrinkFactors' as there must be one of that name: there is none$/],
  ];
  for (const [options, message] of refused) await assert.rejects(run(options), { name: "UsageError", message });
  await assert.rejects(run({ shape: [16, 16] }), { name: "RangeError", message: /16 x 16 \(Z Y X\).* length is 256$/ });
  await assert.rejects(run({ voxelSize: [1, 0, 1] }), { name: "RangeError", message: /sizes must be above 0/ });
});
