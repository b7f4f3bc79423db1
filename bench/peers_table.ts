/**
 * The results of `deno task bench:peers`: what is kept in bench/results/peers.json, and the table of docs/performance.md.
 *
 * @module
 */

import type { Summary } from "./measure.ts";

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
export interface PeerCase {
  /** Volume and iterations. */
  readonly title: string;
  /** Samples that take part. */
  readonly samples: number;
  /** Iterations in all. */
  readonly iterations: number;
  /** Day. */
  readonly date: string;
  /** What was typed. */
  readonly command: string;
  /** Processor and its threads. */
  readonly device: string;
  /** Versions of everything that ran. */
  readonly versions: Readonly<Record<string, string>>;
  /** One entry a contestant. */
  readonly results: readonly PeerResult[];
}

const HEADER = [
  "|   | median s | shortest .. longest | runs | ns per sample and iteration | times ours, 2 workers | 1 - r | max difference |",
  "| - | -: | -: | -: | -: | -: | -: | -: |",
];

/** The cases as Markdown. */
export function peersMarkdown(cases: readonly PeerCase[]): string {
  return cases.map(caseMarkdown).join("\n\n");
}

function caseMarkdown(peerCase: PeerCase): string {
  const { title, samples, iterations, date, command, device, versions, results } = peerCase;
  const ours = results.find(({ name }) => name === OURS[2])?.summary.median ?? NaN;
  const rows = results.map((result) => {
    const { name, summary, seconds, against, failure } = result;
    if (failure) return `| ${name} | does not run: ${failure} |  |  |  |  |  |  |`;
    const cells = [
      name,
      brief(summary.median),
      `${brief(summary.min)} .. ${brief(summary.max)}`,
      `${seconds.length}`,
      brief((1e9 * summary.median) / (samples * iterations)),
      brief(summary.median / ours),
      against ? (1 - against.r).toExponential(1) : "",
      against ? against.max.toExponential(1) : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const compiled = results.filter(({ firstSeconds }) => firstSeconds !== undefined).map(({ name, firstSeconds = 0 }) =>
    `The first call of ${name}, which compiles, took ${brief(firstSeconds)} s and is not among its runs.`
  );
  const from = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  return [
    `**${title}**, ${samples.toLocaleString("en")} samples. Made by \`${command}\` on ${date}; ${device}; ${from}.`,
    "",
    ...HEADER,
    ...rows,
    ...(compiled.length > 0 ? ["", ...compiled] : []),
  ].join("\n");
}

/** Our contestants' names, by workers. */
export const OURS: readonly string[] = ["", "n4, 1 worker", "n4, 2 workers"];

function brief(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
