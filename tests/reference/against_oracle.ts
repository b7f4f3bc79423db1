/**
 * Who is nearer to N4 in float64: this fit, ITK on its own number of threads, or ITK on many? Heads against the oracle, which takes some 20 seconds each.
 * Prints the numbers of docs/accuracy.md.
 *
 *   deno run --allow-read=. --allow-write=.venv --allow-run=.venv/reference/bin/python tests/reference/against_oracle.ts
 *
 * @module
 */

import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { compareFields } from "../helpers/fields.ts";
import { fitDense } from "../helpers/fits.ts";
import { print } from "../helpers/print.ts";
import { maskedIntensity, voxelPositions } from "../helpers/volumes.ts";
import { caseTitle, type ReferenceCase } from "./cases.ts";
import { runItk } from "./itk.ts";
import { oracleFit } from "./oracle.ts";
import { prepareCase } from "./prepare.ts";

const HEADS: readonly ReferenceCase[] = [
  {
    name: "4 x 10 iterations",
    source: { head: "ch2better", shrink: 4 },
    options: { iterations: [10, 10, 10, 10] },
  },
  {
    name: "4 x 50 iterations",
    source: { head: "inia19-t1-brain", shrink: 3 },
    options: { iterations: [50, 50, 50, 50] },
  },
];

async function compareWithOracle(reference: ReferenceCase): Promise<void> {
  const run = await prepareCase(reference);
  const intensity = maskedIntensity(run);
  const positions = voxelPositions(run.shape);
  await using backend = openTsBackend();
  const ours = await fitDense(backend, { dense: { positions, intensity }, domain: run.shape, options: run.options });
  const [few] = await runItk([{ ...run, threads: "default" }]);
  const [many] = await runItk([run]);
  const oracle = oracleFit({ domain: run.shape, positions, intensity, ...run.options });
  print(`${caseTitle(reference)}, ${ours.used} voxels: largest difference of the log field from the oracle`);
  const fields = { "this fit": ours, [`ITK, ${navigator.hardwareConcurrency} threads`]: few, "ITK, 64 threads": many };
  for (const [name, { logField }] of Object.entries(fields)) {
    const inside = Float64Array.from(logField).filter((_, i) => isFinite(intensity[i]));
    print(`  ${name}: ${compareFields(inside, oracle.logField, () => true).max.toExponential(1)}`);
  }
}

if (import.meta.main) {
  for (const head of HEADS) await compareWithOracle(head);
}
