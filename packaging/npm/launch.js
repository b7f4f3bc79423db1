/** Starts n4, a Deno program, with the permissions that it needs and no other. */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FLAGS = []; // filled in by packaging/pack.ts

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs n4 with these words and those of the command line, and ends as it does. */
export function launch(...words) {
  // Where installing has run no scripts, this puts Deno in its place.
  const deno = createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
  const library = process.env.N4_CUDA_LIBRARY || here("ffi/prebuilt/linux-x64/libn4_cuda.so");
  const args = [...FLAGS, `--allow-ffi=${library}`, here("lib/n4.js"), ...words, ...process.argv.slice(2)];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
  const child = spawn(deno, args, { stdio: "inherit", env });
  // A terminal interrupts both, and n4 knows how to end; other signals come to this process alone.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exitCode = code ?? 128 + constants.signals[signal]);
}
