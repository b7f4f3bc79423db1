/**
 * What a comparison finds, as plain data: for the picture, the JSON file, and whoever shows it in another way.
 *
 * @module
 */

import type { ContestantInfo, LevelCourse } from "../contestants/contestant.ts";
import type { FitSchedule } from "../contestants/schedule.ts";
import type { Slab } from "../slab.ts";
import type { Histograms } from "./histogram.ts";

/** One number with its meaning. */
export interface Metric {
  /** Stable name, for machines: `fieldCorrelation`. */
  readonly key: string;
  /** Short name, for people. */
  readonly label: string;
  /** The number; NaN where there is nothing to measure it on. */
  readonly value: number;
  /** Its unit; empty for a pure number. */
  readonly unit: string;
  /** How it is worked out, in one sentence. */
  readonly definition: string;
}

/** One of the two sides, its name being part of file names. */
export interface Side extends Omit<ContestantInfo, "kind"> {
  /** What it is. */
  readonly kind: ContestantInfo["kind"] | "input" | "result";
  /** Corrected intensities, shape of the slab. */
  readonly corrected: Float32Array;
  /** Bias field: what intensities were divided by; NaN where an existing result leaves it open; 1 for the input. */
  readonly field: Float32Array;
  /** Seconds of the whole correction (sampling, fit, division), where it was run here. */
  readonly seconds?: number;
  /** The course of the fit, where it was run here. */
  readonly levels: readonly LevelCourse[];
}

/** A comparison. */
export interface CompareResult {
  /** The input. */
  readonly slab: Slab;
  /** 1 where figures are taken and fields are fitted, 0 elsewhere; shape of the slab. */
  readonly mask: Uint8Array;
  /** How the mask was made. */
  readonly maskDescription: string;
  /** What every run was asked to do; left out where none ran. */
  readonly schedule?: FitSchedule;
  /** What is compared. */
  readonly sides: readonly [first: Side, second: Side];
  /** Plane that the picture shows, from 0 in the slab. */
  readonly plane: number;
  /** Figures in the order in which they are printed. */
  readonly metrics: readonly Metric[];
  /** Log intensities inside the mask: of the input, and of each side. */
  readonly logIntensity: Histograms;
  /** Relative differences of the two corrected slabs inside the mask, in percent. */
  readonly difference: Histograms;
  /** Role to path of what was written. */
  readonly outputs: Readonly<Record<string, string>>;
}
