/**
 * Splines along one row: control points of a plane combined with a row's weights over y, then evaluated at columns.
 * Sums run over the four control points in order. Twin: src/backends/ts/loops/shared/spline_row.ts.
 */

/** `out[i] = w0 a[i] + w1 a[i + size] + w2 a[i + 2 size] + w3 a[i + 3 size]`, float64; weights from `weights` on. */
export function combine(a: usize, size: i32, weights: usize, out: usize): void {
  const step: usize = size << 3;
  const w0 = v128.load64_splat(weights);
  const w1 = v128.load64_splat(weights, 8);
  const w2 = v128.load64_splat(weights, 16);
  const w3 = v128.load64_splat(weights, 24);
  const end = a + (step & ~15);
  let p = a, q = out;
  for (; p < end; p += 16, q += 16) {
    let sum = f64x2.add(f64x2.mul(w0, v128.load(p)), f64x2.mul(w1, v128.load(p + step)));
    sum = f64x2.add(sum, f64x2.mul(w2, v128.load(p + 2 * step)));
    v128.store(q, f64x2.add(sum, f64x2.mul(w3, v128.load(p + 3 * step))));
  }
  if ((step & 8) !== 0) {
    let sum = f64x2.add(f64x2.mul(w0, v128.load64_zero(p)), f64x2.mul(w1, v128.load64_zero(p + step)));
    sum = f64x2.add(sum, f64x2.mul(w2, v128.load64_zero(p + 2 * step)));
    v128.store64_lane(q, f64x2.add(sum, f64x2.mul(w3, v128.load64_zero(p + 3 * step))), 0);
  }
}

/**
 * `out[c - from] = field of column c` for c in `[from, to)`.
 *
 * @param line control values of the row, float64.
 * @param first first control point of each column, int32; `ends`: for each first control point the end of its run of
 *   columns, int32.
 * @param weights four arrays of `stride` bytes each: weight j of each column, float64, two more at the end of each.
 * @param added whether what `out` holds is added to.
 */
export function evaluateColumns(
  line: usize,
  first: usize,
  ends: usize,
  weights: usize,
  stride: usize,
  from: i32,
  to: i32,
  out: usize,
  added: bool,
): void {
  let column = from;
  let q = out;
  while (column < to) {
    const k: usize = load<i32>(first + (<usize> column << 2));
    const end = min(load<i32>(ends + (k << 2)), to);
    const c0 = v128.load64_splat(line + (k << 3));
    const c1 = v128.load64_splat(line + (k << 3), 8);
    const c2 = v128.load64_splat(line + (k << 3), 16);
    const c3 = v128.load64_splat(line + (k << 3), 24);
    let p0 = weights + (<usize> column << 3);
    let p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
    for (; column + 2 <= end; column += 2, p0 += 16, p1 += 16, p2 += 16, p3 += 16, q += 16) {
      let sum = f64x2.add(f64x2.mul(v128.load(p0), c0), f64x2.mul(v128.load(p1), c1));
      sum = f64x2.add(sum, f64x2.mul(v128.load(p2), c2));
      sum = f64x2.add(sum, f64x2.mul(v128.load(p3), c3));
      v128.store(q, added ? f64x2.add(v128.load(q), sum) : sum);
    }
    if (column < end) {
      let sum = f64x2.add(f64x2.mul(v128.load64_zero(p0), c0), f64x2.mul(v128.load64_zero(p1), c1));
      sum = f64x2.add(sum, f64x2.mul(v128.load64_zero(p2), c2));
      sum = f64x2.add(sum, f64x2.mul(v128.load64_zero(p3), c3));
      v128.store64_lane(q, added ? f64x2.add(v128.load64_zero(q), sum) : sum, 0);
      column++;
      q += 8;
    }
  }
}

/**
 * The same in float32, by weights that are float32 as well; up to three values more are written, and read of each
 * weight.
 */
export function evaluateColumnsSingle(
  line: usize,
  first: usize,
  ends: usize,
  weights: usize,
  stride: usize,
  from: i32,
  to: i32,
  out: usize,
): void {
  let column = from;
  let q = out;
  while (column < to) {
    const k: usize = load<i32>(first + (<usize> column << 2));
    const end = min(load<i32>(ends + (k << 2)), to);
    const c0 = f32x4.splat(<f32> load<f64>(line + (k << 3)));
    const c1 = f32x4.splat(<f32> load<f64>(line + (k << 3), 8));
    const c2 = f32x4.splat(<f32> load<f64>(line + (k << 3), 16));
    const c3 = f32x4.splat(<f32> load<f64>(line + (k << 3), 24));
    let p0 = weights + (<usize> column << 2);
    let p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
    const stop = q + (<usize> (end - column) << 2);
    for (; q < stop; p0 += 16, p1 += 16, p2 += 16, p3 += 16, q += 16) {
      let sum = f32x4.add(f32x4.mul(v128.load(p0), c0), f32x4.mul(v128.load(p1), c1));
      sum = f32x4.add(sum, f32x4.mul(v128.load(p2), c2));
      v128.store(q, f32x4.add(sum, f32x4.mul(v128.load(p3), c3)));
    }
    column = end;
    q = stop;
  }
}

/** `packed[i] = field[columns[i]]` for `count` columns, uint16. */
export function gather(field: usize, columns: usize, count: i32, packed: usize): void {
  for (; count >= 4; count -= 4, columns += 8, packed += 32) {
    const c = load<u64>(columns);
    const c0: usize = <usize> c & 0xffff, c1: usize = <usize> c >> 16;
    const c2: usize = <usize> (c >> 32) & 0xffff, c3: usize = <usize> (c >> 48);
    v128.store(packed, v128.load64_lane(field + (c1 << 3), v128.load64_zero(field + (c0 << 3)), 1));
    v128.store(packed, v128.load64_lane(field + (c3 << 3), v128.load64_zero(field + (c2 << 3)), 1), 16);
  }
  for (; count > 0; count--, columns += 2, packed += 8) {
    store<f64>(packed, load<f64>(field + (<usize> load<u16>(columns) << 3)));
  }
}

/** The same of float32. */
export function gatherSingle(field: usize, columns: usize, count: i32, packed: usize): void {
  for (; count >= 4; count -= 4, columns += 8, packed += 16) {
    const c = load<u64>(columns);
    const c0: usize = <usize> c & 0xffff, c1: usize = <usize> c >> 16;
    const c2: usize = <usize> (c >> 32) & 0xffff, c3: usize = <usize> (c >> 48);
    let four = v128.load32_zero(field + (c0 << 2));
    four = v128.load32_lane(field + (c1 << 2), four, 1);
    four = v128.load32_lane(field + (c2 << 2), four, 2);
    v128.store(packed, v128.load32_lane(field + (c3 << 2), four, 3));
  }
  for (; count > 0; count--, columns += 2, packed += 4) {
    store<f32>(packed, load<f32>(field + (<usize> load<u16>(columns) << 2)));
  }
}
