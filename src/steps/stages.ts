/**
 * The list of stages, from the first read to the coarsest level. A correction in memory walks those that lead to a
 * field, a correction of a file all of them, and `n4 step` does one task of one.
 *
 * @module
 */

import { applyStage } from "./apply_stage.ts";
import { globalStage } from "./global.ts";
import { histogramStage } from "./histogram.ts";
import type { ImageRun } from "./image_run.ts";
import { maskStage, readMask } from "./mask.ts";
import { profileStage } from "./profile.ts";
import { pyramidStage } from "./pyramid_stage.ts";
import { rangeStage } from "./range.ts";
import { sectionStage } from "./section.ts";
import { doGather, doStage, doTask } from "./stage.ts";
import type { VolumeRun } from "./volume_run.ts";

/** The stages that lead to the field of a volume, in order. */
const FIELD_STAGES = [
  rangeStage, // Smallest and largest intensities.
  histogramStage, // Thresholds, and the tables that match sections to the whole.
  maskStage, // Tissue, closed in its planes and along z.
  profileStage, // One gain a plane.
  sectionStage, // A field for each section, on its own samples.
  globalStage, // A field over all, and the scale.
] as const;

/** The stages of an image once there are fields, in order. */
const IMAGE_STAGES = [
  applyStage, // The division by the field.
  pyramidStage, // Coarser levels.
] as const;

/** The names of all stages, in order. */
export const STAGE_NAMES: readonly string[] = [...FIELD_STAGES, ...IMAGE_STAGES].map(({ name }) => name);

/** Does what is left to do on the way to the fields of some volumes. */
export async function findFields(fits: readonly VolumeRun[]): Promise<void> {
  for (const stage of FIELD_STAGES) {
    for (const fit of fits) await doStage(stage, fit);
    if (stage !== maskStage) continue;
    for (const fit of fits) fit.log.note(`Mask: ${shortened((await readMask(fit)).description)}.`);
  }
}

/** A description of a mask without the digits of its threshold that nobody reads; the report has them. */
export function shortened(description: string): string {
  return description.replace(/(?<=^voxels above )\S+/, (digits) => String(Number(Number(digits).toPrecision(4))));
}

/** Does what is left to do of a run. */
export async function doStages(run: ImageRun): Promise<void> {
  await findFields(run.fits);
  for (const stage of IMAGE_STAGES) await doStage(stage, run);
}

/** A stage of a certain run. */
interface RunStage {
  readonly name: string;
  /** How many tasks it has; 0 where the run does not need it. */
  readonly tasks: number;
  /** Does one task. */
  task(index: number): Promise<void>;
  /** Puts together what the tasks found; left out where nobody needs it. */
  readonly gather?: () => Promise<void>;
}

/** The stages of a run. Of a stage of fields the tasks of the first volume come first, then those of the second. */
export function stagesOf(run: ImageRun): RunStage[] {
  const fields = FIELD_STAGES.map((stage): RunStage => {
    const tasks = run.fits.flatMap((fit) => Array.from({ length: stage.tasks(fit) }, (_, i) => [fit, i] as const));
    const gather = async () => {
      for (const fit of run.fits) await doGather(stage, fit);
    };
    return {
      name: stage.name,
      tasks: tasks.length,
      task: async (index) => await doTask(stage, ...tasks[index]),
      gather: "gather" in stage ? gather : undefined,
    };
  });
  const image = IMAGE_STAGES.map((stage): RunStage => ({
    name: stage.name,
    tasks: stage.tasks(run),
    task: async (index) => await doTask(stage, run, index),
  }));
  return [...fields, ...image];
}
