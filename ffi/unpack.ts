/**
 * Puts a library that the program carries where the system can load it and nobody else can change it.
 *
 * @module
 */

/** A library in a folder of its own. */
interface UnpackedLibrary extends Disposable {
  /** Where it is. */
  readonly path: string;
}

/** Any right of anybody but the owner. */
const OTHERS = 0o077;

/**
 * Makes a new folder of mode 0700 with a name that cannot be guessed, and writes the library into it. Disposed of, the
 * folder is removed; a library that is loaded by then stays so.
 *
 * @param bytes the library
 * @param demand called with the folder before anything is written into it; may throw
 * @throws {Error} when the folder cannot be made (no permission, no room), or others may enter it as its file system
 *   knows no modes.
 */
export function unpackLibrary(bytes: Uint8Array, demand: (folder: string) => void): UnpackedLibrary {
  const folder = Deno.makeTempDirSync({ prefix: "n4-" });
  try {
    demand(folder);
    const mode = Deno.lstatSync(folder).mode ?? 0;
    if ((mode & OTHERS) !== 0) {
      throw new Error(`nobody else may enter the folder '${folder}': current mode is ${(mode & 0o777).toString(8)}`);
    }
    const path = `${folder}/libn4_cuda.so`;
    Deno.writeFileSync(path, bytes, { createNew: true, mode: 0o500 });
    return { path, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
  } catch (error) {
    Deno.removeSync(folder, { recursive: true });
    throw error;
  }
}
