/** What a formatter does not see: comments that end at 120 columns, no conditional spreads, few loose files. */
import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";

/** Most characters of a line. */
const WIDTH = 120;

async function sourcesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    if (isDirectory) found.push(...await sourcesIn(`${folder}/${name}`));
    else if (name.endsWith(".ts") && name !== "module_bytes.ts") found.push(`${folder}/${name}`);
  }
  return found;
}

Deno.test("comments end at 120 columns, and no object is spread on a condition", async () => {
  const wrong: string[] = [];
  for (const path of (await Promise.all(["src", "ffi", "scripts", "exports"].map(sourcesIn))).flat()) {
    for (const [i, line] of (await Deno.readTextFile(ROOT + path)).split("\n").entries()) {
      if (/^\s*(\*|\/\/|\/\*\*)/.test(line) && line.length > WIDTH) wrong.push(`${path}:${i + 1} is too long`);
      if (/\.\.\.\([^()]*\? \{.*\} : \{\}\)/.test(line)) wrong.push(`${path}:${i + 1} spreads on a condition`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("messages of the library name options as a program gives them; flags are for the command line", async () => {
  const wrong: string[] = [];
  for (const path of await sourcesIn("src")) {
    // `errors.ts` has a whole command, for whoever does a run by steps.
    if (/^src\/(cli|evaluate|demo)\/|table\.ts$|errors\.ts$/.test(path)) continue;
    for (const [i, line] of (await Deno.readTextFile(ROOT + path)).split("\n").entries()) {
      if (!/^\s*(\*|\/\/|\/\*\*)/.test(line) && /--(?!allow-)[a-z]+-?[a-z]/.test(line)) wrong.push(`${path}:${i + 1}`);
    }
  }
  assert.deepEqual(wrong, [], "write option 'mode: global' for '--mode global'");
});

Deno.test("the root of src holds the vocabulary alone, and src/io few loose files", () => {
  const loose = (folder: string) => [...Deno.readDirSync(ROOT + folder)].filter(({ isFile }) => isFile).length;
  assert.ok(loose("src") <= 7, `${loose("src")} files`);
  assert.ok(loose("src/io") <= 8, `${loose("src/io")} files`);
});
