/**
 * Folders as files by path, read and written whole.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Files } from "./case.ts";

/** Every file below a folder, by its path in it; in the order of their names. */
export async function readTree(folder: string, wanted: (path: string) => boolean = () => true): Promise<Files> {
  const files: Files = new Map();
  for (const path of (await pathsIn(folder)).sort()) {
    if (wanted(path)) {
      files.set(path, path.endsWith("/") ? new Uint8Array(0) : await Deno.readFile(`${folder}/${path}`));
    }
  }
  return files;
}

/** Paths of files, and those of empty folders with a `/` at their end. */
async function pathsIn(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) paths.push(prefix + name);
    else paths.push(...await pathsIn(`${folder}/${name}`, `${prefix}${name}/`));
  }
  return paths.length === 0 && prefix !== "" ? [prefix] : paths;
}

/** Writes files into a folder. */
export async function writeTree(folder: string, files: Files): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) {
    const full = `${folder}/${path}`;
    await Deno.mkdir(path.endsWith("/") ? full : dirname(full), { recursive: true });
    if (!path.endsWith("/")) await Deno.writeFile(full, bytes);
  }
}

/** Removes what lies in a folder. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const { name } of [...Deno.readDirSync(folder)]) await Deno.remove(`${folder}/${name}`, { recursive: true });
}
