/**
 * The sources of the CUDA library and their hash, the build id: a library is used only with the sources that it was built from.
 *
 * @module
 */

/** The root of the project. */
export const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Where {@linkcode writeBuildId} keeps the hash for programs that have no sources. */
const BUILD_ID_FILE = `${ROOT}ffi/build_id.ts`;

/** Every file that the library is compiled from, relative to the root, in order. */
export async function sourceFiles(): Promise<string[]> {
  const files = ["ffi/n4_cuda.h"];
  for (const folder of ["kernels/cuda", "kernels/cuda/host"]) {
    for await (const entry of Deno.readDir(`${ROOT}${folder}`)) {
      if (entry.isFile && /\.(cuh?|h)$/.test(entry.name)) files.push(`${folder}/${entry.name}`);
    }
  }
  return files.sort();
}

/** The first 16 hex digits of the SHA-256 of all sources and their names. */
export async function sourceHash(): Promise<string> {
  const texts = await Promise.all(
    (await sourceFiles()).map(async (file) => `${file}\n${await Deno.readTextFile(`${ROOT}${file}`)}\n`),
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("")));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}

/** Writes the hash where {@linkcode BUILD_ID} is read from; returns it. */
export async function writeBuildId(): Promise<string> {
  const id = await sourceHash();
  const text = `/**
 * The build id that the CUDA library must have. Written by ffi/build.ts; a test compares it with the sources.
 *
 * @module
 */

/** Hash of the library's sources. */
export const BUILD_ID = "${id}";
`;
  if (await Deno.readTextFile(BUILD_ID_FILE).catch(() => "") !== text) await Deno.writeTextFile(BUILD_ID_FILE, text);
  return id;
}
