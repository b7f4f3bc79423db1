/**
 * The command as users run it: a process of its own, with the permissions that it is given; and what a folder holds before and after.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { GRAPHICS } from "../../src/backends/webgpu/adapter.ts";

/** The repository. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A command that has ended. */
export interface CommandRun {
  /** Exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is started. */
export interface CommandStart {
  /** Words of `deno run` before the script; left out: reading and writing everywhere. */
  readonly permissions?: readonly string[];
  /** Working directory. */
  readonly cwd?: string;
  /** Environment variables beside those that are there. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A command line: a script of `scripts/` and the words after it. */
export function commandOf(words: readonly string[], { permissions, cwd, env }: CommandStart = {}): Deno.Command {
  const [script, ...rest] = words;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...(permissions ?? ["--allow-read", "--allow-write"]),
      `${ROOT}scripts/${script}.ts`,
      ...rest,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...GRAPHICS, ...env },
    ...(cwd ? { cwd } : {}),
  });
}

/** Runs a command to its end. */
export async function run(words: readonly string[], start?: CommandStart): Promise<CommandRun> {
  const { code, stdout, stderr } = await commandOf(words, start).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Runs a command that must end well. */
export async function runWell(words: readonly string[], start?: CommandStart): Promise<CommandRun> {
  const result = await run(words, start);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** Tests that start programs; they are left out where none may be started, as in `deno task test:fast`. */
export const programs = {
  test(name: string, fn: () => Promise<void>): void {
    Deno.test({ name, fn, ignore: Deno.permissions.querySync({ name: "run" }).state !== "granted" });
  },
};

/** Everything in a folder: relative path to what it is, with a digest of a file's bytes. */
export async function contents(folder: string, inside = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of Deno.readDir(`${folder}/${inside}`)) {
    const name = inside + entry.name;
    if (entry.isSymlink) found[name] = `link to ${await Deno.readLink(`${folder}/${name}`)}`;
    else if (entry.isDirectory) Object.assign(found, { [name]: "folder" }, await contents(folder, `${name}/`));
    else found[name] = createHash("sha256").update(await Deno.readFile(`${folder}/${name}`)).digest("hex");
  }
  return found;
}
