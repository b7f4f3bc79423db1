/**
 * Defects planted on purpose (`--planted NAME`): a watch that does not see them would see nothing. `tests/fuzz/watch_test.ts` runs each.
 *
 * @module
 */

import { DataError } from "../../src/errors.ts";
import type { Case, Files, Target } from "./case.ts";
import type { Job } from "./case_worker.ts";

/** A defect, and what a run must say of it. */
export interface Defect {
  readonly name: string;
  readonly plant: (job: Job) => Promise<string> | string;
  readonly seen: RegExp;
}

/** Every kind that the watch must see. */
export const DEFECTS: readonly Defect[] = [
  {
    name: "a loop without end",
    plant: () => {
      for (;;);
    },
    seen: /\nhang: /,
  },
  { name: "an error of no class", plant: () => JSON.parse("{"), seen: /\nSyntaxError: / },
  {
    name: "a message that is no sentence",
    plant: () => {
      throw new DataError("undefined is not a voxel");
    },
    seen: /Not a sentence/,
  },
  { name: "a huge array", plant: () => `${new Float32Array(2 ** 26).length}`, seen: /asked for an array of 268435456/ },
  {
    name: "memory that no array shows",
    plant: () => {
      const part = new Uint8Array(2 ** 25).fill(1);
      // Copied by the engine, past the counted constructors, until the worker is given up.
      for (const parts = [part];;) parts.push(structuredClone(parts.length < 40 ? part : new Uint8Array(1)));
    },
    seen: /\nmemory: The process grew/,
  },
  {
    name: "a file left behind",
    plant: async ({ output }) => {
      await Deno.writeTextFile(`${output}/rest`, "");
      return "";
    },
    seen: /left rest behind/,
  },
  {
    name: "a write outside",
    plant: async ({ input }) => {
      await Deno.writeTextFile(`${input}/outside`, "");
      return "";
    },
    seen: /NotCapable/,
  },
];

/** Time for a defect, ms: little for the one that is seen by its time, and for the others so much that a busy machine does not take them for it. */
export function timeFor(name: string): number {
  return name === DEFECTS[0].name ? 500 : 60_000;
}

/** Carries out the defect that a job names. */
export async function plantDefect(job: Job): Promise<string> {
  const defect = DEFECTS.find(({ name }) => name === job.open);
  if (!defect) throw new DataError("Cannot plant a defect as there is none of that name");
  return await defect.plant(job);
}

/** The case that carries out the defect of this name. */
export function plantedCase(name: string): Case {
  const files: Files = new Map([["file", new Uint8Array(1)]]);
  const seed = { name, files, open: name };
  const target: Target = { name, share: 1, seeds: [seed], mutations: [], checks: ["planted"] };
  return { target, seed, check: "planted", checkSeed: 0, mutations: [], files, changes: [] };
}
