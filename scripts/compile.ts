/**
 * Makes n4 one program for each system, which needs no Deno: `deno task compile`. See `--help`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { LIBRARY_VARIABLE, PACKAGED_LIBRARY } from "../ffi/library.ts";
import { GRAPHICS } from "../src/backends/webgpu/adapter.ts";
import { GEOMETRY_VARIABLE, THREAD_VARIABLES } from "../src/cli/ants/request.ts";
import { type CommandSpec, runCommand } from "../src/cli/command.ts";
import { print } from "../src/cli/console.ts";
import { WriteError } from "../src/errors.ts";
import { OUTPUT_FILE } from "../src/options/spec.ts";
import { bundleProgram } from "./bundle.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Systems that n4 is compiled for, as Deno names them. */
const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;
type Target = typeof TARGETS[number];

/** Environment variables that n4 looks at. */
const VARIABLES = [LIBRARY_VARIABLE, GEOMETRY_VARIABLE, ...THREAD_VARIABLES, ...Object.keys(GRAPHICS)];

/**
 * What a program that users install may do, but for the CUDA library: any path may be an input or output; no network,
 * no other programs.
 */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  `--allow-env=${VARIABLES}`,
];

/**
 * Compiles for one system.
 *
 * @returns the program's path.
 * @throws {WriteError} when it cannot, as without Deno's runtime for that system.
 */
async function compile(target: Target, folder: string): Promise<string> {
  const cuda = target === "x86_64-unknown-linux-gnu";
  const entry = `${folder}/${target}.js`;
  await bundleProgram({
    entry: `${ROOT}scripts/n4.ts`,
    output: entry,
    library: cuda ? ROOT + PACKAGED_LIBRARY : undefined,
  });
  const output = `${folder}/n4-${target}${target.includes("windows") ? ".exe" : ""}`;
  const flags = [...PERMISSIONS, ...(cuda ? ["--allow-ffi"] : [])];
  const args = ["compile", "--quiet", "--no-config", "--no-check", ...flags, "--target", target, "--output", output];
  // Beside a package's configuration Deno would put all of its npm packages into the program; the bundle needs none.
  const { success, stderr } = await new Deno.Command("deno", {
    args: [...args, entry],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(entry);
  if (success) return output;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new WriteError(
    output,
    `Cannot compile n4 for ${target} as Deno's runtime for it must be had (from dl.deno.land, or in DENORT_BIN): ${reason}`,
  );
}

const OPTIONS = {
  target: {
    type: "choice",
    words: TARGETS,
    group: "Compile",
    help: "Compile for this system alone; default: for all.",
  },
  output: { ...OUTPUT_FILE, group: "Compile", help: "Folder for the programs; default: dist." },
} as const;

const compileCommand: CommandSpec<typeof OPTIONS> = {
  name: "compile",
  summary: "Make n4 one program for Linux, macOS and Windows, with everything inside.",
  operands: {},
  options: OPTIONS,
  footer: "Permissions of 'deno run': run of deno; read of n4's own folder and of Deno's cache; write of the folder.",
  async run(_operands, { target, output = `${ROOT}dist` }) {
    const folder = fileURLToPath(new URL(output, `file://${Deno.cwd()}/`));
    for (const each of target ? [target] : TARGETS) print(`Wrote ${await compile(each, folder)}.\n`);
  },
};

if (import.meta.main) Deno.exitCode = await runCommand(compileCommand, "compile", Deno.args);
