/**
 * Whole reads and whole files: a call to the system may move fewer bytes than asked for, and a program may end while it
 * writes.
 *
 * @module
 */

/** Ends the names of files that are being written. */
export const UNFINISHED = ".tmp";

/** A name for a file while it is written, so that several writers of one file do not meet. */
export function unfinishedName(path: string): string {
  return `${path}.${crypto.randomUUID()}${UNFINISHED}`;
}

/** Fills `bytes` from where `file` stands. Returns how many bytes there were: fewer than asked only at the end. */
export async function readFully(file: Pick<Deno.FsFile, "read">, bytes: Uint8Array): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return done;
}

/** Writes every byte from where `file` stands. */
export async function writeFully(file: Pick<Deno.FsFile, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/**
 * Writes a file under another name, flushes it and renames it: one that carries its name is complete, also after a
 * power cut.
 *
 * @param parts one after the other they are the file.
 * @throws {Deno.errors.NotFound} and its like when the system refuses; nothing is left behind then.
 */
export async function replaceFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = unfinishedName(path);
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for (const part of parts) await writeFully(file, part);
      await file.syncData();
    }
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw cause;
  }
}
