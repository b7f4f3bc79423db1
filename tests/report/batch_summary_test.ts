/** The table of many images: cells that a program reads back. */

import assert from "node:assert/strict";
import { type BatchResult, summaryCsv, summaryPage } from "../../src/report/batch_summary.ts";

const FAILED: BatchResult = { input: 'a "b", c.nii', output: "o/a.nii", state: "failed", error: "one\ntwo" };

Deno.test("a cell with commas, quotes or lines is quoted", () => {
  const [, ...lines] = summaryCsv([FAILED]).split(/\n(?=[^t])/);
  assert.deepEqual(lines, ['"a ""b"", c.nii",o/a.nii,failed,,,,,,,,,,,,,,"one\ntwo"\n']);
});

Deno.test("addresses stand in table and page without their queries, which may hold a signature", async () => {
  const result: BatchResult = { ...FAILED, input: "https://a.b/x.nii?key=secret", error: "no" };
  assert.match(summaryCsv([result]), /^https:\/\/a\.b\/x\.nii,o\/a\.nii,failed,/m);
  const page = await summaryPage([result], (path) => path);
  assert.ok(page.includes("https://a.b/x.nii") && !page.includes("secret"));
  assert.ok(page.includes("<td>failed</td>"), "no link to what is not there");
});

Deno.test("what was done before without a report has a line of its own", () => {
  assert.match(summaryCsv([{ ...FAILED, state: "done before" }]), /,done before,/);
});
