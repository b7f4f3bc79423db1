/**
 * Which full-resolution positions a fit samples. Strided picking on a centred grid, whose true positions are kept: the
 * spline's domain is the full-resolution index range, so the lattice is evaluated at full resolution without a shift.
 * (ITK, ANTs and Slicer stretch the shrunk grid over the full one, which is up to half a shrink factor off; so do we
 * where `stretched` is asked for.)
 *
 * @module
 */

import { perAxis, type Shape3, type Triple, voxelCount } from "../volume.ts";

/** Where shrunk samples lie for the fit: at their voxels, or stretched over the whole extent as ITK has them. */
export type ShrinkGeometry = "aligned" | "stretched";

/** How a sample's intensity is made from its surroundings. */
export type ShrinkMethod = "stride" | "mean";

/** The samples along one axis: sample k stands for the voxels `[origin + k * factor, + block)`. */
export interface AxisSamples {
  /** Distance between samples, voxels, >= 1. */
  readonly factor: number;
  /** Number of samples, >= 1. */
  readonly count: number;
  /** First voxel of the first sample. */
  readonly origin: number;
  /** Voxels that one sample stands for: 1 when strided, `factor` for block means. */
  readonly block: number;
  /** Full-resolution position of each sample (the middle of its block); length count. */
  readonly positions: Float64Array;
}

/** The sample grid of a volume or of one section, `[z, y, x]`. */
export type SampleGrid = readonly [z: AxisSamples, y: AxisSamples, x: AxisSamples];

/** An axis keeps at least this many samples (or all its voxels): a cubic spline has four control points. */
const MIN_SAMPLES = 4;

/** A stretched axis keeps its two ends. */
const MIN_STRETCHED = 2;

/** A column index must fit 16 bits. */
const MAX_COLUMNS = 65_536;

/**
 * The samples of one axis. The factor is lowered until at least `min(length, 4)` samples are left.
 *
 * @param length voxels of the axis.
 * @param factor wanted distance between samples, an integer >= 1.
 * @param start first voxel of the axis that counts (a section's first plane).
 */
export function shrinkAxis(length: number, factor: number, method: ShrinkMethod, start = 0): AxisSamples {
  const f = Math.min(factor, mostFactor(length));
  const count = Math.floor(length / f);
  const block = method === "mean" ? f : 1;
  const covered = (count - 1) * f + block;
  const origin = start +
    (method === "mean" ? Math.floor((length - covered) / 2) : Math.floor((length - covered) / 2 + 0.5));
  const positions = Float64Array.from({ length: count }, (_, k) => origin + k * f + (block - 1) / 2);
  return { factor: f, count, origin, block, positions };
}

/**
 * The samples of one axis as ITK's ShrinkImageFilter picks them and its N4 places them: the `n` samples are stretched,
 * so that the first lies on the first voxel and the last on the last. Where the axis is padded, the samples are those
 * of the padded axis that lie in the volume.
 *
 * @param length voxels of the axis.
 * @param factor wanted distance between samples, an integer >= 1; lowered until two samples are left.
 * @param padded voxels of the padded axis before the first of the volume, and in all; left out: no padding.
 */
export function stretchAxis(
  length: number,
  factor: number,
  { below, length: whole }: PaddedLength = { below: 0, length },
): AxisSamples {
  const f = Math.max(1, Math.min(factor, Math.floor(whole / Math.min(whole, MIN_STRETCHED))));
  const all = Math.floor(whole / f);
  // ITK never reads before the start that it gives the shrunk grid, which is the padding rounded up to whole factors.
  const origin = Math.max(Math.floor((whole - 1 - (all - 1) * f) / 2 + 0.5), below % f) - below;
  const first = Math.max(0, Math.ceil(-origin / f));
  const count = Math.min(all, Math.floor((length - 1 - origin) / f) + 1) - first;
  const stretch = all > 1 ? (whole - 1) / (all - 1) : 0;
  const positions = Float64Array.from({ length: count }, (_, k) => (first + k) * stretch - below);
  return { factor: f, count, origin: origin + first * f, block: 1, positions };
}

/** A padded axis, voxels. */
interface PaddedLength {
  /** Before the first voxel of the volume. */
  readonly below: number;
  /** In all. */
  readonly length: number;
}

/** The largest factor that leaves an axis `min(length, 4)` samples. */
function mostFactor(length: number): number {
  return Math.floor(length / Math.min(length, MIN_SAMPLES));
}

/** The sample grid of a volume, or of the `shape[0]` planes from plane `z0` on. */
export function sampleGrid(shape: Shape3, factors: Triple, method: ShrinkMethod, z0 = 0): SampleGrid {
  return perAxis((a) => shrinkAxis(shape[a], factors[a], method, a === 0 ? z0 : 0));
}

/** Samples of a grid along `[z, y, x]`. */
export function gridShape(grid: SampleGrid): [z: number, y: number, x: number] {
  return perAxis((a) => grid[a].count);
}

/**
 * Shrink factors that come nearest to a resolution without passing it, per axis: `max(1, floor(resolution / voxel))`.
 */
export function factorsForResolution(voxelSize: Triple, resolution: number): [z: number, y: number, x: number] {
  return perAxis((a) => Math.max(1, Math.floor(resolution / voxelSize[a] + 1e-6)));
}

/**
 * Raises the factors, all by one at a time on the axis with the finest sampling in mm, until the grid has at most
 * `maxSamples` samples. Depends on shape and voxel size alone, never on memory, so that the result does not either.
 */
export function capSamples(
  shape: Shape3,
  voxelSize: Triple,
  factors: Triple,
  maxSamples: number,
): [z: number, y: number, x: number] {
  const capped: [number, number, number] = [...factors];
  const counts = () => perAxis((a) => Math.floor(shape[a] / Math.min(capped[a], mostFactor(shape[a]))));
  for (;;) {
    const current = counts();
    const tooWide = current[2] > MAX_COLUMNS;
    if (voxelCount(current) <= maxSamples && !tooWide) return capped;
    const candidates = tooWide ? [2] : [0, 1, 2].filter((a) => capped[a] < mostFactor(shape[a]));
    if (candidates.length === 0) return capped;
    const spacing = (a: number) => capped[a] * voxelSize[a];
    const axis = candidates.reduce((best, a) => spacing(a) < spacing(best) ? a : best);
    // All steps that this axis takes before another one's turn, at once: an axis of a hostile file may have 2^50
    // voxels.
    const others = candidates.filter((a) => a !== axis).map(spacing);
    const turn = Math.floor((Math.min(...others) - spacing(axis)) / voxelSize[axis]);
    const rest = current.reduce((product, n, a) => a === axis ? product : product * n, 1);
    const most = tooWide ? MAX_COLUMNS : Math.floor(maxSamples / rest);
    const enough = Math.floor(shape[axis] / (most + 1)) + 1;
    capped[axis] = Math.max(capped[axis] + 1, Math.min(capped[axis] + turn, enough, mostFactor(shape[axis])));
  }
}

/** Where voxel k of a coarser level has its centre, in voxels of the volume: both fill one field of view. */
export function positionInVolume(k: number, ratio: number): number {
  return (k + 0.5) * ratio - 0.5;
}

/** The plane, row or column of a volume of n that is nearest to the centre of each of `count` of a coarser level. */
export function nearestInVolume(n: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, k) => Math.floor(positionInVolume(k, n / count) + 0.5));
}
