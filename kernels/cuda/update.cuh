// Stage `update`: the contraction over z, then phi = delta / omega and lattice += phi (Lee, Wolberg and Shin 1997,
// doi:10.1109/2945.620490, eq. 5). Twin: src/backends/ts/loops/update.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// A control point with a denominator below this has no sample near it: its phi is 0. ITK's float32 epsilon.
constexpr double kMinOmega = 1.19e-8;

// The arrays of a lattice, all of its size.
struct LatticeMemory {
  double* lattice;
  double* phi;
  double* omega;
  float* phiFloat;
};

// kernels

// `lanes` lanes share a control point. kOmega: the sum is the denominator and is kept.
template <bool kOmega>
__global__ void __launch_bounds__(kThreads) updateKernel(const double* planeSums, AxisRows z, size_t plane, int lanes,
                                                         LatticeMemory memory, const IterationState* state) {
  if (!kOmega && isIdle(state)) return;
  const size_t item = (static_cast<size_t>(blockIdx.x) * kThreads + threadIdx.x) / lanes;
  const int lane = threadIdx.x % lanes;
  const bool has = item < plane * z.points;
  const Row<double>* weights = kOmega ? z.omega : z.delta;
  double sum = 0;
  if (has) {
    const int a = static_cast<int>(item / plane);
    const size_t at = item - a * plane;
    const int end = z.start[min(z.points - 3, a + 1)];
    for (int i = z.start[max(0, a - 3)] + lane; i < end; i += lanes)
      sum += weights[i].w[a - z.first[i]] * planeSums[i * plane + at];
  }
  sum = groupSum(sum, lanes);
  if (!has || lane != 0) return;
  if (kOmega) {
    memory.omega[item] = sum;
    return;
  }
  const double omega = memory.omega[item];
  const double phi = omega > kMinOmega ? sum / omega : 0;
  memory.phi[item] = phi;
  memory.phiFloat[item] = static_cast<float>(phi);
  memory.lattice[item] += phi;
}

// launchers

inline cudaError_t launchUpdate(bool omega, const double* planeSums, const LevelRows& rows, const LatticeMemory& memory,
                                const IterationState* state, cudaStream_t stream) {
  const size_t plane = static_cast<size_t>(rows.y.points) * rows.x.points;
  const size_t points = plane * rows.z.points;
  // As in the contraction over y: only where the control points are few.
  const int lanes = points >= 65536 ? 1 : lanesFor(4 * rows.z.positions / (rows.z.points - 3) / 2);
  return launch(omega ? updateKernel<true> : updateKernel<false>, blocksFor(points * lanes, kThreads), 0, stream,
                planeSums, rows.z, plane, lanes, memory, state);
}

}  // namespace n4
