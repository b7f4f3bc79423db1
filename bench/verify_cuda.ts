/**
 * `deno task verify:cuda`: everything about the CUDA backend that needs a GPU. Builds the library, runs the contract on the device, lets compute-sanitizer look for bad
 * accesses and races where it is installed, and writes the times to bench/results.
 *
 * @module
 */

import { benchmarkCuda } from "./cuda_fit.ts";

const RESULTS = decodeURIComponent(new URL("results/", import.meta.url).pathname);

const TEST = ["test", "--quiet", "--no-check", "--allow-ffi", "--allow-env", "--allow-read", "--allow-sys"];
const HARDWARE = "tests/hardware_cuda_test.ts";

/** Checks of compute-sanitizer, and the tests they are given: those that meet every kernel within minutes. */
const SANITIZERS = ["memcheck", "racecheck"];
const SANITIZED_TESTS = "--filter=/fits (a mask|confidences|a fine)|everything together|smooths all/";

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Runs a command with its output shown. @throws {Error} when it fails. */
async function run(name: string, command: string, args: readonly string[]): Promise<void> {
  print(`== ${name}: ${command} ${args.join(" ")}\n`);
  const env = { N4_REQUIRE: "cuda" };
  const { success, code } = await new Deno.Command(command, {
    args: [...args],
    env,
    stdout: "inherit",
    stderr: "inherit",
  })
    .output();
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

async function verify(): Promise<void> {
  const deno = Deno.execPath();
  await run("build", deno, ["task", "build:cuda"]);
  await run("contract on the device", deno, [...TEST, HARDWARE]);
  if (await isInstalled("compute-sanitizer")) {
    for (const tool of SANITIZERS) {
      const args = ["--tool", tool, "--error-exitcode", "9", deno, ...TEST, SANITIZED_TESTS, HARDWARE];
      await run(tool, "compute-sanitizer", args);
    }
  } else {
    print("== compute-sanitizer is not installed: left out\n");
  }
  const result = await benchmarkCuda();
  const device = String((result.device as { name: string }).name).replace(/ \(.*/, "").replace(/\W+/g, "_")
    .toLowerCase();
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(`${RESULTS}cuda_${device}.json`, JSON.stringify(result, null, 2) + "\n");
  print(`${JSON.stringify(result, null, 2)}\n== written to bench/results/cuda_${device}.json\n`);
}

if (import.meta.main) await verify();
