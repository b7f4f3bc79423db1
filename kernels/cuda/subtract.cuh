// Stage `subtract`: takes the field of a lattice off the samples, and finds the range of u and the sums of the stop
// test on the way. The last block to finish adds the blocks' sums in their order and applies the stop test, so that no
// host is needed. Twin: src/backends/ts/loops/subtract.ts.
#pragma once

#include "totals.cuh"

namespace n4 {

// Control points along x up to which each warp keeps the row's line of control values in shared memory; finer lattices
// are summed per sample.
constexpr int kLinePoints = 736;

// The lines share a block's memory with what the kernel declares itself.
static_assert(kLinePoints * kWarps * sizeof(double) + kWarps * sizeof(Totals) + 64 <= kSharedBytes, "too many points");

// Blocks of a fit at most: several waves of a large device, few enough for one block to add up. Their number depends on
// the rows alone.
constexpr int kSubtractBlocks = 4096;

// Blocks that a multiprocessor has room for: Turing's holds 1024 threads.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ == 750
constexpr int kResidentBlocks = 4;
#else
constexpr int kResidentBlocks = 6;
#endif

// kernels

// expm1(-h), by its series where eight terms of it are exact in float32.
__device__ inline float ratioLessOne(float h) {
  if (fabsf(h) >= 0.5f) return expm1f(-h);
  const float tail = 1.0f / 120 - h * (1.0f / 720 - h * (1.0f / 5040 - h * (1.0f / 40320)));
  return -h * (1 - h * (0.5f - h * (1.0f / 6 - h * (1.0f / 24 - h * tail))));
}

// What a thread adds up: some samples, so that float32 is enough.
struct ThreadTotals {
  float sum, squares, lo, hi;
};

// One row by one warp. Real: float in an iteration, which the stop test follows; double at the start of a level. kLine:
// `line` is the warp's shared memory.
template <class Real, bool kLine>
__device__ inline void subtractRow(const Samples& samples, const LevelRows& rows, const Real* lattice,
                                   const float* from, float* u, size_t row, Real* line, ThreadTotals& totals) {
  const uint32_t begin = samples.rowStart[row], end = samples.rowStart[row + 1];
  if (begin == end) return;
  const int lane = threadIdx.x % kWarp;
  const int iz = static_cast<int>(row / samples.rows), iy = static_cast<int>(row % samples.rows);
  const Row<Real> z = evaluateRows<Real>(rows.z)[iz], y = evaluateRows<Real>(rows.y)[iy];
  const auto value = [&](int c) {
    return lineValue(lattice, rows.y.points, rows.x.points, z, rows.z.first[iz], y, rows.y.first[iy], c);
  };
  if (kLine) {
    for (int c = lane; c < rows.x.points; c += kWarp) line[c] = value(c);
    __syncwarp();
  }
  for (uint32_t i = begin + lane; i < end; i += kWarp) {
    const int column = samples.column[i];
    const int k = rows.x.first[column];
    const Row<Real> x = evaluateRows<Real>(rows.x)[column];
    Real h = 0;
    for (int j = 0; j < 4; j++) h += x.w[j] * (kLine ? line[k + j] : value(k + j));
    const float less = static_cast<float>(from[i] - h);
    u[i] = less;
    totals.lo = fminf(totals.lo, less);
    totals.hi = fmaxf(totals.hi, less);
    if constexpr (sizeof(Real) == sizeof(float)) {
      const float e = ratioLessOne(h);
      totals.sum += e;
      totals.squares += e * e;
    }
  }
  if (kLine) __syncwarp();
}

template <class Real, bool kLine>
__global__ void __launch_bounds__(kThreads, sizeof(Real) == sizeof(float) && kLine ? kResidentBlocks : 1)
    subtractKernel(Samples samples, LevelRows rows, const Real* lattice, const float* from, float* u, int rowsPerBlock,
                   Totals* blocks, IterationState* state, const SharpenSettings* settings, double* convergence) {
  N4_DYNAMIC_SHARED(Real, lines);
  constexpr bool kIterating = sizeof(Real) == sizeof(float);
  __shared__ bool isLast;
  if (kIterating && isIdle(state)) return;
  const int warp = threadIdx.x / kWarp;
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const size_t row0 = static_cast<size_t>(blockIdx.x) * rowsPerBlock;
  const size_t row1 = min(all, row0 + rowsPerBlock);
  ThreadTotals own = {0, 0, INFINITY, -INFINITY};
  for (size_t row = row0 + warp; row < row1; row += kWarps) {
    subtractRow<Real, kLine>(samples, rows, lattice, from, u, row, lines + warp * rows.x.points, own);
  }
  Totals totals = blockTotals({own.sum, own.squares, own.lo, own.hi});
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

// u = from less the field: phi off u in an iteration (Real: float); the whole lattice off v at the start of a
// level (double; settings and convergence are null).
template <class Real>
cudaError_t launchSubtract(const Samples& samples, const LevelRows& rows, const Real* lattice, const float* from,
                           float* u, Totals* blocks, IterationState* state, const SharpenSettings* settings,
                           double* convergence, cudaStream_t stream) {
  const size_t all = static_cast<size_t>(samples.planes) * samples.rows;
  const int rowsPerBlock = kWarps * static_cast<int>(blocksFor(all, static_cast<size_t>(kWarps) * kSubtractBlocks));
  const bool line = rows.x.points <= kLinePoints;
  const size_t shared = line ? kWarps * rows.x.points * sizeof(Real) : 0;
  return launch(line ? subtractKernel<Real, true> : subtractKernel<Real, false>, blocksFor(all, rowsPerBlock), shared,
                stream, samples, rows, lattice, from, u, rowsPerBlock, blocks, state, settings, convergence);
}

}  // namespace n4
