/**
 * Builds the stages of kernels/wasm, written in AssemblyScript, into src/wasm/module_bytes.ts: a TypeScript module that
 * holds the bytes, since that loads wherever TypeScript does (threads, pages, `deno compile`, bundlers) and asks for no
 * permission or flag.
 *
 * @module
 */

import { ADD_FIELD, APPLY, CONTRACT, SHARPEN, SMOOTH, SUBTRACT } from "../src/wasm/parameters.ts";
import asc from "npm:assemblyscript@0.28.20/asc";

const ROOT = new URL("../", import.meta.url);
const SOURCES = new URL("kernels/wasm/", ROOT);

/** Where the built module lies. */
export const BUILT_MODULE: URL = new URL("src/wasm/module_bytes.ts", ROOT);

/**
 * Memory is imported and shared, so that threads work on it in place. No relaxed SIMD: its results depend on the
 * processor.
 */
const OPTIONS = [
  ...["stages.ts", "--outFile", "stages.wasm", "--textFile", "stages.wat"],
  ...["-O3", "--noAssert", "--runtime", "stub", "--use", "abort="],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--enable", "simd,threads,bulk-memory"],
];

/**
 * AssemblyScript's decorator, which the formatter of TypeScript takes away before a function, is a comment in the
 * sources.
 */
const INLINE = /^\/\/ (?=@inline$)/gm;

/** `shared/parameters.ts` of the sources, which is no file: a class for each block of src/wasm/parameters.ts. */
function parameterClasses(): string {
  const blocks = {
    ...{ Subtract: SUBTRACT, Sharpen: SHARPEN, Contract: CONTRACT },
    ...{ AddField: ADD_FIELD, Apply: APPLY, Smooth: SMOOTH },
  };
  const classes = Object.entries(blocks).map(([name, { kinds }]) => {
    const fields = Object.entries(kinds).map(([field, kind]) => `${field}: ${kind};`);
    return `@unmanaged export class ${name} { ${fields.join(" ")} }`;
  });
  return classes.join("\n");
}

/** A source as the compiler takes it; `null` where it looks for one in vain. */
async function source(name: string): Promise<string | null> {
  if (name === "shared/parameters.ts") return parameterClasses();
  try {
    return (await Deno.readTextFile(new URL(name, SOURCES))).replaceAll(INLINE, "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The module's bytes, and its text for readers. @throws {Error} with the compiler's words. */
export async function compileStages(): Promise<{ bytes: Uint8Array; text: string }> {
  const outputs = new Map<string, Uint8Array | string>();
  const { error, stderr } = await asc.main(OPTIONS, {
    readFile: source,
    writeFile: (name, contents) => void outputs.set(name, contents),
    listFiles: () => [],
  });
  const [bytes, text] = [outputs.get("stages.wasm"), outputs.get("stages.wat")];
  if (error || !(bytes instanceof Uint8Array) || typeof text !== "string") {
    throw new Error(`Cannot build the WebAssembly stages as kernels/wasm must compile: ${stderr}`, { cause: error });
  }
  return { bytes, text };
}

/** The TypeScript module that holds `bytes`. */
export function moduleSource(bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,116}/g) ?? [];
  return [
    "/**",
    " * The WebAssembly module of the stages, base64. Made by `deno task build:wasm` from kernels/wasm; a test compares",
    " * the two.",
    " *",
    " * @module",
    " */",
    "",
    "/** Bytes of the module, base64; line breaks do not count. */",
    "export const MODULE_BASE64 = `",
    ...lines,
    "`;",
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { bytes, text } = await compileStages();
  await Deno.writeTextFile(BUILT_MODULE, moduleSource(bytes));
  if (Deno.args.includes("--text")) Deno.stdout.writeSync(new TextEncoder().encode(text));
}
