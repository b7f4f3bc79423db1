/**
 * What the worker reports of a correction as it goes.
 *
 * @module
 */

import { plainLine, Progress } from "../src/cli/progress.ts";
import type { openCorrection } from "../src/commands/correct_volume.ts";
import type { PyramidPlan } from "../src/io/pyramid/plan.ts";
import { stageSeconds } from "../src/plan/step_costs.ts";
import type { RunEvent } from "../src/run_log.ts";
import { voxelCount } from "../src/volume.ts";
import type { CorrectionAnswer } from "./messages.ts";

/** Turns the events of a run into lines of progress. */
export function progressOf(answer: (message: CorrectionAnswer) => void): (event: RunEvent) => void {
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
export function tellPlan(
  { job: { input, settings, backend, log }, plan }: Awaited<ReturnType<typeof openCorrection>>,
  { volumes, pyramid }: { readonly volumes: number; readonly pyramid: PyramidPlan | undefined },
): void {
  const tissue = settings.maskMethod === "tissue";
  const levels = (pyramid?.levels ?? []).reduce((sum, { shape }) => sum + voxelCount(shape), 0);
  const context = { voxels: voxelCount(input.shape), levels, tissue, counts: !tissue };
  const seconds = stageSeconds(plan, { ...context, cores: Math.max(1, backend.device.workers) });
  const names = ["range", "histogram", "mask", "profile", "section", "global", "apply", "pyramid"];
  const stages = names.map((name) => ({
    name,
    seconds: seconds[name] * (name === "apply" || name === "pyramid" ? volumes : 1),
  }));
  log.emit({ event: "plan", stages });
}
