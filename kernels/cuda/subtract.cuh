// Stage `subtract`: takes the field of a lattice off the samples, and finds the range of u and the sums of the stop
// test on the way. The last block to finish adds the blocks' sums in their order and applies the stop test, so that no
// host is needed. Twin: src/backends/ts/loops/subtract.ts.
#pragma once

#include "totals.cuh"

namespace n4 {

// Up to this |h| six terms of the series of expm1 are exact to 1e-13; above it the library function is called.
constexpr double kSeriesLimit = 1.0 / 32;

// Control points along x up to which each warp keeps the row's line of control values in shared memory; finer lattices
// are summed per sample.
constexpr int kLinePoints = 736;

// The lines share a block's memory with what the kernel declares itself.
static_assert(kLinePoints * kWarps * sizeof(double) + kWarps * sizeof(Totals) + 64 <= kSharedBytes, "too many points");

// Blocks of a fit at most: enough to fill a large device, few enough for one block to add up. Their number depends on
// the rows alone.
constexpr int kSubtractBlocks = 1024;

// kernels

// expm1(-h)
__device__ inline double ratioLessOne(double h) {
  if (fabs(h) >= kSeriesLimit) return expm1(-h);
  return -h * (1 - h / 2 * (1 - h / 3 * (1 - h / 4 * (1 - h / 5 * (1 - h / 6)))));
}

// One row by one warp. kLine: `line` is the warp's shared memory.
template <bool kIterating, bool kLine>
__device__ inline void subtractRow(const Samples& samples, const LevelRows& rows, const double* lattice,
                                   const float* from, float* u, size_t row, double* line, Totals& totals) {
  const uint32_t begin = samples.rowStart[row], end = samples.rowStart[row + 1];
  if (begin == end) return;
  const int lane = threadIdx.x % kWarp;
  const int iz = static_cast<int>(row / samples.rows), iy = static_cast<int>(row % samples.rows);
  const auto value = [&](int c) {
    return lineValue(lattice, rows.y.points, rows.x.points, rows.z.evaluate + 4 * iz, rows.z.first[iz],
                     rows.y.evaluate + 4 * iy, rows.y.first[iy], c);
  };
  if (kLine) {
    for (int c = lane; c < rows.x.points; c += kWarp) line[c] = value(c);
    __syncwarp();
  }
  for (uint32_t i = begin + lane; i < end; i += kWarp) {
    const int column = samples.column[i];
    const int k = rows.x.first[column];
    const double2* w = reinterpret_cast<const double2*>(rows.x.evaluate) + 2 * column;
    const double2 left = w[0], right = w[1];
    double h = left.x * (kLine ? line[k] : value(k));
    h += left.y * (kLine ? line[k + 1] : value(k + 1));
    h += right.x * (kLine ? line[k + 2] : value(k + 2));
    h += right.y * (kLine ? line[k + 3] : value(k + 3));
    const float less = static_cast<float>(from[i] - h);
    u[i] = less;
    totals.lo = fminf(totals.lo, less);
    totals.hi = fmaxf(totals.hi, less);
    if (!kIterating) continue;
    const double e = ratioLessOne(h);
    totals.sum += e;
    totals.squares += e * e;
  }
  if (kLine) __syncwarp();
}

template <bool kIterating, bool kLine>
__global__ void __launch_bounds__(kThreads, kIterating&& kLine ? 4 : 1)
    subtractKernel(Samples samples, LevelRows rows, const double* lattice, const float* from, float* u,
                   int rowsPerBlock, Totals* blocks, IterationState* state, const SharpenSettings* settings,
                   double* convergence) {
  N4_DYNAMIC_SHARED(double, lines);
  __shared__ bool isLast;
  if (kIterating && isIdle(state)) return;
  const int warp = threadIdx.x / kWarp;
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const size_t row0 = static_cast<size_t>(blockIdx.x) * rowsPerBlock;
  const size_t row1 = min(all, row0 + rowsPerBlock);
  Totals totals = noTotals();
  for (size_t row = row0 + warp; row < row1; row += kWarps) {
    subtractRow<kIterating, kLine>(samples, rows, lattice, from, u, row, lines + warp * rows.x.points, totals);
  }
  totals = blockTotals(totals);
  if (threadIdx.x == 0) {
    // Fences on both sides of the arrival, by the thread that arrives: what this block has written comes before it, what
    // the last block reads comes after it, and the barrier hands that order to the block's other threads.
    blocks[blockIdx.x] = totals;
    __threadfence();
    isLast = atomicAdd(&state->arrived, 1u) == gridDim.x - 1;
    __threadfence();
  }
  __syncthreads();
  if (!isLast) return;
  totals = noTotals();
  for (unsigned b = threadIdx.x; b < gridDim.x; b += kThreads) addTotals(totals, blocks[b]);
  totals = blockTotals(totals);
  if (threadIdx.x == 0) {
    const double threshold = kIterating ? settings->threshold : 0;
    finish(totals, samples.count, state, threshold, kIterating ? convergence : nullptr);
  }
}

// launchers

// Takes phi off u in an iteration; the whole lattice off v at the start of a level (convergence is null).
inline cudaError_t launchSubtract(const Samples& samples, const LevelRows& rows, const double* lattice, float* u,
                                  Totals* blocks, IterationState* state, const SharpenSettings* settings,
                                  double* convergence, cudaStream_t stream) {
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const int rowsPerBlock = kWarps * static_cast<int>(blocksFor(all, static_cast<size_t>(kWarps) * kSubtractBlocks));
  const bool line = rows.x.points <= kLinePoints;
  const size_t shared = line ? kWarps * rows.x.points * sizeof(double) : 0;
  const auto kernel = convergence ? (line ? subtractKernel<true, true> : subtractKernel<true, false>)
                                  : (line ? subtractKernel<false, true> : subtractKernel<false, false>);
  return launch(kernel, blocksFor(all, rowsPerBlock), shared, stream, samples, rows, lattice,
                convergence ? u : samples.value, u, rowsPerBlock, blocks, state, settings, convergence);
}

}  // namespace n4
