/**
 * One after the other: tasks that share a file position.
 *
 * @module
 */

/** Runs tasks in the order they were handed over, each after the one before has ended, well or badly. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Result of `task`, which starts when all earlier ones are done. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {}); // The caller gets the error through `result`; the next task must still run.
    return result;
  }
}
