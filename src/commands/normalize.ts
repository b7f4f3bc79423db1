/**
 * Normalisation by agarose from path to path.
 *
 * @module
 */

import { driverMemory } from "../backends/webgpu/adapter.ts";
import type { N4Backend } from "../backends/backend.ts";
import { openChosenBackend } from "../run/device.ts";
import { chosenVolumes } from "../run/chosen_volumes.ts";
import { openInput } from "../run/inputs.ts";
import { getAgaroseMask } from "../intensity/stacks/agarose.ts";
import { normalizeVolume } from "../intensity/stacks/normalize.ts";
import { type ImageFile, type ImageOutput, tellMissingChunks } from "../io/image.ts";
import { lossesOf } from "../io/losses.ts";
import { createImage, storageFor } from "../io/open.ts";
import { writePyramid } from "../io/pyramid/pass.ts";
import type { Threads } from "../thread_job.ts";
import { linksReplaced } from "../io/files/place.ts";
import { createText } from "../io/files/text_output.ts";
import { NORMALIZE_OPTIONS, type NormalizeFileOptions } from "../options/normalize_table.ts";
import { readValues } from "../options/parsers.ts";
import { correctedLevels, DEFAULT_SETTINGS } from "../options/resolve.ts";
import { outputPaths, withPairs } from "../run/outputs.ts";
import { watchPeak } from "../run/peak_memory.ts";
import { planTransfer, pyramidMemory } from "../plan/memory.ts";
import { checkPyramidOptions, pyramidFor, tellPyramid } from "../options/pyramid_options.ts";
import { checkStorageOptions, storageOf } from "../options/storage_options.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { openThreads } from "../threads/pool.ts";
import { createReport, reportText, type RunReport } from "../report/run_report.ts";
import { geometryOf, type VolumeSource } from "../volume.ts";

/** A normalisation from path to path. */
export interface NormalizeFileJob {
  /** Image to normalise; only read. */
  readonly input: string;
  /** Image to write, float32. */
  readonly output: string;
  /** What the user gave. */
  readonly options: NormalizeFileOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Called with each event. */
  readonly listener?: RunListener;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Normalises an image: agarose to 0, bright tissue to about 1, sections in proportion. Every channel on its own. Four
 * reads: one finds the agarose, two the percentiles, with the last one it is written.
 *
 * @throws {InputError} when the image cannot be read.
 * @throws {DataError} when no agarose is found.
 */
export async function normalizeFile(given: NormalizeFileJob): Promise<RunReport> {
  const start = performance.now();
  const job = { ...given, options: readValues(NORMALIZE_OPTIONS, given.options) };
  const { input, output, options } = job;
  const outputs = outputPaths({ input }, output, options);
  checkPyramidOptions(output, options);
  checkStorageOptions(output, options);
  const log = new RunLog(job.listener);
  const tellPeak = watchPeak(options, log);
  await using stack = new AsyncDisposableStack();
  const threads = stack.use(openThreads(options.nProcesses));
  const image = stack.use(await openInput(input, options, { threads, warn: (text) => log.warn(text) }));
  const volumes = chosenVolumes(image, options.channel);
  const backend = stack.use(await openChosenBackend(options, log, threads));

  const safety = {
    overwrite: options.overwrite ?? false,
    inputs: Object.values(withPairs({ input })),
    ...storageOf(options),
    threads,
  };
  const pyramid = pyramidFor(output, image, correctedLevels(options, image));
  if (pyramid) tellPyramid(pyramid, log);
  const grid = { ...geometryOf(image), template: image };
  const spec = {
    ...grid,
    dataType: "float32",
    volumes: volumes.length,
    times: image.times,
    carried: volumes,
    pyramid,
  } as const;
  const normalized = stack.use(await createImage(output, spec, safety));
  for (const text of await lossesOf(output, spec, safety)) log.warn(text);
  const reportFile = options.report === undefined ? undefined : stack.use(await createText(options.report, safety));
  for (const text of await linksReplaced(Object.values(outputs))) log.warn(text);

  await normalizeVolumes({ ...job, image, volumes, backend, threads, log, normalized });
  tellPeak();
  const missing = tellMissingChunks(image);
  if (missing !== undefined) log.warn(missing);
  await normalized.commit();
  const parts = { start, device: backend.device, input: image, outputs, options, fits: [], log };
  const report = createReport({ ...parts, command: job.command ?? "", storage: normalized.counts });
  await reportFile?.commit(reportText(report));
  return report;
}

/** What is normalised, and into what. */
interface Normalizing extends NormalizeFileJob {
  readonly image: ImageFile;
  readonly volumes: readonly number[];
  readonly backend: N4Backend;
  readonly threads: Threads;
  readonly log: RunLog;
  readonly normalized: ImageOutput;
}

async function normalizeVolumes(job: Normalizing): Promise<void> {
  const { image, volumes, backend, threads, log, normalized, options } = job;
  const { memoryLimit = DEFAULT_SETTINGS.memoryLimit, percentileMax, agaroseSigma: sigma, zeroAgarose } = options;
  const { nonfinite = DEFAULT_SETTINGS.nonfinite } = options;
  const context = { threads, log, signal: job.signal };
  for (const [index, volume] of volumes.entries()) {
    const [source, sink] = [image.volume(volume), normalized.volume(index)];
    const stored = storageFor(job.output, source.shape, storageOf(options));
    const held = driverMemory() + statisticsMemory(source);
    const boxes = planTransfer(source, stored, backend.device.workers, memoryLimit, held);
    const passes = { ...boxes, ...context };
    const agarose = await getAgaroseMask(source, sigma === undefined ? {} : { sigma }, backend, passes);
    const choices = {
      nonfinite,
      zeroAgarose: zeroAgarose ?? false,
      percentileMax,
    };
    const { divisor, floors } = await normalizeVolume(source, agarose, sink, choices, passes);
    const pixels = agarose.pixels.reduce((sum, bit) => sum + bit, 0);
    log.note(
      `Agarose: ${(100 * pixels / agarose.pixels.length).toFixed(1)} % of the plane, medians ${
        range(floors)
      }; divided by ${Number(divisor.toPrecision(6))}.`,
    );
  }
  await writePyramid(normalized, volumes.length, { ...context, memory: pyramidMemory(memoryLimit) });
}

/**
 * Bytes that the statistics take beside the boxes: the mean of the planes with its smoothing, and two percentile counts
 * for each plane that boxes cut.
 */
function statisticsMemory({ shape: [, ny, nx], chunk }: VolumeSource): number {
  return 24 * ny * nx + 2 * chunk[0] * 2 ** 18;
}

function range(values: Float64Array): string {
  const finite = values.filter(isFinite);
  const [lo, hi] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  return `${Number(lo.toPrecision(4))} to ${Number(hi.toPrecision(4))}`;
}
