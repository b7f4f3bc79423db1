/** Outputs in a few random layouts; `tests/properties/many_layouts.ts` tries thousands. */
import assert from "node:assert/strict";
import { checkLayout } from "../../properties/output_layouts.ts";

Deno.test("nothing is lost, whatever stands where outputs go", async () => {
  let written = 0;
  for (let seed = 0; seed < 300; seed++) written += Number(await checkLayout(seed));
  assert.ok(written > 30, `outputs were written in ${written} layouts of 300`);
});
