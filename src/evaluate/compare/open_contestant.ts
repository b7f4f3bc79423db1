/**
 * From a word of the command line to who corrects.
 *
 * @module
 */

import type { BackendChoice } from "../../backends/open.ts";
import { UsageError } from "../../errors.ts";
import { openChosenBackend } from "../../run/inputs.ts";
import type { ReferenceName } from "../../options/compare_table.ts";
import { type RunListener, RunLog } from "../../run_log.ts";
import { antsContestant } from "./ants_contestant.ts";
import { backendContestant } from "./backend_contestant.ts";
import type { Contestant } from "./contestant.ts";
import { simpleitkContestant } from "./simpleitk_contestant.ts";

/** What contestants are opened with. */
export interface ContestantOptions {
  /** Python that has SimpleITK. */
  readonly python?: string | undefined;
  /** ANTs' program. */
  readonly ants?: string | undefined;
  /** Worker threads of the TypeScript backend. */
  readonly nProcesses?: number | undefined;
  /** CUDA device. */
  readonly device?: number | undefined;
  /** Say why a backend was refused. */
  readonly verbose?: boolean | undefined;
}

/** Where and for whom they work. */
export interface ContestantContext {
  /** A path that ANTs may make its folder beside: `PATH.ants`. */
  readonly beside: string;
  /** Told what happens. */
  readonly log: RunLog;
  /** Told how fits go. */
  readonly listener?: RunListener;
  /** Iterations between two looks at a fit. */
  readonly batch?: number;
  /** Ends the work. */
  readonly signal?: AbortSignal;
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
  { beside, log, listener, batch, signal }: ContestantContext,
): Promise<Contestant> {
  const ending = signal ? { signal } : {};
  if (word === "simpleitk") {
    const contestant = await simpleitkContestant(options.python ?? "python3", signal);
    log.note(`Reference simpleitk: ${versionText(contestant)}.`);
    return contestant;
  }
  if (word === "ants") {
    const contestant = await antsContestant({
      program: options.ants ?? ANTS_PROGRAM,
      folder: `${beside}.ants`,
      ...ending,
    });
    log.note(`Reference ants: ${versionText(contestant)}.`);
    return contestant;
  }
  const { nProcesses, device, verbose } = options;
  const backend = await openChosenBackend({
    backend: word,
    ...(nProcesses === undefined ? {} : { nProcesses }),
    ...(device === undefined ? {} : { device }),
    ...(verbose ? { verbose } : {}),
  }, log);
  return backendContestant(backend, { ...(listener ? { listener } : {}), ...(batch ? { batch } : {}), ...ending });
}

function versionText({ versions = {} }: Contestant): string {
  return Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
}
