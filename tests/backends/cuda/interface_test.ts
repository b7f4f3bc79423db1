/**
 * The C interface is described once, in ffi/n4_cuda.h; the table of symbols and the packaged library must agree with
 * it.
 */
import assert from "node:assert/strict";
import { ABI_VERSION, BUILD_ID, COPY, INSPECT, STATUS, SYMBOLS } from "../../../ffi/symbols.ts";
import { sourceFiles, sourceHash, symbolsSource } from "../../../ffi/sources.ts";

const ROOT = new URL("../../../", import.meta.url);
const header = await Deno.readTextFile(new URL("ffi/n4_cuda.h", ROOT));
const code = header.replace(/\/\*[^]*?\*\//g, "");

/** FFI type of a C parameter. */
function ffiType(declaration: string): string {
  if (declaration.includes("*")) return "buffer";
  const types = new Map([["int32_t", "i32"], ["int64_t", "i64"], ["uint64_t", "u64"], ["double", "f64"]]);
  return types.get(declaration.split(" ")[0]) ?? declaration;
}

/** Parameters `[name, type]` of each function of the header. */
function headerFunctions(): Record<string, [string, string][]> {
  const functions: Record<string, [string, string][]> = {};
  for (const [, name, parameters] of code.matchAll(/int32_t (n4_\w+)\(([^)]*)\)/g)) {
    functions[name] = parameters.split(",").map((text) => {
      const declaration = text.trim().replace(/\s+/g, " ");
      return [declaration.match(/\w+$/)?.[0] ?? "", ffiType(declaration)];
    });
  }
  return functions;
}

function defined(prefix: string): Record<string, number> {
  const found = [...code.matchAll(new RegExp(`#define N4_${prefix}(\\w+) (\\d+)`, "g"))];
  return Object.fromEntries(found.map(([, name, value]) => [camelCase(name), Number(value)]));
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

Deno.test("every function of the header has a symbol with its parameters in its order, and no symbol is without one", () => {
  const functions = headerFunctions();
  const types = (list: [string, string][]) => list.map(([, type]) => type);
  const expected = Object.fromEntries(Object.entries(functions).map(([name, list]) => [name, types(list)]));
  const symbols = Object.entries(SYMBOLS).map(([name, { parameters }]) => [name, [...parameters] as string[]]);
  assert.deepEqual(Object.fromEntries(symbols), expected);
  assert.ok(Object.values(SYMBOLS).every(({ result }) => result === "i32"));
});

Deno.test("the table of symbols is what the header gives (after a change: deno task build:cuda)", async () => {
  assert.equal(await Deno.readTextFile(new URL("ffi/symbols.ts", ROOT)), await symbolsSource());
});

Deno.test("calls that wait for the device run on Deno's thread pool, the others at once", () => {
  const immediate = Object.entries(SYMBOLS).filter(([, symbol]) => !("nonblocking" in symbol)).map(([name]) => name);
  const bytes = ["n4_fit_bytes", "n4_apply_bytes", "n4_smooth_bytes", "n4_peak_bytes"];
  assert.deepEqual(immediate, ["n4_identify", "n4_device_count", "n4_device_info", ...bytes]);
});

Deno.test("every function ends with the message and its size, and is documented", () => {
  for (const [name, parameters] of Object.entries(headerFunctions())) {
    assert.deepEqual(parameters.slice(-2), [["message", "buffer"], ["message_size", "i32"]], name);
    assert.match(header, new RegExp(`\\*/\\s+int32_t ${name}\\(`), `${name} has no comment`);
  }
});

Deno.test("version, statuses and names of intermediate results are the header's", () => {
  assert.equal(Number(code.match(/#define N4_ABI_VERSION (\d+)/)?.[1]), ABI_VERSION);
  assert.deepEqual(defined("INSPECT_"), INSPECT);
  assert.deepEqual(defined("COPY_"), COPY);
  const { ok, badArgument, noDevice, outOfMemory, deviceFailed } = defined("");
  assert.deepEqual({ ok, badArgument, noDevice, outOfMemory, deviceFailed }, STATUS);
});

Deno.test("the build id is the hash of the sources (after a change: deno task build:cuda)", async () => {
  assert.ok((await sourceFiles()).length > 20);
  assert.equal(BUILD_ID, await sourceHash());
});

Deno.test("the packaged library was built from these sources (after a change: deno task build:cuda)", async () => {
  const bytes = await Deno.readFile(new URL("ffi/prebuilt/linux-x64/libn4_cuda.so", ROOT));
  assert.ok(bytes.length < 8 * 2 ** 20, `it must be a few MiB: it is ${bytes.length} bytes`);
  const text = new TextDecoder("latin1").decode(bytes);
  assert.ok(text.includes(BUILD_ID), "its build id must be that of the sources");
  for (const name of Object.keys(SYMBOLS)) assert.ok(text.includes(`${name}\0`), `${name} must be exported`);
});

Deno.test("no source of the library ends the process or prints", async () => {
  for (const file of await sourceFiles()) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert.doesNotMatch(text, /\b(exit|abort|assert|puts|printf|fprintf)\s*\(|std::(cout|cerr)/, file);
  }
});

Deno.test("kernel files have at most 160 lines, host files at most 250", async () => {
  for (const file of (await sourceFiles()).filter((name) => name !== "ffi/n4_cuda.h")) {
    const lines = (await Deno.readTextFile(new URL(file, ROOT))).split("\n").length - 1;
    const most = file.includes("/host/") ? 250 : 160;
    assert.ok(lines <= most, `${file} must have at most ${most} lines: it has ${lines}`);
  }
});
