// Stage `subtract`: takes the field of a lattice off the samples, and finds the range of u and the sums of the stop
// test on the way. The last block to finish adds the blocks' sums in their order and applies the stop test, so that no
// host is needed. Twin: src/backends/ts/subtract.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// Up to this |h| six terms of the series of expm1 are exact to 1e-13; above it the library function is called.
constexpr double kSeriesLimit = 1.0 / 32;

// Control points along x up to which each warp keeps the row's line of control values in shared memory; finer lattices
// are summed per sample.
constexpr int kLinePoints = kSharedBytes / (kWarps * sizeof(double));

// Blocks of a fit at most: enough to fill a large device, few enough for one block to add up. Their number depends on
// the rows alone.
constexpr int kSubtractBlocks = 1024;

// Images whose range of u is below this share of its magnitude count as constant.
constexpr double kConstantRange = 1.0 / (1 << 21);

// Sums of expm1(-h) and of its square, range of u.
struct Totals {
  double sum, squares, lo, hi;
};

// kernels

__device__ inline Totals noTotals() { return {0, 0, INFINITY, -INFINITY}; }

__device__ inline void addTotals(Totals& totals, const Totals& other) {
  totals.sum += other.sum;
  totals.squares += other.squares;
  totals.lo = fmin(totals.lo, other.lo);
  totals.hi = fmax(totals.hi, other.hi);
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
  state->constant = !(totals.hi - totals.lo > kConstantRange * fmax(1.0, fmax(fabs(totals.lo), fabs(totals.hi))));
  state->arrived = 0;
  if (!convergence) return;
  const double variance = fmax(0.0, totals.squares - totals.sum * totals.sum / count) / (count - 1);
  const double measure = count < 2 ? 0 : sqrt(variance) / (1 + totals.sum / count);
  convergence[state->ran++] = measure;
  if (measure <= threshold) state->stopped = 1;
}

// One row by one warp; `line` is its shared memory, or null.
template <bool kIterating>
__device__ inline void subtractRow(const Samples& samples, const LevelRows& rows, const double* lattice,
                                   const float* from, float* u, size_t row, double* line, Totals& totals) {
  const uint32_t begin = samples.rowStart[row], end = samples.rowStart[row + 1];
  if (begin == end) return;
  const int lane = threadIdx.x % kWarp;
  const int iz = static_cast<int>(row / samples.rows), iy = static_cast<int>(row % samples.rows);
  const double *wz = rows.z.evaluate + 4 * iz, *wy = rows.y.evaluate + 4 * iy;
  const int kz = rows.z.first[iz], ky = rows.y.first[iy], pointsY = rows.y.points, pointsX = rows.x.points;
  if (line) {
    for (int c = lane; c < pointsX; c += kWarp) line[c] = lineValue(lattice, pointsY, pointsX, wz, kz, wy, ky, c);
    __syncwarp();
  }
  for (uint32_t i = begin + lane; i < end; i += kWarp) {
    const int column = samples.column[i];
    const int k = rows.x.first[column];
    const double* w = rows.x.evaluate + 4 * column;
    double h = 0;
    for (int j = 0; j < 4; j++)
      h += w[j] * (line ? line[k + j] : lineValue(lattice, pointsY, pointsX, wz, kz, wy, ky, k + j));
    const float value = static_cast<float>(from[i] - h);
    u[i] = value;
    totals.lo = fmin(totals.lo, static_cast<double>(value));
    totals.hi = fmax(totals.hi, static_cast<double>(value));
    if (!kIterating) continue;
    const double e =
        fabs(h) < kSeriesLimit ? -h * (1 - h / 2 * (1 - h / 3 * (1 - h / 4 * (1 - h / 5 * (1 - h / 6))))) : expm1(-h);
    totals.sum += e;
    totals.squares += e * e;
  }
  if (line) __syncwarp();
}

template <bool kIterating>
__global__ void __launch_bounds__(kThreads)
    subtractKernel(Samples samples, LevelRows rows, const double* lattice, const float* from, float* u,
                   int rowsPerBlock, Totals* blocks, IterationState* state, const SharpenSettings* settings,
                   double* convergence) {
  N4_DYNAMIC_SHARED(double, lines);
  __shared__ bool isLast;
  if (kIterating && isIdle(state)) return;
  const int warp = threadIdx.x / kWarp;
  double* line = rows.x.points <= kLinePoints ? lines + warp * rows.x.points : nullptr;
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const size_t row0 = static_cast<size_t>(blockIdx.x) * rowsPerBlock;
  const size_t row1 = min(all, row0 + rowsPerBlock);
  Totals totals = noTotals();
  for (size_t row = row0 + warp; row < row1; row += kWarps)
    subtractRow<kIterating>(samples, rows, lattice, from, u, row, line, totals);
  totals = blockTotals(totals);
  if (threadIdx.x == 0) {
    blocks[blockIdx.x] = totals;
    __threadfence();
    isLast = atomicAdd(&state->arrived, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (!isLast) return;
  __threadfence();
  totals = noTotals();
  for (unsigned b = threadIdx.x; b < gridDim.x; b += kThreads) addTotals(totals, blocks[b]);
  totals = blockTotals(totals);
  if (threadIdx.x == 0)
    finish(totals, samples.count, state, kIterating ? settings->threshold : 0, kIterating ? convergence : nullptr);
}

// launchers

// Takes phi off u in an iteration; the whole lattice off v at the start of a level (convergence is null).
inline cudaError_t launchSubtract(const Samples& samples, const LevelRows& rows, const double* lattice, float* u,
                                  Totals* blocks, IterationState* state, const SharpenSettings* settings,
                                  double* convergence, cudaStream_t stream) {
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const int rowsPerBlock = kWarps * static_cast<int>(blocksFor(all, static_cast<size_t>(kWarps) * kSubtractBlocks));
  const size_t shared = rows.x.points <= kLinePoints ? kWarps * rows.x.points * sizeof(double) : 0;
  return launch(convergence ? subtractKernel<true> : subtractKernel<false>, blocksFor(all, rowsPerBlock), shared,
                stream, samples, rows, lattice, convergence ? u : samples.value, u, rowsPerBlock, blocks, state,
                settings, convergence);
}

}  // namespace n4
