/**
 * The properties as tests, in a quick form and a long one. A failure names the simplest case that fails, with a seed and a path that find it again.
 *
 * @module
 */

import fc from "npm:fast-check@4.10.2";
import type { N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { emulatorMissing, openEmulator } from "../helpers/cuda.ts";
import {
  backendsAgree,
  fieldTimesCorrected,
  levelStays,
  nothingIsNaN,
  permutedAxes,
  scaledIntensities,
} from "./field_properties.ts";
import { type CaseLimits, type VolumeCase, volumeCases } from "./volume_cases.ts";

/** How many cases of each property, how large, and by which seed. */
export interface PropertyRun extends Omit<CaseLimits, "magnitude"> {
  readonly runs: number;
  readonly seed: number;
}

/** For every run of the tests: the same cases each time. */
export const QUICK_RUN: PropertyRun = { runs: 40, seed: 20261122, longest: 16, voxels: 1500 };

const ORDERS = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const;
/** Beyond it float32 has no number, before it those below 10^-38 have fewer digits. */
const ANY_MAGNITUDE = 44;
/** Full precision of float32, a factor included. */
const SAFE_MAGNITUDE = 30;
/** One field over the volume: sections are runs of planes, which no other order of axes has. */
const OF_ALL_AXES = { mode: "global" } as const;

/** Registers a test for each property. */
export function registerProperties(run: PropertyRun): void {
  const { runs, seed } = run;
  const safe = volumeCases({ ...run, magnitude: SAFE_MAGNITUDE });
  const any = volumeCases({ ...run, magnitude: ANY_MAGNITUDE });
  const property = <Values extends [unknown, ...unknown[]]>(
    name: string,
    cases: { readonly [K in keyof Values]: fc.Arbitrary<Values[K]> },
    holds: (backend: N4Backend, ...values: Values) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${runs} volumes`, async () => {
      await using backend = openTsBackend({ workers: 0 });
      const asked = fc.asyncProperty<Values>(...cases, (...values) => holds(backend, ...values));
      await fc.assert(asked, { numRuns: runs, seed });
    });
  property<[VolumeCase]>("corrected times field is the input", [any], fieldTimesCorrected);
  property<[VolumeCase]>("nothing is NaN with --nonfinite zero", [any], nothingIsNaN);
  property<[VolumeCase, number]>(
    "intensities keep their level",
    [any, fc.constantFrom(1, 10, 100)],
    (backend, given, longer) =>
      levelStays(backend, { ...given, iterations: given.iterations.map((count) => count * longer) }),
  );
  // A handful of values, as two-valued volumes and means of constant ones with holes have, makes a histogram whose deconvolution is all ringing:
  // rounding decides there which bins count, and the field jumps (0.02 was seen).
  const manyValued = safe.filter(({ content, broken }) =>
    content === "tissue" || content === "noise" || content === "constant" && broken === 0
  );
  property<[VolumeCase, number]>(
    "a factor on all intensities leaves the field",
    [manyValued, fc.constantFrom(1e-3, 0.5, 3, 1024, 65537)],
    scaledIntensities,
  );
  property<[VolumeCase, typeof ORDERS[number]]>(
    "permuted axes permute the field",
    [safe, fc.constantFrom(...ORDERS)],
    (backend, given, order) => permutedAxes(backend, { ...given, ...OF_ALL_AXES }, order),
  );
  Deno.test({
    name: `the CUDA backend, emulated, finds the same field: ${runs} volumes${
      emulatorMissing ? ` (skipped: ${emulatorMissing})` : ""
    }`,
    ignore: emulatorMissing !== undefined,
    fn: async () => {
      await using one = openTsBackend({ workers: 0 });
      await using other = await openEmulator();
      const asked = fc.asyncProperty(safe, (given) => backendsAgree(one, other, given, "fitCuda"));
      await fc.assert(asked, { numRuns: runs, seed });
    },
  });
}
