/**
 * A correction in the page's worker: from a NIfTI that was dropped to its report page and the files to download.
 *
 * @module
 */

import type { BackendChoice } from "../src/backends/open.ts";
import { plainLine, Progress } from "../src/cli/progress.ts";
import { openCorrection } from "../src/commands/correct_volume.ts";
import { InputError } from "../src/errors.ts";
import { maskMadeOf } from "../src/intensity/mask/mask.ts";
import { meanVolume } from "../src/intensity/mean_volume.ts";
import { ArrayVolume } from "../src/io/array_volume.ts";
import { checkGeometry } from "../src/io/geometry.ts";
import type { ImageFile } from "../src/io/image.ts";
import { niftiBlob, openNiftiBlob, voxelBlob } from "../src/io/nifti/blob.ts";
import { formatBiasModel } from "../src/n4/bias_model.ts";
import { readValues } from "../src/options/parsers.ts";
import { DEFAULT_SETTINGS } from "../src/options/resolve.ts";
import { type ArrayOptions, CORRECT_OPTIONS } from "../src/options/table.ts";
import { stageSeconds } from "../src/plan/step_costs.ts";
import { CorrectionPage } from "../src/report/correction_page.ts";
import type { RunEvent } from "../src/run_log.ts";
import { applyBias, writeField, writeMask } from "../src/steps/apply.ts";
import { estimateBias } from "../src/steps/correct.ts";
import type { BiasEstimate } from "../src/steps/estimate.ts";
import { passesOf } from "../src/steps/volume_run.ts";
import { type VolumeSource, voxelCount } from "../src/volume.ts";
import { besideName, commandLine, correctedName } from "./command_line.ts";
import type { CorrectionAnswer, CorrectionRequest } from "./messages.ts";
import { demandRoom } from "./room.ts";

/** Iterations between two lines of progress. */
const BATCH = 5;

type Opened = Awaited<ReturnType<typeof openCorrection>>;

/** What one correction works with. */
interface Work extends Opened {
  readonly request: CorrectionRequest;
  readonly image: ImageFile;
  readonly volumes: readonly VolumeSource[];
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
  await using stack = new AsyncDisposableStack();
  const warn = (text: string) => answer({ kind: "warning", text });
  const image = stack.use(await openNiftiBlob(request.image.name, request.image, warn));
  const command = commandLine(request.image.name, { options: request.options, mask: request.mask?.name });
  demandRoom(image, request.deviceMemory, command);
  const options = readValues(CORRECT_OPTIONS, given(request.options));
  const mask = request.mask && await openMask(request.mask, image, { stack, warn });
  const volumes = Array.from({ length: image.volumes }, (_, index) => image.volume(index));
  const input = volumes.length > 1 ? meanVolume(volumes, DEFAULT_SETTINGS) : volumes[0];
  const how = { ...options, mask, backend, listener: progressOf(answer) };
  const opened = await openCorrection(input, OUTPUT, how, stack, volumes.length > 1 ? "mean" : 0);
  tellPlan(opened, volumes);
  const estimate = await estimateBias({ ...opened.job, batch: BATCH }, opened.plan);
  const work = { ...opened, request, image, volumes, estimate };
  const page = new CorrectionPage();
  const parts: Blob[] = [];
  for (const index of volumes.keys()) parts.push(voxelBlob(image, await correctOne(work, index, page)));
  const report = shownReport(work, command);
  const html = await page.render(report);
  const { device, seconds } = report;
  answer({ kind: "result", page: html, command, device: { kind: device.kind, name: device.name }, seconds });
  answer({ kind: "files", files: await offeredFiles(work, parts, html) });
}

/** What is planned with: arrays, written in boxes of any kind. */
const OUTPUT = { chunk: [1, 1, 1], forwardOnly: false } as const;

/** The options that somebody has filled in. */
function given(options: CorrectionRequest["options"]): ArrayOptions {
  return Object.fromEntries(Object.entries(options).filter(([, text]) => text.trim() !== ""));
}

async function openMask(
  file: File,
  image: ImageFile,
  { stack, warn }: { readonly stack: AsyncDisposableStack; readonly warn: (text: string) => void },
): Promise<VolumeSource> {
  const mask = stack.use(await openNiftiBlob(file.name, file, warn));
  if (mask.volumes !== 1) {
    const rule = "it must hold one volume";
    throw new InputError(file.name, `Cannot use '${file.name}' as mask as ${rule}: current count is ${mask.volumes}`);
  }
  checkGeometry(image, mask, { path: file.name, role: "mask", ignore: false, warn });
  return mask.volume(0);
}

/** Turns the events of a run into lines of progress. */
function progressOf(answer: (message: CorrectionAnswer) => void): (event: RunEvent) => void {
  const progress = new Progress();
  return (event) => {
    progress.see(event);
    if (event.event === "warning") answer({ kind: "warning", text: event.text });
    if (event.event !== "boxes" && event.event !== "fit") return;
    const at = progress.at(event);
    answer({ kind: "progress", text: plainLine(event, at), share: at.share });
  };
}

/** Says which stages there will be, so that the time left is that of all. */
function tellPlan({ job: { input, settings, backend, log }, plan }: Opened, volumes: readonly unknown[]): void {
  const tissue = settings.maskMethod === "tissue";
  const context = { voxels: voxelCount(input.shape), levels: 0, tissue, counts: !tissue };
  const seconds = stageSeconds(plan, { ...context, cores: Math.max(1, backend.device.workers) });
  const stages = ["range", "histogram", "mask", "profile", "section", "global", "apply"].map((name) => ({
    name,
    seconds: seconds[name] * (name === "apply" ? volumes.length : 1),
  }));
  log.emit({ event: "plan", stages });
}

/** Corrects one volume; the page watches the first. */
async function correctOne(work: Work, index: number, page: CorrectionPage): Promise<Float32Array> {
  const { job, plan, estimate, volumes, image } = work;
  const input = volumes[index];
  const output = ArrayVolume.zeros(image.shape, image.voxelSize);
  const mask = volumes.length > 1 ? maskMadeOf(job.input, estimate.mask) : estimate.mask;
  const passes = passesOf({ ...job, plan });
  const apply = { ...job, ...job.settings, ...estimate, passes };
  if (index > 0) await applyBias({ ...apply, mask, input }, output);
  else {
    const subject = { input, output, mask, model: estimate.model, backend: job.backend, volume: index };
    await page.watch(subject, (source, sink, seen) => applyBias({ ...apply, mask: seen, input: source }, sink));
  }
  return output.data;
}

/** The report as the page shows it. */
function shownReport({ request, image, estimate, report }: Work, command: string) {
  const { path, format, shape, voxelSize, dataType, volumes } = image;
  return {
    ...report(estimate),
    tool: "n4",
    command,
    finished: new Date().toISOString(),
    input: { path, format, shape, voxelSizeMm: voxelSize, dataType, volumes },
    outputs: { output: correctedName(request.image.name) },
    browser: navigator.userAgent,
  };
}

/** What the page offers for download. */
async function offeredFiles(work: Work, corrected: readonly Blob[], html: string) {
  const { request: { image: { name } }, image, job, plan, estimate: { model, mask } } = work;
  const passes = passesOf({ ...job, plan });
  const field = ArrayVolume.zeros(image.shape, image.voxelSize);
  await writeField(model, field, job.backend, passes);
  const fieldFile = niftiBlob(image, field.data);
  await writeMask(job.input, mask, field, passes);
  const text = (type: string, value: string) => new Blob([value], { type });
  return [
    { role: "image", name: correctedName(name), blob: niftiBlob(image, corrected) },
    { role: "page", name: besideName(name, "n4.html"), blob: text("text/html", html) },
    { role: "field", name: besideName(name, "n4_field.nii"), blob: fieldFile },
    { role: "mask", name: besideName(name, "n4_mask.nii"), blob: niftiBlob(image, Uint8Array.from(field.data)) },
    { role: "model", name: besideName(name, "n4_model.json"), blob: text("application/json", formatBiasModel(model)) },
  ] as const;
}
