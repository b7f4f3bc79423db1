/**
 * Jobs that show how threads work together.
 *
 * @module
 */

import { ALONE, type Job } from "../../src/thread_job.ts";

/**
 * Adds 1 to the thread's own count, ten times, and sees each time that all others have come as far.
 *
 * @returns the count.
 */
export const COUNT_TURNS: Job<Int32Array, number> = {
  name: "count turns",
  work: (counts, team = ALONE) => {
    for (let turn = 0; turn < 10; turn++) {
      const count = Atomics.add(counts, team.member, 1) + 1;
      team.wait();
      if (counts.some((other) => other !== count)) throw new Error(`of ${counts} each must be ${count}`);
      team.wait();
    }
    return counts[team.member];
  },
};

/** One thread fails, the others wait for it. */
export const FAIL_ONE: Job<number, void> = {
  name: "fail one",
  work: (failing, team = ALONE) => {
    if (team.member === failing) throw new RangeError(`thread ${failing}`);
    team.wait();
  },
  errors: [RangeError],
};

/** All but the first thread wait for it in vain: it returns, or is lost where that is asked for. */
export const WAIT_FOR_NOBODY: Job<boolean, void> = {
  name: "wait for nobody",
  work: (lost, team = ALONE) => {
    if (team.member > 0) return team.wait();
    if (lost) setTimeout(() => Promise.reject(new Error("lost")), 0);
  },
};

/** A number of the thread's own, after some work. */
export const WHICH_THREAD: Job<string, number> = {
  name: "which thread",
  anywhere: true,
  work: async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return threadNumber;
  },
};

const threadNumber = Math.random();
