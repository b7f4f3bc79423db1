/**
 * What a comparison finds, as plain data: for the picture, the JSON file, and whoever shows it in another way.
 *
 * @module
 */

import type { DeviceInfo } from "../../backends/backend.ts";
import type { Box, Shape3, Triple } from "../../volume.ts";
import type { Histograms } from "./histogram.ts";
import type { FitSchedule } from "./schedule.ts";

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

/** The course of one level of a fit. */
export interface LevelCourse {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** The convergence measure after each iteration that ran; empty where a program does not tell it. */
  readonly convergence: readonly number[];
}

/** Part of a volume in memory. */
export interface Slab {
  /** The image that it is part of. */
  readonly path: string;
  /** Its resolution level, 0 for the finest. */
  readonly level: number;
  /** Which of its volumes or channels. */
  readonly channel: number;
  /** Where it lies in the level. */
  readonly box: Box;
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edges, mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Intensities, C order. */
  readonly data: Float32Array;
}

/** What one of the two sides is. */
export type SideKind = "input" | "backend" | "reference" | "result";

/** One of the two sides. */
export interface Side {
  /** Short name, unique in a comparison; part of file names: `ts`, `simpleitk`, `input`, `result`. */
  readonly name: string;
  /** Name for titles: `n4 (TypeScript)`, `SimpleITK 2.5.7`. */
  readonly label: string;
  /** What it is. */
  readonly kind: SideKind;
  /** Corrected intensities, shape of the slab. */
  readonly corrected: Float32Array;
  /** Bias field: what intensities were divided by; NaN where an existing result leaves it open; 1 for the input. */
  readonly field: Float32Array;
  /** Seconds of the whole correction (sampling, fit, division), where it was run here. */
  readonly seconds?: number;
  /** The course of the fit, where it was run here. */
  readonly levels: readonly LevelCourse[];
  /** What it ran on, for a backend. */
  readonly device?: DeviceInfo;
  /** Versions of what it ran on, for a reference. */
  readonly versions?: Readonly<Record<string, string>>;
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
