/**
 * A process that dies at a certain call to the system, within this one: from that call on nothing on the disk changes any more, as after SIGKILL. Files that
 * were open are closed as the work unwinds, which is all that the system does for a dead process.
 *
 * @module
 */

/** Calls that create, rename or remove. */
const CALLS = ["mkdir", "open", "rename", "remove", "writeTextFile", "writeFile", "link", "symlink"] as const;

/** Calls that change what is open. */
const WRITES = ["write", "writeSync", "truncate", "truncateSync"] as const;

type Any = (...args: unknown[]) => unknown;

/**
 * Does some work that dies before its call number `last`.
 *
 * @returns whether it died; if not, it did no more calls than that.
 */
export async function dieAt(last: number, work: () => Promise<unknown>): Promise<boolean> {
  let calls = 0;
  const isDead = () => calls > last;
  const undo: (() => void)[] = [];
  const replace = (owner: object, name: string, by: (real: Any) => Any) => {
    const real = Reflect.get(owner, name) as Any;
    Reflect.set(owner, name, by(real));
    undo.push(() => Reflect.set(owner, name, real));
  };
  for (const name of CALLS.flatMap((name) => [name, `${name}Sync`])) {
    replace(Deno, name, (real) => (...args) => {
      const reads = name.startsWith("open") && !(args[1] as Deno.OpenOptions | undefined)?.write;
      if (!reads) calls++;
      if (!isDead() || reads) return Reflect.apply(real, Deno, args);
      const error = new Error("dead");
      if (name.endsWith("Sync")) throw error;
      return Promise.reject(error);
    });
  }
  for (const name of WRITES) {
    replace(Deno.FsFile.prototype, name, (real) =>
      function (this: unknown, ...args) {
        if (!isDead()) return Reflect.apply(real, this, args);
        const error = new Error("dead");
        if (name.endsWith("Sync")) throw error;
        return Promise.reject(error);
      });
  }
  try {
    await work();
  } catch (error) {
    if (!isDead()) throw error;
  } finally {
    for (const one of undo) one();
  }
  return isDead();
}
