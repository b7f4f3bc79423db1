/**
 * How much of `src` the tests run: `deno task suite coverage`. The suites run with coverage on, the commands that they start in processes of their own included; then every
 * file below the bound is told. `--markdown` writes their list into docs/testing.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../helpers/command.ts";
import { print } from "../helpers/print.ts";
import suites from "../suites.json" with { type: "json" };
import { type FileCoverage, parseLcov } from "./lcov.ts";

/** Least share of all lines of `src`. */
const BOUND = 0.9;
/** Tasks that are run; tests of a device that is not here skip themselves. */
const SUITES = [config.tasks.test, suites.tasks["cuda-emulator"], suites.tasks.webgpu];
/** Tests that start the same commands over and over, which writes gigabytes of coverage and covers nothing more. */
const LEFT_OUT = "tests/cli/permissions_test.ts,tests/fuzz/watch_test.ts";
const BEGIN = "<!-- coverage -->";
const END = "<!-- /coverage -->";

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { markdown: { type: "boolean" }, from: { type: "string" } } });
  const folder = values.from ?? await Deno.makeTempDir();
  const started = performance.now();
  try {
    for (const { command } of values.from ? [] : SUITES) await runSuite(command, folder);
    const files = (await readCoverage(folder)).sort((a, b) => shareOf(a) - shareOf(b));
    const [found, hit] = [sum(files, (file) => file.lines), sum(files, (file) => file.hit)];
    const low = files.filter((file) => shareOf(file) < BOUND);
    for (const file of low) print(`${percent(file)}  ${file.path}`);
    print(
      `${(100 * hit / found).toFixed(2)} % of ${found} lines in ${files.length} files of src, ${minutes(started)} min`,
    );
    if (values.markdown) await writeList(low);
    return hit / found < BOUND ? 1 : 0;
  } finally {
    if (!values.from) await Deno.remove(folder, { recursive: true });
  }
}

async function runSuite(task: string, folder: string): Promise<void> {
  const command = task.replace(/(--ignore=[^ ']*)/, `$1,${LEFT_OUT}`);
  print(command);
  const env = { DENO_COVERAGE_DIR: folder };
  const args = ["task", "--eval", command];
  const { success } = await new Deno.Command("deno", { args, cwd: ROOT, env, stdout: "null", stderr: "null" }).output();
  if (!success) print("It has failed; what it ran still counts");
}

async function readCoverage(folder: string): Promise<FileCoverage[]> {
  const args = ["coverage", "--lcov", `--include=^file://${ROOT}src/`, folder];
  const { stdout, success } = await new Deno.Command("deno", { args, stderr: "null" }).output();
  if (!success) throw new Error("deno coverage has failed");
  return parseLcov(new TextDecoder().decode(stdout), ROOT);
}

function shareOf({ lines, hit }: FileCoverage): number {
  return lines === 0 ? 1 : hit / lines;
}

function percent(file: FileCoverage): string {
  return `${(100 * shareOf(file)).toFixed(1).padStart(5)} %`;
}

function sum(files: readonly FileCoverage[], of: (file: FileCoverage) => number): number {
  return files.reduce((total, file) => total + of(file), 0);
}

function minutes(started: number): string {
  return ((performance.now() - started) / 60000).toFixed(1);
}

/** Keeps the reasons that the list has for files that are still in it. */
async function writeList(low: readonly FileCoverage[]): Promise<void> {
  const page = `${ROOT}docs/testing.md`;
  const text = await Deno.readTextFile(page);
  const [before, rest] = text.split(BEGIN);
  const [old, after] = rest.split(END);
  const reasonOf = (path: string) =>
    old.split("\n").find((line) => line.includes(`\`${path}\``))?.split("|")[3]?.trim() ?? "?";
  const rows = low.map((file) => `| \`${file.path}\` | ${percent(file).trim()} | ${reasonOf(file.path)} |`);
  const table = ["| file | lines | why |", "| --- | ---: | --- |", ...rows].join("\n");
  await Deno.writeTextFile(page, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

if (import.meta.main) Deno.exitCode = await main();
