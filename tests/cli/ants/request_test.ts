/** What ANTs' options come to in those of n4. */

import assert from "node:assert/strict";
import { readAntsArguments } from "../../../src/cli/ants/arguments.ts";
import { type AntsRequest, antsRequest } from "../../../src/cli/ants/request.ts";
import { UsageError } from "../../../src/errors.ts";
import { checkOptions, resolveOptions } from "../../../src/options/resolve.ts";

function request(line: string, environment: Readonly<Record<string, string>> = {}, cores = 8): AntsRequest {
  return antsRequest(readAntsArguments(line.split(" ")), (name) => environment[name], cores);
}

const LEAST = "-i in.nii -o out.nii";

Deno.test("the defaults are ANTs'", () => {
  const { input, output, options, warnings } = request(LEAST);
  assert.deepEqual([input, output, warnings], ["in.nii", "out.nii", []]);
  const { shrinkFactor, nIterations, convergenceThreshold, controlPoints, fwhm, wienerNoise, nBins } = options;
  assert.deepEqual(
    [shrinkFactor, nIterations, convergenceThreshold, controlPoints, fwhm, wienerNoise, nBins],
    [[4, 4, 4], [50, 50, 50, 50], 0, [4, 4, 4], 0.15, 0.01, 200],
  );
  assert.deepEqual([options.maskMethod, options.nonPositive, options.rescale], ["none", "itk", undefined]);
  assert.deepEqual([options.splineDomain, options.shrinkGeometry], [undefined, "stretched"]);
  assert.equal(request(`${LEAST} -b [200]`).options.splineDomain, "padded", "the image is padded to whole distances");
  assert.deepEqual([options.channel, options.overwrite, options.nProcesses], [0, true, undefined]);
});

Deno.test("every line is one that n4 correct accepts", () => {
  for (const more of ["", "-x m.nii -w w.nii", "-b [200] -r 0", "-b [2x3x4,3] -x m.nii", "--n4-geometry aligned"]) {
    const { options } = request(`${LEAST} ${more}`.trim());
    checkOptions(options);
    resolveOptions(options, "nifti");
  }
});

Deno.test("axes are X Y Z there and Z Y X here; points are spans and 3", () => {
  assert.deepEqual(request(`${LEAST} -b [1x2x3,3]`).options.controlPoints, [6, 5, 4]);
  assert.deepEqual(request(`${LEAST} -d 2 -b [1x2]`).options.controlPoints, [4, 5, 4]);
  assert.equal(request(`${LEAST} -b [200]`).options.splineDistanceMm, 200);
});

Deno.test("lists may be short", () => {
  const { options } = request(`${LEAST} -c [20x10] -t [0.3] -o [c.nii]`);
  assert.deepEqual([options.nIterations, options.convergenceThreshold], [[20, 10], 0]);
  assert.deepEqual([options.fwhm, options.wienerNoise, options.nBins], [0.3, 0.01, 200]);
  assert.equal(request("-i a.nii -o [c.nii,b.nii]").options.saveBiasField, "b.nii");
});

Deno.test("a list without brackets is ignored, with a warning: ITK's schedule of one level runs", () => {
  const { options, warnings } = request(`${LEAST} -c 100 -b 200 -t 0.3 0.01 200`);
  assert.deepEqual([options.nIterations, options.convergenceThreshold], [[50], 0.001]);
  assert.deepEqual([options.controlPoints, options.splineDistanceMm, options.fwhm], [[4, 4, 4], undefined, 0.15]);
  assert.equal(warnings.length, 3);
});

Deno.test("rescaling acts with a mask alone, on voxels whose mask is 1", () => {
  const { rescale, rescaleLabel, keepOutsideMask } = request(`${LEAST} -x m.nii`).options;
  assert.deepEqual([rescale, rescaleLabel, keepOutsideMask], ["range", 1, true]);
  const off = request(`${LEAST} -x m.nii -r 0`).options;
  assert.deepEqual([off.rescale, off.rescaleLabel, off.keepOutsideMask], [undefined, undefined, true]);
  assert.equal(request(`${LEAST} -r 1`).options.rescale, undefined);
});

Deno.test("the first variable that says a number of threads counts, up to the cores", () => {
  const threads = (environment: Readonly<Record<string, string>>) => request(LEAST, environment).options.nProcesses;
  assert.equal(threads({ NSLOTS: "3", OMP_NUM_THREADS: "2" }), 3);
  assert.equal(threads({ ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS: "0", OMP_NUM_THREADS: "2" }), 2);
  assert.equal(threads({ NSLOTS: "64" }), 8);
});

Deno.test("our own geometry is chosen by an option or a variable, the option first", () => {
  const geometryOf = ({ options }: AntsRequest) => [options.splineDomain, options.shrinkGeometry];
  assert.deepEqual(geometryOf(request(`${LEAST} -b [200]`, { N4_GEOMETRY: "aligned" })), [undefined, undefined]);
  const both = request(`${LEAST} -b [200] --n4-geometry ants`, { N4_GEOMETRY: "aligned" });
  assert.deepEqual(geometryOf(both), ["padded", "stretched"]);
});

Deno.test("what n4 has not, or what breaks a rule, is refused with the option's name", () => {
  const refused: Readonly<Record<string, RegExp>> = {
    "-o out.nii": /--input-image/,
    "-i in.nii": /--output/,
    "-i in.nii -o [,b.nii]": /--output/,
    [`${LEAST} -d 4`]: /n4 correct --volume-fields/,
    [`${LEAST} -d 5`]: /--image-dimensionality/,
    [`${LEAST} -b [200,4]`]: /cubic/,
    [`${LEAST} -b [0]`]: /--bspline-fitting/,
    [`${LEAST} -b [1x1x1x1]`]: /2 or 3 spans/,
    [`${LEAST} -s 0`]: /--shrink-factor/,
    [`${LEAST} -s two`]: /--shrink-factor/,
    [`${LEAST} -c [50x,0]`]: /--convergence/,
    [`${LEAST} -t [0.15,0.01,1]`]: /--histogram-sharpening/,
    [`${LEAST} -r maybe -x m.nii`]: /--rescale-intensities/,
    [`${LEAST} --n4-geometry other`]: /--n4-geometry/,
  };
  for (const [line, text] of Object.entries(refused)) {
    assert.throws(() => request(line), (error) => error instanceof UsageError && text.test(error.message), line);
  }
});
