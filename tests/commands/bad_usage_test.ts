/** Wrong use that the command line alone tells: exit code 2, before any file is touched. */

import { type Failure, testFailures } from "../helpers/failures.ts";
import { writeImage } from "../helpers/images.ts";

/** A head in the folder, and `correct_bias_field in.nii out.nii` with more words. */
function correcting(...more: string[]): Failure["prepare"] {
  return async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: [4, 5, 6] });
    return ["correct_bias_field", "in.nii", "out.nii", ...more];
  };
}

const options: readonly [name: string, words: string[], says: RegExp][] = [
  [
    "a thousand threads are refused",
    ["--n-processes", "1000"],
    /'--n-processes' as it must be an integer from 0 to 256/,
  ],
  [
    "one bin is refused",
    ["--n-bins", "1"],
    /'--n-bins' as it must be an integer from 2 to 65536: current value is '1'/,
  ],
  [
    "zero iterations are refused",
    ["--n-iterations", "50", "0"],
    /'--n-iterations' .* integers >= 1.*: current value is '0'/,
  ],
  [
    "three control points are refused",
    ["--control-points", "3"],
    /'--control-points' .* integers >= 4.*: current value is '3'/,
  ],
  [
    "a negative spline distance is refused",
    ["--spline-distance-mm", "-5"],
    /'--spline-distance-mm' .* > 0 or 'auto': current value is '-5'/,
  ],
  [
    "two numbers for three axes are refused",
    ["--shrink-factor", "2", "2"],
    /'--shrink-factor' .* one or three \(Z Y X\): current value is '2 2'/,
  ],
  ["a shrink factor of half a voxel is refused", ["--shrink-factor", "0.5"], /'--shrink-factor' .* integers >= 1/],
  [
    "a word where a number is due is refused",
    ["--fwhm", "wide"],
    /'--fwhm' as it must be a number > 0: current value is 'wide'/,
  ],
  [
    "standard output is no place for a report",
    ["--report", "-"],
    /Cannot write '--report' as it must be a file with a name: current value is '-'/,
  ],
  ["infinity is no number", ["--fwhm", "Infinity"], /'--fwhm' .* current value is 'Infinity'/],
  ["a strength above 1 is refused", ["--strength", "1.5"], /'--strength' .* from 0 to 1: current value is '1.5'/],
  [
    "a negative threshold is refused",
    ["--convergence-threshold=-1"],
    /'--convergence-threshold' .* >= 0: current value is '-1'/,
  ],
  [
    "an unknown word of a list is refused with the list",
    ["--rescale", "maximum"],
    /'--rescale' as it must be one of none, mean, median, minmax, range/,
  ],
  [
    "a backend of no known name is refused with the list",
    ["--backend", "tpu"],
    /'--backend' as it must be one of auto, ts, webgpu, cuda, cpu, gpu/,
  ],
  [
    "a size without a number is refused",
    ["--memory-limit", "much"],
    /'--memory-limit' as it must be a size such as 2GiB/,
  ],
  [
    "an unknown option is refused",
    ["--shrnk-factor", "2"],
    /unknown option '--shrnk-factor'.*--shrink-factor.*\(see --help\)/,
  ],
  ["an option without its value is refused", ["--mask"], /'--mask' as it must be a path: current value is ''/],
  [
    "an option is not taken for the value of another",
    ["--mask", "--overwrite"],
    /'--mask' as it must be a path: current value is ''/,
  ],
  ["a third path is refused", ["more.nii"], /too many arguments/],
  ["a mask label needs a mask", ["--mask-label", "2"], /'--mask-label' as it needs '--mask' as well/],
  [
    "a bias level needs a field to write",
    ["--bias-level", "1"],
    /'--bias-level' as it needs '--save-bias-field' as well/,
  ],
  [
    "a mask and a way to make one exclude each other",
    ["--mask", "m.nii", "--mask-method", "otsu"],
    /'--mask' and '--mask-method' together/,
  ],
  [
    "spline distance and control points exclude each other",
    ["--spline-distance-mm", "9", "--control-points", "5"],
    /together/,
  ],
  [
    "shrink factor and resolution exclude each other",
    ["--shrink-resolution-mm", "2", "--shrink-factor", "2"],
    /together/,
  ],
  ["quiet and verbose exclude each other", ["--quiet", "--verbose"], /together/],
  [
    "two outputs of one path are refused",
    ["--save-bias-field", "./out.nii"],
    /write '--save-bias-field' to '.\/out.nii' as it must not be, hold or lie inside the output/,
  ],
  [
    "a report over the input is refused",
    ["--report", "in.nii"],
    /write '--report' to 'in.nii' as it must not be, hold or lie inside the input/,
  ],
  ["a model of the report's name is refused", ["--save-bias-model", "a.json", "--report", "a.json"], /must not be/],
  [
    "a field of no known type is refused",
    ["--save-bias-field", "field.txt"],
    /create 'field.txt' as its name must end in/,
  ],
];

testFailures([
  ...options.map(([name, words, says]): Failure => ({ name, prepare: correcting(...words), code: 2, says })),
  {
    name: "an output that is the input is refused",
    prepare: async (folder) => {
      await writeImage(`${folder}/in.nii`, { shape: [4, 5, 6] });
      return ["correct_bias_field", "in.nii", "in.nii", "--overwrite"];
    },
    code: 2,
    says: /write output to 'in.nii' as it must not be, hold or lie inside the input/,
  },
  {
    name: "an output inside the input is refused",
    prepare: async (folder) => {
      await writeImage(`${folder}/in.ome.zarr`, { shape: [4, 5, 6] });
      return ["correct_bias_field", "in.ome.zarr", "in.ome.zarr/out.ome.zarr"];
    },
    code: 2,
    says: /lie inside the input/,
  },
  {
    name: "an output of no known type is refused, also where the input is missing",
    prepare: () => ["correct_bias_field", "nothing.nii", "out.txt"],
    code: 2,
    says: /create 'out.txt' as its name must end in .ome.zarr, .zarr, .ozx, .ome.zarr.zip, .nii or .nii.gz/,
  },
  {
    name: "a missing OUT is refused",
    prepare: () => ["correct_bias_field", "in.nii"],
    code: 2,
    says: /missing required argument 'OUT'/,
  },
  {
    name: "no words at all are refused",
    prepare: () => ["correct_bias_field"],
    code: 2,
    says: /missing required argument 'IN'/,
  },
  {
    name: "an unknown command is refused",
    prepare: () => ["n4", "corect"],
    code: 2,
    says: /unknown command 'corect' \(Did you mean correct\?\)/,
  },
  { name: "help about nothing known is refused", prepare: () => ["n4", "help", "me"], code: 2, says: /command 'me'/ },
  {
    name: "completions of no known shell are refused",
    prepare: () => ["n4", "completions", "csh"],
    code: 2,
    says: /must be bash, zsh or fish: current word is csh/,
  },
  {
    name: "an option of another command is refused",
    prepare: () => ["n4", "apply", "model.json", "in.nii", "out.nii", "--n-bins", "9"],
    code: 2,
    says: /unknown option '--n-bins/,
  },
  {
    name: "apply says which comes first where model and image are swapped",
    prepare: () => ["n4", "apply", "in.nii", "model.json", "out.nii"],
    code: 2,
    says: /'in\.nii' as the model comes first/,
  },
  {
    name: "apply refuses a field over its output",
    prepare: () => ["n4", "apply", "model.json", "in.nii", "out.nii", "--save-bias-field", "out.nii"],
    code: 2,
    says: /must not be/,
  },
]);
