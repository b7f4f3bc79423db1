// Stage `histogram`: the triangular Parzen histogram of u. A sample counts 1, split between its two nearest bins in
// units of 2^-20, so that the sums are whole numbers, exact in any order. Twin: src/backends/ts/loops/histogram.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// Units that a sample counts.
constexpr float kHistogramScale = 1 << 20;

// Samples that one warp counts before its 32-bit counters are added up: 2^10 samples of 2^20 each stay below 2^32.
constexpr uint32_t kWarpSamples = 1024;
constexpr uint32_t kBlockSamples = kWarps * kWarpSamples;

// Bins whose counters, one set a warp, fit shared memory; with more of them a bin is met so seldom that counting in
// memory costs little.
constexpr int kSharedBins = kSharedBytes / (kWarps * sizeof(uint32_t));

// kernels

// The two bins of a sample and the upper one's share.
struct BinShare {
  int bin;
  unsigned upper;
};

__device__ inline BinShare shareOf(float value, float lo, float scale, int bins) {
  const float q = fminf((value - lo) * scale, static_cast<float>(bins - 1));
  const int j = min(static_cast<int>(q), bins - 2);
  return {j, static_cast<unsigned>((q - j) * kHistogramScale + 0.5f)};
}

template <bool kShared>
__device__ inline void countSample(float value, float lo, float scale, int bins, uint32_t* own,
                                   unsigned long long* histogram) {
  const BinShare share = shareOf(value, lo, scale, bins);
  const unsigned lower = (1u << 20) - share.upper;
  if (kShared) {
    atomicAdd(own + share.bin, lower);
    atomicAdd(own + share.bin + 1, share.upper);
  } else {
    atomicAdd(histogram + share.bin, static_cast<unsigned long long>(lower));
    atomicAdd(histogram + share.bin + 1, static_cast<unsigned long long>(share.upper));
  }
}

// Each warp counts `kWarpSamples` samples, four a lane at a time; u is aligned to 16 bytes.
template <bool kShared>
__global__ void __launch_bounds__(kThreads) histogramKernel(const float* u, uint32_t count, const IterationState* state,
                                                            int bins, unsigned long long* histogram) {
  N4_DYNAMIC_SHARED(uint32_t, counters);
  if (isIdle(state)) return;
  const int warp = threadIdx.x / kWarp;
  const int lane = threadIdx.x % kWarp;
  uint32_t* own = counters + warp * bins;
  if (kShared) {
    for (int j = lane; j < bins; j += kWarp) own[j] = 0;
    __syncwarp();
  }
  const float lo = static_cast<float>(state->lo);
  const float scale = static_cast<float>((bins - 1) / (state->hi - state->lo));
  const uint64_t begin = static_cast<uint64_t>(blockIdx.x) * kBlockSamples + warp * kWarpSamples;
  for (uint32_t step = 0; step < kWarpSamples; step += 4 * kWarp) {
    const uint64_t i = begin + step + 4 * lane;
    if (i + 4 <= count) {
      const float4 four = *reinterpret_cast<const float4*>(u + i);
      countSample<kShared>(four.x, lo, scale, bins, own, histogram);
      countSample<kShared>(four.y, lo, scale, bins, own, histogram);
      countSample<kShared>(four.z, lo, scale, bins, own, histogram);
      countSample<kShared>(four.w, lo, scale, bins, own, histogram);
    } else {
      for (uint64_t k = i; k < count; k++) countSample<kShared>(u[k], lo, scale, bins, own, histogram);
    }
  }
  if (!kShared) return;
  __syncthreads();
  for (int j = threadIdx.x; j < bins; j += kThreads) {
    unsigned long long sum = 0;
    for (int w = 0; w < kWarps; w++) sum += counters[w * bins + j];
    if (sum != 0) atomicAdd(histogram + j, sum);
  }
}

// launchers

inline cudaError_t launchHistogram(const float* u, uint32_t count, const IterationState* state, int bins,
                                   unsigned long long* histogram, cudaStream_t stream) {
  const unsigned blocks = blocksFor(count, kBlockSamples);
  if (bins > kSharedBins) return launch(histogramKernel<false>, blocks, 0, stream, u, count, state, bins, histogram);
  return launch(histogramKernel<true>, blocks, kWarps * bins * sizeof(uint32_t), stream, u, count, state, bins,
                histogram);
}

}  // namespace n4
