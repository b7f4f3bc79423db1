/**
 * The contract of src/backends/backend.ts as tests: one suite over every backend. The TypeScript backend on the calling
 * thread is the twin that all others are compared with, the plain loops beside it are the oracles of `apply` and
 * `smooth`.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import type { ToleranceName } from "../helpers/tolerances.ts";
import { applyContract } from "./apply_contract.ts";
import { fitContract } from "./fit_contract.ts";
import { lifeContract } from "./life_contract.ts";
import { smoothContract } from "./smooth_contract.ts";

/** A backend under test. */
export interface ContractBackend {
  /** What it is called in the names of the tests. */
  readonly name: string;
  /** Opens it. */
  readonly open: () => N4Backend | Promise<N4Backend>;
  /** Why it cannot be tested here; left out: it can. */
  readonly skip?: string;
  /** How far it may be from its twin or oracle. */
  readonly tolerances: {
    /** Log field against the twin; `"exact"`: the same bits. */
    readonly fit: ToleranceName | "exact";
    /** Corrected intensities against a plain loop, relative. */
    readonly apply: ToleranceName;
    /** Smoothed intensities against a plain loop, relative to the largest. */
    readonly smooth: ToleranceName;
  };
}

/** Registers a test that opens the backend, or ignores it where it cannot be tested. */
export type ContractTest = (name: string, work: (backend: N4Backend) => Promise<void>) => void;

/** Registers the whole suite for a backend. */
export function contractSuite(subject: ContractBackend): void {
  const test: ContractTest = (name, work) => {
    const title = subject.skip ? `${subject.name}: ${name} (skipped: ${subject.skip})` : `${subject.name}: ${name}`;
    Deno.test({
      name: title,
      ignore: subject.skip !== undefined,
      fn: async () => {
        await using backend = await subject.open();
        await work(backend);
      },
    });
  };
  fitContract(test, subject.tolerances.fit);
  applyContract(test, subject.tolerances.apply);
  smoothContract(test, subject.tolerances.smooth);
  lifeContract(test);
}
