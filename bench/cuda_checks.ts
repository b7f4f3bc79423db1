/**
 * What must hold before times mean anything: the library builds, keeps the contract on the device, and has neither bad accesses nor races.
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";

const TEST = ["test", "--quiet", "--no-check", "--allow-ffi", "--allow-env", "--allow-read", "--allow-sys"];

/** Checks of compute-sanitizer, and the tests they are given: those that meet every kernel within minutes. */
const SANITIZERS = ["memcheck", "racecheck"] as const;
const SANITIZED_TESTS = "--filter=/fits (a mask|confidences|a fine)|everything together|smooths all/";

/** What was found; a check that fails ends the command. */
export interface Checks {
  /** How the library was built. */
  readonly build: string;
  /** The contract suite. */
  readonly contract: string;
  /** compute-sanitizer's memcheck. */
  readonly memcheck: string;
  /** compute-sanitizer's racecheck. */
  readonly racecheck: string;
}

/** Runs the checks; over the emulator its own build and contract. @throws {Error} when one fails. */
export async function runChecks(emulated: boolean): Promise<Checks> {
  const deno = Deno.execPath();
  const build = emulated ? "build:emulator" : "build:cuda";
  await run("build", deno, ["task", build]);
  const suite = emulated ? "tests/cuda_contract_test.ts" : "tests/hardware_cuda_test.ts";
  const env = { N4_REQUIRE: emulated ? "cuda-emulator" : "cuda" };
  await run("contract", deno, emulated ? [...TEST, "--filter=/fits a mask/", suite] : [...TEST, suite], env);
  const sanitized: Record<string, string> = {};
  for (const tool of SANITIZERS) {
    sanitized[tool] = emulated
      ? "not run over the emulator: deno task test:cuda-sanitized"
      : await sanitize(tool, [deno, ...TEST, SANITIZED_TESTS, suite], env);
  }
  const { memcheck, racecheck } = sanitized;
  return { build: `deno task ${build}`, contract: "passed", memcheck, racecheck };
}

async function sanitize(tool: string, command: readonly string[], env: Record<string, string>): Promise<string> {
  if (!await isInstalled("compute-sanitizer")) return "not run: compute-sanitizer is not installed";
  await run(tool, "compute-sanitizer", ["--tool", tool, "--error-exitcode", "9", ...command], env);
  return "passed";
}

/** Runs a command with its output shown. @throws {Error} when it fails. */
async function run(
  name: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  print(`== ${name}: ${command} ${args.join(" ")}`);
  const child = new Deno.Command(command, { args: [...args], env, stdout: "inherit", stderr: "inherit" });
  const { success, code } = await child.output();
  if (!success) throw new Error(`Cannot go on as '${name}' must succeed: its exit code is ${code}`);
}

async function isInstalled(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
