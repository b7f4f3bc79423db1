/**
 * From a word of the command line to who corrects.
 *
 * @module
 */

import type { BackendChoice } from "../../backends/open.ts";
import { UsageError } from "../../errors.ts";
import { openChosenBackend } from "../../run/device.ts";
import type { ReferenceName } from "../../options/compare_table.ts";
import type { RunLog } from "../../run_log.ts";
import { antsContestant } from "./ants.ts";
import { backendContestant, type BackendContestantOptions } from "./backend.ts";
import { type Contestant, ranOn } from "./contestant.ts";
import { simpleitkContestant } from "./simpleitk.ts";

/** What contestants are opened with. */
export interface ContestantOptions {
  /** Python that has SimpleITK. */
  readonly python?: string;
  /** ANTs' program. */
  readonly ants?: string;
  /** Worker threads of the TypeScript backend. */
  readonly nProcesses?: number;
  /** CUDA device. */
  readonly device?: number;
  /** Say why a backend was refused. */
  readonly verbose?: boolean;
}

/** Where and for whom they work. */
export interface ContestantContext extends BackendContestantOptions {
  /** A path that ANTs may make its folder beside: `PATH.ants`. */
  readonly beside: string;
  /** Hears what happens. */
  readonly log: RunLog;
}

const ANTS_PROGRAM = "N4BiasFieldCorrection";

/** Checks what options say of references. @throws {UsageError} when one needs an option that is not given. */
export function checkReferences(words: readonly string[], { python }: ContestantOptions): void {
  if (words.includes("simpleitk") && python === undefined) {
    throw new UsageError("Cannot use 'simpleitk' as it needs '--python' as well, the path of a Python that has it");
  }
}

/**
 * Opens a backend or a reference.
 *
 * @throws {BackendError} when the backend cannot be used here.
 * @throws {InputError} when the reference does not run.
 */
export async function openContestant(
  word: BackendChoice | ReferenceName,
  options: ContestantOptions,
  { beside, log, ...control }: ContestantContext,
): Promise<Contestant> {
  const { signal } = control;
  const { python = "python3", ants = ANTS_PROGRAM, nProcesses, device, verbose } = options;
  if (word !== "simpleitk" && word !== "ants") {
    const backend = await openChosenBackend({ backend: word, nProcesses, device, verbose }, log);
    return backendContestant(backend, control);
  }
  const contestant = word === "simpleitk"
    ? await simpleitkContestant(python, signal)
    : await antsContestant({ program: ants, folder: `${beside}.ants`, signal });
  log.note(`Reference ${word}: ${ranOn(contestant)}.`);
  return contestant;
}
