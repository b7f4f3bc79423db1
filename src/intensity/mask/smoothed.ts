/**
 * Reading a volume smoothed: every box is read with the halo that the Gaussian needs, so that box borders change
 * nothing. Non-finite voxels are read as 0.
 *
 * @module
 */

import type { SmoothSession, SmoothSpec } from "../../backends/backend.ts";
import { smoothHalo } from "../../n4/gaussian.ts";
import { columnBoxes, type ColumnSource, ColumnWindow } from "./column_window.ts";
import { BOX_VOXELS, type Planes } from "../../io/flow/boxes.ts";
import { type PassContext, scan } from "../../io/flow/passes.ts";
import { threadsFor } from "../../thread_job.ts";
import { PooledSlot } from "../../io/flow/slots.ts";
import { type Box, boxVoxels, growBox, type VolumeSource, wholeBox } from "../../volume.ts";
import { FIND_NONFINITE } from "../nonfinite.ts";

/** What is done with a smoothed box. */
export interface SmoothedBox {
  /** The box. */
  readonly box: Box;
  /** Smoothed intensities over `box`. */
  readonly smoothed: Float32Array;
  /** What was read: `box` grown by the halo, clipped to the volume. */
  readonly padded: Box;
  /** Raw intensities over `padded`, non-finite ones as 0. */
  readonly raw: Float32Array;
}

/** A box with its halo may be twice an ordinary box, since a wide column's rim costs less. */
const WIDER = 2;

/** Most voxels of a box with its halo, but where a block that is read alone is larger with its own. */
export const MOST_SMOOTHED_VOXELS: number = WIDER * BOX_VOXELS;

/** The boxes of a smoothing, each with what is read for it; `voxels` is the size of ordinary boxes. */
export function smoothedBoxes(
  source: ColumnSource,
  spec: SmoothSpec,
  voxels: number,
): Pick<SmoothedBox, "box" | "padded">[] {
  return boxesWithHalo(source, smoothHalo(spec), voxels);
}

/** What smoothing holds at its largest, voxels of four bytes. */
export function smoothedRoom(source: ColumnSource, spec: SmoothSpec): {
  /** Of a box: raw with its halo, and smoothed. */
  readonly box: number;
  /** Of planes that are kept from one box of a column to the next. */
  readonly kept: number;
  /** Boxes in flight that are planned: two, one where one is larger than usual. */
  readonly slots: number;
} {
  const halo = smoothHalo(spec);
  const boxes = boxesWithHalo(source, halo, MOST_SMOOTHED_VOXELS);
  const most = (of: (box: typeof boxes[number]) => number) => boxes.reduce((most, box) => Math.max(most, of(box)), 0);
  const padded = most(({ padded }) => boxVoxels(padded));
  const kept = ({ padded: box }: typeof boxes[number]) =>
    box.z1 === source.shape[0] ? 0 : boxVoxels({ ...box, z0: Math.max(box.z0, box.z1 - 2 * halo[0]) });
  const slots = padded > MOST_SMOOTHED_VOXELS && !source.forwardOnly ? 1 : 2;
  return { box: padded + most(({ box }) => boxVoxels(box)), kept: most(kept), slots: Math.min(slots, boxes.length) };
}

function boxesWithHalo(source: ColumnSource, halo: SmoothSession["halo"], voxels: number, planes?: Planes) {
  const boxes = columnBoxes(source, halo, Math.min(WIDER * voxels, MOST_SMOOTHED_VOXELS), planes);
  return boxes.map((box) => ({ box, padded: growBox(box, halo, wholeBox(source.shape)) }));
}

/** Reads the planes of `passes` smoothed; `work` sees every box once. Slots hold twice as much as in other passes. */
export async function scanSmoothed(
  name: string,
  source: VolumeSource,
  session: SmoothSession,
  passes: PassContext,
  work: (smoothed: SmoothedBox) => Promise<void> | void,
): Promise<void> {
  const boxes = boxesWithHalo(source, session.halo, passes.boxVoxels, passes.planes);
  const boxOf = new Map(boxes.map(({ box, padded }) => [padded, box]));
  const largest = boxes.reduce((most, { box }) => Math.max(most, boxVoxels(box)), 0);
  const reader = new ColumnWindow(source, session.halo[0]);
  await scan(name, reader, passes, {
    regions: [...boxOf.keys()],
    async work(padded, slot) {
      const box = boxOf.get(padded);
      if (!box) return;
      using result = new PooledSlot(largest);
      const [raw, smoothed] = [slot.data(padded), result.data(box)];
      await threadsFor(passes.threads, raw).run(FIND_NONFINITE, { data: raw, zero: true });
      await session.smooth(box, padded, raw, smoothed);
      await work({ box, smoothed, padded, raw });
    },
  });
}
