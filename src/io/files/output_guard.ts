/**
 * What is checked before anything is written: that permissions suffice, that nothing is replaced unasked, and that no input can come to harm.
 *
 * @module
 */

import { dirname, resolve, sep } from "node:path";
import { WriteError } from "../../errors.ts";
import { writeFailure } from "./file_errors.ts";

/** The names under which an output comes into being. */
export interface OutputNames {
  /** The final path. */
  readonly out: string;
  /** Where it is written. */
  readonly partial: string;
  /** Where an old output is set aside for the time of two renames. */
  readonly replaced: string;
}

/** The names of an output; a slash at the end of its path is left out. */
export function namesOf(path: string): OutputNames {
  const out = path.replace(/(?<=.)\/+$/, "");
  return { out, partial: `${out}.partial`, replaced: `${out}.replaced` };
}

/** The refusal to replace what exists. */
export function existsError(out: string): WriteError {
  return new WriteError(out, `Cannot write ${out} as it exists already: remove it or give --overwrite`);
}

/**
 * Whether something is at an output's place already, as far as permissions let us look. Creates nothing.
 *
 * @throws {WriteError} when the place has no folder.
 */
export async function isTaken(path: string): Promise<boolean> {
  const { out } = namesOf(path);
  const folder = dirname(resolve(out));
  const mayLook = async (name: string) =>
    (await Deno.permissions.query({ name: "read", path: name })).state === "granted";
  if (await mayLook(out) && await entryAt(out) !== undefined) return true;
  if (await mayLook(folder) && await entryAt(folder) === undefined) {
    throw writeFailure(out, [out], new Deno.errors.NotFound());
  }
  return false;
}

function inputError(out: string, input: string): WriteError {
  const message =
    `Cannot write ${out} as an output must not be, contain or lie inside an input: current input is ${input}`;
  return new WriteError(out, message);
}

/** Asks for every permission before any work, so that none is found missing at the end of it. */
export async function demandPermission(out: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for (const name of ["read", "write"] as const) {
      const status = await Deno.permissions.request({ name, path });
      if (status.state !== "granted") {
        throw writeFailure(out, paths, new Deno.errors.NotCapable(`No ${name} access to ${path}`));
      }
    }
  }
}

/**
 * Refuses an output that meets an input by name, or by being the same file under another name. A symbolic link at the output may lead to an input, as
 * where a workflow engine has staged it under the same name: the link is what will be replaced, and what it leads to stays.
 */
export async function guardInputs(out: string, inputs: readonly string[]): Promise<void> {
  const { partial, replaced } = namesOf(out);
  const link = (await entryAt(out))?.isSymlink ?? false;
  for (const input of inputs) {
    const real = await realPathOf(input);
    const names = link && resolve(input) === resolve(out) ? [real] : [resolve(input), real];
    for (const mine of [out, partial, replaced]) {
      if (names.some((name) => pathsOverlap(name, resolve(mine)))) throw inputError(out, input);
    }
    if (!link && await isSameFile(out, input)) throw inputError(out, input);
  }
}

/** The same, once the partial output exists and tells where its folder really is. */
export async function guardRealInputs(out: string, partial: string, inputs: readonly string[]): Promise<void> {
  const real = (await Deno.realPath(partial)).slice(0, -".partial".length);
  for (const input of inputs) {
    if (pathsOverlap(await realPathOf(input), real)) throw inputError(out, input);
  }
}

/** Whether two absolute paths are one, or one of them lies inside the other. */
export function pathsOverlap(one: string, other: string): boolean {
  return one === other || one.startsWith(other + sep) || other.startsWith(one + sep);
}

/** The path without links, or the absolute path where nothing is there. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([Deno.stat(one), Deno.stat(other)]);
    return a.ino !== null && a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false; // One of them does not exist (or is a dangling link), so they are not the same.
  }
}

/** What carries this name, links not followed; nothing where there is none. */
export async function entryAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  }
}
