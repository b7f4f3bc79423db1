// The smoothing of boxes: one box a lane, three passes on the device, so that two boxes in flight hide each other's
// copies.
#pragma once

#include "box_memory.h"

namespace n4 {

class SmoothSession {
 public:
  // taps: those of z, y and x one after the other.
  SmoothSession(int device, const int shape[3], const int radius[3], const double* taps)
      : device_(device), lanes_(device) {
    Stream stream;
    stream.create();
    for (int a = 0; a < 3; a++) {
      shape_[a] = shape[a];
      radius_[a] = radius[a];
      at_[a] = a == 0 ? 0 : at_[a - 1] + 2 * static_cast<size_t>(radius[a - 1]) + 1;
    }
    const size_t count = tapCount(radius);
    memory_.reserve(device_, count * sizeof(double), "open the smoothing");
    upload(taps_(), taps, count, stream);
    stream.wait("copies the taps");
  }
  ~SmoothSession() { cudaSetDevice(device_); }

  const int* shape() const { return shape_; }
  const int* radius() const { return radius_; }

  void run(const int32_t* box, const int32_t* padded, const float* data, float* out) {
    selectDevice(device_);
    Lanes::Held held(lanes_, 1);
    Lane& lane = held[0];
    int64_t shape[3], target[3];
    for (int a = 0; a < 3; a++) {
      shape[a] = padded[2 * a + 1] - padded[2 * a];
      target[a] = box[2 * a + 1] - box[2 * a];
    }
    const int64_t given = shape[0] * shape[1] * shape[2], wanted = target[0] * target[1] * target[2];
    // The arrays shrink from pass to pass, so two of the first one's size do.
    lane.memory.reserve(device_, given * kSmoothVoxelBytes, "smooth the box");
    lane.pinned.reserve(given * sizeof(float));
    auto* from = reinterpret_cast<float*>(lane.memory.data());
    float* to = from + given;
    auto* host = reinterpret_cast<float*>(lane.pinned.data());
    memcpy(host, data, given * sizeof(float));
    upload(from, host, given, lane.stream);
    for (int a = 0; a < 3; a++) {
      const AxisPass pass = passOf(a, box[2 * a], padded[2 * a], shape, target[a]);
      check(launchSmooth(pass, from, to, lane.stream.get()), "smooths a box");
      shape[a] = target[a];
      float* swapped = from;
      from = to;
      to = swapped;
    }
    download(host, from, wanted, lane.stream);
    lane.stream.wait("smooths a box");
    memcpy(out, host, wanted * sizeof(float));
  }

 private:
  double* taps_() const { return reinterpret_cast<double*>(memory_.data()); }

  AxisPass passOf(int axis, int start, int inputStart, const int64_t shape[3], int64_t count) const {
    AxisPass pass = {taps_() + at_[axis], radius_[axis], start, inputStart, shape_[axis], 1, shape[axis], count, 1};
    for (int a = 0; a < axis; a++) pass.outer *= shape[a];
    for (int a = axis + 1; a < 3; a++) pass.inner *= shape[a];
    return pass;
  }

  const int device_;
  int shape_[3], radius_[3];
  size_t at_[3];
  Lanes lanes_;
  DeviceMemory memory_;
};

}  // namespace n4
