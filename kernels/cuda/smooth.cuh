// Stage `smooth`: one axis of a separable Gaussian over a box with its halo, float32 between the axes and float64
// within. A voxel's sum runs over its taps in order, wherever the box begins. Twin: src/backends/ts/loops/smooth.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// A pass along one axis of an array [outer, countIn, inner], which becomes [outer, countOut, inner].
struct AxisPass {
  const double* taps;  // 2 * radius + 1
  int radius;
  int start;       // volume index of the first voxel wanted
  int inputStart;  // volume index of the first voxel given
  int length;      // voxels of the volume's axis, mirrored at both ends with the edge voxel repeated
  int64_t outer, countIn, countOut, inner;
};

// kernels

// Index of voxel i on an axis of n voxels mirrored at both ends.
__device__ inline int mirrored(int i, int n) {
  if (i >= 0 && i < n) return i;
  const int period = 2 * n;
  const int m = ((i % period) + period) % period;
  return m < n ? m : period - 1 - m;
}

// Index: 32 bits where they reach every voxel, as a GPU divides 64 in some hundred instructions.
template <class Index>
__global__ void __launch_bounds__(kThreads) smoothKernel(AxisPass pass, const float* data, float* out) {
  const int64_t item = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (item >= pass.outer * pass.countOut * pass.inner) return;
  const Index inner = static_cast<Index>(pass.inner), count = static_cast<Index>(pass.countOut);
  const Index line = static_cast<Index>(item) / inner, outer = line / count;
  const int64_t column = static_cast<Index>(item) - line * inner;
  const int at = pass.start + static_cast<int>(line - outer * count);
  const float* from = data + outer * pass.countIn * pass.inner + column;
  double sum = 0;
  for (int t = -pass.radius; t <= pass.radius; t++) {
    sum += pass.taps[t + pass.radius] * from[(mirrored(at + t, pass.length) - pass.inputStart) * pass.inner];
  }
  out[item] = static_cast<float>(sum);
}

// launchers

inline cudaError_t launchSmooth(const AxisPass& pass, const float* data, float* out, cudaStream_t stream) {
  const size_t items = pass.outer * pass.countOut * pass.inner;
  return launch(items <= UINT32_MAX ? smoothKernel<uint32_t> : smoothKernel<int64_t>, blocksFor(items, kThreads), 0,
                stream, pass, data, out);
}

}  // namespace n4
