/**
 * The results of `deno task suite bench:peers`: what is kept in bench/results, and the tables of docs/performance.md.
 *
 * @module
 */

import type { Summary } from "./measure.ts";
import type { DefaultsCase } from "./peers_defaults.ts";
import { brief, markdownTable, type Origin, originSentence } from "./results_page.ts";

/** How one contestant did on one case. */
export interface PeerResult {
  /** What ran. */
  readonly name: string;
  /** Seconds of each run, in order; the first is `firstSeconds` where something is compiled. */
  readonly seconds: readonly number[];
  /** Their summary. */
  readonly summary: Summary;
  /** Seconds of the first call, which also compiles. */
  readonly firstSeconds?: number;
  /** Correlation of its log field with ours in the mask, and the largest difference of it; left out for ours. */
  readonly against?: { readonly r: number; readonly max: number };
  /** Why it did not run. */
  readonly failure?: string;
}

/** One case. */
export interface PeerCase extends Origin {
  /** Volume and iterations. */
  readonly title: string;
  /** Samples that take part. */
  readonly samples: number;
  /** Iterations in all. */
  readonly iterations: number;
  /** One entry a contestant. */
  readonly results: readonly PeerResult[];
}

/** One case of defaults, as it is kept. */
export type KeptDefaults = DefaultsCase & Origin;

const HEADER = [
  "",
  "median s",
  "shortest .. longest",
  "runs",
  "ns per sample and iteration",
  "times ours, 2 workers",
  "1 - r",
  "max difference",
];

/** Cases of equal work as Markdown. */
export function peersMarkdown(cases: readonly PeerCase[]): string {
  return cases.map(equalMarkdown).join("\n\n");
}

/** Our contestants' names, by workers. */
export const OURS: readonly string[] = ["", "n4, 1 worker", "n4, 2 workers"];

function equalMarkdown({ title, samples, iterations, results, ...origin }: PeerCase): string {
  const ours = results.find(({ name }) => name === OURS[2])?.summary.median ?? NaN;
  const rows = results.map(({ name, summary, seconds, against, failure }) =>
    failure ? [name, `does not run: ${failure}`, "", "", "", "", "", ""] : [
      name,
      brief(summary.median),
      `${brief(summary.min)} .. ${brief(summary.max)}`,
      `${seconds.length}`,
      brief((1e9 * summary.median) / (samples * iterations)),
      brief(summary.median / ours),
      against ? (1 - against.r).toExponential(1) : "",
      against ? against.max.toExponential(1) : "",
    ]
  );
  const compiled = results.filter(({ firstSeconds }) => firstSeconds !== undefined).map(({ name, firstSeconds = 0 }) =>
    `The first call of ${name}, which compiles, took ${brief(firstSeconds)} s and is not among its runs.`
  );
  return [
    `**${title}**, ${samples.toLocaleString("en")} samples. ${originSentence(origin)}`,
    "",
    markdownTable(HEADER, rows),
    ...(compiled.length > 0 ? ["", ...compiled] : []),
  ].join("\n");
}

/** Cases of defaults as Markdown. */
export function defaultsMarkdown(cases: readonly KeptDefaults[]): string {
  return cases.map(oneDefaultsMarkdown).join("\n\n");
}

function oneDefaultsMarkdown({ title, samples, voxels, common, results, ...origin }: KeptDefaults): string {
  const ours = results.find(({ name }) => name === "n4");
  const percent = (left: number) => `${(100 * left).toFixed(2)} %`;
  const rows = results.map(({ name, defaults, same, failure }) =>
    !defaults || !same ? [name, `does not run: ${failure}`, "", "", "", "", "", "", ""] : [
      name,
      percent(defaults.left),
      brief(defaults.summary.median),
      `${brief(defaults.summary.min)} .. ${brief(defaults.summary.max)}`,
      brief(defaults.summary.median / (ours?.defaults?.summary.median ?? NaN)),
      `${Math.round(100 * same.budget)} %`,
      percent(same.left),
      `${brief(same.summary.median)} (${brief(same.summary.min)} .. ${brief(same.summary.max)})`,
      brief(same.summary.median / (ours?.same?.summary.median ?? NaN)),
    ]
  );
  const header = [
    "",
    "bias left by its defaults",
    "median s",
    "shortest .. longest",
    "times ours",
    `share of its iterations to ${percent(common)}`,
    "bias left",
    "median s",
    "times ours",
  ];
  return [
    `**${title}**, ${samples.toLocaleString("en")} of ${voxels.toLocaleString("en")} voxels in the mask, ${
      ours?.defaults?.seconds.length ?? 0
    } runs. ${originSentence(origin)}`,
    "",
    markdownTable(header, rows),
  ].join("\n");
}
