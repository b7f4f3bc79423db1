/** Imports go one way, as docs/architecture.md draws it. */
import assert from "node:assert/strict";

const SRC = new URL("../../src/", import.meta.url).pathname;

/** One import of a file of `src` by another; paths relative to `src`. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/**
 * The layers, lowest first: a file imports from its own area and from lower layers, whether values or types. An area is a folder
 * (a file, where it stands for itself); areas of one layer know nothing of each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  [""], // The vocabulary: the files at the root of `src`.
  ["backends/planned_work.ts", "io/remote"],
  ["backends/backend.ts", "io/pyramid/plan.ts", "wasm", "threads", "io/files", "io/flow"],
  ["n4", "io", "io/codecs"],
  ["io/zarr", "io/nifti", "io/pyramid"],
  ["io/zip"],
  ["io/ome_zarr"],
  ["io/open.ts", "io/losses.ts"],
  ["../ffi"],
  ["backends/ts", "backends/cuda", "backends/webgpu"],
  ["backends"],
  ["intensity"],
  ["intensity/count"],
  ["intensity/mask"],
  ["intensity/match"],
  ["intensity/sample", "phantom"],
  ["intensity/stacks", "threads/jobs.ts", "plan"],
  ["threads/worker.ts"],
  ["options"],
  ["store"],
  ["steps"],
  ["figure"],
  ["page"],
  ["report"],
  ["run"],
  ["commands"],
  ["evaluate", "demo"],
  ["evaluate/contestants"],
  ["evaluate/compare", "evaluate/benchmark"],
  ["cli"],
];

const AREAS = LAYERS.flat();

/** The longest name of an area that a path begins with. */
function areaOf(path: string): string {
  if (!path.includes("/")) return "";
  const areas = AREAS.filter((area) => area !== "" && (path === area || path.startsWith(`${area}/`)));
  return areas.sort((a, b) => b.length - a.length)[0] ?? path;
}

const layerOf = (path: string): number => LAYERS.findIndex((layer) => layer.includes(areaOf(path)));

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

Deno.test("every folder of src has a layer", async () => {
  assert.deepEqual((await sourceFiles()).filter((path) => layerOf(path) < 0), []);
});

Deno.test("imports go one way, from upper layers to lower ones", async () => {
  const wrong = (await importGraph()).filter(({ from, to }) =>
    areaOf(from) !== areaOf(to) && layerOf(from) <= layerOf(to)
  );
  assert.deepEqual(wrong.map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? "types of " : ""}${to}`), []);
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
