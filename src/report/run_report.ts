/**
 * The run report: everything that lets anyone reproduce a result, as JSON.
 *
 * @module
 */

import process from "node:process";
import type { DeviceInfo } from "../backends/backend.ts";
import type { DeviceMemory } from "../backends/planned_work.ts";
import type { BiasEstimate } from "../steps/estimate.ts";
import type { ImageFile } from "../io/image.ts";
import type { SampleCounts } from "../n4/samples.ts";
import type { RunLog, StageRecord } from "../run_log.ts";
import { type StorageCounts, type Triple, voxelCount } from "../volume.ts";
import type { SampleQuality } from "../intensity/sample/sample_quality.ts";
import type { FieldVerdict } from "../intensity/sample/verdict.ts";
import type { InputIdentity } from "../io/files/identity.ts";
import { VERSION } from "../version.ts";

/** An image as a report names it. */
export interface ReportedImage {
  /** Path as given. */
  readonly path: string;
  /** `nifti` or `ome-zarr`. */
  readonly format: string;
  /** Voxels `[z, y, x]`. */
  readonly shape: Triple;
  /** Voxel size `[z, y, x]`. */
  readonly voxelSizeMm: Triple;
  /** Numeric type as stored. */
  readonly dataType: string;
  /** Volumes or channels in the file. */
  readonly volumes: number;
  /** Which state of the file it was. */
  readonly identity?: InputIdentity;
}

/** What a correction did to the evenness of a volume, told from the samples of its fits alone. */
export interface ReportedQuality extends Partial<SampleQuality>, Partial<FieldVerdict> {
  /** Index of the volume in the input, or the mean of those that were corrected. */
  readonly volume: number | "mean";
  /** Share of the fits' sample positions that lie in the mask. */
  readonly maskFraction: number;
}

/** The course of one level. */
export interface ReportedLevel {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** Knot spacing `[z, y, x]`. */
  readonly knotSpacingMm: Triple;
  /** Iterations that ran. */
  readonly iterations: number;
  /** Whether the threshold ended it. */
  readonly converged: boolean;
  /** The convergence measure after each iteration. */
  readonly convergence: readonly number[];
}

/** One fit: of a section of a volume, or of all its planes. */
export interface ReportedFit {
  /** Index of the volume in the input, or the mean of those that were corrected. */
  readonly volume: number | "mean";
  /** The planes that it covers: first, and one past the last. */
  readonly planes: readonly [z0: number, z1: number];
  /** What the mask was. */
  readonly mask: string;
  /** Samples along `[z, y, x]`. */
  readonly sampleGrid: Triple;
  /** Distance between samples, voxels. */
  readonly shrinkFactors: Triple;
  /** How many samples took part, and why others did not. */
  readonly samples: SampleCounts;
  /** The course of each level. */
  readonly levels: readonly ReportedLevel[];
  /** Factor on the corrected intensities. */
  readonly scale: number;
}

/** What a field was fitted on. */
export type FittedVolume = ReportedFit["volume"];

/** A run, as JSON. */
export interface RunReport {
  /** `n4`. */
  readonly tool: string;
  /** Its version. */
  readonly version: string;
  /** The command line, where there was one. */
  readonly command: string;
  /** When it finished, ISO 8601 in UTC. */
  readonly finished: string;
  /** Wall time. */
  readonly seconds: number;
  /** Largest resident memory of the process, bytes. */
  readonly peakMemoryBytes: number;
  /** What it ran on. */
  readonly runtime: RuntimeInfo;
  /** What the fit and the correction ran on. */
  readonly device: DeviceInfo;
  /** What the plan expected of the device's own memory, where it has any; `device.peakBytes` is what was held. */
  readonly deviceMemory?: DeviceMemory;
  /** The input. */
  readonly input: ReportedImage;
  /** Role to path of what was written. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Every option with the value that was used. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The options as they were given; `--from-report` repeats the run by them. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** One entry a fit. */
  readonly fits: readonly ReportedFit[];
  /** One entry a fitted volume. */
  readonly quality?: readonly ReportedQuality[];
  /** What storing as an integer type did to the values, where it did. */
  readonly storage?: StorageCounts;
  /** The stages in order. */
  readonly stages: readonly StageRecord[];
  /** Warnings in order. */
  readonly warnings: readonly string[];
}

/** Versions of what n4 ran on. */
export interface RuntimeInfo {
  /** Deno. */
  readonly deno: string;
  /** V8. */
  readonly v8: string;
  /** Operating system and architecture. */
  readonly system: string;
}

/** What a report is made of. */
interface ReportParts {
  readonly command: string;
  readonly start: number;
  readonly device: DeviceInfo;
  readonly deviceMemory?: DeviceMemory;
  readonly input: ImageFile;
  readonly outputs: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly identity?: InputIdentity;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly fits: readonly ReportedFit[];
  readonly quality?: readonly ReportedQuality[];
  readonly storage?: StorageCounts;
  readonly log: RunLog;
}

/** A report as it is written. */
export function reportText(report: RunReport): string {
  return JSON.stringify(report, null, 2) + "\n";
}

/** Puts a report together; `start` is `performance.now()` at the start of the run. */
export function createReport(parts: ReportParts): RunReport {
  const { input, log, storage } = parts;
  return {
    tool: "n4",
    version: VERSION,
    command: parts.command,
    finished: new Date().toISOString(),
    seconds: (performance.now() - parts.start) / 1000,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    runtime: { deno: Deno.version.deno, v8: Deno.version.v8, system: `${Deno.build.os} ${Deno.build.arch}` },
    device: parts.device,
    deviceMemory: parts.deviceMemory,
    input: {
      path: input.path,
      format: input.format,
      shape: input.shape,
      voxelSizeMm: input.voxelSize,
      dataType: input.dataType,
      volumes: input.volumes,
      identity: parts.identity,
    },
    outputs: parts.outputs,
    options: parts.options,
    given: parts.given,
    fits: parts.fits,
    quality: parts.quality,
    storage: storage && storage.clamped + storage.nonFinite > 0 ? storage : undefined,
    stages: [...log.stages],
    warnings: [...log.warnings],
  };
}

/** What a correction did to one volume, for the report. */
export function reportQuality(volume: FittedVolume, { fits, quality, verdict }: BiasEstimate): ReportedQuality {
  let [inside, all] = [0, 0];
  for (const { plan, counts } of fits) {
    // A fit on what others leave has no positions of its own.
    if (!("grid" in plan)) continue;
    all += voxelCount(plan.sampled);
    inside += voxelCount(plan.sampled) - counts.outside;
  }
  return { volume, maskFraction: all > 0 ? inside / all : 0, ...quality, ...verdict };
}

/** The fits of one volume, for the report. */
export function reportFits(volume: FittedVolume, { mask, fits, model }: BiasEstimate): ReportedFit[] {
  return fits.map(({ plan, counts, levels }) => ({
    volume,
    planes: [plan.z0, plan.z1],
    mask: mask.description,
    sampleGrid: plan.sampled,
    shrinkFactors: plan.factors,
    samples: counts,
    levels: levels.map((level) => ({
      controlPoints: level.controlPoints,
      knotSpacingMm: level.knotSpacing,
      iterations: level.convergence.length,
      converged: level.converged,
      convergence: level.convergence,
    })),
    scale: model.scale,
  }));
}
