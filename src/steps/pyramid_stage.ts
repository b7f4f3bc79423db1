/**
 * The stage that makes coarser levels, from finer ones as stored. Where there shall be several tasks, levels that come
 * from level 0 are one each; those that come from one another one together.
 *
 * @module
 */

import { type PyramidPart, pyramidParts, writePyramid } from "../io/pyramid/pass.ts";
import type { ImageRun } from "./image_run.ts";
import type { Stage } from "./stage.ts";

/** The stage. */
export const pyramidStage: Stage<ImageRun> = {
  name: "pyramid",
  tasks: (run) => groupsOf(run).length,
  async task(run, index) {
    const { corrected, subjects, log, threads, signal, pyramidMemory: memory } = run;
    await writePyramid(corrected, subjects.length, { log, threads, memory, signal }, groupsOf(run)[index]);
    await run.store.write(`pyramid.${index}`, { record: {}, arrays: {} });
  },
};

/** What each task makes. */
function groupsOf({ corrected, subjects, tasks }: ImageRun): PyramidPart[][] {
  const parts = pyramidParts(corrected, subjects.length);
  // Levels that are made together read their source once.
  if (tasks === 1) return parts.length > 0 ? [parts] : [];
  if (corrected.coarser.every(({ from }) => from === 0)) return parts.map((part) => [part]);
  return subjects.map((_, subject) => parts.filter(([, volume]) => volume === subject));
}
