/** What a file exports, another one imports: an export that nobody needs becomes private, or goes. */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";

/** Where what is exported may be needed. */
const USERS = ["src", "scripts", "ffi", "kernels", "bench", "web", "docs/make", "packaging"];

async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesOf(path));
    else if (/\.[jt]s$/.test(name)) files.push(path);
  }
  return files;
}

/** The names of a list in braces, as the file that exports them has them: `type a as b` is a. */
function listed(names: string): string[] {
  return names.split(",").map((name) => name.trim().replace(/^type /, "").split(/\s+as\s+|\s*:\s*/)[0]).filter(Boolean);
}

/** Comments may show code. */
const withoutComments = (text: string) => text.replaceAll(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, "");

/** Names that a text exports by itself; what it only passes on is an import. */
function exportsOf(text: string): string[] {
  const code = withoutComments(text);
  const named = code.matchAll(
    /^export (?:declare )?(?:async |abstract )?(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm,
  );
  const lists = code.matchAll(
    /^export (?:const \{([^}]*)\}|const \[([^\]]*)\]|(?:type )?\{([^}]*)\}(?! from)) ?[=;]/gm,
  );
  return [...[...named].map(([, name]) => name), ...[...lists].flatMap(([, a, b, c]) => listed(a ?? b ?? c))];
}

/** What a file imports: path of the other file, and the name there, or `*` for all of them. */
function importsOf(text: string, from: string): [path: string, name: string][] {
  const code = withoutComments(text);
  const found: [specifier: string, names: string[]][] = [];
  for (const [, names, path] of code.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm)) {
    found.push([path, listed(names)]);
  }
  for (const [, path] of code.matchAll(/^(?:import|export) (?:type )?\*[^"]* from "(\.[^"]+)"/gm)) {
    found.push([path, ["*"]]);
  }
  for (const [, names, path] of code.matchAll(/(?:const \{([^}]*)\} = await )?import\(\s*"(\.[^"]+)"\s*\)/g)) {
    found.push([path, names === undefined ? ["*"] : listed(names)]);
  }
  return found.flatMap(([specifier, names]) => {
    const { pathname } = new URL(specifier, `file:///${from}`);
    return names.map((name): [string, string] => [pathname.slice(1), name]);
  });
}

/** Each export of `src` that no other file and no public entry imports, as `file: name`. */
async function unusedExports(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as { exports: Record<string, string> };
  const entries = Object.values(exports).map((path) => path.slice("./".length));
  const used = new Set<string>();
  for (const from of new Set([...(await Promise.all(USERS.map(filesOf))).flat(), ...entries])) {
    for (const [path, name] of importsOf(await Deno.readTextFile(ROOT + from), from)) used.add(`${path}: ${name}`);
  }
  const unused: string[] = [];
  for (const path of (await filesOf("src")).sort()) {
    if (entries.includes(path) || used.has(`${path}: *`)) continue;
    const names = exportsOf(await Deno.readTextFile(ROOT + path)).map((name) => `${path}: ${name}`);
    unused.push(...names.filter((name) => !used.has(name)));
  }
  return unused;
}

/** What tests alone import, and why they may. */
const FOR_TESTS: Readonly<Record<string, string>> = {
  "src/backends/stages.ts: STAGES": "the list that tests walk",
  "src/backends/webgpu/kernels.ts: KERNELS": "every stage has a kernel",
  "src/figure/colour_bar.ts: barNumbers": "the numbers of a bar, without its picture",
  "src/commands/phantom.ts: phantomPaths": "the names are checked without writing five images for each",
  "src/figure/axis.ts: tickText": "one number, without a chart",
  "src/intensity/mask/otsu.ts: otsuBin": "the split, against every other one",
  "src/io/pyramid/pass.ts: gridOf": "the columns of a level, counted without its voxels",
  "src/io/pyramid/pass.ts: lanesFor": "the same",
  "src/io/pyramid/pass.ts: resampleVolumes": "one level, from an array to an array",
  "src/io/pyramid/resample_loops.ts: addStretch": "the twin of kernels/wasm/resample.ts",
  "src/io/zarr/array_writer.ts: settleArray": "what killed writers left, without killing any",
  "src/n4/bspline.ts: splineRows": "one axis, against the definition",
  "src/n4/shrink.ts: shrinkAxis": "one axis, against a count of its blocks",
  "src/phantom/anatomy.ts: CLASS_INTENSITY": "what a phantom is made of is found in it again",
  "src/report/figures.ts: variation": "one figure, against its definition",
};

/** Loops that no run uses: twins of kernels, which tests hold them to. */
const TWINS = /^src\/backends\/ts\/loops\//;

Deno.test("every export of src is imported by another file or is public", async () => {
  const unused = (await unusedExports()).filter((name) => !TWINS.test(name));
  // What is left to be removed: one line each. The file goes when it is empty.
  assert.deepEqual(unused.filter((name) => !(name in FOR_TESTS)), []);
  assert.deepEqual(Object.keys(FOR_TESTS).filter((name) => !unused.includes(name)), [], "exceptions that are none");
});

Deno.test("the parser of these tests finds every kind of export and import", () => {
  const exported = [
    "export async function one() {}\nexport function* two() {}\nexport abstract class three {}",
    "export const four: number = 4;\nexport interface five {}\nexport type six<T> = T;",
    "const seven = 7;\nexport { seven };\nexport const { eight, old: nine } = x;\nexport const [ten] = x;",
    "/** export const none = 0; */\n// export const none = 0;\nexport { none } from './a.ts';",
  ].join("\n").replaceAll("'", '"');
  const names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "old", "ten"];
  assert.deepEqual(exportsOf(exported).toSorted(), names.toSorted());
  const imported = [
    'import { a, type b as c } from "./x.ts";\nimport type { d } from "../y.ts";\nexport { e } from "./x.ts";',
    'import * as all from "./z.ts";\nimport { none } from "node:path";',
    'const { f, g: h } = await import("./x.ts");\nconst later = import("./w.ts");',
  ].join("\n");
  assert.deepEqual(importsOf(imported, "src/io/m.ts").map(([path, name]) => `${path}: ${name}`).toSorted(), [
    ...["src/io/w.ts: *", "src/io/x.ts: a", "src/io/x.ts: b", "src/io/x.ts: e", "src/io/x.ts: f", "src/io/x.ts: g"],
    ...["src/io/z.ts: *", "src/y.ts: d"],
  ]);
});
