/**
 * The files of a folder as a browser hands them over.
 *
 * @module
 */

/** Blobs by their paths in the folder. */
export async function filesOf(folder: string, below = ""): Promise<Map<string, Blob>> {
  const files = new Map<string, Blob>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) { for (const entry of await filesOf(folder, `${below}${name}/`)) files.set(...entry); }
    else files.set(below + name, new Blob([await Deno.readFile(`${folder}/${below}${name}`)]));
  }
  return files;
}
