/**
 * The measure that ends a level: the coefficient of variation of the ratio of the fields before and after an iteration.
 * ITK's `CalculateConvergenceMeasurement`. With h the log field that the iteration added, the ratio is e = exp(-h).
 *
 * @module
 */

/**
 * `std(e) / mean(e)` with `N - 1` in the variance, from sums of `expm1(-h)`: sums of e itself would cancel.
 *
 * @param count N, the number of samples.
 * @param sum sum of expm1(-h).
 * @param sumOfSquares sum of expm1(-h)^2.
 */
export function convergenceMeasure(count: number, sum: number, sumOfSquares: number): number {
  if (count < 2) return 0;
  const variance = Math.max(0, sumOfSquares - (sum * sum) / count) / (count - 1);
  return Math.sqrt(variance) / (1 + sum / count);
}

/** Sum of `values[begin..end)`, pairwise: the order depends on the length alone. */
export function pairwiseSum(values: Float64Array, begin = 0, end = values.length): number {
  if (end - begin <= 8) {
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i];
    return sum;
  }
  const middle = begin + ((end - begin) >> 1);
  return pairwiseSum(values, begin, middle) + pairwiseSum(values, middle, end);
}
