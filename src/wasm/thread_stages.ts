/**
 * The module over a memory of the thread's own, for jobs, whose arrays lie elsewhere and are copied through it piece by
 * piece.
 *
 * @module
 */

import { Arena } from "./arena.ts";
import { type StageFunctions, stagesOver } from "./module.ts";

/** The module and the memory it works on. */
export interface ThreadStages {
  /** What works. */
  readonly stages: StageFunctions;
  /**
   * Where its arrays are taken. A job releases all of them first; it must not wait for anything while it uses them, and
   * should stay below 1 MiB, which is what plans count.
   */
  readonly arena: Arena;
}

let own: ThreadStages | undefined;

/** The one of this thread, made when first asked for. */
export function threadStages(): ThreadStages {
  if (own === undefined) {
    const arena = new Arena();
    own = { stages: stagesOver(arena.memory), arena };
  }
  return own;
}
