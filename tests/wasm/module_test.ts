/** The module that is committed is what its sources build to; what its stages share. */
import assert from "node:assert/strict";
import { compileStages, moduleSource } from "../../kernels/build_wasm.ts";
import { exponential } from "../../src/backends/ts/loops/shared/exponential.ts";
import { Arena } from "../../src/wasm/arena.ts";
import { MODULE_BASE64 } from "../../src/wasm/module_bytes.ts";
import { Random } from "../helpers/random.ts";

const built = compileStages();

Deno.test("arrays that 32-bit addresses do not reach are refused, and the memory goes on serving", () => {
  const arena = new Arena();
  assert.throws(() => arena.take(Float64Array, 2 ** 29), {
    name: "BackendError",
    message: /^Cannot work on the TypeScript backend as .* must fit 4 GiB and the memory: current value is 4097 MiB$/,
  });
  assert.deepEqual([...arena.take(Float64Array, 3)], [0, 0, 0]);
});

Deno.test("the committed module is what kernels/wasm builds to", async () => {
  const committed = await Deno.readTextFile(new URL("../../src/wasm/module_bytes.ts", import.meta.url));
  const { bytes } = await built;
  assert.equal(committed, moduleSource(bytes), "run `deno task build:wasm`");
  assert.deepEqual(Uint8Array.fromBase64(MODULE_BASE64), bytes);
});

Deno.test("the module uses no relaxed SIMD, whose results depend on the processor, and imports nothing but its memory", async () => {
  const { bytes, text } = await built;
  assert.doesNotMatch(text, /relaxed/);
  assert.match(text, /f64x2\.mul/);
  const module = new WebAssembly.Module(bytes.slice());
  assert.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
});

Deno.test("exponential is within 2e-14 of the engine's, exactly 1 at 0, and clamps what is beyond its range", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const x = random.between(-1, 1) * 10 ** random.between(-6, 2.8);
    assert.ok(Math.abs(exponential(x) / Math.exp(x) - 1) < 2e-14, `exp(${x})`);
  }
  assert.equal(exponential(0), 1);
  assert.equal(exponential(1e9), exponential(700));
  assert.equal(exponential(-Infinity), exponential(-700));
  assert.equal(exponential(NaN), exponential(-700));
});
