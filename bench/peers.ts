/**
 * `deno task suite bench:peers`: n4 beside SimpleITK, ITK, ANTs, n4ax and linumpy's algorithm in NumPy: equal work by everybody (peers_equal.ts), and everybody with their own
 * defaults to the same bias left (peers_defaults.ts). Cases that run replace theirs in bench/results, in the tables and pictures of docs/performance.md; the others
 * stay.
 *
 *   deno task suite bench:peers              a quick head, a head at half its resolution, a phantom and a head under a known bias
 *   deno task suite bench:peers --full       the head at its full resolution as well
 *   deno task suite bench:peers --case TEXT  cases with TEXT in their title
 *   deno task suite bench:peers --rounds N   N runs each instead of 5
 *   deno task suite bench:peers --try        a small phantom, one run each; keeps nothing
 *   deno task suite bench:peers --page       tables and pictures anew from bench/results
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";
import { knownHead, knownPhantom } from "./known_bias.ts";
import { compareDefaults } from "./peers_defaults.ts";
import { compareEqual, type EqualCase } from "./peers_equal.ts";
import { courseSvg, defaultsSvg, equalSvg } from "./peers_plot.ts";
import { defaultsMarkdown, type KeptDefaults, type PeerCase, peersMarkdown } from "./peers_table.ts";
import { originOf, readResult, writeResult, writeSection } from "./results_page.ts";

const IMAGES = new URL("../docs/images/", import.meta.url);

const EQUAL: readonly EqualCase[] = [
  { title: "ch2better / 6, 4 x 10 iterations", shrink: 6, iterations: [10, 10, 10, 10], rounds: 5 },
  { title: "ch2better / 4, 3 x 10 iterations", shrink: 4, iterations: [10, 10, 10], rounds: 5, itkRounds: 1 },
  { title: "ch2better / 2, 4 x 20 iterations", shrink: 2, iterations: [20, 20, 20, 20], rounds: 5, itkRounds: 1 },
  {
    title: "ch2better / 1, 4 x 5 iterations",
    shrink: 1,
    iterations: [5, 5, 5, 5],
    rounds: 5,
    itkRounds: 0,
    full: true,
  },
];

/** Cases of defaults, by title. */
const DEFAULTS = {
  "phantom of 64 x 80 x 72": () => Promise.resolve(knownPhantom([64, 80, 72])),
  "ch2better / 4, a bias multiplied on": () => knownHead(4),
} as const;

/** Keeps a case among the others, in the order of `titles`. */
async function keep<T extends { readonly title: string }>(
  name: string,
  done: T,
  titles: readonly string[],
): Promise<void> {
  const before = await readResult<readonly T[]>(name) ?? [];
  const all = titles.flatMap((title) => [done, ...before].find((each) => each.title === title) ?? []);
  await writeResult(name, all);
}

/** Tables and pictures from what is kept; the pictures show the largest case of each kind. */
async function writePage(): Promise<void> {
  const equal = await readResult<readonly PeerCase[]>("peers") ?? [];
  const defaults = await readResult<readonly KeptDefaults[]>("peers_defaults") ?? [];
  await Deno.mkdir(IMAGES, { recursive: true });
  const largest = equal.filter(({ results }) => results.length > 0).at(-1);
  if (largest) await Deno.writeTextFile(new URL("peers_equal.svg", IMAGES), equalSvg(largest));
  const last = defaults.at(-1);
  if (last) await Deno.writeTextFile(new URL("peers_defaults.svg", IMAGES), defaultsSvg(last));
  if (last) await Deno.writeTextFile(new URL("peers_course.svg", IMAGES), courseSvg(defaults));
  const picture = (alt: string, name: string) => `![${alt}](images/${name}.svg)`;
  if (largest) {
    await writeSection("peers", `${picture("Seconds of each program", "peers_equal")}\n\n${peersMarkdown(equal)}`);
  }
  if (last) {
    const shown = [
      picture("Bias left by each program over its seconds", "peers_course"),
      picture("Seconds of each program to the same bias left", "peers_defaults"),
      defaultsMarkdown(defaults),
    ];
    await writeSection("peers defaults", shown.join("\n\n"));
  }
}

async function main(args: readonly string[]): Promise<void> {
  const after = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  if (args.includes("--page")) return await writePage();
  if (args.includes("--try")) return await tryOut();
  const [text, rounds] = [after("--case"), Number(after("--rounds") ?? 0)];
  const chosen = (title: string, full = false) =>
    text === undefined ? args.includes("--full") || !full : title.includes(text);
  const titles = EQUAL.map(({ title }) => title);
  for (const each of EQUAL.filter(({ title, full }) => chosen(title, full))) {
    await keep("peers", await compareEqual({ ...each, rounds: rounds || each.rounds }, args), titles);
    await writePage();
  }
  for (const [title, make] of Object.entries(DEFAULTS).filter(([title]) => chosen(title))) {
    const origin = originOf("suite bench:peers", args);
    const found = await compareDefaults(await make(), rounds || 5);
    const kept: KeptDefaults = { ...origin, ...found, title, versions: { ...origin.versions, ...found.versions } };
    await keep("peers_defaults", kept, Object.keys(DEFAULTS));
    await writePage();
  }
}

/** Goes through both comparisons with little work. */
async function tryOut(): Promise<void> {
  const small = { title: "ch2better / 12, 2 x 3 iterations", shrink: 12, iterations: [3, 3], rounds: 1 };
  const equal = await compareEqual(small, ["--try"]);
  print(peersMarkdown([equal]));
  const found = await compareDefaults(knownPhantom([20, 24, 28]), 1);
  const kept: KeptDefaults = { ...originOf("suite bench:peers", ["--try"]), ...found };
  print(defaultsMarkdown([kept]));
  const folder = await Deno.makeTempDir({ dir: new URL("../.venv/", import.meta.url).pathname, prefix: "peers_" });
  const pictures = { equal: equalSvg(equal), defaults: defaultsSvg(kept), course: courseSvg([kept, kept]) };
  for (const [name, svg] of Object.entries(pictures)) await Deno.writeTextFile(`${folder}/${name}.svg`, svg);
  print(`Pictures: ${folder}`);
}

if (import.meta.main) await main(Deno.args);
