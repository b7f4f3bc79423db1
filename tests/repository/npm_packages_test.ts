/**
 * Users download what they run and nothing else: Deno fetches whatever a lock names, so that the packages of development have a lock of their
 * own, tests/deno.lock, which tasks name.
 */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";

/** The part of a lock that is read here: packages that are asked for, and all that they bring along. */
interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, unknown>>;
}

const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(ROOT + path));
const LOCK: Lock = await readJson("deno.lock");
const DEVELOPMENT_LOCK: Lock = await readJson("tests/deno.lock");

/** `npm:name@version` wherever a file names one, without what is wanted of the package. */
function packagesIn(text: string): string[] {
  return [...text.matchAll(/npm:(?:@[\w.-]+\/)?[\w.-]+@[\w.-]+/g)].map((
    [specifier],
  ) => specifier);
}

/** The packages that the modules in a folder name, or that a single file does. */
async function packagesUnder(path: string): Promise<string[]> {
  if (/\.(ts|js|json)$/.test(path)) {
    return packagesIn(await Deno.readTextFile(ROOT + path));
  }
  if (!path.endsWith("/")) return [];
  const inside = await Array.fromAsync(
    Deno.readDir(ROOT + path),
    ({ name, isDirectory }) => name + (isDirectory ? "/" : ""),
  );
  return (await Promise.all(inside.map((name) => packagesUnder(path + name))))
    .flat();
}

const USED = (await Promise.all(["mod.ts", "exports/", "src/", "scripts/", "ffi/"].map(packagesUnder)))
  .flat();

Deno.test("the lock names the packages that users run, and no other", () => {
  assert.deepEqual(
    Object.keys(LOCK.specifiers).toSorted(),
    [...new Set(USED)].toSorted(),
  );
});

Deno.test("every package has one version, wherever it is named", async () => {
  const named = [
    ...USED,
    ...await packagesUnder("tests/"),
    ...await packagesUnder("bench/"),
  ];
  const asked = [
    ...named,
    ...Object.keys(LOCK.specifiers),
    ...Object.keys(DEVELOPMENT_LOCK.specifiers),
  ];
  const names = new Set(
    asked.map((specifier) => specifier.slice(0, specifier.lastIndexOf("@"))),
  );
  assert.equal(
    new Set(asked).size,
    names.size,
    [...new Set(asked)].toSorted().join(", "),
  );
});

Deno.test("tests run what users run: every package of the one lock is in the other", () => {
  assert.deepEqual(
    Object.keys(LOCK.npm).filter((name) => !(name in DEVELOPMENT_LOCK.npm)),
    [],
  );
});
