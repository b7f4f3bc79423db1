/**
 * What corrections are computed on: worker threads and a device. One run opens its own; many runs of one process share
 * them.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import type { RUN_OPTIONS } from "../options/run_table.ts";
import type { OptionValues } from "../options/spec.ts";
import type { RunLog } from "../run_log.ts";
import type { Threads } from "../thread_job.ts";
import { openThreads } from "../threads/pool.ts";
import { openChosenBackend } from "./inputs.ts";

/** Opens both. @param stack closes them. @throws {BackendError} when the device that the options name is not here. */
export async function openMachine(
  options: OptionValues<typeof RUN_OPTIONS>,
  log: RunLog,
  stack: AsyncDisposableStack,
): Promise<{ readonly threads: Threads; readonly backend: N4Backend }> {
  const threads = stack.use(openThreads(options.nProcesses));
  return { threads, backend: stack.use(await openChosenBackend(options, log, threads)) };
}
