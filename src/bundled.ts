/**
 * What a bundle carries inside of itself: a program of one file has no folder beside it from which to read worker
 * scripts, fonts, WebAssembly or libraries. `scripts/bundle.ts` puts them in; everywhere else there are none, and each
 * is read from where it lies.
 *
 * @module
 */

/**
 * Name under which a bundle's first lines leave a function that reads one of its files: by path in the repository, or
 * by name in its npm package.
 */
export const PACKED_FILES = "n4 packed files";

/** Bytes of a file that this program carries; `undefined` where it carries none of that name. */
export function packedFile(name: string): Uint8Array<ArrayBuffer> | undefined {
  const read: ((name: string) => Uint8Array<ArrayBuffer> | undefined) | undefined = Reflect.get(
    globalThis,
    Symbol.for(PACKED_FILES),
  );
  return read?.(name);
}

/** Address of a script that this program carries, for `new Worker`; `undefined` where it carries none of that name. */
export function packedScript(name: string): string | undefined {
  const bytes = packedFile(name);
  return bytes && URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
}
