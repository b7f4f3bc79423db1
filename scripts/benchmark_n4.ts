/**
 * Measures backends and other programs on phantoms and live volumes: `benchmark_n4.ts --output FOLDER`. See `--help`.
 *
 * @module
 */

import { benchmarkCommand } from "../src/cli/benchmark_command.ts";
import { runCommand } from "../src/cli/command.ts";

if (import.meta.main) Deno.exitCode = await runCommand(benchmarkCommand, "benchmark_n4", Deno.args);
