/** Starts n4, a Deno program, with the permissions that it needs and no other. */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FLAGS = []; // filled in by packaging/pack.ts
const S3_VARIABLES = []; // likewise

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs n4 with these words and those of the command line, and ends as it does. */
export function launch(...words) {
  // Where installing has run no scripts, this puts Deno in its place.
  const deno = createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
  const library = process.env.N4_CUDA_LIBRARY || here("ffi/prebuilt/linux-x64/libn4_cuda.so");
  const args = [
    ...FLAGS,
    ...forServers(process.argv.slice(2)),
    `--allow-ffi=${library}`,
    here("lib/n4.js"),
    ...words,
    ...process.argv.slice(2),
  ];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
  const child = spawn(deno, args, { stdio: "inherit", env });
  // A terminal interrupts both, and n4 knows how to end; other signals come to this process alone.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exitCode = code ?? 128 + constants.signals[signal]);
}

/** Leave to reach the servers that inputs are on, and no others. */
function forServers(words) {
  const text = words.join("\n");
  const hosts = [...text.matchAll(/https?:\/\/([^/?#\s]+)/gi)].map(([, host]) => host);
  if (!/s3:\/\//i.test(text)) return hosts.length > 0 ? [`--allow-net=${hosts}`] : [];
  const env = process.env;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1";
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || `https://s3.${region}.amazonaws.com`;
  return [`--allow-net=${[...hosts, new URL(endpoint).host]}`, `--allow-env=${S3_VARIABLES}`];
}
