/** A stage has one name in every language. */
import assert from "node:assert/strict";
import { STAGES } from "../src/backends/stages.ts";

const ROOT = new URL("../", import.meta.url);

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(path, ROOT))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Stages that work on the host, since their size does not grow with the volume. */
const HOST_STAGES = ["sharpen"];

for (const { name, computes } of STAGES) {
  const path = HOST_STAGES.includes(name) ? `src/n4/${name}.ts` : `src/backends/ts/${name}.ts`;
  Deno.test(`stage ${name} has a file of its name: ${path}`, async () => {
    assert.ok(await exists(path), `${path} is missing`);
    assert.ok(computes.length > 0);
  });
}

Deno.test("no two stages share a name", () => {
  assert.equal(new Set(STAGES.map(({ name }) => name)).size, STAGES.length);
});

for (const [language, folder, ending] of [["WGSL", "kernels/wgsl", ".wgsl"], ["CUDA", "kernels/cuda", ".cuh"]]) {
  Deno.test(`no stage is missing in ${language} once it has kernels`, async () => {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
        if (name.endsWith(ending)) names.push(name.slice(0, -ending.length));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (names.length === 0) return;
    assert.deepEqual(STAGES.map(({ name }) => name).filter((name) => !names.includes(name)), []);
  });
}
