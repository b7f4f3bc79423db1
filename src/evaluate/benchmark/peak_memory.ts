/**
 * Peak memory of a backend: one correction in a process of its own, which reports its largest resident memory. In the
 * benchmark's own process the figure would be that of everything that ran before.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { BackendKind } from "../../backends/backend.ts";
import { ChildPipe } from "../contestants/child_pipe.ts";
import type { CorrectionWork } from "../contestants/contestant.ts";
import type { ContestantOptions } from "../contestants/open.ts";
import { UsageError } from "../../errors.ts";

/** n4's own folder. */
const HOME = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./peak_memory_process.ts", import.meta.url));

/**
 * Checks that the process can be started: its program is a file of n4's sources.
 *
 * @throws {UsageError} in a bundle, which has none.
 */
export function checkPeakMemory(): void {
  if (import.meta.url.endsWith("/src/evaluate/benchmark/peak_memory.ts")) return;
  throw new UsageError(
    "Cannot use '--peak-memory' as it starts n4's own sources: current program is a bundle of them (see scripts/benchmark_n4.ts)",
  );
}

/** What the process is given; intensities and mask follow. */
export interface PeakMemoryJob {
  /** The backend. */
  readonly backend: BackendKind;
  /** Its options. */
  readonly options: Pick<ContestantOptions, "nProcesses" | "device">;
  /** The work without its arrays. */
  readonly work: Omit<CorrectionWork, "intensity" | "mask">;
}

/**
 * Runs a correction in a process of its own.
 *
 * @returns the largest resident memory of that process, bytes: runtime, input, mask, result and all.
 * @throws {InputError} when the process cannot be started or fails.
 */
export async function peakMemoryOf(job: PeakMemoryJob, work: CorrectionWork, signal?: AbortSignal): Promise<number> {
  const cuda = job.backend === "cuda" ? ["--allow-ffi", "--allow-env=N4_CUDA_LIBRARY"] : [];
  const args = ["run", "--quiet", "--no-prompt", "--no-check", `--allow-read=${HOME}`, ...cuda, PROGRAM];
  const role = `a process of its own for the backend ${job.backend}`;
  await using child = new ChildPipe({ program: "deno", args, role, signal });
  await child.send(job, work.intensity, work.mask);
  return (await child.receive()).peakBytes as number;
}
