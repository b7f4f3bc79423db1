/**
 * Histograms over bins whose edges are float32 numbers: a value belongs to bin i where `edges[i] <= value < edges[i +
 * 1]`, the last bin holds its upper end as well. That is what NumPy's `histogram` does with float32 data, to the voxel.
 *
 * @module
 */

/**
 * Even edges over the range of float32 data, worked out in float32 as NumPy's `linspace` does.
 *
 * @param lo, hi float32 numbers, lo < hi.
 */
export function dataEdges(lo: number, hi: number, bins: number): Float32Array {
  const step = Math.fround(Math.fround(hi - lo) / bins);
  const edges = Float32Array.from({ length: bins + 1 }, (_, i) => Math.fround(Math.fround(i * step) + lo));
  edges[bins] = hi;
  return edges;
}

/** Even edges over any range, worked out in float64, then rounded. */
export function rangeEdges(lo: number, hi: number, bins: number): Float32Array {
  const step = (hi - lo) / bins;
  return Float32Array.from({ length: bins + 1 }, (_, i) => (i === bins ? hi : i * step + lo));
}

/** Middles of the bins, as float32. */
export function binCentres(edges: Float32Array): Float32Array {
  return Float32Array.from({ length: edges.length - 1 }, (_, i) => Math.fround(edges[i] + edges[i + 1]) / 2);
}

/** Counts values between the first and the last edge; others and NaN are left out. */
export class EdgeHistogram {
  /** Ascending, nearly even; length bins + 1. */
  readonly edges: Float32Array;
  /** Values per bin. */
  readonly counts: Float64Array;
  readonly #perUnit: number;

  /** An empty histogram over edges. */
  constructor(edges: Float32Array) {
    this.edges = edges;
    this.counts = new Float64Array(edges.length - 1);
    this.#perUnit = this.counts.length / (edges[edges.length - 1] - edges[0]);
  }

  /** Counts the values `[begin, end)` of an array. */
  add(values: Float32Array, begin = 0, end = values.length): void {
    const { edges, counts } = this;
    const perUnit = this.#perUnit;
    const last = counts.length - 1;
    const [lo, hi] = [edges[0], edges[last + 1]];
    for (let i = begin; i < end; i++) {
      const value = values[i];
      if (!(value >= lo && value <= hi)) continue;
      let bin = ((value - lo) * perUnit) | 0;
      if (bin > last) bin = last;
      while (value < edges[bin]) bin--;
      while (bin < last && value >= edges[bin + 1]) bin++;
      counts[bin]++;
    }
  }
}
