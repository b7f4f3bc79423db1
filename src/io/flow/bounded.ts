/**
 * Bounded concurrency.
 *
 * @module
 */

/**
 * Runs `work` over `items` in order, at most `limit` at a time. After a failure nothing new starts; the first failure
 * is thrown once everything under way has ended, so that no work outlives the call.
 *
 * @param items Taken one by one as places become free.
 * @param limit At least 1.
 * @param work What to do with one.
 */
export async function forEachBounded<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  async function lane(): Promise<void> {
    while (failures.length === 0) {
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (failure) {
        failures.push(failure);
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, lane));
  if (failures.length > 0) throw failures[0];
}
