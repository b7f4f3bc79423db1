/**
 * Stage `update`: contracts tiles over z, tile by tile in order, then phi = delta / omega and lattice += phi. Twin:
 * src/backends/ts/loops/update.ts.
 */

import { literal } from "./shared/literal";

// A control point with a denominator below this has no sample near it: its phi is 0. ITK's float32 epsilon.
const LEAST_OMEGA = literal(1.19e-8);
const ZERO = literal(0);

/**
 * Adds the tiles `[tile0, tile1)`, `size` float64 each from `contracted` on, to `sums`, for columns `[begin, end)`.
 *
 * @param perPlane tiles of a plane of samples.
 * @param first first control point along z of each plane, int32.
 * @param weights four of each plane, float64.
 */
export function addTiles(
  contracted: usize,
  size: i32,
  tile0: i32,
  tile1: i32,
  perPlane: i32,
  first: usize,
  weights: usize,
  begin: i32,
  end: i32,
  sums: usize,
): void {
  const step = <usize> size << 3;
  const left = <usize> begin << 3, count = <usize> (end - begin) << 3;
  for (let tile = tile0, from = contracted + left; tile < tile1; tile++, from += step) {
    const z: usize = tile / perPlane;
    let to = sums + left + <usize> load<i32>(first + (z << 2)) * step;
    for (let w = weights + (z << 5), last = w + 32; w < last; w += 8, to += step) {
      const weight = v128.load64_splat(w);
      let p: usize = 0;
      for (; p + 8 < count; p += 16) {
        v128.store(to + p, f64x2.add(v128.load(to + p), f64x2.mul(weight, v128.load(from + p))));
      }
      if (p < count) store<f64>(to + p, load<f64>(to + p) + load<f64>(w) * load<f64>(from + p));
    }
  }
}

/**
 * phi = delta / omega, lattice += phi, delta = 0 for the columns `[begin, end)` of `planes` planes of `size` control
 * points.
 */
export function update(
  lattice: usize,
  phi: usize,
  delta: usize,
  omega: usize,
  size: i32,
  planes: i32,
  begin: i32,
  end: i32,
): void {
  for (let plane = 0; plane < planes; plane++) {
    let p = <usize> (plane * size + begin) << 3;
    const last = <usize> (plane * size + end) << 3;
    for (; p + 8 < last; p += 16) {
      const under = v128.load(omega + p);
      const quotient = f64x2.div(v128.load(delta + p), under);
      const added = v128.bitselect(quotient, ZERO, f64x2.gt(under, LEAST_OMEGA));
      v128.store(phi + p, added);
      v128.store(lattice + p, f64x2.add(v128.load(lattice + p), added));
      v128.store(delta + p, ZERO);
    }
    if (p < last) {
      const under = load<f64>(omega + p);
      const added = under > f64x2.extract_lane(LEAST_OMEGA, 0) ? load<f64>(delta + p) / under : 0;
      store<f64>(phi + p, added);
      store<f64>(lattice + p, load<f64>(lattice + p) + added);
      store<f64>(delta + p, 0);
    }
  }
}
