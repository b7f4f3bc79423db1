/**
 * What a process took of memory, against what it was allowed.
 *
 * @module
 */

import process from "node:process";
import { PRESETS } from "../options/presets.ts";
import type { CorrectOptions } from "../options/table.ts";
import type { RunLog } from "../run_log.ts";

/**
 * Watches the largest resident memory of the process.
 *
 * @param given the options as the user gave them: the limit is that of the process, not the share of a run in it.
 * @returns to be called once the work is done: warns where the limit was exceeded meanwhile. What was above it before
 * is not the work's doing: the largest size never falls, and a program that starts another lends it its own.
 */
export function watchPeak(given: Pick<CorrectOptions, "memoryLimit">, log: RunLog): () => void {
  const { memoryLimit: limit = PRESETS.mri.memoryLimit } = given;
  const before = peakBytes();
  return () => {
    const peak = peakBytes();
    if (before > limit || peak <= limit) return;
    const [taken, allowed] = [peak, limit].map((bytes) => `${Math.ceil(bytes / 2 ** 20)} MiB`);
    log.warn(
      `The process took ${taken} of memory, more than the ${allowed} of option 'memoryLimit': the plan expected less.`,
    );
  };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
