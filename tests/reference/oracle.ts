/**
 * An independent N4 in float64, written for plainness from the papers and docs/algorithm.md: a discrete Fourier transform summed term by
 * term, blurs summed term by term, each sample scattered over its 64 control points. It shares nothing with `src/n4` and never
 * refines a lattice: a field is the sum of one lattice per level. Minutes for what the fit does in seconds.
 *
 * @module
 */

/** What the oracle fits; triples are `[z, y, x]`. */
export interface OracleInput {
  /** Full-resolution shape. */
  readonly domain: readonly number[];
  /** Positions of sample planes, rows and columns at full resolution. */
  readonly positions: readonly Float64Array[];
  /** Intensities on that grid, C order; NaN takes no part. Values <= 0 are taken as they are. */
  readonly intensity: Float32Array;
  /** Confidences; left out: 1. */
  readonly weight?: Float32Array;
  /** Iterations of each level. */
  readonly iterations: readonly number[];
  /** Control points of the first level. */
  readonly controlPoints: readonly number[];
  /** `"fixed"` keeps the first level's control points. */
  readonly lattice: "refine" | "fixed";
  /** Histogram bins. */
  readonly bins: number;
  /** Full width at half maximum of the bias distribution, log intensity. */
  readonly fwhm: number;
  /** Noise term of the Wiener filter. */
  readonly wienerNoise: number;
  /** A level ends once its measure is <= this. */
  readonly convergenceThreshold: number;
}

/** What the oracle finds. */
export interface OracleResult {
  /** Log field at the samples that take part, in C order. */
  readonly logField: Float64Array;
  /** Convergence measures of each level's iterations. */
  readonly convergence: readonly number[][];
}

/** A sample: its log intensity, its confidence, its grid indices. */
interface Sample {
  readonly v: number;
  readonly g: number;
  readonly at: readonly number[];
}

/** The 64 control points around a sample, and their weights. */
interface Support {
  readonly index: Int32Array;
  readonly weight: Float64Array;
  readonly sumOfSquares: number;
}

/** Below this, a control point's denominator counts as no sample near it. */
const NO_SAMPLE_NEAR = 1.19e-8;

/** Fits the field. */
export function oracleFit(input: OracleInput): OracleResult {
  const samples = gather(input);
  const u = Float64Array.from(samples, (sample) => sample.v);
  const convergence: number[][] = [];
  input.iterations.forEach((iterations, level) => {
    const points = pointsOfLevel(input, level);
    const supports = samples.map((sample) => supportOf(sample, input, points));
    const measures: number[] = [];
    while (measures.length < iterations) {
      const expected = expectedValues(u, input);
      if (!expected) break;
      const residual = u.map((value, i) => value - expected[i]);
      const phi = scatter(samples, supports, residual, points);
      const h = Float64Array.from(supports, (support) => evaluate(support, phi));
      for (let i = 0; i < u.length; i++) u[i] -= h[i];
      measures.push(variation(h));
      if (measures[measures.length - 1] <= input.convergenceThreshold) break;
    }
    convergence.push(measures);
  });
  return { logField: Float64Array.from(samples, (sample, i) => sample.v - u[i]), convergence };
}

function gather({ positions, intensity, weight }: OracleInput): Sample[] {
  const samples: Sample[] = [];
  let i = 0;
  for (let z = 0; z < positions[0].length; z++) {
    for (let y = 0; y < positions[1].length; y++) {
      for (let x = 0; x < positions[2].length; x++, i++) {
        const g = weight ? weight[i] : 1;
        if (!Number.isFinite(intensity[i]) || !(g > 0)) continue;
        samples.push({ v: intensity[i] > 0 ? Math.log(intensity[i]) : intensity[i], g, at: [z, y, x] });
      }
    }
  }
  return samples;
}

/** Spans double from level to level, except along an axis of one voxel. */
function pointsOfLevel({ domain, controlPoints, lattice }: OracleInput, level: number): number[] {
  return controlPoints.map((points, a) => {
    if (domain[a] === 1) return 4;
    return lattice === "fixed" ? points : (points - 3) * 2 ** level + 3;
  });
}

function supportOf({ at }: Sample, { domain, positions }: OracleInput, points: readonly number[]): Support {
  const first: number[] = [];
  const cubic: number[][] = [];
  for (let a = 0; a < 3; a++) {
    const spans = points[a] - 3;
    const perVoxel = domain[a] > 1 ? spans / (domain[a] - 1) : 0;
    const p = Math.min(positions[a][at[a]] * perVoxel, spans - 1e-3 * perVoxel);
    first.push(Math.floor(p));
    cubic.push([0, 1, 2, 3].map((j) => cardinalCubic(p - Math.floor(p) + 1 - j)));
  }
  const index = new Int32Array(64);
  const weight = new Float64Array(64);
  let sumOfSquares = 0;
  for (let n = 0; n < 64; n++) {
    const [j, k, l] = [n >> 4, (n >> 2) & 3, n & 3];
    index[n] = ((first[0] + j) * points[1] + first[1] + k) * points[2] + first[2] + l;
    weight[n] = cubic[0][j] * cubic[1][k] * cubic[2][l];
    sumOfSquares += weight[n] * weight[n];
  }
  return { index, weight, sumOfSquares };
}

/** The cubic B-spline centred at 0, by its two pieces. */
function cardinalCubic(x: number): number {
  const a = Math.abs(x);
  if (a >= 2) return 0;
  return a >= 1 ? (2 - a) ** 3 / 6 : 2 / 3 - a * a + (a * a * a) / 2;
}

/** Lee et al. 1997, doi:10.1109/2945.620490, equations 3 to 5, each sample weighted by its confidence. */
function scatter(
  samples: readonly Sample[],
  supports: readonly Support[],
  residual: Float64Array,
  points: readonly number[],
): Float64Array {
  const size = points[0] * points[1] * points[2];
  const delta = new Float64Array(size);
  const omega = new Float64Array(size);
  for (let i = 0; i < samples.length; i++) {
    const { index, weight, sumOfSquares } = supports[i];
    for (let n = 0; n < 64; n++) {
      const w = weight[n];
      delta[index[n]] += samples[i].g * w * w * ((w * residual[i]) / sumOfSquares);
      omega[index[n]] += samples[i].g * w * w;
    }
  }
  return delta.map((value, i) => (omega[i] > NO_SAMPLE_NEAR ? value / omega[i] : 0));
}

function evaluate({ index, weight }: Support, lattice: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < 64; n++) sum += weight[n] * lattice[index[n]];
  return sum;
}

/** Coefficient of variation of exp(-h), in two passes. */
function variation(h: Float64Array): number {
  if (h.length < 2) return 0;
  const ratio = h.map((value) => Math.exp(-value));
  const mean = ratio.reduce((a, b) => a + b, 0) / h.length;
  const squares = ratio.reduce((sum, e) => sum + (e - mean) ** 2, 0);
  return Math.sqrt(squares / (h.length - 1)) / mean;
}

/** E(u) of every sample, or nothing where the image is constant. */
function expectedValues(u: Float64Array, input: OracleInput): Float64Array | undefined {
  const lo = u.reduce((a, b) => Math.min(a, b), Infinity);
  const hi = u.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(hi - lo > 2 ** -21 * Math.max(1, Math.abs(lo), Math.abs(hi)))) return undefined;
  const { bins } = input;
  const slope = (hi - lo) / (bins - 1);
  const bin = (value: number) => {
    const q = Math.min((value - lo) / slope, bins - 1);
    const j = Math.min(Math.floor(q), bins - 2);
    return [j, q - j];
  };
  const histogram = new Float64Array(bins);
  for (const value of u) {
    const [j, r] = bin(value);
    histogram[j] += 1 - r;
    histogram[j + 1] += r;
  }
  const expected = sharpenDirectly(histogram, lo, slope, input);
  return u.map((value) => {
    const [j, r] = bin(value);
    return expected[j] * (1 - r) + expected[j + 1] * r;
  });
}

/** Sled et al. 1998, doi:10.1109/42.668698, equations 9 to 13, every sum written out. */
function sharpenDirectly(histogram: Float64Array, lo: number, slope: number, input: OracleInput): Float64Array {
  const { bins, fwhm, wienerNoise } = input;
  const size = 2 ** (Math.ceil(Math.log2(bins)) + 1);
  const offset = Math.floor((size - bins) / 2);
  const width = fwhm / slope;
  const gaussian = Float64Array.from({ length: size }, (_, n) => {
    const distance = Math.min(n, size - n);
    return 2 * Math.sqrt(Math.LN2 / Math.PI) / width * Math.exp((-4 * Math.LN2 * distance ** 2) / width ** 2);
  });
  const cos = Float64Array.from({ length: size }, (_, n) => Math.cos((2 * Math.PI * n) / size));
  const sin = Float64Array.from({ length: size }, (_, n) => Math.sin((2 * Math.PI * n) / size));
  const spectrum = new Float64Array(2 * size);
  for (let k = 0; k < size; k++) {
    let [f, re, im] = [0, 0, 0];
    for (let n = 0; n < size; n++) f += gaussian[n] * cos[(n * k) % size];
    for (let n = 0; n < bins; n++) {
      re += histogram[n] * cos[((n + offset) * k) % size];
      im -= histogram[n] * sin[((n + offset) * k) % size];
    }
    spectrum[2 * k] = (re * f) / (f * f + wienerNoise);
    spectrum[2 * k + 1] = (im * f) / (f * f + wienerNoise);
  }
  const sharp = Float64Array.from({ length: size }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < size; k++) {
      sum += spectrum[2 * k] * cos[(n * k) % size] - spectrum[2 * k + 1] * sin[(n * k) % size];
    }
    return Math.max(0, sum / size);
  });
  return Float64Array.from({ length: bins }, (_, n) => {
    let [upper, lower] = [0, 0];
    for (let m = 0; m < size; m++) {
      const blurred = sharp[m] * gaussian[(n + offset - m + size) % size];
      upper += (lo + (m - offset) * slope) * blurred;
      lower += blurred;
    }
    return lower === 0 ? 0 : upper / lower;
  });
}
