/**
 * The cases of a benchmark: phantoms of several shapes and seeds, and a live volume. A case costs nothing until its voxels are asked for.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { sectionBounds } from "../../intensity/sections.ts";
import { openSlab, percentileMask, readSlab, type SlabFacts, type SlabPlace } from "../compare/slab.ts";
import { type FitSchedule, scheduleFor } from "../compare/schedule.ts";
import { BENCHMARK_DEFAULTS, type BenchmarkOptions } from "../../options/benchmark_table.ts";
import type { SpacingRule } from "../../plan/settings.ts";
import { spherePhantom } from "../../phantom/sphere_phantom.ts";
import type { Shape3, Triple } from "../../volume.ts";
import type { CaseResult } from "./result.ts";

/** The voxels of a case. */
export interface CaseVoxels {
  /** Intensities, all finite. */
  readonly intensity: Float32Array;
  /** 1 where the field is fitted and figures are taken. */
  readonly mask: Uint8Array;
  /** The true field, where it is known. */
  readonly field?: Float32Array;
}

/** A case before its voxels are there. */
export interface BenchmarkCase extends Pick<CaseResult, "label" | "shape" | "voxelSizeMm" | "source"> {
  /** What everybody is asked to do. */
  readonly schedule: FitSchedule;
  /** Makes or reads the voxels. */
  voxels(): Promise<CaseVoxels>;
}

/** Voxels of a phantom, mm, as linumpy's have them. */
const PHANTOM_VOXEL: Triple = [1, 1, 1];

/**
 * All cases, phantoms first.
 *
 * @param stack closes the live volume at the end.
 * @throws {UsageError} when there is none, or the live part lies outside of its image.
 * @throws {InputError} when the live volume cannot be opened.
 * @throws {RangeError} when a schedule does not fit a shape.
 */
export async function benchmarkCases(options: BenchmarkOptions, stack: AsyncDisposableStack): Promise<BenchmarkCase[]> {
  const { phantomShapes = BENCHMARK_DEFAULTS.phantomShapes, seeds = BENCHMARK_DEFAULTS.seeds } = options;
  const shapes = options.skipPhantoms ? [] : phantomShapes;
  const cases = shapes.flatMap((shape) => seeds.map((seed) => phantomCase(shape, seed, options)));
  if (options.liveZarr !== undefined) cases.push(await liveCase(options.liveZarr, options, stack));
  if (cases.length > 0) return cases;
  throw new UsageError("Cannot measure as '--skip-phantoms' needs '--live-zarr' as well: current number of cases is 0");
}

function phantomCase(shape: Shape3, seed: number, options: BenchmarkOptions): BenchmarkCase {
  const { nIterations: iterations = BENCHMARK_DEFAULTS.nIterations } = options;
  const { splineDistanceMm: splineDistance = BENCHMARK_DEFAULTS.splineDistanceMm } = options;
  const { shrinkFactor = shape[2] >= BENCHMARK_DEFAULTS.coarseFrom ? 4 : 2 } = options;
  const schedule = scheduleFor({ shape, voxelSize: PHANTOM_VOXEL }, {
    iterations,
    splineDistance,
    spacingRule: spacingRuleOf(options),
    coarsen: options.splineDistanceMm === undefined,
    shrinkFactors: [shrinkFactor, shrinkFactor, shrinkFactor],
    convergenceThreshold: thresholdOf(options),
  });
  const label = `phantom_${shape.join("x")}${(options.seeds?.length ?? 1) > 1 ? `_seed${seed}` : ""}`;
  const voxels = () => Promise.resolve(spherePhantom(shape, seed));
  return { label, shape, voxelSizeMm: PHANTOM_VOXEL, source: { kind: "phantom", seed }, schedule, voxels };
}

async function liveCase(path: string, options: BenchmarkOptions, stack: AsyncDisposableStack): Promise<BenchmarkCase> {
  const { liveSliceIndex, liveNIterations: iterations = BENCHMARK_DEFAULTS.liveNIterations } = options;
  const { liveSplineDistanceMm: splineDistance = BENCHMARK_DEFAULTS.liveSplineDistanceMm } = options;
  const { liveShrinkFactor: factor = BENCHMARK_DEFAULTS.liveShrinkFactor } = options;
  const { liveLevel, channel, requireAllChunks } = options;
  const request = {
    ...(liveLevel === undefined ? {} : { level: liveLevel }),
    ...(channel === undefined ? {} : { channel }),
    ...(requireAllChunks ? { requireAllChunks } : {}),
  };
  const facts = await openSlab(path, request, (shape) => livePlace(shape, options));
  stack.use(facts.image);
  const { shape, voxelSize, box, level } = facts;
  const schedule = scheduleFor(facts, {
    iterations,
    splineDistance,
    spacingRule: spacingRuleOf(options),
    coarsen: options.liveSplineDistanceMm === undefined,
    shrinkFactors: [factor, factor, factor],
    convergenceThreshold: thresholdOf(options),
  });
  return {
    label: liveSliceIndex === undefined ? "live_full" : `live_slice${liveSliceIndex}`,
    shape,
    voxelSizeMm: voxelSize,
    source: { kind: "live", path, level, origin: [box.z0, box.y0, box.x0] },
    schedule,
    voxels: () => liveVoxels(facts),
  };
}

async function liveVoxels(facts: SlabFacts): Promise<CaseVoxels> {
  const { data } = await readSlab(facts);
  const mask = percentileMask(data);
  // Other programs choke on voxels that are not finite; the mask leaves them out.
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) data[i] = 0;
  return { intensity: data, mask };
}

/** The part of the live volume: a section or all, from the origin, at most as large as asked for. */
function livePlace(shape: Shape3, options: BenchmarkOptions): SlabPlace {
  const { maxLiveShape: most = BENCHMARK_DEFAULTS.maxLiveShape, liveOrigin: origin = [0, 0, 0] } = options;
  const [z0, z1] = sectionPlanes(shape[0], options);
  return {
    z: [z0 + origin[0], Math.min(most[0], Math.max(0, z1 - z0 - origin[0]))],
    y: [origin[1], most[1]],
    x: [origin[2], most[2]],
  };
}

/** Planes of the chosen section. Without a number of sections each has a 50th of the planes, at least 32, as linumpy guesses. */
function sectionPlanes(
  nz: number,
  { liveSliceIndex: index, nSerialSlices }: BenchmarkOptions,
): [z0: number, z1: number] {
  if (index === undefined) return [0, nz];
  const thickness = Math.max(Math.floor(nz / 50), 32);
  const count = nSerialSlices ?? Math.ceil(nz / thickness);
  if (index >= count) {
    const text = `Cannot take a section as '--live-slice-index' must be below the ${count} sections of ${nz} planes`;
    throw new UsageError(`${text}: current value is ${index}`);
  }
  if (nSerialSlices === undefined) return [index * thickness, Math.min(nz, (index + 1) * thickness)];
  const { z0, z1 } = sectionBounds(nz, nSerialSlices)[index];
  return [z0, z1];
}

function thresholdOf({ convergenceThreshold = BENCHMARK_DEFAULTS.convergenceThreshold }: BenchmarkOptions): number {
  return convergenceThreshold;
}

function spacingRuleOf({ spacingRule = BENCHMARK_DEFAULTS.spacingRule }: BenchmarkOptions): SpacingRule {
  return spacingRule;
}
