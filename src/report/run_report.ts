/**
 * The run report: everything that lets anyone reproduce a result, as JSON.
 *
 * @module
 */

import process from "node:process";
import type { DeviceInfo } from "../backends/backend.ts";
import type { DeviceMemory } from "../backends/planned_work.ts";
import type { ImageFile } from "../io/image.ts";
import type { RunLog, StageRecord } from "../run_log.ts";
import type { StorageCounts, Triple } from "../volume.ts";
import { withoutSecrets } from "../io/remote/url.ts";
import type { InputIdentity } from "../io/files/identity.ts";
import { VERSION } from "../version.ts";
import type { ReportedFit, ReportedQuality } from "./fits.ts";

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
  /** Option to the state of the mask, the weights and what else the result depends on. */
  readonly companions?: Readonly<Record<string, InputIdentity>>;
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

/** What a page needs of a report: a browser says little of what it runs on. */
export type ShownReport = Omit<RunReport, "peakMemoryBytes" | "runtime"> & Partial<RunReport>;

/** Versions of what n4 ran on. */
export interface RuntimeInfo {
  /** Deno. */
  readonly deno: string;
  /** V8. */
  readonly v8: string;
  /** Operating system and architecture. */
  readonly system: string;
}

/** What a report is made of: much of it as it is. */
interface ReportParts
  extends
    Pick<RunReport, "command" | "device" | "deviceMemory" | "outputs" | "options">,
    Pick<RunReport, "given" | "companions" | "fits" | "quality" | "storage"> {
  readonly start: number;
  readonly input: ImageFile;
  readonly identity?: InputIdentity;
  readonly log: RunLog;
}

/** A report as it is written. */
export function reportText(report: RunReport): string {
  return JSON.stringify(report, (_, value) => typeof value === "string" ? withoutSecrets(value) : value, 2) + "\n";
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
    companions: parts.companions,
    outputs: parts.outputs,
    options: parts.options,
    given: parts.given,
    fits: parts.fits,
    quality: parts.quality,
    storage: storage && storage.clamped + storage.nonFinite + storage.zeroed > 0 ? storage : undefined,
    stages: [...log.stages],
    warnings: [...log.warnings],
  };
}
