/**
 * The story of `n4 compare`: open image and sides, read a slab, correct it, measure, draw, put the files in place.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { encodePng } from "../../figure/png.ts";
import { panelPixels } from "../../figure/panel.ts";
import { rasterise } from "../../figure/rasterise.ts";
import { panelsSvg } from "../../figure/render_panels.ts";
import { sheetSvg } from "../../figure/sheet.ts";
import type { CompareOptions } from "../../options/compare_table.ts";
import { type RunListener, RunLog } from "../../run_log.ts";
import { renderPage } from "../../page/page.ts";
import { compareFigure } from "./figure.ts";
import { differenceHistograms, histogramSheet, logIntensityHistograms } from "./plots.ts";
import { comparisonContent } from "./page.ts";
import {
  describeSlab,
  isHeadUp,
  openInputSlab,
  outputPaths,
  requiredOptions,
  scheduleRequest,
  shownPlane,
  slabMask,
} from "./request.ts";
import { comparisonJson } from "./text.ts";
import type { CorrectionWork } from "../contestants/contestant.ts";
import { metricsOf, sharedMask } from "./metrics.ts";
import { checkReferences } from "../contestants/open.ts";
import { commitFiles, createFiles, type OutputFiles, pathsOf } from "../output_files.ts";
import type { CompareResult } from "./result.ts";
import { describeSchedule, scheduleFor } from "../contestants/schedule.ts";
import { contestantWords, openResult, type OpenSide, openSides, resultPaths, sideWords } from "./sides.ts";
import { readSlab } from "../slab.ts";

/** A comparison from paths to paths. */
interface CompareJob {
  /** What the user gave. */
  readonly options: CompareOptions;
  /** The command, for the JSON file. */
  readonly command?: string;
  /** Hears what happens. */
  readonly listener?: RunListener;
  /** Iterations between two looks at a fit while somebody watches. */
  readonly batch?: number;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Compares two corrections of a slab, or one with the input.
 *
 * @returns what was found and written; `undefined` after a dry run.
 * @throws {UsageError} for options that are missing or contradict each other.
 * @throws {InputError | CorruptDataError | DataError | WriteError | BackendError} as their docs say.
 */
export async function compareFile(job: CompareJob): Promise<CompareResult | undefined> {
  const { options, listener, signal, batch } = job;
  const { zarr, output } = requiredOptions(options);
  const words = sideWords(options);
  checkReferences(contestantWords(words), options);
  const log = new RunLog(listener);
  await using stack = new AsyncDisposableStack();
  const facts = await openInputSlab(zarr, resultPaths(words, options), options);
  stack.use(facts.image);
  const plane = shownPlane(facts, options);
  const schedule = scheduleFor(facts, scheduleRequest(facts, options));
  const open = await openSides(words, facts, options, { beside: output, log, listener, batch, signal }, stack);
  const truth = options.truth === undefined ? undefined : await openResult(options.truth, facts);
  if (truth) stack.use(truth.image);
  const runs = open.some(({ runs }) => runs);
  for (const line of [describeSlab(facts), ...(runs ? describeSchedule(schedule) : [])]) log.note(line);
  if (options.dryRun) return undefined;

  const files = await createFiles(stack, {
    paths: outputPaths(output, open, options),
    overwrite: options.overwrite,
    inputs: [zarr, options.mask, options.truth, ...open.map(({ path }) => path)],
    log,
  });
  const slab = await log.stage("read", () => readSlab(facts));
  const { mask, description } = await slabMask(facts, slab, options);
  // A fit has no use for voxels that are not finite, and other programs choke on them.
  const { data, shape, voxelSize } = slab;
  const intensity = data.every(Number.isFinite) ? data : data.map((value) => Number.isFinite(value) ? value : 0);
  const work: CorrectionWork = { shape, voxelSize, intensity, mask, schedule };
  const finish = async ({ name, finish }: OpenSide) => {
    signal?.throwIfAborted();
    return await log.stage(name, () => finish(slab, work));
  };
  const sides = [await finish(open[0]), await finish(open[1])] as const;
  const result = measure({
    slab,
    mask,
    maskDescription: description,
    sides,
    plane,
    schedule: runs ? schedule : undefined,
    outputs: pathsOf(files),
  }, truth && (await readSlab(truth)).data);
  await log.stage("draw", () => draw(result, isHeadUp(facts), files, job.command));
  await commitFiles(files);
  return result;
}

/** Works out the figures of what was found. */
function measure(
  found: Omit<CompareResult, "metrics" | "logIntensity" | "difference">,
  truth?: Float32Array,
): CompareResult {
  const { slab, sides } = found;
  const mask = sharedMask(found);
  if (!mask.includes(1)) {
    const names = sides.map(({ name }) => name).join(" and ");
    throw new DataError(
      `Cannot compare ${names} as both must have a field in at least one voxel of the mask: current count is 0`,
    );
  }
  return {
    ...found,
    mask,
    metrics: metricsOf({ input: slab.data, mask, sides, truth }),
    logIntensity: logIntensityHistograms(slab.data, sides, mask),
    difference: differenceHistograms(sides, mask),
  };
}

async function draw(result: CompareResult, rowsUp: boolean, files: OutputFiles, command = ""): Promise<void> {
  const { panels, options } = compareFigure({ ...result, rowsUp });
  await files.get("picture")?.write(await rasterise(panelsSvg(panels, options)));
  for (const panel of panels) {
    await files.get(panel.name)?.write(encodePng(panelPixels(panel, { enlarge: 1, reduce: 1 })));
  }
  const sheet = histogramSheet(result);
  await files.get("histograms")?.write(sheetSvg(sheet, "auto"));
  await files.get("histogramsPng")?.write(await rasterise(sheetSvg(sheet, "light")));
  await files.get("html")?.write(await renderPage(comparisonContent(result, rowsUp, command)));
  await files.get("json")?.write(`${JSON.stringify(comparisonJson(result, command), null, 2)}\n`);
}
