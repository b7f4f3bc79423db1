/**
 * What the cases of a run came to, in numbers.
 *
 * @module
 */

import type { Case } from "./case.ts";
import type { CaseResult } from "./fuzz_run.ts";

/** Counts results. */
export class Tally {
  /** Cases that broke a promise. */
  failures = 0;
  readonly #counts = new Map<string, number>();
  readonly #start = performance.now();
  #cases = 0;
  #longest = 0;
  #largest = 0;
  #memory = 0;

  /** Counts a case. */
  add({ target }: Case, { problem, outcome, kind, time, largestAllocation, memory }: CaseResult): void {
    const name = `${target.name}: ${problem === undefined ? `${outcome}, ${kind}` : "FAILED"}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#cases++;
    if (problem !== undefined) this.failures++;
    this.#longest = Math.max(this.#longest, time);
    this.#largest = Math.max(this.#largest, largestAllocation);
    this.#memory = Math.max(this.#memory, memory);
  }

  /** The numbers, a line each. */
  report(): string {
    const lines = [...this.#counts].sort().map(([name, count]) => `${String(count).padStart(8)}  ${name}`);
    const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(0);
    lines.push(
      `${this.#cases} cases in ${seconds} s, ${this.failures} failed; longest ${this.#longest.toFixed(0)} ms, ` +
        `largest array ${mebibytes(this.#largest)}, most memory ${mebibytes(this.#memory)}`,
    );
    return lines.join("\n");
  }
}
