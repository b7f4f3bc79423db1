/** A stage has one name in every language. */
import assert from "node:assert/strict";
import { STAGES } from "../../src/backends/stages.ts";

const ROOT = new URL("../../", import.meta.url);

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(path, ROOT))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Stages whose plain loops are part of the mathematics, since their size does not grow with the volume. */
const HOST_STAGES = ["sharpen"];

/** Where the plain loops of a stage are. */
function loopsOf(name: string): string {
  return HOST_STAGES.includes(name) ? `src/n4/${name}.ts` : `src/backends/ts/loops/${name}.ts`;
}

for (const { name, computes } of STAGES) {
  const path = loopsOf(name);
  Deno.test(`stage ${name} has a file of its name: ${path}`, async () => {
    assert.ok(await exists(path), `${path} is missing`);
    assert.ok(computes.length > 0);
  });
}

Deno.test("no two stages share a name", () => {
  assert.equal(new Set(STAGES.map(({ name }) => name)).size, STAGES.length);
});

/** Names of the files in a folder with an ending, without it; none where there is no such folder. */
async function namesIn(folder: string, ending: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (name.endsWith(ending)) names.push(name.slice(0, -ending.length));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

Deno.test("no stage is missing in CUDA once it has kernels", async () => {
  const names = await namesIn("kernels/cuda", ".cuh");
  if (names.length === 0) return;
  assert.deepEqual(STAGES.map(({ name }) => name).filter((name) => !names.includes(name)), []);
});

Deno.test("every kernel in WGSL belongs to one stage, and no stage lacks its kernels", async () => {
  const kernels = STAGES.flatMap(({ name, wgsl }) => wgsl ?? [name]);
  assert.deepEqual(await namesIn("kernels/webgpu", ".wgsl"), kernels.sort());
});

Deno.test("no loop is of another name, and each kernel of WebAssembly has its caller", async () => {
  const loops = STAGES.map(({ name }) => name).filter((name) => !HOST_STAGES.includes(name));
  assert.deepEqual(await namesIn("src/backends/ts/loops", ".ts"), loops.sort());
  const callers = (await namesIn("src/backends/ts/wasm", ".ts")).filter((name) => name !== "spline_tables");
  const kernels = await namesIn("kernels/wasm", ".ts");
  assert.deepEqual(callers, STAGES.map(({ name }) => name).filter((name) => kernels.includes(name)).sort());
});

Deno.test("every kernel of WebAssembly is a stage or a job, and names its twin", async () => {
  const jobs: Readonly<Record<string, { twin: string; exports: readonly string[] }>> = {
    count: { twin: "src/intensity/count/edge_histogram.ts", exports: ["count"] },
    integers: { twin: "src/io/numeric.ts", exports: ["integers"] },
    sum: { twin: "src/intensity/count/exact_sum.ts", exports: ["sum"] },
    speckle: { twin: "tests/phantom/oct_test.ts", exports: ["speckle"] },
    resample: { twin: "src/io/pyramid/resample_loops.ts", exports: ["resampleColumns", "resampleLines", "widen"] },
  };
  const names = (await namesIn("kernels/wasm", ".ts")).filter((name) => name !== "stages");
  assert.deepEqual(names, [
    "apply",
    "contract",
    "count",
    "histogram",
    "integers",
    "resample",
    "sharpen",
    "smooth",
    "speckle",
    "subtract",
    "sum",
    "update",
  ]);
  for (const name of names) {
    assert.ok(name in jobs || STAGES.some((stage) => stage.name === name), name);
    const { twin, exports } = jobs[name] ?? { twin: loopsOf(name), exports: [name] };
    const text = await Deno.readTextFile(new URL(`kernels/wasm/${name}.ts`, ROOT));
    assert.match(text, new RegExp(`Twin:\\s+(\\* )?${twin.replaceAll(".", "\\.")}`));
    for (const name of exports) assert.match(text, new RegExp(`^export function ${name}\\(`, "m"));
    await Deno.stat(new URL(twin, ROOT));
  }
});
