/**
 * One fuzz case: a valid set of files and a few mutations of it, both decided by the seed of the run and the number of the case alone. Every mutation
 * carries its own seed, so that leaving one out leaves the others as they are: that is what makes cases shrinkable.
 *
 * @module
 */

import { Random } from "../helpers/random.ts";

/** Files by path; one whose path ends in `/` is an empty folder. */
export type Files = Map<string, Uint8Array>;

/** Changes files in place, and says how. */
export type Mutate = (files: Files, random: Random) => string;

/** What is done with the files of a case, by `checks.ts`. */
export type CheckName = "image" | "zip image" | "correct" | "model" | "option" | "report" | "run folder" | "planted";

/** A valid set of files. */
export interface Seed {
  readonly name: string;
  readonly files: Files;
  /** The file or folder that is opened. */
  readonly open: string;
}

/** A format under test. */
export interface Target {
  readonly name: string;
  /** Weight among the targets. */
  readonly share: number;
  readonly seeds: readonly Seed[];
  readonly mutations: readonly Mutate[];
  /** What is done with it, one of these at random. */
  readonly checks: readonly CheckName[];
}

/** A case before its mutations are carried out. */
export interface CasePlan {
  readonly target: Target;
  readonly seed: Seed;
  readonly check: CheckName;
  /** Seed of what the check itself chooses. */
  readonly checkSeed: number;
  readonly mutations: readonly { readonly mutate: Mutate; readonly seed: number }[];
}

/** A case. */
export interface Case extends CasePlan {
  readonly files: Files;
  /** What was changed, in words. */
  readonly changes: readonly string[];
}

/** More than this many changes at once leave nothing of the format. */
const MOST_MUTATIONS = 4;

/** Plans case `number` of the run with this seed. */
export function planCase(targets: readonly Target[], seed: number, number: number): CasePlan {
  const random = new Random(Math.imul(seed, 0x85ebca6b) + number);
  const total = targets.reduce((sum, target) => sum + target.share, 0);
  let left = random.between(0, total);
  const target = targets.find(({ share }) => (left -= share) < 0) ?? targets[0];
  const count = random.uniform() < 0.02 ? 0 : random.integer(1, MOST_MUTATIONS);
  return {
    target,
    seed: pick(random, target.seeds),
    check: pick(random, target.checks),
    checkSeed: random.integer(0, 2 ** 31),
    mutations: Array.from(
      { length: count },
      () => ({ mutate: pick(random, target.mutations), seed: random.integer(0, 2 ** 31) }),
    ),
  };
}

/** Carries the mutations out. */
export function makeCase(plan: CasePlan): Case {
  const files: Files = new Map([...plan.seed.files].map(([path, bytes]) => [path, bytes.slice()]));
  const changes = plan.mutations.map(({ mutate, seed }) => mutate(files, new Random(seed)));
  return { ...plan, files, changes };
}

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(0, list.length - 1)];
}
