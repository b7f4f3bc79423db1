/**
 * The run report: everything that lets anyone reproduce a result, as JSON.
 *
 * @module
 */

import process from "node:process";
import type { DeviceInfo } from "./backends/backend.ts";
import type { BiasEstimate } from "./correct.ts";
import type { ImageFile } from "./io/image.ts";
import { gridShape } from "./n4/shrink.ts";
import type { RunLog, StageRecord } from "./report.ts";
import type { StorageCounts, Triple } from "./volume.ts";
import { VERSION } from "./version.ts";

/** An image as a report names it. */
export interface ReportedImage {
  readonly path: string;
  readonly format: string;
  readonly shape: Triple;
  readonly voxelSizeMm: Triple;
  readonly dataType: string;
  readonly volumes: number;
}

/** The fit of one volume. */
export interface ReportedFit {
  /** Index of the volume in the input. */
  readonly volume: number;
  readonly mask: string;
  /** Sample grid `[z, y, x]` and distance between samples, voxels. */
  readonly sampleGrid: Triple;
  readonly shrinkFactors: Triple;
  readonly samples: { readonly used: number; readonly nonPositive: number; readonly outside: number };
  readonly levels: readonly {
    readonly controlPoints: Triple;
    readonly knotSpacingMm: Triple;
    readonly iterations: number;
    readonly converged: boolean;
    readonly convergence: readonly number[];
  }[];
  /** Factor on the corrected intensities. */
  readonly scale: number;
}

/** A run, as JSON. */
export interface RunReport {
  readonly tool: string;
  readonly version: string;
  readonly command: string;
  readonly finished: string;
  readonly seconds: number;
  /** Largest resident memory of the process, bytes. */
  readonly peakMemoryBytes: number;
  readonly runtime: { readonly deno: string; readonly v8: string; readonly system: string };
  readonly device: DeviceInfo;
  readonly input: ReportedImage;
  readonly outputs: Readonly<Record<string, string>>;
  /** Every option with the value that was used. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly fits: readonly ReportedFit[];
  /** What storing as an integer type did to the values. */
  readonly storage?: StorageCounts;
  readonly stages: readonly StageRecord[];
  readonly warnings: readonly string[];
}

/** What a report is made of. */
export interface ReportParts {
  readonly command: string;
  readonly start: number;
  readonly device: DeviceInfo;
  readonly input: ImageFile;
  readonly outputs: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly fits: readonly ReportedFit[];
  readonly storage?: StorageCounts;
  readonly log: RunLog;
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
    input: {
      path: input.path,
      format: input.format,
      shape: input.shape,
      voxelSizeMm: input.voxelSize,
      dataType: input.dataType,
      volumes: input.volumes,
    },
    outputs: parts.outputs,
    options: parts.options,
    fits: parts.fits,
    ...(storage && storage.clamped + storage.nonFinite > 0 ? { storage } : {}),
    stages: log.stages,
    warnings: log.warnings,
  };
}

/** One volume's fit, for the report. */
export function reportFit(volume: number, { plan, mask, counts, levels, model }: BiasEstimate): ReportedFit {
  return {
    volume,
    mask: mask.description,
    sampleGrid: gridShape(plan.grid),
    shrinkFactors: plan.grid.map((axis) => axis.factor) as unknown as Triple,
    samples: counts,
    levels: levels.map((level) => ({
      controlPoints: level.controlPoints,
      knotSpacingMm: level.knotSpacing,
      iterations: level.convergence.length,
      converged: level.converged,
      convergence: level.convergence,
    })),
    scale: model.scale,
  };
}
