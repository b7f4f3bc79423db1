/** Imports go one way, as docs/architecture.md draws it. */
import assert from "node:assert/strict";

const SRC = new URL("../src/", import.meta.url).pathname;

/** One import of a file of `src` by another; paths relative to `src`. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** What an area may import from others: values and types, or types alone. An area may always import from itself. */
interface Rule {
  readonly values: readonly string[];
  readonly types?: readonly string[];
}

/** Files that everything may import, and that import nothing else. */
const FOUNDATION = ["volume.ts", "errors.ts", "job.ts", "packed.ts", "report.ts", "version.ts"];

/** The areas: folders of `src`, a backend's folder on its own, `ffi` beside `src`, and `pages`, the files beside them that tell a story each. */
const RULES: Readonly<Record<string, Rule>> = {
  foundation: { values: [] },
  n4: { values: [], types: ["backends/backend.ts"] },
  backends: { values: ["backend"] },
  backend: { values: ["n4", "ffi", "wasm"], types: ["backends/backend.ts", "backends/planned_work.ts"] },
  wasm: { values: [] },
  io: { values: ["wasm"] },
  threads: { values: ["io", "intensity"] },
  intensity: { values: ["io", "n4", "wasm"], types: ["backends/backend.ts"] },
  plan: { values: ["io", "intensity", "n4"], types: ["backends/planned_work.ts"] },
  options: { values: ["n4", "backends"], types: ["io", "plan"] },
  steps: { values: ["io", "intensity", "n4", "plan"], types: ["backends/backend.ts"] },
  pages: {
    values: ["steps", "io", "threads", "intensity", "n4", "backends", "options", "plan", "phantom", "report_page"],
  },
  cli: { values: ["pages", "options", "backends", "compare", "benchmark"], types: ["steps"] },
  figure: { values: ["io"] },
  // deno-lint-ignore camelcase
  report_page: { values: ["io", "intensity", "figure"], types: ["run_report.ts"] },
  phantom: { values: ["io", "intensity"] },
  demo: { values: ["io", "intensity", "figure", "phantom"] },
  compare: {
    values: ["pages", "steps", "options", "plan", "io", "intensity", "n4", "figure", "report_page"],
    types: ["backends"],
  },
  benchmark: {
    values: ["compare", "options", "io", "intensity", "figure", "phantom", "report_page"],
    types: ["backends", "plan"],
  },
};

function areaOf(path: string): string {
  if (FOUNDATION.includes(path)) return "foundation";
  if (path.startsWith("../")) return path.split("/")[1];
  if (!path.includes("/")) return "pages";
  return /^backends\/[^/]+\//.test(path) ? "backend" : path.split("/")[0];
}

async function sourceFiles(folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(SRC + folder)) {
    if (isDirectory) files.push(...await sourceFiles(`${folder}${name}/`));
    else if (name.endsWith(".ts")) files.push(folder + name);
  }
  return files.sort();
}

/** The relative imports of a file; an import counts as one of types where each of its names is. */
async function importsOf(from: string): Promise<Import[]> {
  const text = await Deno.readTextFile(SRC + from);
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?([^;"']*?)\s*(?:from\s+)?"(\.[^"]+)"/gm);
  return [...statements].flatMap(([, type, names, specifier]) => {
    const { pathname } = new URL(specifier, `file:///src/${from}`);
    const path = pathname.startsWith("/src/") ? pathname.slice("/src/".length) : `..${pathname}`;
    if (!path.endsWith(".ts")) return [];
    const listed = names.replace(/[{}]/g, "").split(",").map((name) => name.trim()).filter((name) => name !== "");
    const typeOnly = type !== undefined || (listed.length > 0 && listed.every((name) => name.startsWith("type ")));
    return [{ from, to: path, typeOnly }];
  });
}

/** Every import of the tree. */
async function importGraph(): Promise<Import[]> {
  return (await Promise.all((await sourceFiles()).map(importsOf))).flat();
}

function allowed({ from, to, typeOnly }: Import): boolean {
  const [area, target] = [areaOf(from), areaOf(to)];
  if (target === "foundation") return true;
  if (area === target) return area !== "backend" || from.split("/")[1] === to.split("/")[1];
  const { values, types = [] } = RULES[area];
  return values.includes(target) || (typeOnly && (types.includes(target) || types.includes(to)));
}

Deno.test("every folder of src has a rule for what it may import", async () => {
  const areas = new Set((await sourceFiles()).map(areaOf));
  assert.deepEqual([...areas].filter((area) => !(area in RULES)), []);
});

Deno.test("imports go one way: cli, pages, then io, intensity, n4 and backends, which know nothing of them", async () => {
  const wrong = (await importGraph()).filter((found) => !allowed(found));
  const sentences = wrong.map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? "types of" : ""} ${to}`);
  assert.deepEqual(sentences, []);
});

Deno.test("n4 takes nothing but types from backends, and only from the contract", async () => {
  const taken = (await importGraph()).filter(({ from, to }) => areaOf(from) === "n4" && to.startsWith("backends/"));
  assert.ok(taken.length > 0, "n4 is written against the contract");
  assert.ok(taken.every(({ to, typeOnly }) => to === "backends/backend.ts" && typeOnly));
});

Deno.test("no file imports itself over others", async () => {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of await importGraph()) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle of imports: ${[...path, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
});

Deno.test("the parser of these tests finds plain, type-only and re-exporting imports", async () => {
  const graph = await importGraph();
  const has = (from: string, to: string, typeOnly: boolean) =>
    graph.some((found) => found.from === from && found.to === to && found.typeOnly === typeOnly);
  assert.ok(has("n4/fit.ts", "n4/bspline.ts", false));
  assert.ok(has("n4/fit.ts", "backends/backend.ts", true));
  assert.ok(has("backends/open.ts", "backends/ts/ts_backend.ts", false));
  assert.ok(graph.length > 50);
});
