/**
 * Linear least squares by the normal equations, for models of a few terms.
 *
 * @module
 */

/**
 * Coefficients that make the sum of squared relative errors least, none below 0: a term that would be is left out and the others are worked out again.
 *
 * @param terms one row a measurement, one number a coefficient.
 * @param values the measurements, > 0.
 */
export function fitRelative(terms: readonly (readonly number[])[], values: readonly number[]): number[] {
  const rows = terms.map((row, i) => row.map((term) => term / values[i]));
  let kept = terms[0].map((_, j) => j);
  for (;;) {
    const found = solve(rows.map((row) => kept.map((j) => row[j])));
    const least = Math.min(...found);
    if (least >= 0) return terms[0].map((_, j) => kept.includes(j) ? found[kept.indexOf(j)] : 0);
    kept = kept.filter((_, k) => found[k] !== least);
  }
}

/** The coefficients whose sum over each row is nearest to 1. */
function solve(rows: readonly (readonly number[])[]): number[] {
  const n = rows[0].length;
  const matrix = Array.from({ length: n }, (_, a) => [
    ...Array.from({ length: n }, (_, b) => rows.reduce((sum, row) => sum + row[a] * row[b], 0)),
    rows.reduce((sum, row) => sum + row[a], 0),
  ]);
  for (let a = 0; a < n; a++) {
    const pivot = matrix.reduce((best, row, i) => i >= a && Math.abs(row[a]) > Math.abs(matrix[best][a]) ? i : best, a);
    [matrix[a], matrix[pivot]] = [matrix[pivot], matrix[a]];
    for (let b = 0; b < n; b++) {
      if (b === a) continue;
      const factor = matrix[b][a] / matrix[a][a];
      for (let c = a; c <= n; c++) matrix[b][c] -= factor * matrix[a][c];
    }
  }
  return matrix.map((row, a) => row[n] / row[a]);
}
