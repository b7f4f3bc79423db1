/** The table of many images: cells that a program reads back. */

import assert from "node:assert/strict";
import { type BatchResult, summaryCsv } from "../../src/report/batch_summary.ts";

const FAILED: BatchResult = { input: 'a "b", c.nii', output: "o/a.nii", state: "failed", error: "one\ntwo" };

Deno.test("a cell with commas, quotes or lines is quoted", () => {
  const [, ...lines] = summaryCsv([FAILED]).split(/\n(?=[^t])/);
  assert.deepEqual(lines, ['"a ""b"", c.nii",o/a.nii,failed,,,,,,,,,,,,,,"one\ntwo"\n']);
});

Deno.test("what was done before without a report has a line of its own", () => {
  assert.match(summaryCsv([{ ...FAILED, state: "done before" }]), /,done before,/);
});
