/**
 * Finds and loads the CUDA library: `N4_CUDA_LIBRARY` where that is set, else the one that the program carries, else
 * the packaged one; absolute paths alone, never the working directory. Its interface version and build id are compared
 * before any other symbol is looked at.
 *
 * @module
 */

import { BackendError } from "../src/errors.ts";
import { packedFile } from "../src/bundled.ts";
import { ABI_VERSION, BUILD_ID, SYMBOLS } from "./symbols.ts";
import { unpackLibrary } from "./unpack.ts";

/** The one symbol that is looked at before the interface is known to be the right one. */
const IDENTIFY = { n4_identify: SYMBOLS.n4_identify } as const;

/** Names the library to load instead of the packaged one. */
export const LIBRARY_VARIABLE = "N4_CUDA_LIBRARY";

/** Bytes of a message or name that the library writes. */
export const TEXT_BYTES = 1024;

/** A loaded library. */
export interface CudaLibrary {
  /** Where it is. */
  readonly path: string;
  /** Its functions. */
  readonly symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  /** Hash of the sources that it was built from. */
  readonly buildId: string;
  /** `true` where a processor stands in for the GPU. */
  readonly emulated: boolean;
  /** Gives it back. */
  close(): void;
}

/** The packaged library, in the repository. */
export const PACKAGED_LIBRARY = "ffi/prebuilt/linux-x64/libn4_cuda.so";

/**
 * Loads the library.
 *
 * @throws {BackendError} when it cannot be: no permission, no library, another interface or other sources.
 */
export function openCudaLibrary(): CudaLibrary {
  if (typeof Deno === "undefined") throw cannotOpen("it must run in Deno: current runtime is a browser");
  const named = namedLibrary();
  if (named !== undefined) return openLibrary(named);
  demandSystem();
  const packed = packedFile(PACKAGED_LIBRARY);
  if (packed === undefined) return openLibrary(packagedLibrary());
  using unpacked = unpack(packed);
  return openLibrary(unpacked.path);
}

function openLibrary(path: string): CudaLibrary {
  requirePermission(path);
  const { abi, buildId, emulated } = identify(path);
  if (abi !== ABI_VERSION) refuse(path, "interface version", ABI_VERSION, abi);
  if (buildId !== BUILD_ID) refuse(path, "build id", BUILD_ID, buildId);
  const library = load(path, SYMBOLS);
  return { path, symbols: library.symbols, buildId, emulated, close: () => library.close() };
}

/** The library that the user names, where reading the variable is allowed. */
function namedLibrary(): string | undefined {
  const variable = { name: "env", variable: LIBRARY_VARIABLE } as const;
  const named = Deno.permissions.querySync(variable).state === "granted" ? Deno.env.get(LIBRARY_VARIABLE) : undefined;
  if (!named) return undefined;
  if (named.startsWith("/") || /^[A-Za-z]:[\\/]/.test(named)) return named;
  throw cannotOpen(`${LIBRARY_VARIABLE} must be an absolute path: current value is ${named}`);
}

function demandSystem(): void {
  const system = `${Deno.build.os} ${Deno.build.arch}`;
  if (system === "linux x86_64") return;
  throw cannotOpen(
    `the packaged library is for linux x86_64 (name another one in ${LIBRARY_VARIABLE}): current system is ${system}`,
  );
}

function packagedLibrary(): string {
  const url = new URL(`../${PACKAGED_LIBRARY}`, import.meta.url);
  if (url.protocol === "file:") return decodeURIComponent(url.pathname);
  throw cannotOpen(
    `n4 must run from files to have its library (or name one in ${LIBRARY_VARIABLE}): current place is ${url.protocol}`,
  );
}

function unpack(bytes: Uint8Array): ReturnType<typeof unpackLibrary> {
  try {
    return unpackLibrary(bytes, (folder) => requirePermission(folder.replace(/\/[^/]*$/, "")));
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    const other = `(or name one in ${LIBRARY_VARIABLE}, with --allow-env=${LIBRARY_VARIABLE})`;
    const place = `its library must be unpacked into the folder of temporary files ${other}`;
    const reason = cause instanceof Deno.errors.NotCapable
      ? "it takes --allow-read, --allow-write and --allow-ffi for that folder"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw cannotOpen(`${place}: ${reason}`, { cause });
  }
}

function requirePermission(path: string): void {
  const { state } = Deno.permissions.querySync({ name: "ffi", path });
  if (state !== "granted") {
    throw cannotOpen(`the flag --allow-ffi=${path} (or --allow-ffi) must be given: current permission is ${state}`);
  }
}

function identify(path: string): { abi: number; buildId: string; emulated: boolean } {
  const library = load(path, IDENTIFY);
  try {
    const [abi, emulated] = [new Int32Array(1), new Int32Array(1)];
    const [buildId, message] = [new Uint8Array(64), new Uint8Array(TEXT_BYTES)];
    library.symbols.n4_identify(abi, buildId, buildId.length, emulated, message, message.length);
    return { abi: abi[0], buildId: textOf(buildId), emulated: emulated[0] !== 0 };
  } finally {
    library.close();
  }
}

function load<Symbols extends Deno.ForeignLibraryInterface>(
  path: string,
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols> {
  try {
    return Deno.dlopen(path, symbols);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cannotOpen(`its library must load: ${reason}`, { cause });
  }
}

function refuse(path: string, what: string, wanted: string | number, current: string | number): never {
  throw cannotOpen(`the ${what} of its library '${path}' must be ${wanted}: current value is ${current}`);
}

function cannotOpen(rule: string, options?: ErrorOptions): BackendError {
  return new BackendError("cuda", `Cannot open the CUDA backend as ${rule}`, options);
}

/** The text in front of the first 0 byte. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
