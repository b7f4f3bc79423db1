/**
 * The story of `n4 benchmark`: open contestants and cases, measure case by case, put table, plots and JSON in place.
 *
 * @module
 */

import type { Contestant, CorrectionWork } from "../contestants/contestant.ts";
import { checkReferences, openContestant } from "../contestants/open.ts";
import { commitFiles, createFiles, pathsOf } from "../output_files.ts";
import { describeSchedule } from "../contestants/schedule.ts";
import { UsageError } from "../../errors.ts";
import { shortPercent } from "../../figure/format.ts";
import { sheetSvg } from "../../figure/sheet.ts";
import { BENCHMARK_DEFAULTS, type BenchmarkOptions } from "../../options/benchmark_table.ts";
import { type RunListener, RunLog } from "../../run_log.ts";
import { renderPage } from "../../page/page.ts";
import { runtimeInfo, VERSION } from "../../version.ts";
import { voxelCount } from "../../volume.ts";
import { type BenchmarkCase, benchmarkCases } from "./cases.ts";
import { benchmarkContent } from "./page.ts";
import { DEFINITIONS } from "./definitions.ts";
import { benchmarkMarkdown } from "./markdown.ts";
import { measureCase } from "./measure_case.ts";
import { makeFolder } from "./output_folder.ts";
import { checkPeakMemory, peakMemoryOf } from "./peak_memory.ts";
import { accuracySheet, timeSheet } from "./plots.ts";
import type { BenchmarkResult, CaseResult } from "./result.ts";

/** A benchmark from options to files. */
interface BenchmarkJob {
  /** What the user gave. */
  readonly options: BenchmarkOptions;
  /** The command, for the files. */
  readonly command?: string;
  /** Hears what happens. */
  readonly listener?: RunListener;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What a benchmark came to. */
interface BenchmarkOutcome {
  /** The figures. */
  readonly result: BenchmarkResult;
  /** Role to path of what was written. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs a benchmark.
 *
 * @returns what was found and written; `undefined` after a dry run.
 * @throws {UsageError} for options that are missing or contradict each other.
 * @throws {InputError | CorruptDataError | DataError | WriteError | BackendError} as their docs say.
 */
export async function benchmarkFile(job: BenchmarkJob): Promise<BenchmarkOutcome | undefined> {
  const { options, command = "", signal } = job;
  const output = requiredOutput(options);
  const { backends = BENCHMARK_DEFAULTS.backends, reference = [] } = options;
  checkReferences(reference, options);
  if (options.peakMemory) checkPeakMemory();
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const cases = await benchmarkCases(options, stack);
  if (!options.dryRun) await makeFolder(output, stack);
  const compared = backends.length + reference.length > 1 || cases.some(({ source }) => source.kind === "phantom");
  const files = await createFiles(stack, {
    paths: options.dryRun ? {} : outputPaths(output, options, compared),
    overwrite: options.overwrite,
    inputs: [options.liveZarr],
    log,
  });
  const context = { beside: `${output}/n4_benchmark`, log, listener: job.listener, signal };
  const contestants: Contestant[] = [];
  for (const word of [...reference, ...backends]) {
    contestants.push(stack.use(await openContestant(word, options, context)));
  }
  const ordered = baseFirst(contestants, options);
  for (const line of describePlan(cases, ordered)) log.note(line);
  if (options.dryRun) return undefined;

  const results: CaseResult[] = [];
  for (const one of cases) {
    const found = await measureCase(one, { contestants: ordered, ...measureOptions(options), log, signal });
    results.push(found);
    log.note(caseLine(found));
  }
  const result = resultOf(ordered, results, command);
  await files.get("json")?.write(`${JSON.stringify(result, null, 2)}\n`);
  await files.get("markdown")?.write(benchmarkMarkdown(result));
  await files.get("time")?.write(sheetSvg(timeSheet(result), "auto"));
  await files.get("accuracy")?.write(sheetSvg(accuracySheet(result), "auto"));
  await files.get("html")?.write(await renderPage(benchmarkContent(result)));
  await commitFiles(files);
  return { result, outputs: pathsOf(files) };
}

function requiredOutput({ output }: BenchmarkOptions): string {
  if (output !== undefined) return output.replace(/(?<=.)\/+$/, "");
  throw new UsageError(
    "Cannot measure as '--output' must name a folder for tables and plots: current value is missing",
  );
}

/** Role to path. @param compared whether there is a truth or a base, and so a plot of accuracy. */
function outputPaths(
  folder: string,
  { jsonFile, html }: BenchmarkOptions,
  compared: boolean,
): Record<string, string | undefined> {
  return {
    json: jsonFile ?? `${folder}/n4_benchmark.json`,
    markdown: `${folder}/n4_benchmark.md`,
    time: `${folder}/n4_benchmark_time.svg`,
    accuracy: compared ? `${folder}/n4_benchmark_accuracy.svg` : undefined,
    html,
  };
}

/** Everybody, the base first; it is the one that others are held against. */
function baseFirst(contestants: readonly Contestant[], { base }: BenchmarkOptions): Contestant[] {
  const names = contestants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new UsageError(
      `Cannot measure as each backend must take part once: current choice comes down to ${twice} twice`,
    );
  }
  if (base !== undefined && !names.includes(base)) {
    throw new UsageError(`Cannot use '--base' as it must be one of ${names.join(", ")}: current value is '${base}'`);
  }
  return [...contestants].sort((a, b) => Number(b.name === base) - Number(a.name === base));
}

/**
 * Memory of a case for each voxel: intensities, mask and truth, the base's and one other's corrected voxels and fields.
 * Measured: 607 MiB for one contestant on 64 x 512 x 512 voxels, of which about 130 are the program's own; another one
 * adds 8 bytes.
 */
const BYTES_PER_VOXEL = 40;

function describePlan(cases: readonly BenchmarkCase[], [base, ...others]: readonly Contestant[]): string[] {
  const rivals = others.length === 0 ? "nobody else" : others.map(({ label }) => label).join(", ");
  return [
    `Base: ${base.label}; against it: ${rivals}.`,
    ...cases.flatMap(({ label, shape, schedule }) => {
      const mebibytes = Math.ceil((voxelCount(shape) * BYTES_PER_VOXEL) / 2 ** 20);
      return [
        `${label}: ${shape.join(" ")} voxels (Z Y X), about ${mebibytes} MiB of memory.`,
        ...describeSchedule(schedule).map((line) => `  ${line}`),
      ];
    }),
  ];
}

function measureOptions(
  options: BenchmarkOptions,
): Pick<Parameters<typeof measureCase>[1], "warmUps" | "repeats" | "peakMemory"> {
  const { warmUps = BENCHMARK_DEFAULTS.warmUps, repeats = BENCHMARK_DEFAULTS.repeats } = options;
  const own = async ({ kind, device }: Contestant, work: CorrectionWork) => {
    if (!options.peakMemory || kind !== "backend" || !device) return undefined;
    const { intensity: _intensity, mask: _mask, ...rest } = work;
    const { nProcesses, device: index } = options;
    return await peakMemoryOf({ backend: device.kind, options: { nProcesses, device: index }, work: rest }, work);
  };
  return {
    warmUps,
    repeats,
    peakMemory: async (contestant, work) => contestant.peakBytes ?? await own(contestant, work),
  };
}

function resultOf(contestants: readonly Contestant[], cases: readonly CaseResult[], command: string): BenchmarkResult {
  return {
    tool: "n4 benchmark",
    version: VERSION,
    command,
    finished: new Date().toISOString(),
    runtime: { ...runtimeInfo(), cores: `${navigator.hardwareConcurrency}` },
    base: contestants[0].name,
    contestants: contestants.map(({ name, label, kind, device, versions }) => ({
      name,
      label,
      kind,
      device,
      versions,
    })),
    definitions: DEFINITIONS,
    cases,
  };
}

/** A case in one line. */
function caseLine({ label, measured }: CaseResult): string {
  const each = measured.map(({ contestant, seconds, speedUp, truthVariation }) => {
    const truth = truthVariation === null ? "" : `, CV ${shortPercent(truthVariation)}`;
    return `${contestant} ${seconds.median.toPrecision(3)} s (${speedUp.toPrecision(3)}x${truth})`;
  });
  return `${label}: ${each.join("; ")}.`;
}
