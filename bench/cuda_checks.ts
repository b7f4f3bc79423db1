/**
 * What must hold before times mean anything: the library builds, keeps the contract on the device, and has neither bad accesses nor races.
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";

const TEST = ["test", "--quiet", "--no-check", "--allow-ffi", "--allow-env", "--allow-read", "--allow-sys"];

/** The tests that compute-sanitizer is given: those that meet every kernel within minutes. */
const SANITIZED_TESTS = "--filter=/fits (a mask|confidences|a fine)|everything together|smooths all/";

/** Milliseconds that a check may take. */
const LIMIT = 300_000;

/** What was found: `passed`, or why it did not or was not run. */
export interface Checks {
  /** How the library came about. */
  readonly build: string;
  /** The contract suite, and repeats that must give the same bits. */
  readonly contract: string;
  /** Every stage against its TypeScript twin. */
  readonly stages: string;
  /** compute-sanitizer's memcheck. */
  readonly memcheck: string;
  /** compute-sanitizer's racecheck. */
  readonly racecheck: string;
}

/** Whether every check that was run has passed. */
export function allPassed({ build: _, ...checks }: Checks): boolean {
  return Object.values(checks).every((found) => !found.startsWith("failed"));
}

/** Runs the checks, all of them whatever the others found; over the emulator its own build and contract. */
export async function runChecks(emulated: boolean): Promise<Checks> {
  const deno = Deno.execPath();
  const suite = emulated ? "tests/backends/cuda/contract_test.ts" : "tests/backends/cuda_hardware_test.ts";
  const build = await buildLibrary(emulated);
  const env: Record<string, string> = emulated
    ? { N4_REQUIRE: "cuda-emulator" }
    : { N4_REQUIRE: "cuda,cuda-emulator", N4_CUDA_EMULATOR: "hardware" };
  const few = emulated ? ["--filter=/fits a mask|over a mask/"] : [];
  const sanitize = async (tool: string): Promise<string> => {
    if (emulated) return "not run over the emulator: deno task suite cuda-sanitized";
    if (!await isInstalled("compute-sanitizer")) return "not run: compute-sanitizer is not installed";
    const args = ["--tool", tool, "--error-exitcode", "9", deno, ...TEST, SANITIZED_TESTS, suite];
    return await run(tool, "compute-sanitizer", args, env);
  };
  return {
    build,
    contract: await run("contract", deno, [...TEST, ...few, suite], env),
    stages: await run("stages", deno, [...TEST, ...few, "tests/backends/cuda/stages_test.ts"], env),
    memcheck: await sanitize("memcheck"),
    racecheck: await sanitize("racecheck"),
  };
}

/** Builds the library; where there is no compiler the packaged one, which has the sources' build id, is what is checked. */
async function buildLibrary(emulated: boolean): Promise<string> {
  const task = emulated ? "build:emulator" : "build:cuda";
  const found = await run("build", Deno.execPath(), ["task", task]);
  if (found === "passed") return `deno task ${task}`;
  if (emulated) throw new Error("Cannot go on as the emulator must be built: deno task build:emulator has failed");
  return "the packaged library, as deno task build:cuda has failed";
}

/** Runs a command with its output shown. */
async function run(
  name: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  print(`== ${name}: ${command} ${args.join(" ")}`);
  const signal = AbortSignal.timeout(LIMIT);
  const child = new Deno.Command(command, { args: [...args], env, signal, stdout: "inherit", stderr: "inherit" });
  const { success, code } = await child.output();
  return success ? "passed" : `failed, exit code ${code}`;
}

async function isInstalled(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
