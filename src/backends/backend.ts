/**
 * THE contract: what a device does for n4. To add a backend, implement {@linkcode N4Backend}; this file is all you need
 * to read.
 *
 * The split is by size. A backend owns everything whose size grows with the volume (samples, boxes); `src/n4` owns
 * everything whose size does not (options, levels, lattices, reports). Arrays are C order `[z, y, x]`, float32 unless
 * said; logarithms are natural. Sessions are closed with `await using`. There are no optional methods; a limit that a
 * device cannot meet is refused with its reason ({@linkcode BackendError}). Every method gives the same bits each time
 * it is called with the same input on the same device.
 *
 * One iteration, as the stages in `stages.ts` name it (u = v - field, all over the samples that take part):
 * range -> histogram -> sharpen -> contract -> update -> subtract -> measure. See docs/algorithm.md.
 *
 * @module
 */

import type { Box, Shape3, Triple } from "../volume.ts";
import type { DeviceMemory, PlannedWork } from "./planned_work.ts";

/** The backends there are. */
export type BackendKind = "cuda" | "webgpu" | "ts";

/** What a backend runs on; printed by `doctor`, logged, and kept in every report. */
export interface DeviceInfo {
  /** Which backend. */
  readonly kind: BackendKind;
  /** Name of the device, as its driver calls it. */
  readonly name: string;
  /** Driver or runtime and its version. */
  readonly driver: string;
  /** Largest single buffer in bytes. */
  readonly largestBuffer: number;
  /** `true` when a processor stands in for a GPU. */
  readonly software: boolean;
  /** How many parts of it work at once (worker threads; 1 for a GPU). */
  readonly workers: number;
  /** Most bytes of its own memory that this process has held at once, so far; left out where that is not counted. */
  readonly peakBytes?: number;
}

/**
 * The samples of one fit, as compact rows: only the voxels that take part, so that masks, sections and any grid need no
 * device code. Row `r = iz * ny + iy` owns the samples `rowStart[r] <= i < rowStart[r + 1]`.
 */
export interface FitSamples {
  /** Full-resolution positions of the sample planes, voxels, ascending; length nz. Halves occur with block means. */
  readonly z: Float64Array;
  /** Full-resolution positions of the sample rows within a plane; length ny. */
  readonly y: Float64Array;
  /** Full-resolution positions of the sample columns; length nx <= 65,536. */
  readonly x: Float64Array;
  /** First sample of each row, length nz * ny + 1; the last entry is the number of samples M. */
  readonly rowStart: Uint32Array;
  /** Column of each sample, an index into `x`, ascending within a row; length M. */
  readonly xIndex: Uint16Array;
  /** v = ln(intensity) of each sample, rounded once from float64; length M. */
  readonly value: Float32Array;
  /** Confidence of each sample, > 0; length M. Left out: 1 everywhere. */
  readonly weight?: Float32Array;
}

/** A lattice of control points. `points[a]` is the number of spans along axis `a` plus 3. */
export interface Lattice {
  /** Control points along `[z, y, x]`, each >= 4. */
  readonly points: Triple;
  /** Values in C order, length `points[0] * points[1] * points[2]`. */
  readonly values: Float64Array;
}

/** The spline rows of one axis: for each of n positions, its first control point and three rows of four weights. */
export interface SplineRows {
  /** Control points along the axis. */
  readonly points: number;
  /** First of the four control points of each position; length n, ascending. */
  readonly first: Int32Array;
  /** B_0..3, the weights that evaluate the spline; length 4n. */
  readonly evaluate: Float64Array;
  /** B^2, whose product over the axes weighs a control point's denominator; length 4n. */
  readonly omega: Float64Array;
  /** B^3 / sum_j B_j^2, whose product over the axes weighs its numerator; length 4n. */
  readonly delta: Float64Array;
}

/** Spline rows per axis, `[z, y, x]`. */
export type SplineRows3 = readonly [z: SplineRows, y: SplineRows, x: SplineRows];

/** What one level starts from. */
export interface LevelStart {
  /** Rows for the samples' positions on this level's lattice. */
  readonly rows: SplineRows3;
  /** The log bias field so far, refined to this level's lattice; u = v - its value at the samples. */
  readonly lattice: Lattice;
}

/** How the histogram is built and sharpened; the same for all iterations of a level. */
export interface SharpenOptions {
  /** Histogram bins, an integer >= 2. */
  readonly bins: number;
  /** Full width at half maximum of the bias distribution, in log intensity, > 0. */
  readonly fwhm: number;
  /** Noise term of the Wiener filter, > 0. */
  readonly wienerNoise: number;
}

/** A request to iterate. */
export interface IterateRequest extends SharpenOptions {
  /** Run at most this many iterations, >= 1. */
  readonly count: number;
  /** Stop once the convergence measure is <= this, >= 0. */
  readonly threshold: number;
}

/** What a run of iterations did. */
export interface IterateResult {
  /** The convergence measure of each iteration that ran, in order. */
  readonly convergence: number[];
  /**
   * `true` once the threshold was met, or the image became constant (then nothing was added and no measure is given for
   * it).
   */
  readonly stopped: boolean;
}

/** One fit on the device: samples uploaded once, then levels, then the lattice comes back. */
export interface FitSession extends AsyncDisposable {
  /** Starts a level: recomputes u from the stored v and the given lattice, and omega from the rows. */
  beginLevel(start: LevelStart): Promise<void>;
  /**
   * Runs up to `count` iterations without the host. However the iterations are split over calls, the bits are the same.
   *
   * @throws {BackendError} when the device fails.
   */
  iterate(request: IterateRequest): Promise<IterateResult>;
  /** The log bias field as it stands. */
  lattice(): Promise<Lattice>;
  /** Writes u = v - field of every sample into `out`, length M. */
  values(out: Float32Array): Promise<void>;
}

/** A contiguous run of planes with a field of its own. */
export interface ApplySection {
  /** First plane. */
  readonly z0: number;
  /** One past the last plane. */
  readonly z1: number;
  /** Log bias field over the section's own planes; left out: 0. */
  readonly lattice?: Lattice;
}

/**
 * Piecewise-linear intensity maps on an even grid: `tables[t][i]` is the value at `lo + i * (hi - lo) / (n - 1)`,
 * clamped outside.
 */
export interface LookupTables {
  /** Values at or below stay as they are, as does +Infinity. */
  readonly threshold: number;
  /** Intensity of the first and last entry. */
  readonly range: readonly [lo: number, hi: number];
  /** Equal-length tables, each at least two entries. */
  readonly tables: readonly Float32Array[];
  /** Which table a plane uses; -1 for none. Length: planes of the volume. */
  readonly tableOfPlane: Int32Array;
}

/**
 * The fused voxel map that turns input into output. In this order, for a voxel of intensity s on plane z:
 * `m = table(s)`; `m *= zGain[z]` inside the mask; `c = m / max(exp(section field + global field), floor)`;
 * `out = (strength * c + (1 - strength) * m) * scale`; outside the mask 0 where `zeroOutside`.
 */
export interface ApplySpec {
  /** Shape of the volume that boxes are cut from. */
  readonly volume: Shape3;
  /**
   * Index of each plane, row and column on the lattices' own grid; left out: its own index. A model fitted on another
   * grid of the same field of view is evaluated through these (`bias_model.ts`). Lengths: volume[0], volume[1],
   * volume[2].
   */
  readonly positions?: readonly [z: Float64Array, y: Float64Array, x: Float64Array];
  /** Shape of the grid that the lattices span; left out: `volume`. */
  readonly domain?: Shape3;
  /** Sections in domain planes, ascending and disjoint; empty where there are none. */
  readonly sections: readonly ApplySection[];
  /** Log bias field over the whole domain. */
  readonly global?: Lattice;
  /** Intensity matching. */
  readonly luts?: LookupTables;
  /** Gain per plane inside the mask; length volume[0]. */
  readonly zGain?: Float32Array;
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** Factor on every output voxel. */
  readonly scale: number;
  /** Write 0 where the mask is 0. */
  readonly zeroOutside: boolean;
  /** Smallest field that is divided by, 1e-6. */
  readonly floor: number;
}

/** The correction of boxes. Calls may overlap. */
export interface ApplySession extends AsyncDisposable {
  /**
   * Corrects a box in place.
   *
   * @param box where the data lie in the volume.
   * @param data intensities, shape of the box; becomes the output.
   * @param mask one byte per voxel, 0 outside; needed with `zGain` or `zeroOutside`, else left out.
   */
  correct(box: Box, data: Float32Array, mask?: Uint8Array): Promise<void>;
  /**
   * Writes the bias field (not its log: `max(exp(...), floor) / scale`, so that input / field = output at strength 1)
   * over a box.
   */
  field(box: Box, out: Float32Array): Promise<void>;
}

/** A separable Gaussian over the whole volume, computed box by box. */
export interface SmoothSpec {
  /** Shape of the volume. Beyond its borders it is mirrored, edge voxel repeated (`reflect` in SciPy). */
  readonly volume: Shape3;
  /** Standard deviations along `[z, y, x]`, voxels, >= 0; 0 leaves the axis alone. */
  readonly sigma: Triple;
  /** The kernel ends at `floor(truncate * sigma + 0.5)` voxels; 4 in SciPy. */
  readonly truncate: number;
}

/** Smoothing of boxes. Calls may overlap. */
export interface SmoothSession extends AsyncDisposable {
  /** Voxels needed on each side of a box, `[z, y, x]`. */
  readonly halo: Shape3;
  /**
   * Smooths a box.
   *
   * @param box the box wanted.
   * @param padded `box` grown by `halo`, clipped to the volume.
   * @param data intensities over `padded`; left as it was.
   * @param out smoothed intensities over `box`.
   */
  smooth(box: Box, padded: Box, data: Float32Array, out: Float32Array): Promise<void>;
}

/** A device that can fit, apply and smooth. */
export interface N4Backend extends AsyncDisposable {
  /** What it runs on. */
  readonly device: DeviceInfo;
  /**
   * How much of the device's own memory planned work takes, at most; `undefined` where the device computes in the
   * host's.
   *
   * @throws {BackendError} when that is more than is free, with both numbers: asked before any work is done.
   */
  checkMemory(work: PlannedWork): Promise<DeviceMemory | undefined>;
  /** Uploads samples. @throws {BackendError} when they exceed a limit of the device. */
  openFit(samples: FitSamples): Promise<FitSession>;
  /** Prepares the correction. @throws {BackendError} when a limit of the device is exceeded. */
  openApply(spec: ApplySpec): Promise<ApplySession>;
  /** Prepares the smoothing. @throws {BackendError} when a limit of the device is exceeded. */
  openSmooth(spec: SmoothSpec): Promise<SmoothSession>;
}
