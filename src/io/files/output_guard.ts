/**
 * What may be created, replaced or removed: decided here for every output of every command, before any work and once
 * more when it is renamed.
 *
 * @module
 */

import { basename, dirname, join, resolve, sep } from "node:path";
import { UsageError, WriteError } from "../../errors.ts";
import { isUrl } from "../remote/url.ts";
import { writeFailure } from "./file_errors.ts";
import { isProtected, objectionIn } from "./image_folder.ts";

/** The names under which an output comes into being. */
interface OutputNames {
  /** The final path. */
  readonly out: string;
  /** The folder in which it is made. */
  readonly partial: string;
}

/** The names of an output; a slash at the end of its path is left out. */
export function namesOf(path: string): OutputNames {
  const out = path.replace(/(?<=.)\/+$/, "");
  return { out, partial: `${out}.partial` };
}

/**
 * Refuses outputs before anything is opened.
 *
 * @throws {WriteError} when one exists and may not be replaced, or its place has no folder.
 */
export async function demandPlaces(paths: readonly string[], overwrite = false): Promise<void> {
  for (const path of paths) {
    // Where Deno itself forbids to look, as in /proc, creating the output shows it.
    const taken = await isTaken(path).catch((error) => {
      if (error instanceof Deno.errors.NotCapable) return false;
      throw error;
    });
    if (taken && !overwrite) throw existsError(namesOf(path).out);
  }
}

/** The refusal to replace what exists. */
function existsError(out: string): WriteError {
  return new WriteError(out, `Cannot write ${out} as it exists already: remove it or give option 'overwrite'`);
}

/**
 * Refuses to replace anything but an output of the same kind: a file by a file, the folder of an OME-Zarr image by
 * another. A symbolic link counts as what it leads to, though the link itself is replaced.
 *
 * @returns what is there.
 * @throws {WriteError} when it must stay.
 */
export async function demandReplaceable(
  out: string,
  kind: "file" | "directory",
  overwrite: boolean,
): Promise<Deno.FileInfo | undefined> {
  const old = await entryAt(out);
  if (old === undefined) return undefined;
  const found = old.isSymlink ? await stateOf(out) : old;
  const refuse = (rule: string, current: string): never => {
    throw new WriteError(out, `Cannot write ${out} as ${rule} and nothing else: current entry is ${current}`);
  };
  if (found && kind === "file" && !found.isFile) {
    refuse("a file may replace a file", found.isDirectory ? "a folder" : "a device, pipe or socket");
  }
  if (found && kind === "directory") {
    const rule = "an OME-Zarr may replace the folder of an OME-Zarr image";
    if (!found.isDirectory) refuse(rule, found.isFile ? "a file" : "a device, pipe or socket");
    const objection = await objectionIn(out);
    if (objection !== undefined) refuse(rule, objection);
  }
  if (!overwrite) throw existsError(out);
  if (!old.isSymlink && isProtected(old)) {
    throw new WriteError(out, `Cannot write ${out} as it is protected from being written to: remove it yourself`);
  }
  return old;
}

/** What is at a path, links followed; nothing where they lead nowhere, or to where we may not look. */
export async function stateOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
}

/**
 * Refuses to write over a text that n4 has not written.
 *
 * @param mark what every text of n4's at this place holds.
 * @throws {WriteError} when there is another.
 */
export async function demandOwnText(path: string, mark: string): Promise<void> {
  const info = await entryAt(path);
  if (info === undefined || info.isFile && (await Deno.readTextFile(path)).includes(mark)) return;
  throw new WriteError(path, `Cannot write ${path} as something else is there: option 'overwrite' replaces it`);
}

/**
 * Refuses outputs that meet each other, an input, or the folder in which another output is made: by name, or by links
 * in their folders.
 *
 * @param inputs role to path; where an output is a link it may be replaced, whatever it leads to.
 * @param outputs role to path.
 * @throws {UsageError} naming both.
 */
export function demandDistinct(
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): void {
  const taken = Object.entries(inputs).map(([role, path]) => ({ role, path, paths: [resolve(path), realPlace(path)] }));
  for (const [role, path] of Object.entries(outputs)) {
    if (path === "") throw new UsageError(`Cannot write ${role} as its path must not be empty: current path is ''`);
    const { out } = namesOf(path);
    const paths = [resolve(out), realPlace(out)].flatMap((place) => [place, `${place}.partial`]);
    const isItself = (other: string) => other in inputs && isLink(out);
    const other = taken.find((other) =>
      !isItself(other.role) && other.paths.some((one) => paths.some((mine) => pathsOverlap(one, mine)))
    );
    if (other) {
      const text = `Cannot write ${role} to '${path}' as it must not be, hold or lie inside ${nameOf(other.role)}`;
      throw new UsageError(`${text}: current path of that is '${other.path}'`);
    }
    taken.push({ role, path, paths });
  }
}

/** A role in a sentence; options stand for themselves. */
function nameOf(role: string): string {
  return role.startsWith("option ") ? role : `the ${role}`;
}

/**
 * The absolute path of what may not be there yet, with the links of its folder resolved as far as permissions let us
 * look.
 */
export function realPlace(path: string): string {
  const place = resolve(path);
  const folder = dirname(place);
  try {
    if (Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") return place;
    return join(Deno.realPathSync(folder), basename(place));
  } catch {
    return place;
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false; // Nothing is there, or we may not look: what follows shows it.
  }
}

/**
 * Whether something is at an output's place already, as far as permissions let us look. Creates nothing.
 *
 * @throws {WriteError} when the place has no folder.
 */
export async function isTaken(path: string): Promise<boolean> {
  const { out } = namesOf(path);
  if (isUrl(out)) throw new WriteError(out, `Cannot write ${out} as an output must be a path on this machine`);
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
      // What is requested is remembered, and slows down each later request of a process that writes many files.
      const { state } = await Deno.permissions.query({ name, path });
      if (state !== "granted" && (await Deno.permissions.request({ name, path })).state !== "granted") {
        throw writeFailure(out, paths, new Deno.errors.NotCapable(`No ${name} access to ${path}`));
      }
    }
  }
}

/**
 * Refuses outputs that are, hold or lie inside an input: by name, by links, or by being the same file or folder under
 * another name, as with hard links and mounts.
 *
 * @param staged whether a symbolic link at an output may lead to an input, as where a workflow engine has staged it
 * under the same name: the link is what will be replaced, and what it leads to stays. By default it may.
 */
export async function guardInputs(
  outputs: readonly string[],
  inputs: readonly string[],
  staged = true,
): Promise<void> {
  const cache = new Map<string, readonly string[]>();
  const keysOf = async (places: Iterable<string>): Promise<string[]> => {
    const found: string[] = [];
    for (const place of places) {
      const keys = cache.get(place) ?? await keysOfPlace(place);
      cache.set(place, keys);
      found.push(...keys);
    }
    return found;
  };
  const [known, holding] = [new Map<string, string>(), new Map<string, string>()];
  for (const input of inputs.filter((input) => !isUrl(input))) {
    const places = [resolve(input), await realPathOf(input)];
    for (const key of await keysOf(places)) known.set(key, input);
    for (const key of await keysOf(places.flatMap(foldersAbove))) holding.set(key, input);
  }
  for (const out of outputs.map((output) => namesOf(output).out)) {
    const places = [resolve(out), realPlace(out)];
    const partials = places.map((place) => namesOf(place).partial);
    const isStaged = staged && (await entryAt(out))?.isSymlink;
    const own = [...isStaged ? places : await keysOf(places), ...await keysOf(partials)];
    const above = await keysOf(places.flatMap(foldersAbove));
    const isInput = isStaged ? [...above, ...partials] : [...above, ...own];
    const key = isInput.find((key) => known.has(key)) ?? own.find((key) => holding.has(key));
    if (key !== undefined) throw inputError(out, known.get(key) ?? holding.get(key) ?? "");
  }
}

/** What a place is known by: its path, and what the system knows by it as far as permissions let us look. */
async function keysOfPlace(path: string): Promise<string[]> {
  try {
    if ((await Deno.permissions.query({ name: "read", path })).state !== "granted") return [path];
    const { dev, ino, size, mtime } = await Deno.stat(path);
    // Lustre numbers files beyond what a number of JavaScript tells apart.
    const more = Number.isSafeInteger(ino) ? "" : ` ${size} ${mtime?.getTime()}`;
    return ino ? [path, `${dev} ${ino}${more}`] : [path];
  } catch {
    return [path]; // Nothing is there, or a link that leads nowhere.
  }
}

/** The folders that a place lies in. */
function foldersAbove(place: string): string[] {
  const folder = dirname(place);
  return folder === place ? [] : [folder, ...foldersAbove(folder)];
}

/** The same, once the partial output exists and shows where its folder really is. */
export async function guardRealInputs(out: string, partial: string, inputs: readonly string[]): Promise<void> {
  const real = (await Deno.realPath(partial)).slice(0, -".partial".length);
  for (const input of inputs) {
    if (pathsOverlap(await realPathOf(input), real)) throw inputError(out, input);
  }
}

/** Whether two absolute paths are one, or one of them lies inside the other. */
function pathsOverlap(one: string, other: string): boolean {
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

/** What carries this name, links not followed; nothing where there is none. */
export async function entryAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  }
}
