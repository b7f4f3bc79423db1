// What the kernels share: the arrays of a fit, the state that lives on the device, sums over lanes, and the launch.
// Plain C++ but for the CUDA attributes, so that the emulator (ffi/emulator) compiles the same lines.
#pragma once

#include <stdint.h>

#ifdef N4_EMULATED
#include "cuda_emulator.h"
#else
#include <cuda_runtime.h>

// The shared memory whose size the launch gives.
#define N4_DYNAMIC_SHARED(type, name)                                 \
  extern __shared__ __align__(16) unsigned char dynamicSharedBytes[]; \
  type* name = reinterpret_cast<type*>(dynamicSharedBytes)
#endif

namespace n4 {

constexpr int kWarp = 32;

// Threads of a block in every kernel: eight warps, so that a block's shared memory stays below the 48 KiB that need no
// request.
constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;

// Samples of a fit at most: a lane's 32-bit index may step by a warp beyond the last of them.
constexpr uint32_t kMostSamples = UINT32_MAX - kWarp;

// Shared memory that a block may use without asking the driver.
constexpr size_t kSharedBytes = 48 * 1024;

// The samples of a fit as compact rows; row r owns the samples rowStart[r] <= i < rowStart[r + 1].
struct Samples {
  const uint32_t* rowStart;  // planes * rows + 1
  const uint16_t* column;    // count
  const float* value;        // count; v = ln(intensity)
  const float* weight;       // count, or null: 1 everywhere
  uint32_t count;
  int planes;
  int rows;  // rows of one plane
  int columns;
};

// What a position gives to its four control points. Loops over samples use float32, everything above them float64.
template <class Real>
struct alignas(4 * sizeof(Real)) Row {
  Real w[4];
};

// The spline rows of one axis, for `positions` positions.
struct AxisRows {
  const int* first;                  // positions; first of the four control points
  const Row<double>* evaluate;       // positions; B
  const Row<double>* omega;          // positions; B^2
  const Row<double>* delta;          // positions; B^3 / sum B^2
  const Row<float>* evaluateFloat;   // positions; B
  const Row<float>* deltaFloat;      // B^3 / sum B^2; see deltaStride
  const int* start;                  // points - 2; start[s] is the first position with first >= s
  int points;
  int positions;
  // Position p of span s has deltaFloat[p]; or deltaFloat[(p - start[s]) * deltaStride + s] where this is the number of
  // spans, so that lanes with a span each read side by side.
  int deltaStride;
};

// Rows that deltaFloat has room for: two more a span than evenly spread positions.
inline size_t deltaRows(int positions, int points) { return positions + 2 * static_cast<size_t>(points - 3); }

template <class Real>
__device__ inline const Row<Real>* evaluateRows(const AxisRows& axis) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    return axis.evaluateFloat;
  } else {
    return axis.evaluate;
  }
}

// Rows of all axes.
struct LevelRows {
  AxisRows z, y, x;
};

// What iterations hand to each other without the host.
struct IterationState {
  double lo, hi;     // range of u
  int constant;      // u is constant but for rounding: nothing to sharpen
  int stopped;       // the stop test has held
  int ran;           // iterations since the host last asked
  unsigned arrived;  // blocks of `subtract` that are done
};

// What the host asks of the iterations.
struct SharpenSettings {
  double fwhm, wienerNoise, threshold;
  int bins, padded, offset;
  double share;  // of all samples, that a unit of the histogram is
};

// How far E lies from the centre of a bin, and how that changes to the next bin. In float32 E itself would lose in
// u - E what its shift keeps.
struct Shift {
  float value, step;
};

// Whether the queued iterations have nothing left to do.
__device__ inline bool isIdle(const IterationState* state) { return state->constant || state->stopped; }

// Sum over groups of `lanes` neighbouring lanes (a power of two), in a fixed order; all lanes of the warp must call it.
template <class Real>
__device__ inline Real groupSum(Real value, int lanes) {
  for (int step = lanes >> 1; step > 0; step >>= 1) value += __shfl_xor_sync(0xffffffffu, value, step);
  return value;
}

// The sixteen products over z and y that give one control value of a row: sum over a, b of z[a] y[b] lattice[kz + a,
// ky + b, c].
template <class Real>
__device__ inline Real lineValue(const Real* lattice, int pointsY, int pointsX, const Row<Real>& z, int kz,
                                 const Row<Real>& y, int ky, int c) {
  const int plane = pointsY * pointsX;  // a lattice has at most 2^28 points (arguments.h)
  const Real* at = lattice + (kz * plane + ky * pointsX + c);
  Real sum = 0;
  for (int b = 0; b < 4; b++, at += pointsX) {
    sum += y.w[b] * (z.w[0] * at[0] + z.w[1] * at[plane] + z.w[2] * at[2 * plane] + z.w[3] * at[3 * plane]);
  }
  return sum;
}

// Blocks for a number of items; at least one, since a launch of none is an error.
inline unsigned blocksFor(size_t items, size_t perBlock) {
  return items == 0 ? 1 : static_cast<unsigned>((items + perBlock - 1) / perBlock);
}

// Largest power of two <= n, within [1, kWarp].
inline int lanesFor(int n) {
  int lanes = 1;
  while (2 * lanes <= n && lanes < kWarp) lanes *= 2;
  return lanes;
}

// Queues a kernel; the arguments are converted to the kernel's own types.
template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), unsigned blocks, size_t sharedBytes, cudaStream_t stream,
                   Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = sharedBytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace n4
