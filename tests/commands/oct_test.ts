/** A stack through the command with every option on, against the library calls made one by one on arrays. */

import assert from "node:assert/strict";
import { type ApplySection, type FitSamples, type Lattice, type N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { bitMask } from "../../src/intensity/mask/bit_volume.ts";
import { mapBox, matchingTables } from "../../src/intensity/match/histogram_match.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { clippedSource, OutlierCounts } from "../../src/intensity/count/outliers.ts";
import { computeTissueMask } from "../../src/intensity/mask/tissue_mask.ts";
import { zProfileGains } from "../../src/intensity/match/z_profile.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import type { PassContext } from "../../src/io/flow/passes.ts";
import { evaluateAt, splineRows3 } from "../../src/n4/bspline.ts";
import { centreField } from "../../src/n4/centre.ts";
import { controlPointsForDistance, FIT_DEFAULTS, fitBiasField, levelsToWait } from "../../src/n4/fit.ts";
import { compactSamples, fromFirstPlane, joinSamples, strideSamples, winsorizeSamples } from "../../src/n4/samples.ts";
import { gridShape, sampleGrid } from "../../src/n4/shrink.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Shape3, type Triple, voxelCount, wholeBox } from "../../src/volume.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";

const SHAPE: Shape3 = [24, 46, 50];
const SECTIONS = 3;
const VOXEL: Triple = [1.5, 1, 1];
const STACK = octStack({ shape: SHAPE, seed: 21, sections: SECTIONS });
const PASSES: PassContext = { boxVoxels: 2 ** 22, slots: 1, log: new RunLog() };

const OPTIONS = {
  preset: "oct",
  mode: "two_pass",
  nSerialSlices: SECTIONS,
  shrinkFactor: [1, 2, 3],
  shrinkMethod: "stride",
  globalShrinkFactor: [2, 4, 6],
  splineDistanceMm: 25,
  globalSplineDistanceMm: 30,
  nIterations: [4, 3],
  globalNIterations: [3, 2],
  convergenceThreshold: 0,
  histogramMatch: true,
  histogramNBins: 300,
  tissueThreshold: 0.05,
  zprofileSmoothSigma: 1.5,
  maskSmoothingSigma: 1.5,
  maskRules: "robust",
  maskSpeckPx: 7,
  winsorize: [1, 98],
  strength: 0.8,
  zeroOutsideMask: true,
} as const satisfies CorrectOptions;

/** Matched intensities and mask of the whole stack. */
async function prepare(backend: N4Backend): Promise<{ matched: Float32Array; inside: Uint8Array }> {
  const volume = new ArrayVolume(STACK, SHAPE, VOXEL);
  const sigma = OPTIONS.maskSmoothingSigma;
  const outliers = new OutlierCounts();
  await outliers.addBy(undefined, STACK, wholeBox(SHAPE));
  const { maskRules: rules, maskSpeckPx: specks } = OPTIONS;
  const { bits } = await computeTissueMask(
    clippedSource(volume, outliers.percentiles(OPTIONS.winsorize) ?? [0, 0]),
    { sigma: [sigma / 2, sigma, sigma], sections: SECTIONS, rules, specks },
    backend,
    PASSES,
  );
  const matching = { sections: SECTIONS, bins: OPTIONS.histogramNBins, threshold: OPTIONS.tissueThreshold };
  const luts = await matchingTables(volume, matching, PASSES);
  const gains = await zProfileGains(volume, luts, bitMask(bits, ""), { sigma: OPTIONS.zprofileSmoothSigma }, PASSES);
  const inside = new Uint8Array(STACK.length);
  await bits.readBox(wholeBox(SHAPE), inside);
  const matched = STACK.slice();
  mapBox(luts, wholeBox(SHAPE), matched);
  const plane = SHAPE[1] * SHAPE[2];
  return { matched: matched.map((m, i) => inside[i] ? m * gains[Math.floor(i / plane)] : m), inside };
}

/** The strided samples of planes `[z0, z1)`, clipped. */
function samplesOf(matched: Float32Array, inside: Uint8Array, [z0, z1]: readonly [number, number]): FitSamples {
  const grid = sampleGrid([z1 - z0, SHAPE[1], SHAPE[2]], OPTIONS.shrinkFactor, "stride", z0);
  const positions = [grid[0].positions, grid[1].positions, grid[2].positions] as const;
  const intensity = new Float32Array(voxelCount(gridShape(grid)));
  let at = 0;
  for (const z of positions[0]) {
    for (const y of positions[1]) {
      for (const x of positions[2]) {
        const i = (z * SHAPE[1] + y) * SHAPE[2] + x;
        intensity[at++] = inside[i] ? matched[i] : NaN;
      }
    }
  }
  return winsorizeSamples(compactSamples({ positions, intensity }, "exclude").samples, OPTIONS.winsorize);
}

/** The fields of both passes, one fit after the other. */
async function fitAll(backend: N4Backend, matched: Float32Array, inside: Uint8Array) {
  const fit = async (samples: FitSamples, shape: Shape3, distance: number, iterations: readonly number[]) => {
    const controlPoints = controlPointsForDistance({ shape, voxelSize: VOXEL }, distance);
    const refineAfter = levelsToWait({ shape, voxelSize: VOXEL }, distance);
    const options = { ...FIT_DEFAULTS, controlPoints, refineAfter, iterations, convergenceThreshold: 0 };
    const corrected = new Float32Array(samples.value.length);
    const { lattice } = await fitBiasField(backend, samples, { shape, voxelSize: VOXEL }, options, { corrected });
    return { lattice, corrected };
  };
  const sections: Required<ApplySection>[] = [];
  const left: FitSamples[] = [];
  for (const { z0, z1 } of sectionBounds(SHAPE[0], SECTIONS)) {
    const samples = samplesOf(matched, inside, [z0, z1]);
    assert.ok(samples.value.length > 500, "the section holds tissue");
    const own = fromFirstPlane(samples, z0);
    const shape: Shape3 = [z1 - z0, SHAPE[1], SHAPE[2]];
    const { lattice, corrected } = await fit(own, shape, OPTIONS.splineDistanceMm, OPTIONS.nIterations);
    sections.push({ z0, z1, lattice: centreField(lattice, own.value, corrected) });
    left.push(strideSamples({ ...samples, value: corrected }, [2, 2, 2]));
  }
  const { globalSplineDistanceMm, globalNIterations } = OPTIONS;
  const joined = joinSamples(left);
  const { lattice, corrected } = await fit(joined, SHAPE, globalSplineDistanceMm, globalNIterations);
  return { sections, global: centreField(lattice, joined.value, corrected) };
}

function logFieldOf(lattice: Lattice, shape: Shape3): (z: number, y: number, x: number) => number {
  const axis = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
  const rows = splineRows3([axis(shape[0]), axis(shape[1]), axis(shape[2])], shape, lattice.points);
  return (z, y, x) => evaluateAt(lattice, rows, z, y, x);
}

Deno.test("a stack through the command with every option on equals the library calls one by one", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, {
      shape: SHAPE,
      voxelSize: VOXEL,
      volumes: [STACK],
      chunk: [7, 16, 20],
    });
    const output = `${folder}/out.ome.zarr`;
    const report = await correctFile({ input, output, options: { ...OPTIONS, backend: "ts", nProcesses: 2 } });
    const values = await readImage(output);

    await using backend = openTsBackend({ workers: 0 });
    const { matched, inside } = await prepare(backend);
    const { sections, global } = await fitAll(backend, matched, inside);
    const whole = logFieldOf(global, SHAPE);
    let [compared, largest, moved] = [0, 0, 0];
    for (const { z0, z1, lattice } of sections) {
      const section = logFieldOf(lattice, [z1 - z0, SHAPE[1], SHAPE[2]]);
      for (let z = z0; z < z1; z++) {
        for (let y = 0; y < SHAPE[1]; y++) {
          for (let x = 0; x < SHAPE[2]; x++) {
            const i = (z * SHAPE[1] + y) * SHAPE[2] + x;
            if (!inside[i]) {
              assert.equal(values[i], 0);
              continue;
            }
            const field = Math.max(Math.exp(section(z - z0, y, x) + whole(z, y, x)), 1e-6);
            const expected = OPTIONS.strength * matched[i] / field + (1 - OPTIONS.strength) * matched[i];
            largest = Math.max(largest, Math.abs(values[i] / expected - 1));
            moved = Math.max(moved, Math.abs(values[i] / STACK[i] - 1));
            compared++;
          }
        }
      }
    }
    assert.ok(compared > 5000 && moved > 0.05, `${compared} voxels, moved by up to ${moved}`);
    assert.ok(largest < 2e-7, `largest relative difference ${largest}`);
    assert.deepEqual(report?.fits.map(({ planes }) => planes), [[0, 8], [8, 16], [16, 24], [0, 24]]);
  }));
