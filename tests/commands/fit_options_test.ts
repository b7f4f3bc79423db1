/** Every option of the fit does what its help says: checked against the same fit put together by hand, or against its definition. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { FIT_DEFAULTS, fitBiasField, type FitOptions } from "../../src/n4/fit.ts";
import { compactSamples } from "../../src/n4/samples.ts";
import type { Lattice } from "../../src/backends/backend.ts";
import type { Shape3, Triple } from "../../src/volume.ts";
import { programs, runWell } from "../helpers/command.ts";
import { correctImage } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [13, 16, 18];
const VOXEL: Triple = [3, 1, 0.5];
const { intensity: HEAD } = randomVolume({ shape: SHAPE, seed: 1 });

/** Runs `body` with the path of the head. */
function withHead(body: (path: string) => Promise<void>, shape: Shape3 = SHAPE): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const values = shape === SHAPE ? HEAD : randomVolume({ shape, seed: 1 }).intensity;
      await body(await writeImage(`${folder}/head.nii`, { shape, voxelSize: VOXEL, volumes: [values] }));
    });
}

/** The fit of samples every `factors` voxels on the centred grid, of single voxels or of blocks, written out. */
async function fitByHand(factors: Triple, mean: boolean, options: Partial<FitOptions>): Promise<Lattice> {
  const axes = SHAPE.map((n, a) => {
    const count = Math.floor(n / factors[a]);
    const covered = (count - 1) * factors[a] + (mean ? factors[a] : 1);
    const origin = mean ? Math.floor((n - covered) / 2) : Math.floor((n - covered) / 2 + 0.5);
    return Array.from({ length: count }, (_, k) => origin + k * factors[a]);
  });
  const block = mean ? factors : [1, 1, 1];
  const intensity: number[] = [];
  for (const z of axes[0]) {
    for (const y of axes[1]) {
      for (const x of axes[2]) {
        let sum = 0;
        for (let i = 0; i < block[0] * block[1] * block[2]; i++) {
          const [bz, by, bx] = [
            Math.floor(i / (block[1] * block[2])),
            Math.floor(i / block[2]) % block[1],
            i % block[2],
          ];
          sum += HEAD[((z + bz) * SHAPE[1] + y + by) * SHAPE[2] + x + bx];
        }
        intensity.push(sum / (block[0] * block[1] * block[2]));
      }
    }
  }
  const [z, y, x] = axes.map((axis, a) => Float64Array.from(axis, (p) => p + (block[a] - 1) / 2));
  const { samples } = compactSamples({ positions: [z, y, x], intensity: Float32Array.from(intensity) }, "exclude");
  await using backend = openTsBackend({ workers: 0 });
  const fit = { ...FIT_DEFAULTS, iterations: [4, 3], convergenceThreshold: 0, ...options };
  return (await fitBiasField(backend, samples, { shape: SHAPE, voxelSize: VOXEL }, fit)).lattice;
}

const CASES: [
  name: string,
  options: Parameters<typeof correctImage>[1],
  factors: Triple,
  mean: boolean,
  fit: Partial<FitOptions>,
][] = [
  ["--shrink-factor", { shrinkFactor: [2, 3, 4] }, [2, 3, 4], false, {}],
  ["--shrink-resolution-mm", { shrinkResolutionMm: 2 }, [1, 2, 4], false, {}],
  ["--shrink-method mean", { shrinkMethod: "mean", shrinkFactor: [2, 3, 4] }, [2, 3, 4], true, {}],
  ["--control-points", { controlPoints: [4, 5, 6] }, [2, 2, 2], false, { controlPoints: [4, 5, 6] }],
  ["--lattice fixed", { lattice: "fixed" }, [2, 2, 2], false, { lattice: "fixed" }],
  ["--spline-distance-mm", { splineDistanceMm: 7.2 }, [2, 2, 2], false, { controlPoints: [8, 5, 4] }],
  ["--n-bins", { nBins: 50 }, [2, 2, 2], false, { bins: 50 }],
  ["--fwhm", { fwhm: 0.4 }, [2, 2, 2], false, { fwhm: 0.4 }],
  ["--wiener-noise", { wienerNoise: 0.1 }, [2, 2, 2], false, { wienerNoise: 0.1 }],
  ["--n-iterations", { nIterations: [2, 1, 1] }, [2, 2, 2], false, { iterations: [2, 1, 1] }],
  ["--convergence-threshold", { convergenceThreshold: 0.03 }, [2, 2, 2], false, { convergenceThreshold: 0.03 }],
];

Deno.test(
  "each option of the fit gives the lattice of the same fit by hand, to the bit",
  withHead(async (path) => {
    const plain = await fitByHand([2, 2, 2], false, {});
    for (const [name, options, factors, mean, fit] of CASES) {
      const { model } = await correctImage(path, { maskMethod: "none", fieldScale: "free", ...options });
      assert.deepEqual(model.global, await fitByHand(factors, mean, fit), name);
      assert.notDeepEqual(model.global, plain, `${name} makes a difference`);
    }
  }),
);

Deno.test(
  "the report tells the knot spacing of every level in mm, from the effective number of spans",
  withHead(async (path) => {
    const { report } = await correctImage(path, { splineDistanceMm: 7.2, nIterations: [1, 1] });
    const extents = SHAPE.map((n, a) => (n - 1) * VOXEL[a]);
    const spans = extents.map((extent) => Math.max(1, Math.round(extent / 7.2)));
    assert.deepEqual(spans, [5, 2, 1]);
    report.fits[0].levels.forEach((level, i) => {
      assert.deepEqual(level.knotSpacingMm, extents.map((extent, a) => extent / (spans[a] * 2 ** i)));
      assert.deepEqual(level.controlPoints, spans.map((n) => n * 2 ** i + 3));
    });
  }),
);

Deno.test(
  "too many samples raise the shrink factors, with a sentence",
  withHead(async (path) => {
    const { report, events } = await correctImage(path, { shrinkFactor: [1, 1, 1], maxFitSamples: 500 });
    const { used, outside, nonPositive } = report.fits[0].samples;
    assert.ok(used + outside + nonPositive <= 500);
    assert.ok(
      events.some((event) =>
        "text" in event && /^Shrink factors raised from 1 1 1 to .* 500 fit samples/.test(event.text)
      ),
    );
  }),
);

for (const shape of [[1, 24, 20], [14, 1, 1], [1, 1, 30], [3, 20, 2]] as const) {
  Deno.test(
    `an image of ${shape.join(" x ")} voxels is corrected, with a field constant along axes of one voxel`,
    withHead(async (path) => {
      const { report, values } = await correctImage(path, { maskMethod: "none" });
      const last = report.fits[0].levels[1];
      shape.forEach((n, a) => assert.equal(last.controlPoints[a], n > 1 ? 5 : 4));
      assert.ok(values.every((value) => value > 0 && isFinite(value)));
    }, shape),
  );
}

Deno.test("an image of one voxel stays as it is", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/dot.nii`, { shape: [1, 1, 1], volumes: [[5]] });
    assert.deepEqual([...(await correctImage(path)).values], [5]);
  }));

programs.test("words of the command line reach the plan in every spelling and order", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/head.nii`, { shape: SHAPE, voxelSize: VOXEL });
    const lines: Record<string, RegExp> = {
      "head.nii out.nii --shrink-factor 2": /every 2 2 2 voxels, 6 2 1 mm apart/,
      "--shrink-factor 1 2 3 head.nii out.nii": /every 1 2 3 voxels/,
      "head.nii --shrink_factor 1,2,3 out.nii": /every 1 2 3 voxels/,
      "--shrink-factor=1x2x3 head.nii out.nii": /every 1 2 3 voxels/,
      "head.nii out.nii --shrink-resolution-mm 1.5": /every 1 1 3 voxels/,
      "--n-iterations 9 8 7 head.nii out.nii": /Level 3: 7 7 7 .* at most 7 iterations/,
      "head.nii out.nii --n_iterations 9,8 --lattice fixed": /Level 2: 4 4 4 .* at most 8 iterations/,
      "head.nii out.nii --control_points 5 6 7 --n-iterations 3": /Level 1: 5 6 7 .* a knot every 18 5 2.125 mm/,
    };
    const runs = Object.entries(lines).map(async ([line, plan]) => {
      const { stderr } = await runWell(["correct_bias_field", ...line.split(" "), "--dry-run"], { cwd: folder });
      assert.match(stderr, plan, line);
    });
    await Promise.all(runs);
  }));
