/**
 * Compares the OCT pipeline with SciPy, scikit-image and NumPy, step by step: `deno task suite reference:oct`.
 * `--golden` writes the peer's answers on small stacks to tests/golden/oct_pipeline.json, for tests without Python.
 *
 * @module
 */

import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { RunLog } from "../../src/run_log.ts";
import type { Shape3 } from "../../src/volume.ts";
import { print } from "../helpers/print.ts";
import { GOLDEN_SIZE, goldenOf } from "../helpers/oct_golden.ts";
import { octCases } from "./oct_cases.ts";
import { distance, runOurs, runPeer } from "./oct_peer.ts";

const SIZE: Shape3 = [24, 90, 110];
const GOLDEN = new URL("../golden/oct_pipeline.json", import.meta.url);

async function compareAll(): Promise<boolean> {
  const cases = octCases(SIZE);
  const { results, versions } = await runPeer(cases);
  print(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", "));
  await using backend = openTsBackend({ workers: 0 });
  const passes = { boxVoxels: 40_000, slots: 2, log: new RunLog() };
  let failed = 0;
  for (const [i, one] of cases.entries()) {
    const apart = distance(await runOurs(one, backend, passes), results[i], one.exact);
    const holds = apart <= one.gate;
    if (!holds) failed++;
    const what = one.exact ? "share of differing values" : "largest relative difference";
    const text = `${one.step} ${JSON.stringify(one.parameters)}`;
    print(
      `${holds ? "holds" : "FAILS"} ${
        apart.toExponential(1).padStart(8)
      } of ${one.gate} (${what}): ${text}, ${one.name}`,
    );
  }
  print(`${cases.length - failed} of ${cases.length} steps within their gates`);
  return failed === 0;
}

async function writeGolden(): Promise<void> {
  const cases = octCases(GOLDEN_SIZE);
  const { results, versions } = await runPeer(cases);
  const made = { command: "deno task suite reference:oct --golden", versions, answers: results.map(goldenOf) };
  await Deno.writeTextFile(GOLDEN, JSON.stringify(made) + "\n");
}

if (import.meta.main) {
  if (Deno.args.includes("--golden")) await writeGolden();
  else if (!await compareAll()) Deno.exit(1);
}
