/** A comparison or a benchmark that is ended at any of its stages leaves the folder as it was, and no process running. */

import assert from "node:assert/strict";
import { benchmarkFile } from "../../../src/evaluate/benchmark/benchmark.ts";
import { ChildPipe } from "../../../src/evaluate/contestants/child_pipe.ts";
import { compareFile } from "../../../src/evaluate/compare/compare.ts";
import type { RunEvent } from "../../../src/run_log.ts";
import { contents, programs } from "../../helpers/command.ts";
import { writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

/** A signal that ends a run when a stage begins, and the listener that hears of it. */
function endAt(stage: string): { signal: AbortSignal; listener: (event: RunEvent) => void } {
  const controller = new AbortController();
  const listener = (event: RunEvent) => {
    if (event.event === "stage" && event.name === stage) controller.abort(new Error(`at ${stage}`));
  };
  return { signal: controller.signal, listener };
}

Deno.test("an abort of a comparison leaves nothing behind", () =>
  inFolder(async (folder) => {
    const zarr = await writeImage(`${folder}/in.nii`, { shape: [10, 12, 14] });
    const before = await contents(folder);
    for (const stage of ["read", "ts"]) {
      const options = { zarr, second: "ts", output: `${folder}/p.png`, jsonFile: `${folder}/p.json`, nProcesses: 0 };
      await assert.rejects(compareFile({ options, ...endAt(stage) }), { message: `at ${stage}` });
      assert.deepEqual(await contents(folder), before, stage);
    }
  }));

Deno.test("an abort of a benchmark leaves nothing behind, the folder that it made neither", () =>
  inFolder(async (folder) => {
    const options = {
      output: `${folder}/new/bench`,
      backends: ["ts"],
      phantomShapes: [[10, 12, 14]],
      nIterations: [3],
      nProcesses: 0,
    } as const;
    await assert.rejects(benchmarkFile({ options, ...endAt("ts") }), { message: "at ts" });
    assert.deepEqual(await contents(folder), {});
    const kept = await benchmarkFile({ options });
    assert.deepEqual(
      Object.keys(await contents(`${folder}/new/bench`)).length,
      Object.keys(kept?.outputs ?? {}).length,
    );
  }));

programs.test("a process that is asked while it works ends with the signal, at once", async () => {
  const controller = new AbortController();
  const command = { program: "sleep", args: ["600"], role: "a test", signal: controller.signal };
  await using pipe = new ChildPipe(command);
  const answer = pipe.receive();
  controller.abort();
  await assert.rejects(answer, {
    name: "InputError",
    message: "Cannot use a test as 'sleep' must run it: its process has ended with signal SIGKILL",
  });
});

programs.test("lines and arrays pass through a process as they are, whatever pieces they come in", async () => {
  await using pipe = new ChildPipe({ program: "cat", args: [], role: "a test" });
  const array = Float32Array.from({ length: 3_000_001 }, (_, i) => Math.sin(i));
  const text = "µ, a line\nand more".repeat(5000);
  const sent = pipe.send({ text }, array);
  const line = await pipe.receive();
  const back = await pipe.receiveFloats(array.length);
  await sent;
  assert.equal(line.text, text);
  assert.deepEqual(back, array);
});
