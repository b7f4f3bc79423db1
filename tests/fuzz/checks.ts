/**
 * What is done with the files of a case, and what counts as right: one of n4's own errors with a sentence, or values that an independent decoder agrees with.
 *
 * @module
 */

import { N4Error } from "../../src/errors.ts";
import type { Allocations } from "./allocations.ts";
import type { CheckName } from "./case.ts";
import type { Answer, Job } from "./case_worker.ts";
import { checkCorrection } from "./correction_check.ts";
import { checkImage, checkZipImage } from "./image_checks.ts";
import { plantDefect } from "./planted.ts";
import { checkReport } from "./report_check.ts";
import { checkRunFolder } from "./run_folder_check.ts";
import { checkModel, checkOption } from "./text_checks.ts";

/** A broken promise: not an error of n4's. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Does one thing with the files. @returns what was found right. @throws {N4Error} as users get it. @throws {BrokenPromise} */
export type Check = (job: Job) => Promise<string>;

const CHECKS: Readonly<Record<CheckName, Check>> = {
  "image": checkImage,
  "zip image": checkZipImage,
  "correct": checkCorrection,
  "model": checkModel,
  "option": checkOption,
  "report": checkReport,
  "run folder": checkRunFolder,
  "planted": plantDefect,
};

/** Longest sentence that a user is shown. */
const LONGEST_SENTENCE = 2000;

/** Runs the check of a job. */
export async function runCheck(job: Job, counts: Allocations): Promise<Answer> {
  try {
    const kind = await CHECKS[job.check](job);
    return { outcome: "read", kind, text: "", largestAllocation: counts.largest };
  } catch (error) {
    return { ...judge(error), largestAllocation: counts.largest };
  }
}

function judge(error: unknown): Pick<Answer, "outcome" | "kind" | "text"> {
  // The library refuses options that break a rule only in this volume by a RangeError; the engine's are no sentences.
  const documented = error instanceof N4Error || (error instanceof RangeError && /^Cannot /.test(error.message));
  if (!documented) {
    const text = error instanceof Error ? `${error.stack}` : String(error);
    return { outcome: "failed", kind: error instanceof Error ? error.name : "no error", text };
  }
  const { message, name } = error;
  const outside = /without permission/.test(message);
  const sentence = /^Cannot /.test(message) && message.length <= LONGEST_SENTENCE &&
    !/undefined|\[object/.test(message);
  if (sentence && !outside) return { outcome: "refused", kind: name, text: message };
  const problem = outside ? "A file outside of the case's folders was asked for" : "Not a sentence for users";
  return { outcome: "failed", kind: name, text: `${problem}: ${message.slice(0, 500)}\n${error.stack?.slice(-1500)}` };
}
