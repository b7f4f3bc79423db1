/**
 * Passes over a volume: read it, write it, or read and write it, box by box, with progress and a record of the time and
 * bytes. Every stage that touches voxels is one of these three.
 *
 * @module
 */

import { type BoxSteps, flowBoxes, planBoxes, type Planes, readBlock, transferBlock } from "./boxes.ts";
import type { Threads } from "../../thread_job.ts";
import type { BoxSlot } from "./slots.ts";
import type { RunLog } from "../../run_log.ts";
import { type Box, boxVoxels, noCounts, type StorageCounts, type VolumeSink, type VolumeSource } from "../../volume.ts";

/** What all passes of a run share. */
export interface PassContext {
  /** Most voxels of a box (never less than a block). */
  readonly boxVoxels: number;
  /** Boxes in flight at once. */
  readonly slots: number;
  /** Who does what can be done beside the calling thread; left out: it does everything. */
  readonly threads?: Threads;
  /** Receives events. */
  readonly log: RunLog;
  /** Ends the pass between two boxes. */
  readonly signal?: AbortSignal;
  /** The planes to pass over, whole chunks where chunks are written; left out: all of the volume. */
  readonly planes?: Planes;
  /** Remembers what has been written, for a pass that may be broken off; left out: nothing is remembered. */
  readonly journal?: PassJournal;
}

/** What a writing pass remembers. */
export interface PassJournal {
  /** Whether a box was written by an earlier pass. */
  has(box: Box): boolean;
  /** Called with every box that is written, and what storing it did to the values. */
  done(box: Box, stored: StorageCounts): Promise<void>;
}

/** What is done with a box and its buffers. */
type BoxWork = (box: Box, slot: BoxSlot) => Promise<void> | void;

/** What else is read with each box (a mask, weights), into the slot's other buffers. */
export interface Alongside {
  /** Whether going back costs a new start: then boxes are read one at a time, in order. */
  readonly forwardOnly: boolean;
  /** Reads it; the intensities are there already. */
  readonly read: BoxWork;
}

/** What a reading pass does beside reading. */
interface ReadingPass {
  readonly work: BoxWork;
  readonly alongside?: Alongside;
  /** The boxes to read; left out: all of the volume. */
  readonly regions?: readonly Box[];
}

/** Reads a volume; `work` sees each box with its intensities in `slot.data`. */
export async function scan(
  name: string,
  source: VolumeSource,
  context: PassContext,
  passing: ReadingPass,
): Promise<void> {
  const { alongside, regions } = passing;
  const boxes = regions ?? planBoxes(source.shape, readBlock(source.chunk), context.boxVoxels, context.planes);
  const orderedReads = source.forwardOnly || (alongside?.forwardOnly ?? false);
  await pass(name, boxes, context, { orderedReads, orderedWrites: false, bytesPerVoxel: 4 }, {
    ...readingSteps(source, passing),
    write: () => Promise.resolve(),
  });
}

/** The boxes that have not been written. */
function leftBoxes(boxes: readonly Box[], { journal }: PassContext): readonly Box[] {
  return journal ? boxes.filter((box) => !journal.has(box)) : boxes;
}

/** Writes a box, and remembers it. */
async function writeBox(box: Box, slot: BoxSlot, sink: VolumeSink, { journal }: PassContext): Promise<void> {
  const stored = await sink.write(box, slot.data(box));
  await journal?.done(box, stored ?? noCounts());
}

/** Reads every box of `source`, lets `work` change `slot.data`, writes it to `sink`; skips boxes in the journal. */
export async function transform(
  name: string,
  source: VolumeSource,
  sink: VolumeSink,
  context: PassContext,
  passing: Omit<ReadingPass, "regions">,
): Promise<void> {
  const { alongside } = passing;
  const ends = { readChunk: source.chunk, writeChunk: sink.chunk, forwardOnly: source.forwardOnly || sink.forwardOnly };
  const block = transferBlock(source.shape, ends);
  const boxes = leftBoxes(planBoxes(source.shape, block, context.boxVoxels, context.planes), context);
  const orderedReads = source.forwardOnly || (alongside?.forwardOnly ?? false);
  await pass(name, boxes, context, { orderedReads, orderedWrites: sink.forwardOnly, bytesPerVoxel: 8 }, {
    ...readingSteps(source, passing),
    write: (box, slot) => writeBox(box, slot, sink, context),
  });
}

/** Reads in turn what must be; what else comes along is read beside the reading of the next box. */
function readingSteps(source: VolumeSource, { work, alongside }: ReadingPass): Pick<BoxSteps, "read" | "work"> {
  const inTurn = alongside?.forwardOnly ?? false;
  return {
    async read(box, slot) {
      await source.read(box, slot.data(box));
      if (inTurn) await alongside?.read(box, slot);
    },
    async work(box, slot) {
      if (!inTurn) await alongside?.read(box, slot);
      await work(box, slot);
    },
  };
}

/** Lets `work` fill `slot.data` for every box of `sink` and writes it. */
export async function generate(name: string, sink: VolumeSink, context: PassContext, work: BoxWork): Promise<void> {
  const boxes = leftBoxes(planBoxes(sink.shape, sink.chunk, context.boxVoxels, context.planes), context);
  await pass(name, boxes, context, { orderedReads: false, orderedWrites: sink.forwardOnly, bytesPerVoxel: 4 }, {
    read: () => Promise.resolve(),
    work,
    write: (box, slot) => writeBox(box, slot, sink, context),
  });
}

interface PassTraits {
  readonly orderedReads: boolean;
  readonly orderedWrites: boolean;
  /** Bytes of float32 intensities that a voxel moves. */
  readonly bytesPerVoxel: number;
}

async function pass(
  name: string,
  boxes: readonly Box[],
  context: PassContext,
  traits: PassTraits,
  steps: BoxSteps,
): Promise<void> {
  const { log, slots, signal } = context;
  await log.stage(name, async (moved) => {
    const start = performance.now();
    let bytes = 0;
    const onDone = (box: Box, done: number) => {
      const more = boxVoxels(box) * traits.bytesPerVoxel;
      bytes += more;
      moved(more);
      const seconds = (performance.now() - start) / 1000;
      log.emit({ event: "boxes", stage: name, done, total: boxes.length, bytes, seconds });
    };
    await flowBoxes(boxes, { slots, ...traits, signal, onDone }, steps);
  });
}
