/** Words of the command line become regular before they are parsed. */

import assert from "node:assert/strict";
import { regularArguments } from "../../src/cli/arguments.ts";
import { BENCHMARK_OPTIONS } from "../../src/options/benchmark_table.ts";
import { COMPARE_OPTIONS } from "../../src/options/compare_table.ts";
import { flagOf } from "../../src/options/spec.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { CORRECT_OPTIONS } from "../../src/options/table.ts";

function regular(line: string): string[] {
  return regularArguments(line.split(" "), CORRECT_OPTIONS);
}

Deno.test("an underscore is as good as a dash, and a value stays as it is", () => {
  assert.deepEqual(regular("--n_iterations 50 40"), ["--n-iterations=50 40"]);
  assert.deepEqual(regular("--save_bias_field=my_field.nii IN"), ["--save-bias-field=my_field.nii", "IN"]);
  assert.deepEqual(regular("--save_bias-field my_field.nii"), ["--save-bias-field=my_field.nii"]);
  assert.deepEqual(regular("--dry_run"), ["--dry-run"]);
});

Deno.test("a list of numbers ends where the numbers end", () => {
  assert.deepEqual(regular("--n-iterations 50 40 30 IN OUT"), ["--n-iterations=50 40 30", "IN", "OUT"]);
  assert.deepEqual(regular("--n-iterations 50,40 IN OUT"), ["--n-iterations=50,40", "IN", "OUT"]);
  assert.deepEqual(regular("--shrink-factor 4x2x2 IN OUT"), ["--shrink-factor=4x2x2", "IN", "OUT"]);
  assert.deepEqual(regular("--n-iterations 9 --shrink-factor 1 2 3 IN"), [
    "--n-iterations=9",
    "--shrink-factor=1 2 3",
    "IN",
  ]);
});

Deno.test("a list of choices ends where the choices end", () => {
  const words = ["--backends", "ts", "cuda", "DIR", "--reference", "ants", "--phantom-shapes", "4x5x6", "7x8x9", "ts"];
  assert.deepEqual(regularArguments(words, BENCHMARK_OPTIONS), [
    "--backends=ts cuda",
    "DIR",
    "--reference=ants",
    "--phantom-shapes=4x5x6 7x8x9",
    "ts",
  ]);
  assert.deepEqual(regularArguments(["--backends", "fast", "ts"], BENCHMARK_OPTIONS), ["--backends=fast", "ts"]);
});

Deno.test("an option of three numbers takes no fourth, one of a single number no second", () => {
  assert.deepEqual(regular("--shrink-factor 1 2 3 4"), ["--shrink-factor=1 2 3", "4"]);
  assert.deepEqual(regular("--fwhm 0.1 7"), ["--fwhm=0.1", "7"]);
});

Deno.test("a negative number is a value; another option is not", () => {
  assert.deepEqual(regular("--spline-distance-mm -5 IN"), ["--spline-distance-mm=-5", "IN"]);
  assert.deepEqual(regular("--control-points -4 -4 -4"), ["--control-points=-4 -4 -4"]);
  assert.deepEqual(regular("--mask --overwrite"), ["--mask=", "--overwrite"]);
  assert.deepEqual(regular("--n-iterations --quiet"), ["--n-iterations=", "--quiet"]);
  assert.deepEqual(regular("IN OUT --fwhm"), ["IN", "OUT", "--fwhm="]);
});

Deno.test("a word that is no number goes to a list that has none, so that its rule is told", () => {
  assert.deepEqual(regular("--n-iterations many IN"), ["--n-iterations=many", "IN"]);
});

Deno.test("switches take no value, and unknown options are left to the parser", () => {
  assert.deepEqual(regular("--overwrite IN OUT"), ["--overwrite", "IN", "OUT"]);
  assert.deepEqual(regular("--no_such_thing 5"), ["--no-such-thing", "5"]);
});

Deno.test("words after -- stay as they are", () => {
  assert.deepEqual(regular("--fwhm 1 -- --n_iterations 5"), ["--fwhm=1", "--", "--n_iterations", "5"]);
});

Deno.test("a file whose name begins with digits is no number", () => {
  assert.deepEqual(regular("--n-iterations 50 3rd.nii out.nii"), ["--n-iterations=50", "3rd.nii", "out.nii"]);
  assert.deepEqual(regular("--n-iterations 50 2024-01.nii out.nii"), ["--n-iterations=50", "2024-01.nii", "out.nii"]);
});

Deno.test("a beginning that one option alone has is as good as its name", () => {
  assert.deepEqual(regular("--n_ser 8 IN"), ["--n-serial-slices=8", "IN"]);
  assert.deepEqual(regular("--over --no-hist-match"), ["--overwrite", "--no-hist-match"]);
  assert.deepEqual(regular("--no-histogram-match"), ["--no-histogram-match"], "a whole name is no beginning");
  assert.throws(() => regular("--save x.nii"), /'--save' may be --save-bias-field, --save-bias-model, --save-mask/);
});

Deno.test("letters stand for options, several of them for switches", () => {
  assert.deepEqual(regular("-f IN OUT -q"), ["--overwrite", "IN", "OUT", "--quiet"]);
  assert.deepEqual(regular("-fv"), ["--overwrite", "--verbose"]);
  assert.deepEqual(regular("-h"), ["--help"]);
  assert.deepEqual(regularArguments(["-o", "p.png", "-i=a.nii"], COMPARE_OPTIONS), ["--output=p.png", "--zarr=a.nii"]);
  assert.deepEqual(regularArguments(["-o", "-f"], COMPARE_OPTIONS), ["--output=", "--overwrite"]);
  assert.deepEqual(regular("-"), ["-"]);
});

Deno.test("what other programs call an option is told", () => {
  for (
    const [word, flag] of [
      ["--force", "--overwrite"],
      ["-force", "--overwrite"],
      ["--threads", "--n-processes"],
      ["--mask_image", "--mask"],
      ["-x", "--mask"],
      ["--shrink", "--shrink-factor"],
      ["--convergence", "--n-iterations or --convergence-threshold"],
      ["--bspline-fitting", "--spline-distance-mm"],
      ["--save-bias", "--save-bias-field"],
      ["--n-slices", "--n-serial-slices"],
      ["--no-make-isotropic", "--no-isotropic"],
    ]
  ) {
    const text = `Cannot read the command line: unknown option '${word}' (Did you mean ${flag}?) (see --help)`;
    assert.throws(() => regular(`${word} 4`), { name: "UsageError", message: text });
  }
});

Deno.test("no option has the letter or the other name of another", () => {
  for (const { name, options } of COMMANDS) {
    const letters = Object.values(options).flatMap(({ short }) => short ?? []);
    assert.equal(new Set(["h", "V", ...letters]).size, 2 + letters.length, name);
    const flags = Object.keys(options).map((key) => flagOf(key).slice(2));
    for (const { also = [] } of Object.values(options)) {
      assert.deepEqual(also.filter((word) => flags.includes(word) && name !== "benchmark"), [], name);
    }
  }
});
