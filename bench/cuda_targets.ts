/**
 * What the CUDA backend is meant to reach, and whether it did.
 *
 * @module
 */

import type { CudaFloors, CudaTiming } from "./cuda_fit.ts";
import type { CudaPeer } from "./cuda_peers.ts";
import type { ProcessReport } from "./cuda_processes.ts";

/** A subject with everybody's times. */
export interface VerifiedSubject extends CudaTiming, CudaFloors {
  readonly peers: readonly CudaPeer[];
}

/** A target with what was measured. */
export interface Judged {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Samples from which an iteration is held to its bytes: below, six launches are what it takes. */
const FLOOR_SAMPLES = 4e6;

/** Judges the targets; one whose peer did not run is not met, and says so. */
export function judge(subjects: readonly VerifiedSubject[], processes: readonly ProcessReport[]): Judged[] {
  const largest = subjects.reduce((most, subject) => subject.samples > most.samples ? subject : most);
  const { samples, timesFloor, wholeMs, fitMs, transferFloorMs } = largest;
  const rest = wholeMs.median - fitMs.median;
  return [
    {
      target: "an iteration within 3 times the floor of the device's memory, from 4 million samples on",
      measured: `${timesFloor.toFixed(2)} times, of ${samples} samples (${largest.name})`,
      met: samples >= FLOOR_SAMPLES && timesFloor <= 3,
    },
    againstPeer(subjects, /^linumpy/, 20, "a fit 20 times faster than linumpy's"),
    againstPeer(subjects, /^n4ax/, 30, "an iteration 30 times faster than n4ax's"),
    {
      target: "a whole call bound by transfers: what is not the fit within twice the floor of pinned copies",
      measured: `${rest.toFixed(1)} ms beside a floor of ${transferFloorMs.toFixed(1)} ms`,
      met: rest <= 2 * transferFloorMs,
    },
    {
      target: "device memory predicted from the plan is at least what was held",
      measured: processes.length === 0
        ? "no process was run"
        : processes.map((report) => `${report.predictedBytes} and ${report.peakBytes} bytes`).join("; "),
      met: processes.length > 0 && processes.every((report) => report.predictedBytes >= report.peakBytes),
    },
  ];
}

/** Equal iterations on both sides, so times of fits and of iterations have one ratio; the smallest over all subjects counts. */
function againstPeer(subjects: readonly VerifiedSubject[], name: RegExp, aim: number, target: string): Judged {
  const ratios = subjects.flatMap(({ fitMs, peers }) =>
    peers.flatMap((peer) => name.test(peer.name) && peer.fitMs ? [peer.fitMs.median / fitMs.median] : [])
  );
  if (ratios.length === 0) return { target, measured: "the peer did not run", met: false };
  const least = Math.min(...ratios);
  const most = Math.max(...ratios);
  return { target, measured: `${least.toFixed(1)} to ${most.toFixed(1)} times`, met: least >= aim };
}
