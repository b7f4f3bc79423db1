/**
 * The C interface is described once, in ffi/n4_cuda.h; the table of symbols and the packaged library must agree with
 * it.
 */
import assert from "node:assert/strict";
import { ABI_VERSION, BUILD_ID, COPY, INSPECT, STATUS, SYMBOLS } from "../../../ffi/symbols.ts";
import { sourceFiles, sourceHash, symbolsSource } from "../../../ffi/sources.ts";
import { demandFloat32 } from "../../../ffi/hot_loops.ts";

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

Deno.test("the packaged library loads where glibc is 2.17 and libstdc++ that of GCC 5, and has code for 6.0 to 9.0", async () => {
  const bytes = await Deno.readFile(new URL("ffi/prebuilt/linux-x64/libn4_cuda.so", ROOT));
  const text = new TextDecoder("latin1").decode(bytes);
  const newest = (name: string) => {
    const versions = [...text.matchAll(new RegExp(`\\0${name}_([0-9.]+)(?=\\0)`, "g"))];
    return versions.map(([, version]) => version.split(".").map(Number)).sort((a, b) =>
      a.map((n, i) => n - (b[i] ?? 0)).find((d) => d !== 0) ?? 0
    ).at(-1)?.join(".");
  };
  assert.deepEqual([newest("GLIBC"), newest("GLIBCXX"), newest("CXXABI")], ["2.17", "3.4.21", "1.3.9"]);
  assert.doesNotMatch(text, /GLIBC_ABI/, "nothing but symbols is asked of glibc");
  assert.ok(!segmentsOf(bytes).includes(4), "no ELF note, which could ask for a newer kernel or processor");
  assert.doesNotMatch(text, /\/(home|root|work|tmp)\/\w/, "no path of the machine that built it");
  assert.deepEqual(codeOf(bytes), ["60", "70", "75", "80", "86", "89", "90", "PTX 90"]);
});

Deno.test("a build whose loops over samples compute in float64 is refused", () => {
  // Pascal's instructions that start together stand in braces.
  const kernel = (name: string, does: string) =>
    `\n\t\tFunction : _ZN2n4${name}\n        /*0010*/ {   LDG.E.U16 R1, [R2] ;\n        /*0020*/   ${does} }\n` +
    "        /*0030*/   @P0 BRA 0x10 ;\n        /*0040*/   DADD R4, R6, R8 ;\n        /*0050*/   EXIT ;\n";
  const all = (does: string) =>
    kernel("15histogramKernelILb1EEv", "FADD R1, R1, R2") + kernel("18contractRowsKernelILb0ELb1EfEv", does) +
    kernel("14subtractKernelIfLb1EEEv", "FADD R1, R1, R2");
  for (const does of ["FFMA R1, R1, R2, R3", "F2F.F32.F32.ROUND R7, R7"]) demandFloat32(all(does));
  for (
    const does of [
      "DADD R4, R6, R8",
      "F2F.F64.F32 R4, R6",
      "F2F.F32.F64 R4, R6",
      "I2F.F64 R4, R6",
      "MUFU.RCP64H R4, R6",
    ]
  ) {
    assert.throws(
      () => demandFloat32(all(does)),
      /contractRowsKernelILb0ELb1E must have loops over samples in float32 alone/,
    );
  }
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

/** Types of a library's program headers. */
function segmentsOf({ buffer }: Uint8Array<ArrayBuffer>): number[] {
  const view = new DataView(buffer);
  const [start, size, count] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  return Array.from({ length: count }, (_, i) => view.getUint32(start + i * size, true));
}

/** What CUDA devices the machine code in a library is for, by the headers of its fat binaries. */
function codeOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer);
  const found = new Set<string>();
  for (let at = 0; at + 16 <= bytes.length; at += 8) {
    if (view.getUint32(at, true) !== 0xba55ed50 || view.getUint16(at + 6, true) !== 16) continue;
    const end = at + 16 + Number(view.getBigUint64(at + 8, true));
    for (let entry = at + 16; entry < end && end <= bytes.length;) {
      const capability = view.getUint32(entry + 28, true);
      found.add(view.getUint16(entry, true) === 1 ? `PTX ${capability}` : `${capability}`);
      entry += view.getUint32(entry + 4, true) + Number(view.getBigUint64(entry + 8, true));
    }
  }
  return [...found].sort();
}
