// A fit: samples uploaded once, levels, iterations queued as a graph of the stages, and what comes back.
#pragma once

#include <math.h>

#include "axis_upload.h"

namespace n4 {

class FitSession {
 public:
  // `host` holds the caller's arrays.
  FitSession(int device, const Samples& host) : device_(device) {
    selectDevice(device_);
    stream_.create();
    pinned_.reserve(sizeof(IterationState) + kBatch * sizeof(double));
    memory_.reserve(device_, fitBytes(host), "open the fit");
    Layout layout(memory_.data());
    fit_ = placeFit(layout, host);
    upload(fit_.samples.rowStart, host.rowStart, rowsOf(host) + 1, stream_);
    upload(fit_.samples.column, host.column, host.count, stream_);
    upload(fit_.samples.value, host.value, host.count, stream_);
    if (host.weight) upload(fit_.samples.weight, host.weight, host.count, stream_);
    check(cudaMemsetAsync(fit_.state, 0, sizeof(IterationState), stream_.get()), "clears its memory");
    stream_.wait("copies samples");
  }

  ~FitSession() {
    cudaSetDevice(device_);
    if (stream_.get()) cudaStreamSynchronize(stream_.get());
    dropGraph();
  }

  std::mutex& mutex() { return mutex_; }

  // first[a] and rows[a] are the caller's arrays of axis a, z y x.
  void beginLevel(const int points[3], const int32_t* const first[3], const double* const rows[3],
                  const double* lattice) {
    selectDevice(device_);
    graphHolds_ = false;
    begun_ = false;
    binCount_ = 0;
    levelMemory_.reserve(device_, levelBytes(fit_.samples, points), "begin the level");
    Layout layout(levelMemory_.data());
    level_ = placeLevel(layout, fit_.samples, points);
    AxisRows* axes[3] = {&level_.rows.z, &level_.rows.y, &level_.rows.x};
    AxisUpload uploads[3];
    const Settled settled(stream_);
    for (int a = 0; a < 3; a++) uploads[a].start(*axes[a], first[a], rows[a], stream_);
    upload(level_.lattice.lattice, lattice, latticeSize(), stream_);
    check(launchFindSegments(fit_.samples, level_.rows.x, level_.segmentStart, stream_.get()), "finds segments");
    check(launchContract(true, fit_.samples, fit_.u, level_.rows, level_.segmentStart, fit_.state, nullptr, 2,
                         level_.rowSums, level_.planeSums, stream_.get()),
          "contracts confidences");
    check(launchUpdate(true, level_.planeSums, level_.rows, level_.lattice, fit_.state, stream_.get()),
          "contracts confidences over z");
    check(launchSubtract(fit_.samples, level_.rows, level_.lattice.lattice, fit_.samples.value, fit_.u, fit_.totals,
                         fit_.state, nullptr, nullptr, stream_.get()),
          "subtracts the field");
    stream_.wait("begins a level");
    begun_ = true;
  }

  // Writes the measures of the iterations that ran; returns their number.
  int iterate(int count, const SharpenSettings& asked, double* convergence, bool* stopped) {
    requireLevel("iterate");
    selectDevice(device_);
    prepareBins(asked.bins);
    SharpenSettings settings = asked;
    settings.padded = padded_;
    settings.offset = (padded_ - asked.bins) / 2;
    settings.share = 1 / (static_cast<double>(kHistogramScale) * fit_.samples.count);
    const Settled settled(stream_);
    upload(fit_.settings, &settings, 1, stream_);
    stream_.wait("copies the settings");
    int ran = 0;
    *stopped = false;
    begun_ = false;  // what a failure half-way leaves is no state to go on from
    while (ran < count && !*stopped) {
      const int batch = count - ran < kBatch ? count - ran : kBatch;
      const IterationState* state = runBatch(batch);
      memcpy(convergence + ran, state + 1, state->ran * sizeof(double));
      ran += state->ran;
      *stopped = state->stopped || state->ran < batch;
    }
    begun_ = true;
    return ran;
  }

  size_t latticeSize() const {
    return static_cast<size_t>(level_.rows.z.points) * level_.rows.y.points * level_.rows.x.points;
  }
  size_t samples() const { return fit_.samples.count; }
  int positions(int axis) const {
    return axis == 0 ? fit_.samples.planes : axis == 1 ? fit_.samples.rows : fit_.samples.columns;
  }

  void requireLevel(const char* action) const {
    if (!begun_) fail(N4_BAD_ARGUMENT, "Cannot %s as a level must be begun first: current level is none", action);
  }

  void readLattice(double* values) {
    requireLevel("read the lattice");
    selectDevice(device_);
    download(values, level_.lattice.lattice, latticeSize(), stream_);
    stream_.wait("reads the lattice");
  }

  void readValues(float* values) {
    selectDevice(device_);
    download(values, begun_ ? fit_.u : const_cast<float*>(fit_.samples.value), fit_.samples.count, stream_);
    stream_.wait("reads values");
  }

  // An intermediate result, for tests; see N4_INSPECT_*.
  void inspect(int32_t what, double* values, size_t length) {
    requireLevel("inspect the fit");
    selectDevice(device_);
    const double* arrays[] = {&fit_.state->lo,  bins_.counts,         bins_.expected,
                              level_.planeSums, level_.lattice.omega, level_.lattice.phi};
    const size_t plane = static_cast<size_t>(level_.rows.y.points) * level_.rows.x.points;
    const size_t bins = static_cast<size_t>(binCount_);
    const size_t lengths[] = {2, bins, bins, fit_.samples.planes * plane, latticeSize(), latticeSize()};
    require(what >= 0 && what <= N4_INSPECT_PHI, "inspect the fit", "what", "one of N4_INSPECT_*", what);
    require(length == lengths[what], "inspect the fit", "length", "that of the array", static_cast<double>(length));
    download(values, arrays[what], length, stream_);
    stream_.wait("reads an intermediate result");
  }

 private:
  // Makes the arrays for a number of bins; the histogram starts at 0 and every iteration leaves it so.
  void prepareBins(int bins) {
    if (bins == binCount_) return;
    graphHolds_ = false;
    binCount_ = 0;
    padded_ = paddedBins(bins);
    binMemory_.reserve(device_, binBytes(bins), "make the histogram");
    Layout layout(binMemory_.data());
    bins_ = placeBins(layout, bins, padded_);
    std::vector<double> wave(padded_);
    const Settled settled(stream_);
    for (int k = 0; k < padded_ / 2; k++) {
      const double angle = 2 * 3.14159265358979323846 * k / padded_;
      wave[k] = cos(angle);
      wave[padded_ / 2 + k] = sin(angle);
    }
    upload(bins_.cosine, wave.data(), padded_ / 2, stream_);
    upload(bins_.sine, wave.data() + padded_ / 2, padded_ / 2, stream_);
    check(cudaMemsetAsync(bins_.histogram, 0, bins * sizeof(unsigned long long), stream_.get()), "clears its memory");
    stream_.wait("initializes the histogram");
    binCount_ = bins;
  }

  // Queues one iteration.
  void queueIteration() {
    cudaStream_t stream = stream_.get();
    check(launchHistogram(fit_.u, fit_.samples.count, fit_.state, binCount_, bins_.histogram, stream),
          "counts the histogram");
    check(launchSharpen(bins_, fit_.settings, padded_, fit_.state, stream), "sharpens");
    check(launchContract(false, fit_.samples, fit_.u, level_.rows, level_.segmentStart, fit_.state, bins_.shift,
                         binCount_, level_.rowSums, level_.planeSums, stream),
          "contracts residuals");
    check(launchUpdate(false, level_.planeSums, level_.rows, level_.lattice, fit_.state, stream),
          "updates the lattice");
    check(launchSubtract(fit_.samples, level_.rows, level_.lattice.phiFloat, fit_.u, fit_.u, fit_.totals, fit_.state,
                         fit_.settings, fit_.convergence, stream),
          "subtracts the field");
  }

  // Records one iteration as a graph: launching that costs the host a sixth of the calls. What another level recorded
  // is changed where it can be, which costs a tenth of making it anew.
  void makeGraph() {
    if (graphHolds_) return;
    cudaGraph_t recorded = nullptr;
    check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), "starts to capture a graph");
    try {
      queueIteration();
    } catch (...) {
      cudaStreamEndCapture(stream_.get(), &recorded);
      if (recorded) cudaGraphDestroy(recorded);
      throw;
    }
    cudaError_t error = cudaStreamEndCapture(stream_.get(), &recorded);
    cudaGraphExecUpdateResultInfo unchanged = {};
    if (error == cudaSuccess && !(graph_ && cudaGraphExecUpdate(graph_, recorded, &unchanged) == cudaSuccess)) {
      cudaGetLastError();
      dropGraph();
      error = cudaGraphInstantiate(&graph_, recorded, 0);
      if (error != cudaSuccess) graph_ = nullptr;
    }
    if (recorded) cudaGraphDestroy(recorded);
    check(error, "instantiates a graph");
    graphHolds_ = true;
  }

  void dropGraph() {
    if (graph_) cudaGraphExecDestroy(graph_);
    graph_ = nullptr;
  }

  // Runs up to kBatch iterations; the state, with the measures right behind it. Without a graph the first is queued
  // kernel by kernel: the driver loads a kernel when it is first launched, which a capture is not the place for.
  const IterationState* runBatch(int batch) {
    check(cudaMemsetAsync(&fit_.state->stopped, 0, 2 * sizeof(int), stream_.get()), "clears its memory");
    const int single = graphHolds_ ? 0 : 1;
    if (single) queueIteration();
    if (batch > single) makeGraph();
    for (int i = single; i < batch; i++) check(cudaGraphLaunch(graph_, stream_.get()), "launches an iteration");
    auto* state = reinterpret_cast<IterationState*>(pinned_.data());
    download(state, fit_.state, 1, stream_);
    download(reinterpret_cast<double*>(state + 1), fit_.convergence, batch, stream_);
    stream_.wait("iterates");
    return state;
  }

  const int device_;
  std::mutex mutex_;
  Stream stream_;
  PinnedMemory pinned_;
  DeviceMemory memory_, levelMemory_, binMemory_;
  FitArrays fit_ = {};
  LevelArrays level_ = {};
  SharpenMemory bins_ = {};
  int binCount_ = 0, padded_ = 0;
  bool begun_ = false;
  cudaGraphExec_t graph_ = nullptr;
  bool graphHolds_ = false;  // for this level and these bins
};

}  // namespace n4
