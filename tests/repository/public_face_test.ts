/** What other programs import: few names at the front door, each name in one place, with a user, where deno.json says. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { programs, ROOT } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { readUnder } from "../docs/pages.ts";

/** Most names of the front door, and of every other one. */
const MOST_NAMES = 60;

/** What a browser takes is a choice of the others. */
const { ".": DOOR, "./browser": BROWSER, "./cli": PROGRAM, ...OTHERS } = config.exports;

/** A name that an entry exports. */
interface Symbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string }[];
}

/** Runs Deno in a folder. @returns its two streams, one after the other. */
async function deno(folder: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

programs.test("an entry has few names, types included; a name has one entry and a user", async () => {
  const entries = [DOOR, BROWSER, ...Object.values(OTHERS)];
  const { nodes } = JSON.parse(await deno(ROOT, "doc", "--quiet", "--json", ...entries));
  const found = new Map<string, string>();
  const values: string[] = [];
  for (const entry of entries) {
    const { symbols }: { symbols: Symbol[] } = nodes[`file://${ROOT}${entry.slice("./".length)}`];
    assert.ok(symbols.length > 0 && symbols.length <= MOST_NAMES, `${entry} has ${symbols.length} names`);
    for (const { name, declarations } of symbols) {
      if (entry !== BROWSER) {
        assert.equal(found.get(name), undefined, `${name} is exported by ${entry} and by ${found.get(name)}`);
        found.set(name, entry);
      }
      if (declarations.some(({ kind }) => ["function", "class", "variable"].includes(kind))) values.push(name);
    }
  }
  const pages = [
    ...await readUnder("tests", ".ts"),
    ...await readUnder("web", ".ts"),
    ...await readUnder("docs", ""),
  ];
  const imported = pages.flatMap(({ text }) => [...text.matchAll(/^import \{([^}]*)\}/gm)].map(([, names]) => names))
    .join();
  assert.deepEqual(values.filter((name) => !new RegExp(`\\b${name}\\b`).test(imported)), [], "nobody uses these");
  assert.ok(PROGRAM.startsWith("./scripts/"));
});

programs.test("a bundle for browsers of what they can run imports nothing of Node's", () =>
  inFolder(async (folder) => {
    const entry = ROOT + BROWSER;
    await Deno.writeTextFile(
      `${folder}/user.ts`,
      `import { correctArray } from "${entry}";
       const data = new Float32Array(512).map((_, i) => 100 + i % 8);
       const { corrected } = await correctArray(data, { shape: [8, 8, 8], backend: "ts", nProcesses: 0 });
       console.log(corrected.every((value) => value > 0));`,
    );
    await deno(folder, "bundle", "--platform", "browser", "--output", "user.js", "user.ts");
    const text = await Deno.readTextFile(`${folder}/user.js`);
    assert.equal(/["']node:/.test(text), false);
    assert.equal((await deno(folder, "run", "--no-prompt", "user.js")).trim(), "true");
  }));
