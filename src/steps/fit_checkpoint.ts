/**
 * What a fit leaves: a field, how it came about, and sums over its samples.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";
import { SampleSums } from "../intensity/sample/sample_quality.ts";
import type { FieldVerdict } from "../intensity/sample/verdict.ts";
import type { LevelReport } from "../n4/fit.ts";
import type { SampleCounts } from "../n4/samples.ts";
import type { Triple } from "../volume.ts";
import type { Checkpoint, CheckpointArray, NewCheckpoint } from "../store/store.ts";

/** What is kept of a fit. */
export interface KeptFit {
  /** The log field; left out where there was no sample. */
  readonly lattice?: Lattice;
  /** Course of each level. */
  readonly levels: readonly LevelReport[];
  /** Samples used and left out. */
  readonly counts: SampleCounts;
  /** Sums over the samples before and after. */
  readonly sums: SampleSums;
  /** Whether it helped; left out where that is not known. */
  readonly verdict?: FieldVerdict;
  /** Samples that go on into the next fit, corrected by this one; positions in the whole volume. */
  readonly left?: FitSamples;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/** A level as JSON holds it; its measures stand in an array. */
type LevelRecord = Omit<LevelReport, "convergence"> & { readonly iterations: number };

const SAMPLE_ARRAYS = ["z", "y", "x", "rowStart", "xIndex", "value", "weight"] as const;

/** As a checkpoint. */
export function encodeFit({ lattice, levels, counts, sums, verdict, left, warnings }: KeptFit): NewCheckpoint {
  const samples: Record<string, CheckpointArray> = {};
  for (const name of SAMPLE_ARRAYS) {
    const values = left?.[name];
    if (values) samples[`left.${name}`] = values;
  }
  return {
    record: {
      points: lattice?.points,
      levels: levels.map(({ convergence, ...level }): LevelRecord => ({ ...level, iterations: convergence.length })),
      counts,
      verdict,
      warnings,
    },
    arrays: {
      lattice: lattice?.values,
      convergence: Float64Array.from(levels.flatMap(({ convergence }) => convergence)),
      "sums.z": sums.z,
      sums: sums.encode(),
      ...samples,
    },
  };
}

/** From a checkpoint. */
export function decodeFit({ record, arrays }: Checkpoint): KeptFit {
  let at = 0;
  const levels = (record.levels as LevelRecord[]).map(({ iterations, ...level }) => {
    const convergence = Array.from(arrays.convergence.subarray(at, at + iterations));
    at += iterations;
    return { ...level, convergence };
  });
  const samples = SAMPLE_ARRAYS.flatMap((name) => {
    const values = arrays[`left.${name}`];
    return values ? [[name, values] as const] : [];
  });
  return {
    lattice: arrays.lattice && { points: record.points as Triple, values: arrays.lattice as Float64Array },
    levels,
    counts: record.counts as SampleCounts,
    sums: new SampleSums(arrays["sums.z"] as Float64Array, arrays.sums as Float64Array),
    verdict: record.verdict as FieldVerdict | undefined,
    left: samples.length > 0 ? Object.fromEntries(samples) as unknown as FitSamples : undefined,
    warnings: record.warnings as string[],
  };
}
