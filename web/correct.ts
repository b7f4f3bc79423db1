/**
 * A correction in the page's worker: from an image that was dropped to its report page and the files to download.
 *
 * @module
 */

import type { DeviceInfo } from "../src/backends/backend.ts";
import type { BackendChoice } from "../src/backends/open.ts";
import { openCorrection } from "../src/commands/correct_volume.ts";
import { InputError } from "../src/errors.ts";
import { maskMadeOf } from "../src/intensity/mask/mask.ts";
import { meanVolume } from "../src/intensity/mean_volume.ts";
import { checkGeometry } from "../src/io/geometry.ts";
import { type ImageFile, tellMissingChunks } from "../src/io/image.ts";
import { lossesOf } from "../src/io/losses.ts";
import type { OzxOutput } from "../src/io/ome_zarr/blob.ts";
import { writePyramid } from "../src/io/pyramid/pass.ts";
import type { PyramidPlan } from "../src/io/pyramid/plan.ts";
import { chunkOfLevel } from "../src/io/zarr/chunk_choice.ts";
import { formatBiasModel } from "../src/n4/bias_model.ts";
import { readValues } from "../src/options/parsers.ts";
import { pyramidFor, tellPyramid } from "../src/options/pyramid_options.ts";
import { DEFAULT_SETTINGS } from "../src/options/resolve.ts";
import { type ArrayOptions, CORRECT_OPTIONS, type CorrectOptions } from "../src/options/table.ts";
import { pyramidMemory } from "../src/plan/memory.ts";
import { CorrectionPage } from "../src/report/correction_page.ts";
import { provenanceOf } from "../src/report/provenance.ts";
import { chosenVolumes, demandTime } from "../src/run/chosen_volumes.ts";
import { countSections } from "../src/run/count_sections.ts";
import { RunLog } from "../src/run_log.ts";
import { applyBias, writeField, writeMask } from "../src/steps/apply.ts";
import { estimateBias } from "../src/steps/correct.ts";
import type { BiasEstimate } from "../src/steps/estimate.ts";
import { passesOf } from "../src/steps/volume_run.ts";
import { geometryOf, type VolumeSink, type VolumeSource } from "../src/volume.ts";
import { besideName, commandLine } from "./command_line.ts";
import { openDropped } from "./open.ts";
import type { CorrectionAnswer, CorrectionRequest, OfferedFile, SavedFormat } from "./messages.ts";
import { progressOf, tellPlan } from "./progress.ts";
import { demandOneField, demandRoom } from "./room.ts";
import { COMPRESSION, createSaved, type SavedSpec, usualFormat } from "./saved.ts";

/** Iterations between two lines of progress. */
const BATCH = 5;

/** What one correction works with. */
interface Work extends Awaited<ReturnType<typeof openCorrection>> {
  readonly request: CorrectionRequest;
  readonly image: ImageFile;
  /** The volumes that are corrected, and their places in the image. */
  readonly volumes: readonly VolumeSource[];
  readonly chosen: readonly number[];
  readonly format: SavedFormat;
  /** The command line that does the same. */
  readonly command: string;
  readonly pyramid: PyramidPlan | undefined;
  /** What the outputs say of how they came about. */
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly estimate: BiasEstimate;
}

/**
 * Corrects an image and answers as it goes.
 *
 * @throws {InputError | CorruptDataError | DataError | UsageError | BackendError} as those of the command.
 */
export async function correctDropped(
  request: CorrectionRequest,
  answer: (message: CorrectionAnswer) => void,
  backend: BackendChoice = "auto",
): Promise<void> {
  // The last answer ends the worker: threads have ended by then.
  answer({ kind: "files", files: await correctAndShow(request, answer, backend) });
}

/** All but the last answer. @returns what that offers. */
async function correctAndShow(
  request: CorrectionRequest,
  answer: (message: CorrectionAnswer) => void,
  backend: BackendChoice,
): Promise<readonly OfferedFile[]> {
  await using stack = new AsyncDisposableStack();
  const work = await openWork(request, answer, { stack, backend });
  const page = new CorrectionPage();
  const output = await correctVolumes(work, page);
  const report = shownReport(work);
  const html = await page.render(report);
  const { device: { kind, name, workers }, seconds } = report;
  answer({ kind: "result", page: html, command: work.command, device: { kind, name, workers }, seconds });
  return await offeredFiles(work, await output.complete(), html);
}

/** Opens all that the request names, refuses what cannot be done, and fits. */
async function openWork(
  request: CorrectionRequest,
  answer: (message: CorrectionAnswer) => void,
  { stack, backend }: { readonly stack: AsyncDisposableStack; readonly backend: BackendChoice },
): Promise<Work> {
  const warn = (text: string) => answer({ kind: "warning", text });
  const listener = progressOf(answer);
  const options = readValues(CORRECT_OPTIONS, given(request.options));
  const { level, time, channel, nSerialSlices, ...rest } = options;
  const image = stack.use(await openDropped(request.image, { level, time, warn }));
  const { format = usualFormat(image) } = request;
  const command = commandLine(request.image.name, { options: request.options, mask: request.mask?.name, format });
  demandTime(image, time);
  const chosen = chosenVolumes(image, channel);
  demandOneField(image, chosen.length, command);
  demandRoom({ ...geometryOf(image), path: image.path, volumes: chosen.length }, { format, ...request }, command);
  const mask = request.mask && await openMask(request.mask, image, { stack, warn });
  const volumes = chosen.map((index) => image.volume(index));
  const input = volumes.length > 1 ? meanVolume(volumes, DEFAULT_SETTINGS) : volumes[0];
  const sections = nSerialSlices === "auto" ? await countSections(input, new RunLog(listener)) : nSerialSlices;
  const how = { ...rest as ArrayOptions, nSerialSlices: sections, mask, backend, listener };
  const opened = await openCorrection(input, plannedOutput(image, format), how, stack, {
    volume: volumes.length > 1 ? "mean" : chosen[0],
    format: image.format,
    unitGiven: image.unitGiven,
  });
  const name = besideName(request.image.name, `n4.${format}`);
  const pyramid = pyramidFor(name, image, opened.options);
  const provenance = provenanceOf("correct", { ...opened.options, ...STORED[format] });
  const saved = { ...specOf({ image, chosen, provenance }), pyramid };
  for (const text of await lossesOf(name, saved)) opened.job.log.warn(text);
  if (pyramid) tellPyramid(pyramid, opened.job.log);
  tellPlan(opened, { volumes: volumes.length, pyramid });
  const estimate = await estimateBias({ ...opened.job, batch: BATCH }, opened.plan);
  return { ...opened, request, image, volumes, chosen, format, command, pyramid, provenance, estimate };
}

/** The options that somebody has filled in. */
function given(options: CorrectionRequest["options"]): CorrectOptions {
  return Object.fromEntries(Object.entries(options).filter(([, text]) => text.trim() !== ""));
}

/** What the command would have to be given to store an image alike. */
const STORED = { nii: {}, "nii.gz": {}, ozx: { compressor: COMPRESSION.compressor } } as const;

/** How boxes are written, for the plan. */
function plannedOutput({ shape }: ImageFile, format: SavedFormat): Pick<VolumeSink, "chunk" | "forwardOnly"> {
  return { chunk: format === "ozx" ? chunkOfLevel(shape, {}).chunk : [1, 1, 1], forwardOnly: false };
}

async function openMask(
  dropped: NonNullable<CorrectionRequest["mask"]>,
  image: ImageFile,
  { stack, warn }: { readonly stack: AsyncDisposableStack; readonly warn: (text: string) => void },
): Promise<VolumeSource> {
  const { name } = dropped;
  const mask = stack.use(await openDropped(dropped, { warn }));
  const count = mask.volumes * (mask.timePoints ?? 1);
  if (count !== 1) {
    const rule = "it must hold one volume";
    throw new InputError(name, `Cannot use '${name}' as mask as ${rule}: current count is ${count}`);
  }
  checkGeometry(image, mask, { path: name, role: "mask", ignore: false, warn });
  return mask.volume(0);
}

/** What the corrected image shall be. */
function specOf({ image, chosen, provenance }: Pick<Work, "image" | "chosen" | "provenance">): SavedSpec {
  const volumes = chosen.length;
  return { ...geometryOf(image), dataType: "float32", volumes, template: image, carried: chosen, provenance };
}

/** Corrects every volume; the page watches the first. @returns the corrected image, which is left to be compressed. */
async function correctVolumes(work: Work, page: CorrectionPage): Promise<OzxOutput> {
  const { job, image, plan, estimate, volumes, chosen, format, pyramid } = work;
  const output = await createSaved({ ...specOf(work), pyramid }, format, job.threads);
  const passes = passesOf({ ...job, plan });
  const apply = { ...job, ...job.settings, ...estimate, passes };
  const mask = volumes.length > 1 ? maskMadeOf(job.input, estimate.mask) : estimate.mask;
  for (const [index, input] of volumes.entries()) {
    const sink = output.volume(index);
    if (index > 0) await applyBias({ ...apply, mask, input }, sink);
    else {
      const { model } = estimate;
      const subject = { input, output: sink, mask, model, backend: job.backend, volume: chosen[0] };
      await page.watch(subject, (source, seen, inside) => applyBias({ ...apply, mask: inside, input: source }, seen));
    }
  }
  const memory = pyramidMemory(job.settings.memoryLimit);
  await writePyramid(output, volumes.length, { ...passes, memory });
  const missing = tellMissingChunks(image);
  if (missing !== undefined) job.log.warn(missing);
  return output;
}

/** The report as the page shows it. */
function shownReport({ request, image, estimate, report, command, format }: Work) {
  const { path, shape, voxelSize, dataType, volumes } = image;
  const found = report(estimate);
  return {
    ...found,
    device: { ...found.device, name: deviceName(found.device) },
    tool: "n4",
    command,
    finished: new Date().toISOString(),
    input: { path, format: image.format, shape, voxelSizeMm: voxelSize, dataType, volumes },
    outputs: { output: besideName(request.image.name, `n4.${format}`) },
    browser: navigator.userAgent,
  };
}

/** What a page calls what it was computed on. */
function deviceName({ kind, name, workers }: DeviceInfo): string {
  if (kind !== "ts") return name;
  return workers > 1 ? `${workers} threads of the browser` : "one thread of the browser";
}

/** What the page offers for download. */
async function offeredFiles(work: Work, image: Blob, html: string) {
  const { request, format, job, plan, estimate: { model, mask } } = work;
  const passes = passesOf({ ...job, plan });
  const name = (end: string) => besideName(request.image.name, end);
  const written = async (dataType: SavedSpec["dataType"], write: (sink: VolumeSink) => Promise<void>) => {
    const spec = { ...specOf(work), dataType, volumes: 1, carried: undefined };
    const output = await createSaved(spec, format, job.threads);
    await write(output.volume(0));
    return await output.complete();
  };
  const field = await written("float32", (sink) => writeField(model, sink, job.backend, passes));
  const inside = await written("uint8", (sink) => writeMask(job.input, mask, sink, passes));
  const text = (type: string, value: string) => new Blob([value], { type });
  return [
    { role: "image", name: name(`n4.${format}`), blob: image },
    { role: "page", name: name("n4.html"), blob: text("text/html", html) },
    { role: "field", name: name(`n4_field.${format}`), blob: field },
    { role: "mask", name: name(`n4_mask.${format}`), blob: inside },
    { role: "model", name: name("n4_model.json"), blob: text("application/json", formatBiasModel(model)) },
  ] as const;
}
