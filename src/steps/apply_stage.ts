/**
 * The stage that corrects: every task writes its planes of the corrected image, and of the images of field and mask
 * where they are wanted. What was written before a run was ended is not written again, except where an output is one
 * stream.
 *
 * @module
 */

import { type Planes, transferBlock } from "../io/flow/boxes.ts";
import type { ImageOutput } from "../io/image.ts";
import type { VolumeSink, VolumeSource } from "../volume.ts";
import { correctPlanes, writeField, writeMask } from "./apply.ts";
import { addBoxCounts, type BoxCounts, noBoxCounts } from "../store/box_counts.ts";
import type { BoxJournal } from "../store/box_journal.ts";
import type { BiasEstimate } from "./estimate.ts";
import { cutPlanes, type ImageRun } from "./image_run.ts";
import { need, type Stage } from "./stage.ts";
import { passesOf } from "./volume_run.ts";

/** The stage; tasks of the first volume, then of the second. Where an output is one stream, one task does all. */
export const applyStage: Stage<ImageRun> = {
  name: "apply",
  tasks: (run) => writesStreams(run) ? 1 : run.subjects.length * partsOf(run),
  async task(run, index) {
    const parts = partsOf(run);
    const places = writesStreams(run)
      ? run.subjects.map((_, subject) => ({ subject, part: 0, parts }))
      : [{ subject: Math.floor(index / parts), part: index % parts, parts }];
    const counts = noBoxCounts();
    for (const place of places) addBoxCounts(counts, await applyPart(run, place));
    for (const output of outputsOf(run)) if (isStream(output)) await output.complete();
    await run.store.write(`apply.${index}`, { record: { ...counts }, arrays: {} });
  },
};

/**
 * What writing the corrected image did to values, all tasks together.
 *
 * @throws {StepError} when one has not been done.
 */
export async function readCounts(run: ImageRun): Promise<BoxCounts> {
  const counts = noBoxCounts();
  for (let i = 0; i < applyStage.tasks(run); i++) {
    addBoxCounts(counts, (await need(run, `apply.${i}`)).record as unknown as BoxCounts);
  }
  return counts;
}

function outputsOf({ corrected, field, mask }: ImageRun): ImageOutput[] {
  return [corrected, field, mask].filter((output) => output !== undefined);
}

function isStream(output: ImageOutput): boolean {
  return output.volume(0).forwardOnly;
}

function writesStreams(run: ImageRun): boolean {
  return outputsOf(run).some(isStream);
}

/** How many tasks the planes of a volume are cut into: as many as asked for, if chunks allow. */
function partsOf(run: ImageRun): number {
  if (run.watch || writesStreams(run)) return 1;
  return transferPlanes(run.subjects[0].input, run.corrected.volume(0), run.tasks).length;
}

/** Runs of planes of a transfer, at most `count`. */
function transferPlanes(input: VolumeSource, output: VolumeSink, count: number): Planes[] {
  const forwardOnly = input.forwardOnly || output.forwardOnly;
  const block = transferBlock(input.shape, { readChunk: input.chunk, writeChunk: output.chunk, forwardOnly });
  return cutPlanes(input.shape[0], block[0], count);
}

/** Planes of one volume. */
interface Place {
  /** Place of the volume in the output. */
  readonly subject: number;
  /** Which part of it, of how many. */
  readonly part: number;
  readonly parts: number;
}

/** Writes one part of a volume. */
async function applyPart(run: ImageRun, place: Place): Promise<BoxCounts> {
  const { by, input, volume, isFirst } = run.subjects[place.subject];
  const estimate = await by.estimate();
  if (isFirst) await writeCompanions(run, estimate, place);
  run.onLastRead();
  const output = run.corrected.volume(place.subject);
  const job = { backend: by.backend, ...by.settings, ...estimate };
  if (!run.watch || place.subject > 0) {
    const planes = transferPlanes(input, output, place.parts)[place.part];
    return await journaled(
      run,
      place,
      { output, name: "corrected", planes },
      (passes, onNonfinite) => correctPlanes({ ...job, input, passes, onNonfinite }, output),
    );
  }
  using journal = await run.store.openJournal();
  const passes = { ...passesOf(by), journal };
  const onNonfinite = journal.noteNonfinite.bind(journal);
  const { mask, model } = estimate;
  await run.watch({ mask, model, input, output, volume, backend: by.backend }, async (source, sink, mask) => {
    await correctPlanes({ ...job, mask, input: source, passes, onNonfinite }, sink);
  });
  return journal.counts();
}

/** What a journal is kept of. */
interface Journaled {
  readonly output: VolumeSink;
  readonly name: string;
  readonly planes: Planes | undefined;
}

/** Lets planes be written that no process has written yet. */
async function journaled(
  run: ImageRun,
  { subject, part }: Place,
  { output, name, planes }: Journaled,
  write: (passes: ReturnType<typeof passesOf>, onNonfinite: BoxJournal["noteNonfinite"]) => Promise<unknown>,
): Promise<BoxCounts> {
  const own = passesOf(run.subjects[subject].by, planes);
  const kept = output.forwardOnly ? undefined : { name: `${name}.${subject}.${part}`, boxVoxels: own.boxVoxels };
  using journal = await run.store.openJournal(kept);
  const boxVoxels = journal.boxVoxels ?? own.boxVoxels;
  if (planes) await write({ ...own, boxVoxels, journal }, journal.noteNonfinite.bind(journal));
  return journal.counts();
}

/** The field and the mask over the same part of their own planes, where they are asked for. */
async function writeCompanions(
  run: ImageRun,
  { model, mask }: Pick<BiasEstimate, "model" | "mask">,
  place: Place,
): Promise<void> {
  const { by } = run.subjects[place.subject];
  const field = run.field?.volume(place.subject);
  if (field) {
    const planes = cutPlanes(field.shape[0], field.chunk[0], place.parts)[place.part];
    await journaled(
      run,
      place,
      { output: field, name: "field", planes },
      (passes) => writeField(model, field, by.backend, passes),
    );
  }
  const masked = run.mask?.volume(place.subject);
  if (masked) {
    const planes = transferPlanes(by.input, masked, place.parts)[place.part];
    await journaled(
      run,
      place,
      { output: masked, name: "mask", planes },
      (passes) => writeMask(by.input, mask, masked, passes),
    );
  }
}
