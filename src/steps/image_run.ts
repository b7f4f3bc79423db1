/**
 * The correction of an image file as its steps see it: one or more volumes, each corrected by its own field or all by
 * one, and where they go.
 *
 * @module
 */

import type { MaskReader } from "../intensity/mask/mask.ts";
import type { Planes } from "../io/flow/boxes.ts";
import type { ImageOutput } from "../io/image.ts";
import type { Threads } from "../thread_job.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSink, VolumeSource } from "../volume.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import type { BiasEstimate } from "./estimate.ts";
import type { FolderStore } from "../store/folder_store.ts";
import type { VolumeRun } from "./volume_run.ts";

/** A volume that is corrected. */
interface Subject {
  /** The volume; only read. */
  readonly input: VolumeSource;
  /** Its index in the input file. */
  readonly volume: number;
  /** What it is divided by, and how. */
  readonly by: Division;
  /** Whether the images of field and mask get a volume with it: the first one for each field does. */
  readonly isFirst: boolean;
}

/** The division of volumes by a field. */
interface Division extends Pick<VolumeRun, "input" | "backend" | "log" | "threads" | "signal"> {
  /** How its boxes flow. */
  readonly plan: Pick<CorrectionPlan, "boxVoxels" | "slots">;
  readonly settings:
    & Pick<CorrectSettings, "strength" | "nonfinite">
    & Partial<Pick<CorrectSettings, "zeroOutside" | "keepOutside">>;
  /** The field, once it has been found. */
  readonly estimate: () => Promise<
    Pick<BiasEstimate, "model" | "mask"> & Partial<Pick<BiasEstimate, "matching" | "keptMask">>
  >;
}

/** Lets a volume be corrected and watches it. */
export type Watch = (
  subject: Pick<BiasEstimate, "mask" | "model"> & Pick<VolumeRun, "input" | "backend"> & {
    readonly output: VolumeSink;
    readonly volume: number;
  },
  apply: (input: VolumeSource, output: VolumeSink, mask: MaskReader) => Promise<void>,
) => Promise<void>;

/** The correction of an image, cut into steps. */
export interface ImageRun {
  /** The fits of fields: one a volume, or one for all; none where the field is given. */
  readonly fits: readonly VolumeRun[];
  /** The volumes to correct, in the order of the output. */
  readonly subjects: readonly Subject[];
  /** The corrected image. */
  readonly corrected: ImageOutput;
  /** The bias fields, one a fit. */
  readonly field?: ImageOutput;
  /** The masks, one a fit. */
  readonly mask?: ImageOutput;
  /** Where results that belong to the whole image are kept. */
  readonly store: FolderStore;
  /** Tasks that reading and writing are cut into, as far as chunks allow. */
  readonly tasks: number;
  /** Bytes for the buffers of the coarser levels. */
  readonly pyramidMemory: number;
  /** Who works beside the calling thread. */
  readonly threads: Threads;
  /** Called before the input is read for the last time. */
  readonly onLastRead: () => void;
  readonly log: RunLog;
  readonly signal?: AbortSignal;
  /** Watches the first volume, which is then corrected in one go. */
  readonly watch?: Watch;
}

/** Cuts planes into at most `count` runs that begin and end where blocks do. */
export function cutPlanes(planes: number, block: number, count: number): Planes[] {
  const blocks = Math.ceil(planes / block);
  const runs = Math.min(count, blocks);
  const border = (i: number) => Math.min(planes, Math.floor(i * blocks / runs) * block);
  return Array.from({ length: runs }, (_, i) => [border(i), border(i + 1)] as const);
}
