/** The table of many images: cells that a program reads back, and lines of an earlier run that are kept. */

import assert from "node:assert/strict";
import { type BatchResult, summaryCsv } from "../../src/report/batch_summary.ts";

const FAILED: BatchResult = { input: 'a "b", c.nii', output: "o/a.nii", state: "failed", error: "one\ntwo" };

Deno.test("a cell with commas, quotes or lines is quoted", () => {
  const [, ...lines] = summaryCsv([FAILED]).split(/\n(?=[^t])/);
  assert.deepEqual(lines, ['"a ""b"", c.nii",o/a.nii,failed,,,,,,,,,,,,,,"one\ntwo"\n']);
});

Deno.test("the line of an image that was done before is kept, wherever it stands", () => {
  const other: BatchResult = { input: "x.nii", output: "o/x.nii", state: "failed", error: "no" };
  const before = summaryCsv([FAILED, other]);
  const kept = summaryCsv([other, { ...FAILED, state: "done before" }], before);
  assert.equal(kept, summaryCsv([other, FAILED]));
  assert.match(summaryCsv([{ ...FAILED, state: "done before" }]), /,done before,/, "unless there is none");
});
