/**
 * Makes one JavaScript file of a program, with all that it needs inside: `deno task bundle`, by default dist/n4.js of
 * scripts/n4.ts. See `--help`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { PACKAGED_LIBRARY } from "../ffi/library.ts";
import { type CommandSpec, runCommand } from "../src/cli/command.ts";
import { print } from "../src/cli/console.ts";
import { WriteError } from "../src/errors.ts";
import { FIGURE_FILES } from "../src/figure/rasterise.ts";
import { OUTPUT_FILE } from "../src/options/spec.ts";
import { PACKED_FILES } from "../src/bundled.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The scripts of worker threads. */
export const WORKER_SCRIPTS: readonly string[] = ["src/backends/ts/worker.ts", "src/threads/worker.ts"];

/** What a bundle is made of. */
export interface BundleParts {
  /** The program, a module. */
  readonly entry: string;
  /** File to write. */
  readonly output: string;
  /** The CUDA library; left out: none is inside. */
  readonly library?: string;
}

/** Writes the bundle. @returns its size in bytes. @throws {WriteError} when a part cannot be bundled. */
export async function bundleProgram({ entry, output, library }: BundleParts): Promise<number> {
  const packed: Record<string, string> = {};
  for (const script of WORKER_SCRIPTS) {
    packed[script] = pack(new TextEncoder().encode(await bundle(ROOT + script)));
  }
  for (const name of FIGURE_FILES) packed[name] = pack(await Deno.readFile(fileURLToPath(import.meta.resolve(name))));
  if (library !== undefined) packed[PACKAGED_LIBRARY] = pack(await Deno.readFile(library));
  const program = await bundle(entry);
  // Imports are carried out before the first line, so that these are of Deno's own modules alone.
  const first = `import { inflateRawSync as inflatePacked } from "node:zlib";
const packedFiles = ${JSON.stringify(packed)};
globalThis[Symbol.for(${JSON.stringify(PACKED_FILES)})] = (name) =>
  packedFiles[name] && inflatePacked(Uint8Array.fromBase64(packedFiles[name]));
`;
  await Deno.mkdir(new URL(".", `file://${output}`), { recursive: true });
  await Deno.writeTextFile(output, first + program);
  return first.length + program.length;
}

/** Deflated, as Deno reads the whole file whenever n4 starts. */
function pack(bytes: Uint8Array): string {
  return new Uint8Array(deflateRawSync(bytes, { level: 9 })).toBase64();
}

/** One module and everything that it imports, as text. */
async function bundle(entry: string): Promise<string> {
  const args = ["bundle", "--quiet", "--platform=deno", "--format=esm", `--config=${ROOT}deno.json`, entry];
  const { success, stdout, stderr } = await new Deno.Command("deno", { args, cwd: ROOT, env: { NO_COLOR: "1" } })
    .output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new WriteError(entry, `Cannot bundle '${entry}' as it must build: ${errors}`);
  const foreign = text.match(/^import .* from "(?!node:).*$/m);
  if (foreign) {
    throw new WriteError(entry, `Cannot bundle '${entry}' as Deno's own modules alone may stay outside: ${foreign[0]}`);
  }
  // Where Deno's cache lies is another on every machine.
  return text.replaceAll(/(?<=^\s*(?:\/\/ |"))(?:\.\.\/)+.*?\/npm\/registry\.npmjs\.org\//gm, "npm:");
}

const OPTIONS = {
  output: { ...OUTPUT_FILE, group: "Bundle", help: "File to write; default: dist/n4.js." },
  cuda: { type: "flag", group: "Bundle", help: "Put the CUDA library for Linux on x86-64 inside." },
} as const;

const bundleCommand: CommandSpec<typeof OPTIONS> = {
  name: "bundle",
  summary: "Make one JavaScript file of n4: kernels, worker scripts, fonts and WebAssembly are inside.",
  operands: {},
  options: OPTIONS,
  footer:
    "Permissions of 'deno run': run of deno; read of n4's own folder and of Deno's cache; write of the file's folder.",
  async run(_operands, { output = `${ROOT}dist/n4.js`, cuda }) {
    const library = cuda ? ROOT + PACKAGED_LIBRARY : undefined;
    const file = fileURLToPath(new URL(output, `file://${Deno.cwd()}/`));
    const bytes = await bundleProgram({ entry: `${ROOT}scripts/n4.ts`, output: file, library });
    print(`Wrote ${file}, ${(bytes / 2 ** 20).toFixed(1)} MiB.\n`);
  },
};

if (import.meta.main) Deno.exitCode = await runCommand(bundleCommand, "bundle", Deno.args);
