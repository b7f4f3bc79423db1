/**
 * Who corrects: a backend of n4 or another program. Each gets the same voxels, mask and schedule, and gives back a
 * corrected slab, its field and its times.
 *
 * @module
 */

import type { DeviceInfo } from "../../backends/backend.ts";
import type { Shape3, Triple } from "../../volume.ts";
import type { FitSchedule } from "./schedule.ts";

/** What is corrected. */
export interface CorrectionWork {
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edges, mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Intensities, C order, all finite; only read. */
  readonly intensity: Float32Array;
  /** 1 where the field is fitted, 0 elsewhere; only where intensities are > 0. */
  readonly mask: Uint8Array;
  /** The fit. */
  readonly schedule: FitSchedule;
}

/** The course of one level of a fit. */
export interface LevelCourse {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** The convergence measure after each iteration that ran; empty where a program does not report it. */
  readonly convergence: readonly number[];
}

/** What came out of a correction. */
export interface Correction {
  /** Corrected intensities. */
  readonly corrected: Float32Array;
  /** Bias field: what intensities were divided by. */
  readonly field: Float32Array;
  /** Its times. */
  readonly times: CorrectionTimes;
  /** The course of the fit. */
  readonly levels: readonly LevelCourse[];
}

/** How long a correction took. */
export interface CorrectionTimes {
  /** Sampling, fit, field at every voxel and division, from array to array. */
  readonly seconds: number;
  /** The fit alone; left out where the program does not report it. */
  readonly fitSeconds?: number;
}

/** What a contestant says of itself. */
export interface ContestantInfo {
  /** Short name: `ts`, `simpleitk`. */
  readonly name: string;
  /** Name for titles: `n4 (TypeScript)`, `SimpleITK 2.5.7`. */
  readonly label: string;
  /** What it is. */
  readonly kind: "backend" | "reference";
  /** What it runs on, for a backend. */
  readonly device?: DeviceInfo;
  /** Versions of what it runs on, for a reference. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Who corrects. Disposal ends its process or frees its device. */
export interface Contestant extends ContestantInfo, AsyncDisposable {
  /** Takes the work; the corrections that follow are of it. */
  load(work: CorrectionWork): Promise<void>;
  /** Corrects, and reports the times alone. */
  time(): Promise<CorrectionTimes>;
  /** Corrects. */
  correct(): Promise<Correction>;
  /** Largest resident memory of its own process so far, bytes; left out where it has none of its own. */
  readonly peakBytes?: number;
}

/** The work that was loaded. @throws {RangeError} when none was. */
export function loaded(work: CorrectionWork | undefined): CorrectionWork {
  if (!work) throw new RangeError("Cannot correct as a slab must be loaded: current count is 0");
  return work;
}

/** What a contestant runs on, as text. */
export function ranOn({ device, versions = {} }: Pick<ContestantInfo, "device" | "versions">): string {
  if (!device) return Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  const stand = device.kind !== "ts" && device.software ? ", a processor in place of a GPU" : "";
  return `${device.name} (${device.driver})${stand}`;
}
