/** The kinds of option, the table and the presets. */

import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { FIT_DEFAULTS } from "../../src/n4/fit.ts";
import { mostWords, readOption, valueName } from "../../src/options/parsers.ts";
import { valueText } from "../../src/options/presets.ts";
import { checkOptions, DEFAULT_SETTINGS, idleOptions, resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import {
  flagOf,
  keysOfKind,
  type OptionSpec,
  type OptionTable,
  pathsOfKind,
  withFlags,
} from "../../src/options/spec.ts";
import { type CorrectOptions } from "../../src/options/table.ts";
import {
  APPLY_OPTIONS,
  CORRECT_OPTIONS,
  INFO_OPTIONS,
  NORMALIZE_OPTIONS,
  PLAN_OPTIONS,
  STEP_OPTIONS,
} from "../../exports/options.ts";

const TEXT = { group: "Test", help: "Of a test." };

function accepts(option: OptionSpec, text: string, value: unknown): void {
  assert.deepEqual(readOption(option, text, "test"), value);
}

function refuses(option: OptionSpec, ...texts: string[]): void {
  for (const text of texts) {
    assert.throws(() => readOption(option, text, "test"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^Cannot use option 'test' as it must be .*: current value is '.*'$/);
      return true;
    });
  }
}

Deno.test("a number is finite, decimal or with an exponent, and keeps its rule", () => {
  const option = { ...TEXT, type: "number", from: 0 } as const;
  accepts(option, "0.5", 0.5);
  accepts(option, "1e-3", 1e-3);
  accepts(option, " 7 ", 7);
  refuses(option, "", " ", "x", "-1", "Infinity", "NaN", "1 2", "5mm");
});

Deno.test("a list of numbers is split at spaces, commas or x", () => {
  const option = { ...TEXT, type: "numbers", integer: true, from: 1, most: 4 } as const;
  for (const text of ["3 2 1", "3,2,1", "3, 2, 1", "3x2x1"]) accepts(option, text, [3, 2, 1]);
  refuses(option, "1 2 3 4 5", "1 0", "1.5", "", "1,,2");
});

Deno.test("one number stands for three axes; two stand for nothing", () => {
  const option = { ...TEXT, type: "triple", integer: true, from: 1 } as const;
  accepts(option, "4", [4, 4, 4]);
  accepts(option, "1 2 3", [1, 2, 3]);
  refuses(option, "1 2", "1 2 3 4", "0");
});

Deno.test("a choice is one of its words, whatever their case and dashes, and a path is not empty", () => {
  const option = { ...TEXT, type: "choice", words: ["one", "two_pass"] } as const;
  accepts(option, "two_pass", "two_pass");
  accepts(option, "Two-Pass", "two_pass");
  accepts({ ...TEXT, type: "choices", words: ["one", "two"] }, "TWO one", ["two", "one"]);
  accepts({ ...TEXT, type: "number", or: "auto" }, "AUTO", "auto");
  accepts({ ...TEXT, type: "levels", or: "auto" }, "auto", "auto");
  accepts({ ...TEXT, type: "levels", or: "auto" }, "50 25", [50, 25]);
  refuses(option, "three", "two", "");
  accepts({ ...TEXT, type: "path" }, "a b.nii", "a b.nii");
  refuses({ ...TEXT, type: "path" }, "");
  accepts({ ...TEXT, type: "flag" }, "", true);
});

Deno.test("a size has decimal or binary units, and none means bytes", () => {
  const option = { ...TEXT, type: "bytes" } as const;
  const sizes = {
    "1073741824": 2 ** 30,
    "2GiB": 2 ** 31,
    "2G": 2 ** 31,
    "800MB": 8e8,
    "1.5kib": 1536,
    "3 T": 3 * 2 ** 40,
    "9b": 9,
  };
  for (const [text, size] of Object.entries(sizes)) accepts(option, text, size);
  refuses(option, "", "GiB", "-1G", "0", "1 2G", "2X");
  const written = [100, 1e7, 100 * 2 ** 20, 2 ** 31].map((size) => valueText("memoryLimit", size));
  assert.deepEqual(written, ["100 bytes", "9.537MiB", "100MiB", "2GiB"]);
});

Deno.test("a channel is an index or all", () => {
  const option = { ...TEXT, type: "number", integer: true, from: 0, or: "all" } as const;
  accepts(option, "0", 0);
  accepts(option, "all", "all");
  refuses(option, "-1", "1.5", "any", "");
});

Deno.test("a rule is said in words that its bounds give", () => {
  const rules = new Map<OptionSpec, string>([
    [{ ...TEXT, type: "number" }, "a number"],
    [{ ...TEXT, type: "number", above: 0 }, "a number > 0"],
    [{ ...TEXT, type: "number", above: 0, to: 100 }, "a number above 0, at most 100"],
    [{ ...TEXT, type: "number", integer: true, from: 2, to: 9 }, "an integer from 2 to 9"],
    [{ ...TEXT, type: "number", integer: true, from: 0, or: "auto" }, "an integer >= 0 or 'auto'"],
    [{ ...TEXT, type: "numbers", above: 0 }, "numbers > 0"],
    [{ ...TEXT, type: "triple", integer: true, from: 4 }, "integers >= 4, one or three (Z Y X)"],
    [{ ...TEXT, type: "levels" }, "integers >= 1, one a level"],
    [{ ...TEXT, type: "levels", or: "auto" }, "integers >= 1, one a level or 'auto'"],
    [{ ...TEXT, type: "percentiles" }, "two percentiles from 0 to 100, the lower one first"],
    [{ ...TEXT, type: "shapes" }, "shapes such as 64x128x128"],
    [{ ...TEXT, type: "choices", words: ["a", "b"] }, "one of a, b"],
  ]);
  for (const [option, rule] of rules) {
    const message = `Cannot use option 'test' as it must be ${rule}: current value is '?'`;
    assert.throws(() => readOption(option, "?", "test"), { message });
  }
});

Deno.test("every option has a group, a sentence of help and a default or none by design", () => {
  const WITHOUT = [
    "copyLabels",
    "omeVersion",
    "shrinkResolutionMm",
    "skipIfEven",
    "roi",
    "fitHalves",
    "refineMask",
    "rescaleLabel",
    "keepOutsideMask",
    "splineDistanceMm",
    "globalSplineDistanceMm",
    "winsorize",
    "initialModel",
    "mask",
    "maskLabel",
    "weights",
    "ignoreGeometry",
    "fitLevel",
    "html",
    "saveBiasField",
    "saveBiasModel",
    "saveMask",
    "pyramidResolutions",
    "pyramidTranslation",
    "compressor",
    "compressionLevel",
    "chunkShape",
    "shardShape",
    "time",
    "device",
    "dryRun",
    "resume",
    "fromReport",
    "channel",
    "unit",
    "voxelSize",
    "requireAllChunks",
    "nProcesses",
    "overwrite",
    "verbose",
    "quiet",
    "json",
    "report",
  ];
  const defaults = resolveOptions({}, "nifti");
  const without = Object.keys(CORRECT_OPTIONS).filter((key) => defaults[key as keyof CorrectOptions] === undefined);
  assert.deepEqual(without.toSorted(), WITHOUT.toSorted());
  const others = [APPLY_OPTIONS, INFO_OPTIONS, NORMALIZE_OPTIONS, PLAN_OPTIONS, STEP_OPTIONS];
  for (const table of [CORRECT_OPTIONS, ...others]) {
    for (const [key, option] of Object.entries(table)) {
      assert.match(option.help, /^[A-Z0-9].*\.$/, key);
      assert.ok(option.group.length > 0 && flagOf(key).startsWith("--"));
      assert.equal(mostWords(option) === 0, valueName(option) === "", key);
    }
  }
});

Deno.test("messages have options as they are typed, also what turns one off", () => {
  const text = "Give option 'mode: global', option 'mask' or option 'copyLabels: false'.";
  assert.equal(withFlags(text), "Give '--mode global', '--mask' or '--no-copy-labels'.");
});

Deno.test("every file that an option names has a kind, and options name each other by their right names", () => {
  const table: OptionTable = CORRECT_OPTIONS;
  for (const [key, { type, kind = "value", excludes, requires }] of Object.entries(table)) {
    assert.equal(
      type === "path",
      kind === "input" || kind === "output" || ["report", "html", "fromReport"].includes(key),
    );
    for (const other of [excludes, requires]) assert.ok(other === undefined || other in table, `${key}: ${other}`);
  }
});

Deno.test("what a run reads, writes, compares and repeats follows from the kinds of its options", () => {
  const kinds = {
    input: ["initialModel", "mask", "roi", "weights"],
    output: ["saveBiasField", "saveBiasModel", "saveMask"],
    report: ["report", "html"],
    machine: ["backend", "nProcesses", "device", "memoryLimit"],
    run: ["fromReport", "resume", "dryRun", "overwrite", "verbose", "quiet", "json"],
    value: ["preset", "nBins", "maskMethod", "biasLevel", "outputType", "level", "channel", "compressor", "nLevels"],
  } as const;
  for (const [kind, keys] of Object.entries(kinds)) {
    const found = keysOfKind(CORRECT_OPTIONS, kind as keyof typeof kinds);
    assert.deepEqual(keys.filter((key) => !found.includes(key)), [], kind);
  }
  const given = { html: "p.html", saveMask: "m.nii", mask: "in.nii", biasLevel: 1 };
  const written = { saveMask: "m.nii", html: "p.html" };
  assert.deepEqual(pathsOfKind(CORRECT_OPTIONS, given, "output", "report"), written);
  assert.deepEqual(pathsOfKind(CORRECT_OPTIONS, { weights: "dark" }, "input"), {}, "a word is no file");
});

Deno.test("every default of every preset keeps the rule of its own option", () => {
  for (const preset of ["mri", "oct", "linumpy"] as const) checkDefaults({ ...resolveOptions({ preset }, "nifti") });
});

function checkDefaults(defaults: Readonly<Record<string, unknown>>): void {
  for (const [key, option] of Object.entries(CORRECT_OPTIONS)) {
    const value = defaults[key];
    if (value === undefined || option.type === "flag") continue;
    const text = Array.isArray(value) ? value.join(" ") : String(value);
    assert.deepEqual(readOption(option, text, flagOf(key)), value, key);
  }
}

Deno.test("what is given goes before the preset, and an undefined value is not given", () => {
  const options = resolveOptions({ nBins: 64, fwhm: undefined }, "nifti");
  assert.equal(options.nBins, 64);
  assert.equal(options.fwhm, FIT_DEFAULTS.fwhm);
});

Deno.test("an OME-Zarr is taken for a stack of sections, a NIfTI for a head, unless told otherwise", () => {
  assert.equal(resolveOptions({}, "ome-zarr").preset, "oct");
  assert.equal(resolveOptions({}, "nifti").preset, "mri");
  assert.equal(resolveOptions({ preset: "mri" }, "ome-zarr").maskMethod, "otsu");
  assert.equal(resolveOptions({ preset: "linumpy" }, "nifti").lattice, "fixed");
});

Deno.test("a spline distance that is given counts for both passes unless the one over the volume has its own", () => {
  const distances = (given: CorrectOptions) => {
    const { sectionFit, globalFit } = settingsOf(resolveOptions({ preset: "oct", ...given }, "nifti"));
    return [sectionFit.splineDistance, globalFit.splineDistance, sectionFit.coarsen];
  };
  const preset = distances({});
  assert.ok(preset[0] !== undefined && preset[1] !== undefined && preset[2] === true);
  assert.deepEqual(distances({ splineDistanceMm: 3 }), [3, 3, false]);
  assert.deepEqual(distances({ splineDistanceMm: 3, globalSplineDistanceMm: 7 }), [3, 7, false]);
  assert.deepEqual(distances({ globalSplineDistanceMm: 7 }), [preset[0], 7, false]);
  assert.deepEqual(distances({ controlPoints: [4, 5, 6] }), [undefined, undefined, true]);
});

Deno.test("preset mri takes as many samples as matter, unless their distance is given; the other presets take all", () => {
  const samples = (given: CorrectOptions) => {
    const { maxFitSamples, globalFit: { shrinkFactors } } = settingsOf(resolveOptions(given, "nifti"));
    return [maxFitSamples, shrinkFactors[0]];
  };
  assert.deepEqual(samples({}), [2 ** 19, 1]);
  assert.deepEqual(samples({ shrinkFactor: [1, 1, 1] }), [2 ** 24, 1]);
  assert.deepEqual(samples({ globalShrinkFactor: [2, 2, 2] }), [2 ** 24, 2]);
  assert.deepEqual(samples({ shrinkFactor: [4, 4, 4], maxFitSamples: 1000 }), [1000, 4]);
  assert.deepEqual(samples({ shrinkResolutionMm: 2 })[0], 2 ** 24);
  for (const preset of ["oct", "linumpy"] as const) assert.deepEqual(samples({ preset }), [2 ** 24, 4]);
});

Deno.test("the settings carry every value of the options", () => {
  const fit = { ...FIT_DEFAULTS, iterations: [200, 100, 50, 50], bins: 64 };
  const settings = settingsOf(resolveOptions({ splineDistanceMm: 9, shrinkResolutionMm: 2, nBins: 64 }, "nifti"));
  const changed = { splineDistance: 9, shrinkResolution: 2, coarsen: false };
  assert.deepEqual(settings, {
    ...DEFAULT_SETTINGS,
    maxFitSamples: 2 ** 24,
    sectionFit: { ...DEFAULT_SETTINGS.sectionFit, fit, ...changed },
    globalFit: { ...DEFAULT_SETTINGS.globalFit, fit, ...changed },
  });
});

Deno.test("an option that changes nothing is told with what it needs", () => {
  const idle = (given: CorrectOptions) => idleOptions(given, resolveOptions(given, "nifti"));
  assert.match(
    idle({ nSerialSlices: 4 })[0],
    /^Option 'nSerialSlices' changes nothing as it needs option 'mode: per_section'.*; option 'preset: oct' is for/,
  );
  assert.equal(idle({ tissueThreshold: 0.1, histogramNBins: 64 }).length, 2);
  assert.match(idle({ volumeFields: "each", fitVolume: 2 })[0], /needs option 'volumeFields: shared'/);
  assert.match(idle({ mode: "per_section", globalNIterations: [5] })[0], /^Option 'globalNIterations'/);
  assert.match(idle({ preset: "oct", mask: "m.nii", maskSmoothingSigma: 3 })[0], /^Option 'maskSmoothingSigma'/);
});

Deno.test("an option that changes something is not told", () => {
  const heeded: readonly CorrectOptions[] = [
    { nSerialSlices: 1 },
    { nSerialSlices: 4, mode: "two_pass" },
    { nSerialSlices: 4, maskMethod: "tissue", maskSmoothingSigma: 3 },
    { nSerialSlices: 4, histogramMatch: true, tissueThreshold: 0.1 },
    { histogramMatchPerZplane: false },
    { globalNIterations: [5] },
    { volumeFields: "shared", fitVolume: 2 },
    { preset: "linumpy", nSerialSlices: 4, histogramNBins: 64, globalSplineDistanceMm: 3 },
  ];
  for (const given of heeded) assert.deepEqual(idleOptions(given, resolveOptions(given, "nifti")), []);
});

Deno.test("options that contradict each other are refused from code as well", () => {
  assert.throws(() => checkOptions({ mask: "m.nii", maskMethod: "none" }), UsageError);
  assert.throws(() => checkOptions({ globalSplineDistanceMm: 5, controlPoints: [4, 4, 4] }), UsageError);
  checkOptions({ mask: "m.nii", maskLabel: 0, preset: "linumpy", mode: "per_section" });
});
