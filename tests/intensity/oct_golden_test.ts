/**
 * The OCT pipeline against the answers of SciPy, scikit-image and NumPy on small stacks, kept in tests/golden/oct_pipeline.json (which names the versions and the command that
 * made them).
 *
 * @module
 */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { RunLog } from "../../src/run_log.ts";
import golden from "../golden/oct_pipeline.json" with { type: "json" };
import { GOLDEN_SIZE, type GoldenAnswer, keptValues, valuesOf } from "../helpers/oct_golden.ts";
import { octCases } from "../reference/oct_cases.ts";
import { distance, runOurs } from "../reference/oct_peer.ts";

const cases = octCases(GOLDEN_SIZE);
const passes = { boxVoxels: 9_000, slots: 2, log: new RunLog() };

for (const step of new Set(cases.map((one) => one.step))) {
  Deno.test(`step ${step} agrees with SciPy, scikit-image and NumPy`, async () => {
    await using backend = openTsBackend({ workers: 0 });
    for (const [i, one] of cases.entries()) {
      if (one.step !== step) continue;
      const answer = golden.answers[i] as GoldenAnswer;
      const kept = keptValues(await runOurs(one, backend, passes));
      // Goldens keep 9 digits.
      const gate = Math.max(one.gate, one.exact ? 0 : 1e-8);
      const apart = distance(kept, valuesOf(answer), one.exact && answer.values === undefined);
      const limit = one.exact && answer.values !== undefined ? 1e-8 : gate;
      assert.ok(apart <= limit, `${one.name}, ${JSON.stringify(one.parameters)}: ${apart} of ${limit}`);
    }
  });
}
