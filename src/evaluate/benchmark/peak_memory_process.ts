/**
 * The process that `peak_memory.ts` starts: reads a job, corrects once, reports its largest resident memory as a line
 * of JSON.
 *
 * @module
 */

import process from "node:process";
import { openContestant } from "../contestants/open.ts";
import { PipeReader } from "../contestants/pipe_reader.ts";
import { RunLog } from "../../run_log.ts";
import { voxelCount } from "../../volume.ts";
import type { PeakMemoryJob } from "./peak_memory.ts";

async function measure(): Promise<number> {
  const input = new PipeReader(Deno.stdin.readable);
  const { backend, options, work } = JSON.parse(await input.line() ?? "") as PeakMemoryJob;
  const voxels = voxelCount(work.shape);
  const [intensity, mask] = [await input.bytes(4 * voxels), await input.bytes(voxels)];
  if (!intensity || !mask) throw new Error("Cannot correct as the input must be whole: it ended early");
  await using contestant = await openContestant(backend, options, { beside: "", log: new RunLog() });
  await contestant.load({ ...work, intensity: new Float32Array(intensity.buffer), mask });
  await contestant.time();
  return process.resourceUsage().maxRSS * 1024;
}

if (import.meta.main) {
  const answer = await measure().then(
    (peakBytes) => ({ peakBytes }),
    (error) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
}
