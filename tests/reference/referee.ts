/**
 * The referee: compares the fit with ITK's and fails where a gate of docs/algorithm.md does not hold.
 *
 *   deno task suite referee               the part that CI runs, some minutes on two cores
 *   deno task suite referee --all         every case; writes bench/results/referee.json
 *   deno task suite referee --markdown    makes the table of docs/accuracy.md anew from that file
 *   deno task suite referee --only TEXT   the cases with TEXT in their title
 *   deno task suite referee --backend webgpu   on another backend, whose gates are 1e-4 wider; writes nothing
 *
 * @module
 */

import { BACKEND_CHOICES, type BackendChoice, openBackend } from "../../src/backends/open.ts";
import { print } from "../helpers/print.ts";
import { CASES, caseTitle, type ReferenceCase } from "./cases.ts";
import { compareCases, type Comparison } from "./compare.ts";
import { markdownTable, type RefereeReport, TEXT_HEADER, textRow } from "./table.ts";

const RESULTS = new URL("../../bench/results/", import.meta.url);
const ACCURACY = new URL("../../docs/accuracy.md", import.meta.url);

/** Lines of docs/accuracy.md between which the table stands. */
const [TABLE_BEGIN, TABLE_END] = ["<!-- referee: begin -->", "<!-- referee: end -->"];

async function referee(
  cases: readonly ReferenceCase[],
  command: string,
  choice: BackendChoice,
): Promise<RefereeReport> {
  await using backend = await openBackend(choice);
  const comparisons: Comparison[] = [];
  let versions: Record<string, string> = { deno: Deno.version.deno, v8: Deno.version.v8 };
  print(TEXT_HEADER);
  for (const batch of batches(cases)) {
    const compared = await compareCases(backend, batch);
    versions = { ...versions, ...compared.versions };
    for (const comparison of compared.comparisons) {
      comparisons.push(comparison);
      print(textRow(comparison));
    }
  }
  const date = new Date().toISOString().slice(0, 10);
  return { date, command, device: backend.device, cores: navigator.hardwareConcurrency, versions, comparisons };
}

/** Small volumes share one Python process; a head has its own, so that only one is in memory. */
function batches(cases: readonly ReferenceCase[]): ReferenceCase[][] {
  const small = cases.filter(({ source }) => "random" in source);
  const heads = cases.filter(({ source }) => "head" in source);
  return [...(small.length > 0 ? [small] : []), ...heads.map((head) => [head])];
}

async function writeMarkdown(): Promise<void> {
  const report = JSON.parse(await Deno.readTextFile(new URL("referee.json", RESULTS))) as RefereeReport;
  const page = await Deno.readTextFile(ACCURACY);
  const [begin, end] = [page.indexOf(TABLE_BEGIN), page.indexOf(TABLE_END)];
  if (begin < 0 || end < begin) throw new Error(`Cannot write the table as docs/accuracy.md must hold ${TABLE_BEGIN}`);
  const before = page.slice(0, begin + TABLE_BEGIN.length);
  await Deno.writeTextFile(ACCURACY, `${before}\n\n${markdownTable(report)}\n${page.slice(end)}`);
}

function chosenCases(args: readonly string[]): ReferenceCase[] {
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1] : undefined;
  if (only !== undefined) return CASES.filter((reference) => caseTitle(reference).includes(only));
  return CASES.filter((reference) => args.includes("--all") || !reference.long);
}

function chosenBackend(args: readonly string[]): BackendChoice {
  const name = args.includes("--backend") ? args[args.indexOf("--backend") + 1] : "ts";
  const choice = BACKEND_CHOICES.find((each) => each === name);
  if (!choice) {
    throw new Error(`Cannot compare as the backend must be one of ${BACKEND_CHOICES}: current value is ${name}`);
  }
  return choice;
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--markdown")) return await writeMarkdown();
  const cases = chosenCases(args);
  if (cases.length === 0) throw new Error("Cannot compare as a case must be chosen: current number is 0");
  const report = await referee(cases, ["deno task suite referee", ...args].join(" "), chosenBackend(args));
  if (args.includes("--all") && report.device.kind === "ts") {
    await Deno.mkdir(RESULTS, { recursive: true });
    await Deno.writeTextFile(new URL("referee.json", RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  }
  const failed = report.comparisons.filter((comparison) => !comparison.passed);
  print(`${report.comparisons.length - failed.length} of ${report.comparisons.length} cases within their gates`);
  if (failed.length > 0) Deno.exit(1);
}

if (import.meta.main) await main(Deno.args);
