// Stage `contract`: the residual d = u - E(u), weighed by confidence and contracted with the delta rows over x, then
// over y; or the confidences with the omega rows. Folding the denominator of Lee, Wolberg and Shin (1997,
// doi:10.1109/2945.620490, eq. 5) into the rows makes the scattered fit three contractions, all gathers in a fixed
// order. Twin: src/backends/ts/loops/contract.ts.
#pragma once

#include "contract_segments.cuh"

namespace n4 {

// kernels

// What the residual of u is found by.
struct Residual {
  float lo, scale;
  int bins;
  const Shift* shift;

  // u less E at u: the centres of the bins, interpolated at u, are u itself, so that the shift alone is left.
  __device__ float at(float u) const {
    const float last = static_cast<float>(bins - 1);
    const float q = fminf((u - lo) * scale, last);
    const int j = min(static_cast<int>(q), bins - 2);
    return -(shift[j].value + (q - j) * shift[j].step);
  }
};

// The four sums of one segment, its samples shared by `lanes` lanes; column c has rows[(c - origin) * stride].
template <bool kWeights, class Real>
__device__ inline void segmentSums(const Samples& samples, const float* u, const Row<Real>* rows, int origin,
                                   int stride, uint32_t begin, uint32_t end, int lane, int lanes,
                                   const Residual& residual, Real* sums) {
  Real sum[4] = {};
  for (uint32_t i = begin + lane; i < end; i += lanes) {
    Real d = kWeights ? 1 : residual.at(u[i]);
    if (samples.weight) d *= samples.weight[i];
    const Row<Real> row = rows[(samples.column[i] - origin) * stride];
    for (int j = 0; j < 4; j++) sum[j] += d * row.w[j];
  }
  for (int j = 0; j < 4; j++) sums[j] = groupSum(sum[j], lanes);
}

// rowSums[r * points + c] of all rows. Confidences are summed in float64 once a level, residuals in float32 up to their
// row. kShared: the shifts are copied to shared memory.
template <bool kWeights, bool kShared, class Real>
__global__ void __launch_bounds__(kThreads)
    contractRowsKernel(Samples samples, const float* u, AxisRows x, const Row<Real>* weights,
                       const uint32_t* segmentStart, RowsPlan plan,
                       const IterationState* state, const Shift* shift, int bins, double* rowSums) {
  N4_DYNAMIC_SHARED(Real, segments);
  if (!kWeights && isIdle(state)) return;
  Residual residual = {0, 0, bins, shift};
  if (!kWeights) {
    residual.lo = static_cast<float>(state->lo);
    residual.scale = static_cast<float>((bins - 1) / (state->hi - state->lo));
    if (kShared) {
      Shift* copy = reinterpret_cast<Shift*>(segments + kThreads * 4);
      for (int j = threadIdx.x; j < bins; j += kThreads) copy[j] = shift[j];
      residual.shift = copy;
      __syncthreads();
    }
  }
  const int spans = x.points - 3;
  const int group = threadIdx.x / plan.lanes, lane = threadIdx.x % plan.lanes;
  const int chunk = blockIdx.x % plan.chunks;
  const int firstPoint = chunk * plan.outputs;
  const int outputs = min(plan.outputs, x.points - firstPoint);
  const int span = firstPoint - plan.halo + group % plan.width;
  const int stride = kWeights ? 1 : x.deltaStride;
  int origin = 0;
  if (stride != 1 && span >= 0 && span < spans) {
    origin = x.start[span];
    weights += span;
  }
  const size_t rows = static_cast<size_t>(samples.planes) * samples.rows;
  const size_t row0 = static_cast<size_t>(blockIdx.x / plan.chunks) * plan.rowsPerBlock;
  const size_t row1 = min(rows, row0 + plan.rowsPerBlock);
  for (size_t base = row0; base < row1; base += plan.rowsPerPass) {
    const size_t row = base + group / plan.width;
    const bool has = group < plan.rowsPerPass * plan.width && row < row1 && span >= 0 && span < spans;
    const uint32_t* at = segmentStart + row * (spans + 1) + span;
    Real sums[4];
    segmentSums<kWeights>(samples, u, weights, origin, stride, has ? at[0] : 0, has ? at[1] : 0, lane, plan.lanes,
                          residual, sums);
    if (lane == 0) {
      for (int j = 0; j < 4; j++) segments[4 * group + j] = sums[j];
    }
    __syncthreads();
    for (int item = threadIdx.x; item < plan.rowsPerPass * outputs; item += kThreads) {
      const int r = item / outputs, c = item - r * outputs;
      if (base + r >= row1) break;
      Real sum = 0;
      for (int j = 0; j < 4; j++) {
        const int segment = c + plan.halo - j;
        if (segment >= 0 && segment < plan.width) sum += segments[4 * (r * plan.width + segment) + j];
      }
      rowSums[(base + r) * x.points + firstPoint + c] = sum;
    }
    __syncthreads();
  }
}

// planeSums[(z * pointsY + b) * pointsX + c]: the rows of a plane onto its control points; `lanes` lanes share an
// output.
__global__ void __launch_bounds__(kThreads)
    contractPlanesKernel(const double* rowSums, AxisRows y, const Row<double>* weights, int pointsX, size_t outputs,
                         int lanes, const IterationState* state, double* planeSums) {
  if (state && isIdle(state)) return;
  const size_t item = (static_cast<size_t>(blockIdx.x) * kThreads + threadIdx.x) / lanes;
  const int lane = threadIdx.x % lanes;
  double sum = 0;
  if (item < outputs) {
    const int c = static_cast<int>(item % pointsX);
    const int b = static_cast<int>(item / pointsX % y.points);
    const size_t z = item / pointsX / y.points;
    const int end = y.start[min(y.points - 3, b + 1)];
    for (int i = y.start[max(0, b - 3)] + lane; i < end; i += lanes) {
      sum += weights[i].w[b - y.first[i]] * rowSums[(z * y.positions + i) * pointsX + c];
    }
  }
  sum = groupSum(sum, lanes);
  if (item < outputs && lane == 0) planeSums[item] = sum;
}

// launchers

// Contracts residuals (omega = false) or confidences (omega = true) over x into rowSums, then over y into planeSums.
inline cudaError_t launchContract(bool omega, const Samples& samples, const float* u, const LevelRows& rows,
                                  const uint32_t* segmentStart, const IterationState* state, const Shift* shift,
                                  int bins, double* rowSums, double* planeSums, cudaStream_t stream) {
  const RowsPlan plan = planRows(samples, rows.x.points);
  const unsigned blocks =
      plan.chunks * blocksFor(static_cast<size_t>(samples.planes) * samples.rows, plan.rowsPerBlock);
  const auto contractRows = [&](auto kernel, const auto* weights, size_t shared) {
    return launch(kernel, blocks, shared, stream, samples, u, rows.x, weights, segmentStart, plan, state, shift, bins,
                  rowSums);
  };
  const bool shared = bins <= kSharedShifts;
  const size_t bytes = kThreads * 4 * sizeof(float);
  const cudaError_t status =
      omega    ? contractRows(contractRowsKernel<true, false, double>, rows.x.omega, 2 * bytes)
      : shared ? contractRows(contractRowsKernel<false, true, float>, rows.x.deltaFloat, bytes + bins * sizeof(Shift))
               : contractRows(contractRowsKernel<false, false, float>, rows.x.deltaFloat, bytes);
  if (status != cudaSuccess) return status;
  const size_t outputs = static_cast<size_t>(samples.planes) * rows.y.points * rows.x.points;
  // Lanes share an output only where the outputs alone would leave a large device idle.
  const int lanes = outputs >= 65536 ? 1 : lanesFor(4 * samples.rows / (rows.y.points - 3) / 8);
  return launch(contractPlanesKernel, blocksFor(outputs * lanes, kThreads), 0, stream, rowSums, rows.y,
                omega ? rows.y.omega : rows.y.delta, rows.x.points, outputs, lanes, omega ? nullptr : state, planeSums);
}

}  // namespace n4
