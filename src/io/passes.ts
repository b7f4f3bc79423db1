/**
 * Passes over a volume: read it, write it, or read and write it, box by box, with progress and a record of the time and bytes. Every stage that
 * touches voxels is one of these three.
 *
 * @module
 */

import { type BoxSlot, flowBoxes, planBoxes, readBlock } from "./boxes.ts";
import type { RunLog } from "../report.ts";
import { type Box, boxVoxels, type Triple, type VolumeSink, type VolumeSource } from "../volume.ts";

/** What all passes of a run share. */
export interface PassContext {
  /** Boxes that are written are multiples of this block, `[z, y, x]`. */
  readonly block: Triple;
  /** Most voxels of a box (never less than a block). */
  readonly boxVoxels: number;
  /** Boxes in flight at once. */
  readonly slots: number;
  /** Told what happens. */
  readonly log: RunLog;
  /** Ends the pass between two boxes. */
  readonly signal?: AbortSignal;
}

/** What is done with a box and its buffers. */
export type BoxWork = (box: Box, slot: BoxSlot) => Promise<void> | void;

/** Reads regions of a volume, all of it when none are given; `work` sees each with its intensities in `slot.data`. */
export async function scan(
  name: string,
  source: VolumeSource,
  context: PassContext,
  work: BoxWork,
  regions?: readonly Box[],
): Promise<void> {
  const boxes = regions ?? planBoxes(source.shape, readBlock(source.chunk, context.boxVoxels), context.boxVoxels);
  await pass(name, boxes, context, { orderedReads: source.forwardOnly, orderedWrites: false, bytesPerVoxel: 4 }, {
    read: (box, slot) => source.read(box, slot.data(box)),
    work,
    write: () => Promise.resolve(),
  });
}

/** Reads every box of `source`, lets `work` change it in `slot.data`, writes it to `sink`. */
export async function transform(
  name: string,
  source: VolumeSource,
  sink: VolumeSink,
  context: PassContext,
  work: BoxWork,
): Promise<void> {
  const boxes = planBoxes(source.shape, context.block, context.boxVoxels);
  const order = { orderedReads: source.forwardOnly, orderedWrites: sink.forwardOnly, bytesPerVoxel: 8 };
  await pass(name, boxes, context, order, {
    read: (box, slot) => source.read(box, slot.data(box)),
    work,
    write: (box, slot) => sink.write(box, slot.data(box)),
  });
}

/** Lets `work` fill `slot.data` for every box of `sink` and writes it. */
export async function generate(name: string, sink: VolumeSink, context: PassContext, work: BoxWork): Promise<void> {
  const boxes = planBoxes(sink.shape, sink.chunk, context.boxVoxels);
  await pass(name, boxes, context, { orderedReads: false, orderedWrites: sink.forwardOnly, bytesPerVoxel: 4 }, {
    read: () => Promise.resolve(),
    work,
    write: (box, slot) => sink.write(box, slot.data(box)),
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
  steps: Parameters<typeof flowBoxes>[2],
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
    await flowBoxes(boxes, { slots, ...traits, ...(signal ? { signal } : {}), onDone }, steps);
  });
}
