/** What is written down of a run's end, and the mask of a run in one part: neither is believed where it was damaged or is gone. */

import assert from "node:assert/strict";
import { StepError, WriteError } from "../../src/errors.ts";
import { keepEnding, readEnding } from "../../src/store/ending.ts";
import { recordOf } from "../../src/store/run_record.ts";
import { maskStage } from "../../src/steps/mask.ts";
import { MemoryStore } from "../../src/store/store.ts";
import type { VolumeRun } from "../../src/steps/volume_run.ts";
import { inFolder } from "../helpers/nifti_files.ts";

Deno.test("a run's end is read as it was written, and refused once a letter of it has changed", () =>
  inFolder(async (path) => {
    const run = { path } as Parameters<typeof keepEnding>[0];
    assert.equal(await readEnding(run), undefined);
    const record = recordOf({
      ...{ inputs: {}, outputs: { output: "/a/c" }, given: {}, options: {}, tasks: 1, stages: [] },
      device: { kind: "ts", name: "", driver: "" },
    });
    const ending = {
      placements: [{ from: "/a/b", to: "/a/c" }],
      overwrite: true,
      record,
      report: { left: [1.5, null, "é"] },
    };
    await keepEnding(run, ending);
    const { placements, overwrite, record: kept, report } = await readEnding(run) ?? {};
    assert.deepEqual({ placements, overwrite, record: kept, report }, ending);
    const text = await Deno.readTextFile(`${path}/ending.json`);
    for (const damaged of [text.replace("/a/c", "/a/d"), text.slice(0, -9), "", "null", "7", "{}"]) {
      await Deno.writeTextFile(`${path}/ending.json`, damaged);
      await assert.rejects(readEnding(run), (error) => {
        assert.ok(error instanceof WriteError);
        assert.match(error.message, /^Cannot end the run as '\S+ending\.json' says as its checksum must hold: /);
        return true;
      });
    }
  }));

Deno.test("a mask whose bits are gone is not gathered as an empty one, in one part or in two", async () => {
  for (const parts of [[[0, 4]], [[0, 2], [2, 4]]] as const) {
    const store = new MemoryStore();
    const run = {
      store,
      parts,
      input: { shape: [4, 5, 6] },
      plan: { sections: [{ z0: 0, z1: 4 }] },
      settings: { maskMethod: "tissue" },
    };
    const gather = () => maskStage.gather?.(run as unknown as VolumeRun);
    await assert.rejects(async () => await gather(), StepError);
    for (const index of parts.keys()) {
      await (await store.createBits(`mask.${index}`, [4, 5, 6])).keep();
      await store.write(`mask.${index}`, { record: { lost: 0 }, arrays: {} });
    }
    await gather();
    assert.ok(await store.has("mask"));
  }
});
