/**
 * Empty environments in a folder of their own, into which n4 is installed as users do it, and what runs there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";

/** An environment with the commands of n4. */
export interface Environment {
  /** Where users work: nothing of n4 is there. */
  readonly home: string;
  /** What `PATH` is: the commands, and the one program that npm's need. */
  readonly path: string;
  /** When installing began, milliseconds. */
  readonly begun: number;
}

/** Installs the wheel into a new virtual environment; what it needs comes from the package index, past every cache. */
export async function installByPip(folder: string, wheel: string): Promise<Environment> {
  const begun = performance.now();
  await succeed("python3", ["-m", "venv", `${folder}/venv`]);
  const words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir", wheel];
  await succeed(`${folder}/venv/bin/python`, words);
  return { home: await homeIn(folder), path: `${folder}/venv/bin`, begun };
}

/** Installs the tarball under a new prefix of npm; what it needs comes from the registry, past every cache. */
export async function installByNpm(folder: string, tarball: string): Promise<Environment> {
  const begun = performance.now();
  const places = ["--prefix", `${folder}/prefix`, "--cache", `${folder}/cache`];
  await succeed("npm", ["install", "--global", "--no-fund", "--no-audit", ...places, tarball]);
  await Deno.mkdir(`${folder}/tools`);
  await Deno.symlink((await succeed("node", ["-p", "process.execPath"])).trim(), `${folder}/tools/node`);
  return { home: await homeIn(folder), path: `${folder}/prefix/bin:${folder}/tools`, begun };
}

/** A line of the shell in an environment, with no other variable set and no other program to be found. */
export function shellIn({ home, path }: Environment, line: string): Deno.Command {
  const env = { PATH: path, HOME: home };
  return new Deno.Command("/bin/sh", { args: ["-c", line], cwd: home, clearEnv: true, env, stderr: "piped" });
}

/** Runs a program that must end well. @returns what it printed. */
export async function succeed(program: string, args: readonly string[], cwd = ROOT): Promise<string> {
  const start = { args: [...args], cwd, env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" } };
  const { success, stdout, stderr } = await new Deno.Command(program, start).output();
  assert.ok(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function homeIn(folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/home`);
  return `${folder}/home`;
}
