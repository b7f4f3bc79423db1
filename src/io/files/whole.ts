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
 * Gives a file or folder the mode, owner and group of what it is to replace. Where the system does not let us keep the
 * group, another one may do no more than anybody. Its owner may write to it, be it in the place of a link to what is
 * protected.
 */
export async function takeAccess(path: string, { mode, uid, gid, isDirectory }: Deno.FileInfo): Promise<void> {
  if (mode === null || Deno.build.os === "windows") return;
  await Deno.chown(path, uid, gid).catch(() => Deno.chown(path, null, gid)).catch(() => {});
  const isKept = (await Deno.stat(path)).gid === gid;
  const own = isDirectory ? 0o300 : 0o200;
  await Deno.chmod(path, own | mode & (isKept ? 0o7777 : 0o7707 | (mode & 0o7) << 3));
}

/**
 * Writes a file under another name, flushes it and renames it: one that carries its name is complete, also after a
 * power cut.
 *
 * @param parts one after the other they are the file.
 * @param old what it replaces, and shall be like; left out: nothing.
 * @throws {Deno.errors.NotFound} and its like when the system refuses; nothing is left behind then.
 */
export async function replaceFile(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  old?: Deno.FileInfo,
): Promise<void> {
  const temporary = unfinishedName(path);
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true, mode: old ? 0o600 : 0o666 });
      for await (const part of parts) await writeFully(file, part);
      await file.syncData();
    }
    if (old) await takeAccess(temporary, old);
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw cause;
  }
}
