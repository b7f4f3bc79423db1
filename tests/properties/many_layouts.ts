/**
 * Outputs in many random layouts: `--runs 10000 --seed 7`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { checkLayout } from "./output_layouts.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});

Deno.test(`nothing is lost in ${values.runs} layouts of outputs`, async () => {
  let written = 0;
  for (let i = 0; i < Number(values.runs); i++) written += Number(await checkLayout(Number(values.seed) * 1e6 + i));
  assert.ok(written > Number(values.runs) / 10, `outputs were written in ${written} layouts`);
});
