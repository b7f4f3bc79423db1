/** The grammar of ANTs' command line: every form that its clients write, and the traps. */

import assert from "node:assert/strict";
import { readAntsArguments } from "../../../src/cli/ants/arguments.ts";
import { UsageError } from "../../../src/errors.ts";

/** A command line as its options and values. */
function read(line: string): Record<string, [word: string, ...parameters: string[]]> {
  const found = readAntsArguments(line === "" ? [] : line.split(" "));
  return Object.fromEntries([...found].map(([name, { word, parameters }]) => [name, [word, ...parameters]]));
}

Deno.test("short and long names mean the same, and an option without a value has the value 1", () => {
  const expected = { "input-image": ["a.nii"], "rescale-intensities": ["1"], "verbose": ["1"] };
  assert.deepEqual(read("-i a.nii -r -v"), expected);
  assert.deepEqual(read("--input-image a.nii --rescale-intensities --verbose 1"), expected);
});

Deno.test("nipype's line: blanks in brackets are separate words, a bare -r stands before another option", () => {
  const line = "--bspline-fitting [ 300, 5 ] -d 3 --input-image F --convergence [ 50x50x30x20, 1e-06 ] " +
    "--output [ c.nii, b.nii ] -r --shrink-factor 3 --weight-image W";
  assert.deepEqual(read(line), {
    "bspline-fitting": ["", "300", "5"],
    "image-dimensionality": ["3"],
    "input-image": ["F"],
    "convergence": ["", "50x50x30x20", "1e-06"],
    "output": ["", "c.nii", "b.nii"],
    "rescale-intensities": ["1"],
    "shrink-factor": ["3"],
    "weight-image": ["W"],
  });
});

Deno.test("brackets may be quoted apart, and of other kinds; blanks within one word go", () => {
  for (const words of [["[", "a", ",", "b", "]"], ["{a,b}"], ["(a,", "b)"], ["<a,b>"], ["[ a , b ]"]]) {
    const { word, parameters } = readAntsArguments(["-o", ...words]).get("output") ?? {};
    assert.deepEqual([word, parameters], ["", ["a", "b"]], words.join(" "));
  }
  assert.deepEqual(read("-o [x]"), { output: ["", "x"] });
  assert.deepEqual(read("-o []"), { output: [""] });
  assert.deepEqual(read("-o head(1).nii -i b"), { output: ["head(1).nii"], "input-image": ["b"] });
});

Deno.test("words before the first option are ignored, of values and options the last counts", () => {
  assert.deepEqual(read("3 -i X -o Y"), { "input-image": ["X"], output: ["Y"] });
  assert.deepEqual(read("-s 2 -s 3"), { "shrink-factor": ["3"] });
  assert.deepEqual(read("-t 0.3 0.01 200"), { "histogram-sharpening": ["200"] });
  assert.deepEqual(read(""), {});
});

Deno.test("a word with a dash is a value where it is a number other than 0", () => {
  assert.deepEqual(read("-s -3"), { "shrink-factor": ["-3"] });
  for (const line of ["-s -0", "-q 1", "-vv", "--shrink 2", "-", "--"]) {
    assert.throws(() => read(line), (error) => error instanceof UsageError && /there is no option/.test(error.message));
  }
});

Deno.test("brackets that never close are refused", () => {
  assert.throws(() => read("-o [a,b -i x"), /brackets must close/);
});
