/**
 * The CUDA backend over its emulator, for tests: skipped where the emulator is not built or may not be loaded, unless
 * `N4_REQUIRE` names `cuda-emulator`. `N4_CUDA_EMULATOR` takes another one: `sanitized` with AddressSanitizer and UBSan,
 * `fused` with fused multiply-adds, `watched` that looks for races; `hardware` the packaged library on a GPU, for tests
 * that turn no knob.
 *
 * @module
 */

import { LIBRARY_VARIABLE, PACKAGED_LIBRARY } from "../../ffi/library.ts";
import { type CudaBackend, openCudaBackend } from "../../src/backends/cuda/cuda_backend.ts";

const BUILD = decodeURIComponent(new URL("../../ffi/emulator/build/", import.meta.url).pathname);

/** Path of a library that `deno task build:emulator` makes. */
export function emulatorLibrary(
  name: "emulated" | "sanitized" | "fused" | "watched" | "old_abi" | "other_build",
): string {
  return `${BUILD}libn4_cuda_${name}.so`;
}

const CHOSEN = Deno.env.get("N4_CUDA_EMULATOR");

/** Whether the emulator under test looks for races. */
export const looksForRaces: boolean = CHOSEN === "watched";

/** The library under test. */
const EMULATOR = CHOSEN === "hardware"
  ? decodeURIComponent(new URL(`../../${PACKAGED_LIBRARY}`, import.meta.url).pathname)
  : emulatorLibrary(CHOSEN === "sanitized" || CHOSEN === "fused" || CHOSEN === "watched" ? CHOSEN : "emulated");

/** Knobs of the emulated machine; see ffi/emulator/controls.cpp. */
export const CONTROL = {
  devices: 0,
  totalBytes: 1,
  usedElsewhere: 2,
  failAt: 3,
  failWith: 4,
  order: 5,
  objects: 6,
  capability: 7,
  leaveOut: 8,
  driver: 9,
} as const;

/** What the knobs stand at when nobody turns them. */
const DEFAULTS = {
  devices: 1,
  totalBytes: 2 ** 32,
  usedElsewhere: 0,
  failAt: 0,
  failWith: 719,
  order: 1,
  capability: 90,
  leaveOut: 0,
  driver: 12_000,
} as const;

/** Turns a knob or reads it. */
export function emulate(control: keyof typeof CONTROL, value = 0): number {
  const library = Deno.dlopen(EMULATOR, { n4_emulate: { parameters: ["i32", "i64"], result: "i64" } });
  try {
    return Number(library.symbols.n4_emulate(CONTROL[control], BigInt(value)));
  } finally {
    library.close();
  }
}

/** Why the emulator cannot be tested here; undefined where it can, or must. */
export const emulatorMissing: string | undefined = whyMissing();

/** Opens the backend over a library; left out: the emulator. */
export async function openEmulator(library: string = EMULATOR, device?: number): Promise<CudaBackend> {
  return await withLibrary(
    library,
    () => openCudaBackend({ allowEmulator: true, device }),
  );
}

/** Runs `work` while `N4_CUDA_LIBRARY` names a library. */
export async function withLibrary<T>(library: string, work: () => Promise<T>): Promise<T> {
  const before = Deno.env.get(LIBRARY_VARIABLE);
  Deno.env.set(LIBRARY_VARIABLE, library);
  try {
    return await work();
  } finally {
    if (before === undefined) Deno.env.delete(LIBRARY_VARIABLE);
    else Deno.env.set(LIBRARY_VARIABLE, before);
  }
}

/** Registers a test over the emulator, whose knobs are back where they were afterwards. */
export function emulatorTest(name: string, work: () => Promise<void>): void {
  Deno.test({
    name: emulatorMissing ? `cuda emulator: ${name} (skipped: ${emulatorMissing})` : `cuda emulator: ${name}`,
    ignore: emulatorMissing !== undefined,
    fn: async () => {
      try {
        await work();
      } finally {
        const knobs = CHOSEN === "hardware" ? [] : Object.entries(DEFAULTS);
        for (const [control, value] of knobs) emulate(control as keyof typeof CONTROL, value);
      }
    },
  });
}

function whyMissing(): string | undefined {
  if (Deno.env.get("N4_REQUIRE")?.split(",").includes("cuda-emulator")) return undefined;
  if (Deno.permissions.querySync({ name: "ffi", path: EMULATOR }).state !== "granted") return "no --allow-ffi";
  try {
    Deno.statSync(EMULATOR);
    return undefined;
  } catch {
    return "deno task build:emulator has not been run";
  }
}
