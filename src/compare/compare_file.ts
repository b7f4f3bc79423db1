/**
 * The story of `n4 compare`: open image and sides, read a slab, correct it, measure, draw, put the files in place.
 *
 * @module
 */

import { InputError, UsageError } from "../errors.ts";
import { encodePng } from "../figure/png.ts";
import { panelPixels } from "../figure/panel.ts";
import { plotSheetSvg } from "../figure/plot_sheet.ts";
import { rasterise } from "../figure/rasterise.ts";
import { panelsSvg } from "../figure/render_panels.ts";
import { COMPARE_DEFAULTS, type CompareOptions } from "../options/compare_table.ts";
import { type RunListener, RunLog } from "../report.ts";
import { renderPage } from "../report_page/page.ts";
import { compareFigure } from "./compare_figure.ts";
import { differenceHistograms, histogramSheet, logIntensityHistograms } from "./compare_plots.ts";
import { comparisonContent } from "./compare_page.ts";
import { comparisonJson } from "./compare_text.ts";
import type { CorrectionWork } from "./contestant.ts";
import { metricsOf, sharedMask } from "./metrics.ts";
import { checkReferences } from "./open_contestant.ts";
import { OutputFiles } from "./output_files.ts";
import type { CompareResult, Side, Slab } from "./result.ts";
import { describeSchedule, type FitSchedule, scheduleFor } from "./schedule.ts";
import { contestantWords, finishSide, type OpenSide, openSides, sideWords } from "./sides.ts";
import { openSlab, percentileMask, readSlab, readSlabMask, type SlabFacts, withoutNonPositive } from "./slab.ts";

/** A comparison from paths to paths. */
export interface CompareJob {
  /** What the user gave. */
  readonly options: CompareOptions;
  /** The command, for the JSON file. */
  readonly command?: string;
  /** Told what happens. */
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
  const facts = await openInputSlab(zarr, options);
  stack.use(facts.image);
  const plane = shownPlane(facts, options);
  const schedule = scheduleFor(facts, scheduleRequest(facts, options));
  const context = {
    beside: output,
    log,
    ...(listener ? { listener } : {}),
    ...(batch ? { batch } : {}),
    ...(signal ? { signal } : {}),
  };
  const open = await openSides(words, facts, options, context, stack);
  const runs = open.some(({ contestant }) => contestant !== undefined);
  for (const line of [...describeSlab(facts), ...(runs ? describeSchedule(schedule) : [])]) log.note(line);
  if (options.dryRun) return undefined;

  const files = stack.use(
    await OutputFiles.create({
      paths: outputPaths(output, open, options),
      overwrite: options.overwrite ?? false,
      inputs: [zarr, ...words.filter((_, i) => open[i].result), ...(options.mask === undefined ? [] : [options.mask])],
    }),
  );
  const slab = await log.stage("read", () => readSlab(facts));
  const mask = await slabMask(facts, slab, options);
  const sides = await runSides(open, slab, mask, schedule, { log, ...(signal ? { signal } : {}) });
  const result = measure({ slab, mask, sides, plane, runs, schedule, options, paths: files.paths });
  await log.stage("draw", () => draw(result, isHeadUp(facts), files, job.command));
  await files.commit();
  return result;
}

function requiredOptions({ zarr, output }: CompareOptions): { zarr: string; output: string } {
  if (zarr === undefined) {
    throw new UsageError("Cannot compare as '--zarr' must name an image: current value is missing");
  }
  if (output === undefined) {
    throw new UsageError("Cannot compare as '--output' must name a picture to write: current value is missing");
  }
  if (!/[^/]\.png$/i.test(output)) {
    throw new UsageError(`Cannot write '${output}' as the name of a picture must end in .png`);
  }
  return { zarr, output };
}

async function openInputSlab(path: string, options: CompareOptions): Promise<SlabFacts> {
  const { z0 = COMPARE_DEFAULTS.z0, dz = COMPARE_DEFAULTS.dz, y0 = 0, dy = Infinity, x0 = 0, dx = Infinity } = options;
  const { level, channel, requireAllChunks } = options;
  const request = {
    ...(level === undefined ? {} : { level }),
    ...(channel === undefined ? {} : { channel }),
    ...(requireAllChunks ? { requireAllChunks } : {}),
  };
  return await openSlab(path, request, () => ({ z: [z0, dz], y: [y0, dy], x: [x0, dx] }));
}

function shownPlane({ shape }: SlabFacts, { plane = shape[0] >> 1 }: CompareOptions): number {
  if (plane < shape[0]) return plane;
  throw new UsageError(
    `Cannot show '--plane' as it must be below the ${shape[0]} planes of the slab: current value is ${plane}`,
  );
}

function scheduleRequest({ image }: SlabFacts, options: CompareOptions): Parameters<typeof scheduleFor>[1] {
  const { shrink = COMPARE_DEFAULTS.shrink, nIterations: iterations = COMPARE_DEFAULTS.nIterations } = options;
  const { convergenceThreshold = COMPARE_DEFAULTS.convergenceThreshold } = options;
  const splineDistance = options.splineMm ?? (image.format === "ome-zarr" ? COMPARE_DEFAULTS.splineMm : undefined);
  return {
    iterations,
    coarsen: options.splineMm === undefined,
    shrinkFactors: [shrink, shrink, shrink],
    convergenceThreshold,
    ...(splineDistance === undefined ? {} : { splineDistance }),
  };
}

function describeSlab({ shape, box, voxelSize, path, level }: SlabFacts): string[] {
  const voxel = voxelSize.map((mm) => Number(mm.toPrecision(4))).join(" ");
  return [
    `Slab ${
      shape.join(" ")
    } (Z Y X) from plane ${box.z0}, row ${box.y0}, column ${box.x0} of '${path}', level ${level}; ` +
    `voxels ${voxel} mm; about ${Math.ceil((shape[0] * shape[1] * shape[2] * 33) / 2 ** 20)} MiB of memory for it.`,
  ];
}

/** Role to path: the picture, each panel by itself, the histograms. */
function outputPaths(
  output: string,
  sides: readonly OpenSide[],
  { jsonFile, html }: CompareOptions,
): Record<string, string> {
  const stem = output.slice(0, -".png".length);
  const names = ["input", ...sides.map(({ name }) => name).filter((name) => name !== "input")];
  const panels = [...names, ...(names.length === 2 ? [`${names[1]}_field`] : []), "difference"];
  return {
    picture: output,
    ...Object.fromEntries(panels.map((name) => [name, `${stem}_${name}.png`])),
    histograms: `${stem}_histograms.svg`,
    histogramsPng: `${stem}_histograms.png`,
    ...(jsonFile === undefined ? {} : { json: jsonFile }),
    ...(html === undefined ? {} : { html }),
  };
}

async function slabMask(facts: SlabFacts, { data }: Slab, { mask: path }: CompareOptions): Promise<Uint8Array> {
  const mask = path === undefined ? percentileMask(data) : withoutNonPositive(await readSlabMask(path, facts), data);
  if (mask.includes(1)) return mask;
  throw new InputError(
    path ?? facts.path,
    `Cannot compare as the mask must hold at least one voxel > 0 of the slab: current count is 0 (${
      path ?? facts.path
    })`,
  );
}

async function runSides(
  open: readonly [OpenSide, OpenSide],
  slab: Slab,
  mask: Uint8Array,
  schedule: FitSchedule,
  { log, signal }: { readonly log: RunLog; readonly signal?: AbortSignal },
): Promise<[Side, Side]> {
  const { shape, voxelSize, data } = slab;
  // A fit has no use for voxels that are not finite, and other programs choke on them.
  const intensity = data.map((value) => Number.isFinite(value) ? value : 0);
  const work: CorrectionWork = { shape, voxelSize, intensity, mask, schedule };
  const run = async (side: OpenSide) => {
    signal?.throwIfAborted();
    return await log.stage(side.name, () => finishSide(side, slab, work));
  };
  return [await run(open[0]), await run(open[1])];
}

/** What was found, before it is drawn. */
function measure(
  found: Pick<CompareResult, "slab" | "mask" | "sides" | "plane"> & {
    readonly runs: boolean;
    readonly schedule: FitSchedule;
    readonly options: CompareOptions;
    readonly paths: Readonly<Record<string, string>>;
  },
): CompareResult {
  const { slab, sides, plane, runs, schedule, options, paths } = found;
  const mask = sharedMask(found);
  return {
    slab,
    mask,
    maskDescription: options.mask === undefined
      ? "intensities above 0 and above the 5th percentile of the slab"
      : `every non-zero voxel of ${options.mask} above 0`,
    ...(runs ? { schedule } : {}),
    sides,
    plane,
    metrics: metricsOf({ input: slab.data, mask, sides }),
    logIntensity: logIntensityHistograms(slab.data, sides, mask),
    difference: differenceHistograms(sides, mask),
    outputs: paths,
  };
}

/** Whether a head's face is at the last row, so that a picture must begin there: where a NIfTI's second axis points to the front. */
function isHeadUp({ image: { format, affine } }: SlabFacts): boolean {
  return format === "nifti" && affine !== undefined && affine[5] > 0;
}

async function draw(result: CompareResult, rowsUp: boolean, files: OutputFiles, command = ""): Promise<void> {
  const { panels, options } = compareFigure({ ...result, rowsUp });
  await files.write("picture", await rasterise(panelsSvg(panels, options)));
  for (const panel of panels) {
    await files.write(panel.name, encodePng(panelPixels(panel, { enlarge: 1, reduce: 1 })));
  }
  const sheet = histogramSheet(result);
  await files.write("histograms", plotSheetSvg(sheet, "auto"));
  await files.write("histogramsPng", await rasterise(plotSheetSvg(sheet, "light")));
  if ("html" in files.paths) await files.write("html", renderPage(comparisonContent(result, rowsUp, command)));
  if ("json" in files.paths) await files.write("json", `${JSON.stringify(comparisonJson(result, command), null, 2)}\n`);
}
