/**
 * The sources of the CUDA library, their hash and their interface. The hash is the build id: a library is used only
 * with the sources that it was built from.
 *
 * @module
 */

/** The root of the project. */
export const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Every file that the library is compiled from, relative to the root, in order. */
export async function sourceFiles(): Promise<string[]> {
  const files = ["ffi/n4_cuda.h"];
  for (const folder of ["kernels/cuda", "kernels/cuda/host"]) {
    for await (const entry of Deno.readDir(`${ROOT}${folder}`)) {
      if (entry.isFile && /\.(cuh?|h)$/.test(entry.name)) files.push(`${folder}/${entry.name}`);
    }
  }
  return files.sort();
}

/** The first 16 hex digits of the SHA-256 of all sources and their names. */
export async function sourceHash(): Promise<string> {
  const texts = await Promise.all(
    (await sourceFiles()).map(async (file) => `${file}\n${await Deno.readTextFile(`${ROOT}${file}`)}\n`),
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("")));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}

/** Functions that do not wait for the device. The others run on Deno's thread pool. */
const IMMEDIATE = /^n4_(identify|device_\w+|\w+_bytes)$/;

/** How the table of symbols writes a type of the header. */
const TYPES = new Map([["int32_t", "I"], ["int64_t", "L"], ["uint64_t", "U"], ["double", "D"]]);

/** A parameter of the header as the table writes it. @throws {RangeError} for a type that it does not know. */
function symbolType(declaration: string): string {
  const [word] = declaration.trim().split(/\s/);
  const type = declaration.includes("*") ? "P" : TYPES.get(word);
  if (type) return type;
  throw new RangeError(`Cannot call n4_cuda.h as its types must be pointers, ${[...TYPES.keys()]}: current is ${word}`);
}

/** `ffi/symbols.ts` for the header and the sources as they are. */
export async function symbolsSource(): Promise<string> {
  const header = (await Deno.readTextFile(`${ROOT}ffi/n4_cuda.h`)).replace(/\/\*[^]*?\*\//g, "");
  const functions = [...header.matchAll(/int32_t (n4_\w+)\(([^)]*)\)/g)].map(([, name, parameters]) => {
    const types = parameters.split(",").map(symbolType).join(", ");
    return `  ${name}: { parameters: [${types}], result: I${IMMEDIATE.test(name) ? "" : ", nonblocking: true"} },`;
  });
  const defines = [...header.matchAll(/#define N4_(\w+) (\d+)/g)].map(([, name, value]) => ({ name, value }));
  const numbers = (prefix: RegExp) =>
    defines.filter(({ name }) => prefix.test(name))
      .map(({ name, value }) => `${camelCase(name.replace(prefix, ""))}: ${value}`).join(", ");
  return `/**
 * The library's interface as Deno calls it, made from n4_cuda.h by ffi/build.ts; a test holds that it is current. The
 * header documents each function.
 *
 * @module
 */
// deno-fmt-ignore-file

/** Hash of the library's sources; see sources.ts. */
export const BUILD_ID = "${await sourceHash()}";

/** Version of the interface. */
export const ABI_VERSION = ${defines.find(({ name }) => name === "ABI_VERSION")?.value};

/** Statuses that a function returns. */
export const STATUS = { ${numbers(/^(?!ABI|INSPECT|COPY)/)} } as const;

/** What \`n4_fit_inspect\` reads. */
export const INSPECT = { ${numbers(/^INSPECT_/)} } as const;

/** What \`n4_copy_rate\` measures. */
export const COPY = { ${numbers(/^COPY_/)} } as const;

const [I, L, U, D, P] = ["i32", "i64", "u64", "f64", "buffer"] as const;

/** Every function. */
export const SYMBOLS = {
${functions.join("\n")}
} as const satisfies Deno.ForeignLibraryInterface;
`;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Writes `ffi/symbols.ts`; returns the hash of the sources. */
export async function writeSymbols(): Promise<string> {
  await Deno.writeTextFile(`${ROOT}ffi/symbols.ts`, await symbolsSource());
  return await sourceHash();
}
