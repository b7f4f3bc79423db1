/**
 * Reading a volume smoothed: every box is read with the halo that the Gaussian needs, so that box borders change
 * nothing. Non-finite voxels are read as 0.
 *
 * @module
 */

import type { SmoothSession, SmoothSpec } from "../../backends/backend.ts";
import { smoothHalo } from "../../n4/gaussian.ts";
import { columnBoxes, ColumnWindow } from "./column_window.ts";
import type { Planes } from "../../io/flow/boxes.ts";
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

/** The boxes of a smoothing, each with what is read for it; `voxels` is the size of ordinary boxes. */
export function smoothedBoxes(
  source: VolumeSource,
  spec: SmoothSpec,
  voxels: number,
): Pick<SmoothedBox, "box" | "padded">[] {
  return boxesWithHalo(source, smoothHalo(spec), voxels);
}

function boxesWithHalo(source: VolumeSource, halo: SmoothSession["halo"], voxels: number, planes?: Planes) {
  const boxes = columnBoxes(source, halo, WIDER * voxels, planes);
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
