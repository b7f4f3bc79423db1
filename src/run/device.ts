/**
 * The device that a run computes on.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { openBackend } from "../backends/open.ts";
import type { RUN_OPTIONS } from "../options/run_table.ts";
import type { OptionValues } from "../options/spec.ts";
import type { RunLog } from "../run_log.ts";
import type { Threads } from "../thread_job.ts";
import { openThreads } from "../threads/pool.ts";

/**
 * Opens the backend that the user asked for; says why better ones were refused when asked to be verbose.
 *
 * @param threads those of the run, which the TypeScript backend works on too; left out: it starts its own.
 */
export async function openChosenBackend(
  options: OptionValues<typeof RUN_OPTIONS>,
  log: RunLog,
  threads?: Threads,
): Promise<N4Backend> {
  const { nProcesses, device } = options;
  const how = { workers: nProcesses, device, threads, onFallback: (reason: string) => log.warn(reason) };
  const backend = await openBackend(options.backend ?? "auto", how, (reason) => {
    if (options.verbose) log.note(reason);
  });
  const asked = nProcesses ?? navigator.hardwareConcurrency;
  if (threads && threads.count > 0 && threads.members < asked) {
    log.warn(
      `Worker threads are ${threads.members} instead of ${asked}, as this process may open few files (ulimit -n).`,
    );
  }
  log.note(`Backend ${backend.device.kind}: ${backend.device.name} (${backend.device.driver}).`);
  if (device !== undefined && backend.device.kind !== "cuda") {
    log.warn(`Option 'device' is for the backend cuda: the current one is ${backend.device.kind}.`);
  }
  if (backend.device.kind !== "ts" && backend.device.software) {
    log.warn("A processor stands in for the GPU of this backend: option 'backend: ts' is faster here.");
  }
  return backend;
}

/**
 * Opens threads and a device that many runs share.
 *
 * @param stack closes them.
 * @throws {BackendError} when the device that the options name is not here.
 */
export async function openMachine(
  options: OptionValues<typeof RUN_OPTIONS>,
  log: RunLog,
  stack: AsyncDisposableStack,
): Promise<{ readonly threads: Threads; readonly backend: N4Backend }> {
  const threads = stack.use(openThreads(options.nProcesses));
  return { threads, backend: stack.use(await openChosenBackend(options, log, threads)) };
}
