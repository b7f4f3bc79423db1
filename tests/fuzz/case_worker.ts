/**
 * The thread that cases run in: it may read the folders of the run and write the output folder, nothing else. Who started it watches the clock.
 *
 * @module
 */

import { countAllocations } from "./allocations.ts";
import type { CheckName } from "./case.ts";

/** A case to run. */
export interface Job {
  readonly check: CheckName;
  readonly checkSeed: number;
  /** Folder of the case's files. */
  readonly input: string;
  /** The file or folder in it that is opened. */
  readonly open: string;
  /** Name of the valid files that it was made from. */
  readonly seedName: string;
  /** The bytes of that file before they were changed; none for a folder. */
  readonly valid: Uint8Array;
  /** Folder that may be written. */
  readonly output: string;
}

/** How it ended, and what it took. */
export interface Answer {
  /** `refused`: one of n4's errors; `read`: a result that holds; `failed`: anything else. */
  readonly outcome: "refused" | "read" | "failed";
  /** Class of the error, or what was found right. */
  readonly kind: string;
  /** What went wrong. */
  readonly text: string;
  /** Largest array that was asked for, bytes. */
  readonly largestAllocation: number;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Job>) => void;
  postMessage(message: Answer | "ready"): void;
};
const counts = countAllocations();
// Imported once the counting is in place.
const { runCheck } = await import("./checks.ts");

scope.onmessage = async ({ data }) => {
  counts.largest = 0;
  const answer = await runCheck(data, counts);
  scope.postMessage(answer);
};
scope.postMessage("ready");
