// Stage `sharpen`: E, the expected log intensity of each bin, by Wiener deconvolution of the histogram with a Gaussian
// (Sled, Zijdenbos and Evans 1998, doi:10.1109/42.668698, equations 9 to 13), in float64 by one block. Twin:
// src/n4/sharpen.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// What the sharpening works with; arrays of `padded` numbers in `scratch` (spectrum of the Gaussian, real, imaginary),
// or in shared memory where they fit.
struct SharpenMemory {
  unsigned long long* histogram;  // bins; left at 0 for the next iteration
  double* counts;                 // bins; the histogram as it was
  double* expected;               // bins; E, for tests
  Shift* shift;                   // bins
  const double* cosine;           // padded / 2; cos(2 pi k / padded)
  const double* sine;             // padded / 2
  double* scratch;                // 3 * padded
};

// Padded bins whose three arrays fit shared memory.
constexpr int kSharedPadded = kSharedBytes / (3 * sizeof(double));

// kernels

// Radix-2 Fourier transform in place (Cooley and Tukey 1965, doi:10.1090/S0025-5718-1965-0178586-1); sign -1 forward,
// +1 backward without its 1 / size.
__device__ inline void transform(double* re, double* im, int size, const double* cosine, const double* sine,
                                 double sign) {
  const int bits = 31 - __clz(size);
  __syncthreads();
  for (int i = threadIdx.x; i < size; i += kThreads) {
    const int j = static_cast<int>(__brev(static_cast<unsigned>(i)) >> (32 - bits));
    if (j <= i) continue;
    const double r = re[i], s = im[i];
    re[i] = re[j], im[i] = im[j];
    re[j] = r, im[j] = s;
  }
  for (int half = 1; half < size; half *= 2) {
    __syncthreads();
    const int stride = size / (2 * half);
    for (int pair = threadIdx.x; pair < size / 2; pair += kThreads) {
      const int k = pair & (half - 1);
      const int a = 2 * (pair - k) + k;
      const int b = a + half;
      const double c = cosine[k * stride], s = sign * sine[k * stride];
      const double tr = re[b] * c - im[b] * s;
      const double ti = re[b] * s + im[b] * c;
      re[b] = re[a] - tr, im[b] = im[a] - ti;
      re[a] += tr, im[a] += ti;
    }
  }
  __syncthreads();
}

// The histogram, as shares of all samples, in the middle of the padded bins, and the wrapped Gaussian as the imaginary
// part, so that one transform serves both. Clears the histogram.
__device__ inline void takeHistogram(double* re, double* im, const SharpenSettings& settings, double slope,
                                     const SharpenMemory& memory) {
  const int size = settings.padded;
  const double width = settings.fwhm / slope;
  const double ln2 = 0.693147180559945309417;
  const double exponent = 4 * ln2 / (width * width);
  const double height = 2 * sqrt(ln2 / 3.14159265358979323846) / width;
  for (int n = threadIdx.x; n < size; n += kThreads) {
    const double m = n <= size / 2 ? n : size - n;
    im[n] = height * exp(-m * m * exponent);
    const int bin = n - settings.offset;
    re[n] = 0;
    if (bin < 0 || bin >= settings.bins) continue;
    memory.counts[bin] = static_cast<double>(memory.histogram[bin]);
    re[n] = memory.counts[bin] * settings.share;
    memory.histogram[bin] = 0;
  }
}

// Separates the two spectra: f, the Gaussian's, is real and even as the Gaussian is; the histogram's is kept, times
// the Wiener filter f / (f^2 + noise).
__device__ inline void filterWiener(double* re, double* im, double* spectrum, const SharpenSettings& settings) {
  const int size = settings.padded;
  for (int k = threadIdx.x; k <= size / 2; k += kThreads) {
    const int mirror = (size - k) & (size - 1);
    const double f = (im[k] + im[mirror]) / 2;
    const double gain = f / (f * f + settings.wienerNoise) / size;
    const double real = (re[k] + re[mirror]) / 2 * gain, imaginary = (im[k] - im[mirror]) / 2 * gain;
    // The histogram's spectrum is even in its real part and odd in its imaginary one.
    spectrum[k] = spectrum[mirror] = f;
    re[k] = re[mirror] = real;
    im[k] = imaginary;
    im[mirror] = -imaginary;
  }
}

template <bool kShared>
__global__ void __launch_bounds__(kThreads, 1)
    sharpenKernel(SharpenMemory memory, const SharpenSettings* asked, const IterationState* state) {
  N4_DYNAMIC_SHARED(double, shared);
  if (isIdle(state)) return;
  const SharpenSettings settings = *asked;
  const int size = settings.padded, bins = settings.bins;
  double* spectrum = kShared ? shared : memory.scratch;
  double* re = spectrum + size;
  double* im = re + size;
  const double lo = state->lo;
  const double slope = (state->hi - lo) / (bins - 1);
  takeHistogram(re, im, settings, slope, memory);
  transform(re, im, size, memory.cosine, memory.sine, -1);
  filterWiener(re, im, spectrum, settings);
  transform(re, im, size, memory.cosine, memory.sine, 1);
  // As f is real, one transform carries both sums: log intensity times U in the real part, U in the imaginary one.
  for (int n = threadIdx.x; n < size; n += kThreads) {
    const double u = re[n] > 0 ? re[n] : 0;
    re[n] = (lo + (n - settings.offset) * slope) * u;
    im[n] = u;
  }
  transform(re, im, size, memory.cosine, memory.sine, -1);
  for (int k = threadIdx.x; k < size; k += kThreads) re[k] *= spectrum[k], im[k] *= spectrum[k];
  transform(re, im, size, memory.cosine, memory.sine, 1);
  for (int j = threadIdx.x; j < bins; j += kThreads) {
    const int n = j + settings.offset;
    const double value = im[n] == 0 ? 0 : re[n] / im[n];
    const double next = j + 1 == bins ? value : im[n + 1] == 0 ? 0 : re[n + 1] / im[n + 1];
    const double centre = lo + j * slope, toNext = j + 1 == bins ? 0 : slope;
    memory.expected[j] = value;
    memory.shift[j] = {static_cast<float>(value - centre), static_cast<float>(next - value - toNext)};
  }
}

// launchers

inline cudaError_t launchSharpen(const SharpenMemory& memory, const SharpenSettings* settings, int padded,
                                 const IterationState* state, cudaStream_t stream) {
  if (padded > kSharedPadded) return launch(sharpenKernel<false>, 1, 0, stream, memory, settings, state);
  return launch(sharpenKernel<true>, 1, 3 * padded * sizeof(double), stream, memory, settings, state);
}

}  // namespace n4
