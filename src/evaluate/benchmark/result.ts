/**
 * What a benchmark finds, as plain data: for the table, the plots, the JSON file, and whoever shows it in another way.
 *
 * @module
 */

import type { ContestantInfo, LevelCourse } from "../contestants/contestant.ts";
import type { FitSchedule } from "../contestants/schedule.ts";
import type { Shape3, Triple } from "../../volume.ts";

/** Several times of one thing, seconds. */
export interface Times {
  /** Each, in the order in which they were taken. */
  readonly each: readonly number[];
  /** The middle one. */
  readonly median: number;
  /** The shortest. */
  readonly min: number;
  /** The longest. */
  readonly max: number;
}

/** One contestant on one case. Figures are `null` where there is nothing to measure them on. */
export interface Measured {
  /** Who. */
  readonly contestant: string;
  /** Runs that came first and count for nothing. */
  readonly warmUp: readonly number[];
  /**
   * Seconds of the whole correction: sampling, fit, field and division, from an array in memory to an array in memory.
   */
  readonly seconds: Times;
  /** Seconds of the fit alone, in the same runs; `null` where the program does not report it. */
  readonly fitSeconds: Times | null;
  /** Median of the base's seconds over the median of these. */
  readonly speedUp: number;
  /** Pearson's r of this field and the base's inside the mask; `null` for the base. */
  readonly fieldCorrelation: number | null;
  /** Median of |difference to the base's corrected voxels|, both over their mean in the mask; `null` for the base. */
  readonly medianError: number | null;
  /** The 95th percentile of the same. */
  readonly p95Error: number | null;
  /** Coefficient of variation of field / true field inside the mask; `null` where the truth is not known. */
  readonly truthVariation: number | null;
  /** Coefficient of variation of the corrected intensities inside the mask. */
  readonly maskVariation: number;
  /** Largest resident memory of a process of its own, bytes; `null` where it was not measured. */
  readonly peakMemoryBytes: number | null;
  /** The course of the fit. */
  readonly levels: readonly LevelCourse[];
}

/** One case: a volume and what everybody did with it. */
export interface CaseResult {
  /** Unique name: `phantom_64x128x128_seed0`, `live_oct_slice3`. */
  readonly label: string;
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edges, mm, `[z, y, x]`. */
  readonly voxelSizeMm: Triple;
  /** Seed of a phantom, or the file of a live volume with the place of the part that was taken. */
  readonly source:
    | { readonly kind: "phantom"; readonly seed: number }
    | { readonly kind: "live"; readonly path: string; readonly level: number; readonly origin: Triple };
  /** Voxels inside the mask. */
  readonly maskVoxels: number;
  /** Samples of the fit inside the mask. */
  readonly samples: number;
  /** What everybody was asked to do. */
  readonly schedule: Omit<FitSchedule, "settings">;
  /** Coefficient of variation of the input's intensities inside the mask. */
  readonly inputVariation: number;
  /** Everybody's figures, the base among them. */
  readonly measured: readonly Measured[];
}

/** A benchmark. */
export interface BenchmarkResult {
  /** `n4 benchmark`. */
  readonly tool: string;
  /** Version of n4. */
  readonly version: string;
  /** The command line. */
  readonly command: string;
  /** When it finished, ISO 8601 in UTC. */
  readonly finished: string;
  /** Deno, V8, system, cores. */
  readonly runtime: Readonly<Record<string, string>>;
  /** The contestant that speed-ups, correlations and errors are taken against. */
  readonly base: string;
  /** Who took part. */
  readonly contestants: readonly ContestantInfo[];
  /** What each figure means, by its key. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Every case. */
  readonly cases: readonly CaseResult[];
}

/** The name of a contestant for tables and plots. */
export function labelOf({ contestants }: Pick<BenchmarkResult, "contestants">, name: string): string {
  return contestants.find((one) => one.name === name)?.label ?? name;
}
