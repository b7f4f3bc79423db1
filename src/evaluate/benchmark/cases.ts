/**
 * The cases of a benchmark: phantoms of several shapes and seeds, and a live volume. A case costs nothing until its
 * voxels are asked for.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { sectionBounds } from "../../intensity/sections.ts";
import { openSlab, percentileMask, readSlab, type SlabFacts, type SlabPlace } from "../slab.ts";
import { type FitSchedule, scheduleFor } from "../contestants/schedule.ts";
import { BENCHMARK_DEFAULTS, type BenchmarkOptions } from "../../options/benchmark_table.ts";
import { spherePhantom } from "../../phantom/sphere.ts";
import type { Geometry, Shape3, Triple } from "../../volume.ts";
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
  const schedule = scheduleOf({ shape, voxelSize: PHANTOM_VOXEL }, options, {
    iterations: options.nIterations ?? BENCHMARK_DEFAULTS.nIterations,
    distance: options.splineDistanceMm,
    usualDistance: BENCHMARK_DEFAULTS.splineDistanceMm,
    factor: options.shrinkFactor ?? (shape[2] >= BENCHMARK_DEFAULTS.coarseFrom ? 4 : 2),
  });
  const label = `phantom_${shape.join("x")}${(options.seeds?.length ?? 1) > 1 ? `_seed${seed}` : ""}`;
  const voxels = () => Promise.resolve(spherePhantom(shape, seed));
  return { label, shape, voxelSizeMm: PHANTOM_VOXEL, source: { kind: "phantom", seed }, schedule, voxels };
}

async function liveCase(path: string, options: BenchmarkOptions, stack: AsyncDisposableStack): Promise<BenchmarkCase> {
  const { liveSliceIndex, liveLevel, channel, requireAllChunks } = options;
  const place = (shape: Shape3) => livePlace(shape, options);
  const facts = await openSlab(path, { level: liveLevel, channel, requireAllChunks }, (image) => place(image.shape));
  stack.use(facts.image);
  const { shape, voxelSize, box, level } = facts;
  const schedule = scheduleOf(facts, options, {
    iterations: options.liveNIterations ?? BENCHMARK_DEFAULTS.liveNIterations,
    distance: options.liveSplineDistanceMm,
    usualDistance: BENCHMARK_DEFAULTS.liveSplineDistanceMm,
    factor: options.liveShrinkFactor ?? BENCHMARK_DEFAULTS.liveShrinkFactor,
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

/**
 * Planes of the chosen section. Without a number of sections each has a 50th of the planes, at least 32, as linumpy
 * guesses.
 */
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

/** What phantoms and the live volume have options of their own for. */
interface OwnFit {
  readonly iterations: readonly number[];
  /** Knot spacing that the user asked for, mm, and the usual one. */
  readonly distance: number | undefined;
  readonly usualDistance: number;
  /** Every n-th voxel along each axis. */
  readonly factor: number;
}

function scheduleOf(
  volume: Geometry,
  { convergenceThreshold, spacingRule }: BenchmarkOptions,
  { iterations, distance, usualDistance, factor }: OwnFit,
): FitSchedule {
  return scheduleFor(volume, {
    iterations,
    splineDistance: distance ?? usualDistance,
    spacingRule: spacingRule ?? BENCHMARK_DEFAULTS.spacingRule,
    coarsen: distance === undefined,
    shrinkFactors: [factor, factor, factor],
    convergenceThreshold: convergenceThreshold ?? BENCHMARK_DEFAULTS.convergenceThreshold,
  });
}
