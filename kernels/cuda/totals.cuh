// What stage `subtract` adds up over all samples: the sums of the stop test and the range of u, in an order that
// depends on the shapes alone.
#pragma once

#include "common.cuh"

namespace n4 {

// Images whose range of u is below this share of its magnitude count as constant.
constexpr double kConstantRange = 1.0 / (1 << 21);

// Sums of expm1(-h) and of its square, range of u.
struct Totals {
  double sum, squares;
  float lo, hi;
};

__device__ inline Totals noTotals() { return {0, 0, INFINITY, -INFINITY}; }

__device__ inline void addTotals(Totals& totals, const Totals& other) {
  totals.sum += other.sum;
  totals.squares += other.squares;
  totals.lo = fminf(totals.lo, other.lo);
  totals.hi = fmaxf(totals.hi, other.hi);
}

// The block's totals in a fixed order; valid in thread 0.
__device__ inline Totals blockTotals(Totals totals) {
  __shared__ Totals warps[kWarps];
  for (int step = kWarp / 2; step > 0; step >>= 1) {
    const Totals other = {__shfl_xor_sync(0xffffffffu, totals.sum, step),
                          __shfl_xor_sync(0xffffffffu, totals.squares, step),
                          __shfl_xor_sync(0xffffffffu, totals.lo, step), __shfl_xor_sync(0xffffffffu, totals.hi, step)};
    addTotals(totals, other);
  }
  if (threadIdx.x % kWarp == 0) warps[threadIdx.x / kWarp] = totals;
  __syncthreads();
  if (threadIdx.x != 0) return totals;
  totals = warps[0];
  for (int w = 1; w < kWarps; w++) addTotals(totals, warps[w]);
  return totals;
}

// What the next iteration starts from: the range; with `convergence`, the stop test (std / mean of exp(-h), N - 1 in
// the variance).
__device__ inline void finish(const Totals& totals, double count, IterationState* state, double threshold,
                              double* convergence) {
  state->lo = totals.lo;
  state->hi = totals.hi;
  const double magnitude = fmax(1.0, fmax(fabs(state->lo), fabs(state->hi)));
  state->constant = !(state->hi - state->lo > kConstantRange * magnitude);
  state->arrived = 0;
  if (!convergence) return;
  const double variance = fmax(0.0, totals.squares - totals.sum * totals.sum / count) / (count - 1);
  const double measure = count < 2 ? 0 : sqrt(variance) / (1 + totals.sum / count);
  convergence[state->ran++] = measure;
  if (measure <= threshold) state->stopped = 1;
}

}  // namespace n4
